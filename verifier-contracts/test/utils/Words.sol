// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev Bytes as words, and parts of them.
library Words {
    function get(bytes memory data, uint256 index) internal pure returns (uint256 word) {
        require(32 * index + 32 <= data.length, "no such word");
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), shl(5, index)))
        }
    }

    function set(bytes memory data, uint256 index, uint256 word) internal pure {
        require(32 * index + 32 <= data.length, "no such word");
        assembly ("memory-safe") {
            mstore(add(add(data, 0x20), shl(5, index)), word)
        }
    }

    /// @dev The bytes from one place up to another.
    function slice(bytes memory data, uint256 start, uint256 end) internal pure returns (bytes memory part) {
        require(start <= end && end <= data.length, "no such part");
        part = new bytes(end - start);
        assembly ("memory-safe") {
            mcopy(add(part, 0x20), add(add(data, 0x20), start), sub(end, start))
        }
    }

    /// @dev The data with two words exchanged.
    function swap(bytes memory data, uint256 left, uint256 right) internal pure {
        uint256 word = get(data, left);
        set(data, left, get(data, right));
        set(data, right, word);
    }
}
