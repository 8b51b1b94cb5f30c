// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "../../src/libraries/Fr.sol";
import {KeyPoint} from "../../src/libraries/Points.sol";
import {SettlementKey, SettlementKeyLib} from "../../src/libraries/SettlementKey.sol";
import {SettlementTest} from "../utils/SettlementTest.sol";
import {Settlement, Shape, Simulator} from "../utils/Simulator.sol";
import {Words} from "../utils/Words.sol";

contract SettlementKeyTest is SettlementTest {
    using Words for bytes;

    function _load() private returns (bytes memory blob, SettlementKey memory key) {
        Shape memory shape = smallShape();
        (shape.cellRowBits, shape.entryRowBits, shape.weightRowBits) = (1, 3, 2);
        (shape.entryRows, shape.weightRows, shape.batches, shape.longerBits) = (5, 3, 2, 2);
        blob = Simulator.settle(shape, 2).key;
        bytes32 digest;
        (key, digest) = SettlementKeyLib.load(store(blob));
        assertEq(digest, keccak256(blob), "digest");
    }

    function _requirePoint(KeyPoint point, bytes memory blob, uint256 word) private pure {
        uint256 x;
        uint256 y;
        assembly ("memory-safe") {
            x := mload(point)
            y := mload(add(point, 0x20))
        }
        assertEq(x, blob.get(word), "x");
        assertEq(y, blob.get(word + 1), "y");
    }

    function test_head() external {
        (bytes memory blob, SettlementKey memory key) = _load();
        assertEq(Fr.unwrap(key.transcriptDigest), blob.get(1), "transcript digest");
        assertEq(key.logRows, blob.get(2), "rows");
        assertEq(Fr.unwrap(key.inverseRows), blob.get(5), "1/n");
        assertTrue(key.cellRows() == 2 && key.entryRows() == 5 && key.weightRows() == 3, "rows of polynomials");
        assertEq(key.skippedCoordinates(), 2, "skipped coordinates");
        assertEq(key.rowCoordinates(), 5, "coordinates");
        assertTrue(key.inputWidth == 1 && key.inputRunBytes == 64 && key.inputRuns == 1, "input");
        assertTrue(key.outputWidth == 2 && key.outputRunBytes == 20 && key.outputRuns == 1, "output");
        assertEq(key.development, 1, "development");
    }

    function test_points() external {
        (bytes memory blob, SettlementKey memory key) = _load();
        _requirePoint(key.columns(), blob, 16);
        _requirePoint(key.columns().next(8), blob, 32);
        _requirePoint(KeyPoint.wrap(key.tau()), blob, 34);
        _requirePoint(KeyPoint.wrap(key.tau()).next(1), blob, 36);
        _requirePoint(key.entries(), blob, 49);
        _requirePoint(key.entries().next(4), blob, 57);
        _requirePoint(key.weights(), blob, 60);
        _requirePoint(key.weights().next(2), blob, 64);
    }

    function test_digests() external {
        (bytes memory blob, SettlementKey memory key) = _load();
        assertEq(key.weightDigest(), keccak256(blob.slice(43 * 32, 66 * 32)), "weights");
        assertEq(key.architectureDigest(), keccak256(blob.slice(0, 60 * 32)), "architecture");
    }

    function test_batches() external {
        (bytes memory blob, SettlementKey memory key) = _load();
        assertEq(key.batchArchitecture(2), bytes32(blob.get(40)), "the first");
        assertEq(key.batchArchitecture(4), bytes32(blob.get(42)), "the second");
        // A digest of the list is no size, and neither is what follows the list.
        uint256[4] memory others = [0, 8, blob.get(40), blob.get(43)];
        for (uint256 index; index < others.length; ++index) {
            assertEq(key.batchArchitecture(others[index]), 0, "not listed");
        }
        assertEq(key.weightRowsDigest(), keccak256(blob.slice(60 * 32, 66 * 32)), "rows of the weights");
    }

    /// @dev What is loaded is allocated, and what comes after is not in it.
    function test_isAllocated() external {
        (bytes memory blob, SettlementKey memory key) = _load();
        bytes memory other = new bytes(4096);
        for (uint256 index; index < other.length; ++index) {
            other[index] = 0xff;
        }
        assertEq(key.weightDigest(), keccak256(blob.slice(43 * 32, 66 * 32)), "weights");
        (, bytes32 digest) = SettlementKeyLib.load(store(blob));
        assertEq(digest, keccak256(blob), "digest");
    }

    function test_coordinatesAreThoseOfTheLargest() external pure {
        SettlementKey memory key;
        uint8[3][4] memory bits = [[3, 1, 2], [1, 3, 2], [1, 2, 3], [0, 0, 0]];
        for (uint256 index; index < 4; ++index) {
            (key.cellRowBits, key.entryRowBits, key.weightRowBits) = (bits[index][0], bits[index][1], bits[index][2]);
            assertEq(key.rowCoordinates(), index == 3 ? 0 : 3, "coordinates");
        }
    }

    function load(address account) external view {
        SettlementKeyLib.load(account);
    }

    function _isKey(bytes memory blob) private returns (bool accepted) {
        (accepted,) = address(this).staticcall(abi.encodeCall(this.load, (store(blob))));
    }

    function _isKeyWith(bytes memory blob, uint256 word, uint256 value) private returns (bool) {
        bytes memory changed = bytes.concat(blob);
        changed.set(word, value);
        return _isKey(changed);
    }

    /// @dev A key whose tables and weights have so many rows, and as many bits as these take.
    function _withRows(uint8 bits, uint8 rows) private returns (bytes memory blob) {
        Shape memory shape = smallShape();
        (shape.cellRowBits, shape.entryRowBits, shape.weightRowBits) = (0, bits, bits);
        (shape.entryRows, shape.weightRows, shape.batches, shape.longerBits) = (rows, rows, 0, 0);
        blob = Simulator.settle(shape, 2).key;
        assertTrue(_isKey(blob), "a key");
    }

    /// @dev What reaches a limit is a key, and what is one beyond is none.
    function test_limitsOfNumbers() external {
        bytes memory blob = _withRows(0, 1);
        uint256[3][5] memory limits = [
            [uint256(2), 28, 29],
            [uint256(6), 15, 16],
            [uint256(7), 15, 16],
            [uint256(8), 15, 16],
            [uint256(42), 15, 16]
        ];
        for (uint256 index; index < limits.length; ++index) {
            uint256 word = limits[index][0];
            // The length of a row over cells is told beside that of the weights' rows.
            uint256 least = word == 42 ? blob.get(43) : 0;
            assertTrue(_isKeyWith(blob, word, least + limits[index][1]), "at the limit");
            assertTrue(!_isKeyWith(blob, word, least + limits[index][2]), "beyond the limit");
        }
    }

    /// @dev Runs are shorter than what a transaction holds, also where their number is the same power of two.
    function test_limitsOfRuns() external {
        bytes memory blob = _withRows(0, 1);
        blob.set(10, 1 << 31);
        blob.set(11, 1 << 31);
        assertTrue(_isKey(blob), "below the limit");
        blob.set(10, 1 << 32);
        blob.set(11, 1 << 32);
        assertTrue(!_isKey(blob), "at the limit");
    }

    /// @dev There is a row, and not more than the coordinates tell apart.
    function test_limitsOfRows() external {
        bytes memory two = _withRows(1, 2);
        assertTrue(!_isKeyWith(two, 7, 0), "more rows of tables than their coordinates tell");
        assertTrue(!_isKeyWith(two, 8, 0), "more rows of weights than their coordinates tell");
        bytes memory one = _withRows(0, 1);
        bytes memory withoutTables = bytes.concat(one.slice(0, 45 * 32), one.slice(47 * 32, one.length));
        assertTrue(!_isKeyWith(withoutTables, 44, 0), "no rows of tables");
        bytes memory withoutWeights = one.slice(0, one.length - 64);
        assertTrue(!_isKeyWith(withoutWeights, 47, 0), "no rows of weights");
    }
}
