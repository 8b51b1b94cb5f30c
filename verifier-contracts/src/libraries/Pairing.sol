// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../interfaces/IHallmarkVerifier.sol";
import {PointSum} from "./PointSum.sol";

/// @title The pairing check with the precompile of EIP-197
library Pairing {
    /// @dev Gas for the precompile, above today's price (EIP-1108: 45000 and 34000 for each of two pairs). {PointSumLib}
    /// says why.
    uint256 private constant PAIRING_GAS = 250_000;

    /// @dev The order of the field of coordinates.
    uint256 private constant COORDINATES = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

    /// @dev The generator of G2 in the order of EIP-197: the imaginary part of each coordinate first.
    uint256 private constant G2_X1 = 0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2;
    uint256 private constant G2_X0 = 0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed;
    uint256 private constant G2_Y1 = 0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b;
    uint256 private constant G2_Y0 = 0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa;

    /// @dev Reverts unless e(left, [tau]) = e(right, [1]), which is e(left, [tau]) e(-right, [1]) = 1.
    /// @param tau The address of [tau], four words.
    function requireEqual(PointSum left, PointSum right, uint256 tau) internal view {
        bool answered;
        bool equal;
        assembly ("memory-safe") {
            let input := mload(0x40) // Used here only, and so not allocated.
            mcopy(input, left, 0x40) // The sum comes first in a PointSum.
            mcopy(add(input, 0x40), tau, 0x80)
            mcopy(add(input, 0xc0), right, 0x20)
            // -y. If y is 0, -y is 0 too, and the point is the neutral element.
            mstore(add(input, 0xe0), mod(sub(COORDINATES, mload(add(right, 0x20))), COORDINATES))
            mstore(add(input, 0x100), G2_X1)
            mstore(add(input, 0x120), G2_X0)
            mstore(add(input, 0x140), G2_Y1)
            mstore(add(input, 0x160), G2_Y0)
            answered := staticcall(PAIRING_GAS, 0x08, input, 0x180, 0x00, 0x20) // Two pairs, to the scratch space.
            // Without a precompile, a call succeeds without an answer.
            answered := and(answered, eq(returndatasize(), 0x20))
            equal := eq(mload(0x00), 1)
        }
        if (!answered) revert IHallmarkVerifier.PrecompileFailed(address(8));
        if (!equal) revert IHallmarkVerifier.ProofRejected();
    }
}
