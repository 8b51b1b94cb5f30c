// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {ProofPoint} from "../../src/libraries/Points.sol";
import {ProofParts, ProofPartsLib} from "../../src/libraries/ProofParts.sol";
import {SettlementKey, SettlementKeyLib} from "../../src/libraries/SettlementKey.sol";
import {SettlementTest} from "../utils/SettlementTest.sol";
import {Shape, Simulator} from "../utils/Simulator.sol";

contract ProofPartsTest is SettlementTest {
    /// @dev The parts, as words from the beginning of the proof.
    function locate(address account, bytes calldata proof) external view returns (uint256[14] memory words) {
        (SettlementKey memory loaded,) = SettlementKeyLib.load(account);
        ProofParts memory p = ProofPartsLib.locate(loaded, proof);
        words = [
            ProofPoint.unwrap(p.quotients),
            ProofPoint.unwrap(p.helpers),
            ProofPoint.unwrap(p.fold),
            ProofPoint.unwrap(p.division),
            ProofPoint.unwrap(p.batch),
            ProofPoint.unwrap(p.last),
            p.published,
            ProofPoint.unwrap(p.columns),
            ProofPoint.unwrap(p.product),
            ProofPoint.unwrap(p.pieces),
            p.evaluations,
            ProofPoint.unwrap(p.opening),
            ProofPoint.unwrap(p.openingLast),
            0
        ];
        uint256 start;
        assembly ("memory-safe") {
            start := proof.offset
        }
        for (uint256 index; index < 13; ++index) {
            words[index] = (words[index] - start) / 32;
        }
        words[13] = 100 * p.publishedCount + ProofPartsLib.innerPoints(p);
    }

    address private key;

    function setUp() external {
        Shape memory shape = smallShape();
        (shape.cellRowBits, shape.entryRowBits, shape.weightRowBits) = (1, 3, 4);
        (shape.entryRows, shape.weightRows, shape.longerBits) = (5, 9, 2);
        key = store(Simulator.settle(shape, 3).key);
    }

    function test_locate() external view {
        // Two rows over cells, five over entries, two coordinates before the three of the latter.
        uint256 inner = 4 * 2 + 2 * 5 + 5;
        uint256 columns = 2 * inner + 16;
        uint256 evaluations = columns + 22;
        uint256[14] memory expected = [
            uint256(0),
            2 * (3 * 2 + 5),
            2 * (4 * 2 + 2 * 5),
            2 * (inner - 3),
            2 * (inner - 2),
            2 * (inner - 1),
            2 * inner,
            columns,
            columns + 6,
            columns + 10,
            evaluations,
            evaluations + 18,
            evaluations + 20,
            1600 + inner
        ];
        uint256[14] memory found = this.locate(key, new bytes(32 * (evaluations + 22)));
        for (uint256 index; index < 14; ++index) {
            assertEq(found[index], expected[index], "part");
        }
    }

    function testFuzz_refusesOtherLengths(uint16 length) external {
        uint256 expected = 32 * (2 * 23 + 16 + 22 + 18 + 4);
        vm.assume(length != expected);
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.ProofLength.selector, expected, length));
        this.locate(key, new bytes(length));
    }
}
