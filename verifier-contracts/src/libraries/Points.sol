// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev Where a point of the proof is: an offset into calldata. Points are two words, x and y, as in EIP-196.
type ProofPoint is uint256;

/// @dev Where a point of the key is: an address in memory.
type KeyPoint is uint256;

using ProofPointLib for ProofPoint global;
using KeyPointLib for KeyPoint global;

/// @dev The bytes of a point.
uint256 constant POINT_BYTES = 0x40;

/// @dev Points of the proof are one after another.
library ProofPointLib {
    /// @dev The point that is `count` points further. Lengths are checked before there are any points, so both are small.
    function next(ProofPoint point, uint256 count) internal pure returns (ProofPoint) {
        unchecked {
            return ProofPoint.wrap(ProofPoint.unwrap(point) + count * POINT_BYTES);
        }
    }
}

/// @dev Points of the key are one after another.
library KeyPointLib {
    /// @dev The point that is `count` points further. Lengths are checked before there are any points, so both are small.
    function next(KeyPoint point, uint256 count) internal pure returns (KeyPoint) {
        unchecked {
            return KeyPoint.wrap(KeyPoint.unwrap(point) + count * POINT_BYTES);
        }
    }
}
