// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "../../src/libraries/Fr.sol";
import {Instances, InstancesLib} from "../../src/libraries/Instances.sol";
import {ProofParts, ProofPartsLib} from "../../src/libraries/ProofParts.sol";
import {Seals} from "../../src/libraries/Seals.sol";
import {SettlementKey, SettlementKeyLib} from "../../src/libraries/SettlementKey.sol";
import {SettlementTest} from "../utils/SettlementTest.sol";
import {Settlement, Shape, Simulator} from "../utils/Simulator.sol";
import {Words} from "../utils/Words.sol";

contract SealsTest is SettlementTest {
    using Words for bytes;

    function seals(address account, bytes32 context, bytes calldata input, bytes calldata output, bytes calldata proof)
        external
        view
        returns (Fr[5] memory)
    {
        (SettlementKey memory key,) = SettlementKeyLib.load(account);
        ProofParts memory parts = ProofPartsLib.locate(key, proof);
        Instances memory i = InstancesLib.read(key, parts, input);
        Seals.write(i, key, parts, context, input, output);
        return [i.inferenceSeal, i.helpersSeal, i.foldSeal, i.divisionSeal, i.batchSeal];
    }

    function _requireSeal(Fr found, bytes memory content) private pure {
        assertEq(Fr.unwrap(found), uint256(keccak256(content)) & (2 ** 248 - 1), "seal");
    }

    /// @dev Two rows over cells and three over entries: 9 points in the first seal, 5 in the second.
    function test_write() external {
        Shape memory shape = smallShape();
        (shape.cellRowBits, shape.entryRowBits, shape.entryRows) = (1, 2, 3);
        Settlement memory s = Simulator.settle(shape, 5);
        Fr[5] memory found = this.seals(store(s.key), s.context, s.input, s.output, s.proof);
        bytes memory inference = bytes.concat(
            bytes32("hallmark inference 2"), keccak256(s.key.slice(39 * 32, s.key.length)), s.context, s.input, s.output
        );
        _requireSeal(found[0], bytes.concat(inference, s.proof.slice(0, 9 * 64)));
        _requireSeal(found[1], bytes.concat(bytes32("hallmark helpers 2"), s.proof.slice(9 * 64, 14 * 64)));
        _requireSeal(found[2], bytes.concat(bytes32("hallmark fold 2"), s.proof.slice(14 * 64, 16 * 64)));
        _requireSeal(found[3], bytes.concat(bytes32("hallmark division 2"), s.proof.slice(16 * 64, 17 * 64)));
        _requireSeal(found[4], bytes.concat(bytes32("hallmark batch 2"), s.proof.slice(17 * 64, 18 * 64)));
    }
}
