// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deferred} from "../../src/libraries/Deferred.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {Instances, InstancesLib} from "../../src/libraries/Instances.sol";
import {ProofParts, ProofPartsLib} from "../../src/libraries/ProofParts.sol";
import {SettlementKey, SettlementKeyLib} from "../../src/libraries/SettlementKey.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {SettlementTest} from "../utils/SettlementTest.sol";
import {Settlement, Shape, Simulator} from "../utils/Simulator.sol";
import {Words} from "../utils/Words.sol";

/// @dev One row of each polynomial, so that every scalar is a product of the published ones alone, written out. Rows are
/// {ScalarsTest}'s, and whole settlements put both together.
contract DeferredTest is SettlementTest {
    using Words for bytes;

    uint256 private constant FACTOR = 77;
    Settlement private settlement;

    function setUp() external {
        settlement = smallest();
    }

    function scalars(address account, bytes calldata proof) external view returns (Fr[] memory, Fr, Fr) {
        (SettlementKey memory key,) = SettlementKeyLib.load(account);
        ProofParts memory parts = ProofPartsLib.locate(key, proof);
        Instances memory instances = InstancesLib.read(key, parts, proof[:0]);
        Fr weight = Fr.wrap(FACTOR) * instances.combined * instances.omega.square();
        Fr[] memory entries = Deferred.entryScalars(instances, key, weight);
        Fr[] memory weights = Deferred.weightScalars(instances, key, Fr.wrap(FACTOR));
        return (Deferred.proofScalars(instances, key, parts, entries, Fr.wrap(FACTOR)), entries[0], weights[0]);
    }

    function test_scalars() external {
        Settlement memory s = settlement;
        (Fr[] memory found, Fr entry, Fr weight) = this.scalars(store(s.key), s.proof);
        uint256 published = 2 * 11;
        uint256 mu = s.proof.get(published + 1);
        uint256 omega = s.proof.get(published + 2);
        uint256 w0 = F.mul(FACTOR, s.proof.get(published + 3));
        uint256 w2 = F.mul(w0, F.pow(omega, 2));
        assertEq(found.length, 11, "points");
        assertEq(Fr.unwrap(found[0]), w0, "quotients");
        assertEq(Fr.unwrap(found[1]), F.mul(w0, mu), "remainders");
        assertEq(Fr.unwrap(found[2]), F.mul(w0, omega), "outputs");
        assertEq(Fr.unwrap(found[3]), F.mul(w2, F.pow(mu, 4)), "multiplicities");
        assertEq(Fr.unwrap(found[4]), F.mul(w0, F.pow(mu, 2)), "helpers");
        assertEq(Fr.unwrap(found[5]), F.mul(w2, F.pow(mu, 5)), "entry helpers");
        for (uint256 index; index < 4; ++index) {
            assertEq(Fr.unwrap(found[6 + index]), F.mul(FACTOR, s.proof.get(published + 5 + index)), "opening");
        }
        assertEq(Fr.unwrap(found[10]), F.mul(FACTOR, s.proof.get(published + 10)), "last");
        assertEq(Fr.unwrap(entry), F.mul(w2, F.pow(mu, 4)), "entries before the tables' outputs");
        assertEq(Fr.unwrap(weight), F.mul(FACTOR, s.proof.get(published + 4)), "weights");
    }
}
