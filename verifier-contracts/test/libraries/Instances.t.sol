// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {Fr, ORDER} from "../../src/libraries/Fr.sol";
import {Instances, InstancesLib} from "../../src/libraries/Instances.sol";
import {ProofParts, ProofPartsLib} from "../../src/libraries/ProofParts.sol";
import {SettlementKey, SettlementKeyLib} from "../../src/libraries/SettlementKey.sol";
import {NaivePacking} from "../reference/NaivePacking.sol";
import {SettlementTest} from "../utils/SettlementTest.sol";
import {Settlement, Shape, Simulator} from "../utils/Simulator.sol";
import {Words} from "../utils/Words.sol";

contract InstancesTest is SettlementTest {
    using Words for bytes;

    /// @dev The word of the first published value in the proofs below: after eleven points.
    uint256 private constant PUBLISHED = 2 * 11;

    function read(address account, bytes calldata input, bytes calldata proof)
        external
        view
        returns (uint256[] memory words, uint256[2] memory rows, bytes32 digest)
    {
        (SettlementKey memory key,) = SettlementKeyLib.load(account);
        ProofParts memory parts = ProofPartsLib.locate(key, proof);
        Instances memory instances = InstancesLib.read(key, parts, input);
        (instances.inferenceSeal, instances.helpersSeal) = (Fr.wrap(21), Fr.wrap(22));
        (instances.foldSeal, instances.divisionSeal) = (Fr.wrap(23), Fr.wrap(24));
        (instances.batchSeal, instances.packed) = (Fr.wrap(25), Fr.wrap(26));
        words = new uint256[](InstancesLib.count(parts));
        uint256 first = instances.first();
        (uint256 row, uint256 weightRow) = (instances.row(key), instances.weightRow());
        assembly ("memory-safe") {
            mcopy(add(words, 0x20), first, shl(5, mload(words)))
            mstore(rows, mload(row))
            mstore(add(rows, 0x20), mload(weightRow))
        }
        digest = instances.digest(parts);
    }

    Settlement private settlement;

    function setUp() external {
        Shape memory shape = smallShape();
        (shape.weightRowBits, shape.weightRows, shape.longerBits) = (2, 3, 1);
        settlement = Simulator.settle(shape, 4);
    }

    function test_read() external {
        Settlement memory s = settlement;
        (uint256[] memory words, uint256[2] memory rows, bytes32 digest) = this.read(store(s.key), s.input, s.proof);
        assertEq(words.length, 7 + 13, "count");
        assertEq(words[0], 1, "one");
        for (uint256 index = 1; index < 7; ++index) {
            assertEq(words[index], 20 + index, "given");
        }
        for (uint256 index; index < 13; ++index) {
            assertEq(words[7 + index], s.proof.get(PUBLISHED + index), "published");
        }
        assertEq(rows[0], s.proof.get(PUBLISHED + 12), "row");
        assertEq(rows[1], s.proof.get(PUBLISHED + 11), "row of weights");
        bytes memory columns = s.proof.slice(32 * (PUBLISHED + 13), 32 * (PUBLISHED + 19));
        assertEq(digest, keccak256(abi.encodePacked(s.key.get(1), words, columns)), "digest");
    }

    /// @dev Digests stand between the published values and the points.
    function test_readsDigests() external {
        Shape memory shape = smallShape();
        shape.input = NaivePacking.Runs({width: 32, runBytes: 32, runs: 3});
        Settlement memory s = Simulator.settle(shape, 4);
        (uint256[] memory words,, bytes32 digest) = this.read(store(s.key), s.input, s.proof);
        assertEq(words.length, 7 + 11 + 3, "count");
        for (uint256 index; index < 11; ++index) {
            assertEq(words[7 + index], s.proof.get(PUBLISHED + index), "published");
        }
        for (uint256 index; index < 3; ++index) {
            assertEq(words[7 + 11 + index], s.input.get(index), "digest");
        }
        bytes memory columns = s.proof.slice(32 * (PUBLISHED + 11), 32 * (PUBLISHED + 17));
        assertEq(digest, keccak256(abi.encodePacked(s.key.get(1), words, columns)), "digest of all");
    }

    function testFuzz_refusesWhatIsNotReduced(uint256 place, uint256 excess) external {
        Settlement memory s = settlement;
        place %= 13;
        s.proof.set(PUBLISHED + place, bound(excess, ORDER, type(uint256).max));
        address key = store(s.key);
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.ScalarNotReduced.selector, place));
        this.read(key, s.input, s.proof);
    }
}
