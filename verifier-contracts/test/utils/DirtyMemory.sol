// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev Memory as a contract may leave it that verifies in the middle of other work.
library DirtyMemory {
    /// @dev More than a verification uses.
    uint256 private constant REACH = 0x10000;

    /// @dev Fills the scratch space and all memory above what is allocated with noise. The pointer to free memory goes up by
    /// `shift` bytes, so that it need not be at the beginning of a word.
    function fill(uint256 seed, uint256 shift) internal pure {
        assembly ("memory-safe") {
            mstore(0x00, seed)
            mstore(0x20, not(seed))
            mstore(0x40, add(mload(0x40), shift))
            let noise := keccak256(0x00, 0x40)
            let start := mload(0x40)
            for { let offset := 0 } lt(offset, REACH) { offset := add(offset, 0x20) } {
                mstore(add(start, offset), noise)
                noise := not(mul(noise, 0x100000001b3))
            }
        }
    }

    /// @dev The pointer to free memory, and the word that Solidity takes to be zero.
    function pointers() internal pure returns (uint256 free, uint256 zero) {
        assembly ("memory-safe") {
            free := mload(0x40)
            zero := mload(0x60)
        }
    }
}
