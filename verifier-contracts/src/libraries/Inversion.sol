// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../interfaces/IHallmarkVerifier.sol";
import {Fr, ONE, ORDER} from "./Fr.sol";

/// @title Inverses of many elements for the price of one
/// @dev Montgomery's trick: with the products p_i = x_0 ... x_(i-1) and the inverse of the last,
///
///     1/x_i = p_i / p_(i+1)        1/p_i = x_i / p_(i+1)
library Inversion {
    /// @dev The precompile for powers (EIP-198).
    address private constant MODEXP = address(5);

    /// @dev Replaces every element by its inverse. Reverts if one has none.
    function invertAll(Fr[] memory elements) internal view {
        Fr[] memory products = new Fr[](elements.length);
        Fr product = _multiplyUp(elements, products);
        _divideDown(elements, products, invert(product));
    }

    /// @dev The inverse by Fermat's little theorem. Reverts if there is none.
    function invert(Fr element) internal view returns (Fr inverse) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, 0x20) // The bytes of the base,
            mstore(add(input, 0x20), 0x20) // of the exponent,
            mstore(add(input, 0x40), 0x20) // and of the modulus.
            mstore(add(input, 0x60), element)
            mstore(add(input, 0x80), sub(ORDER, 2))
            mstore(add(input, 0xa0), ORDER)
            // A call that fails, or that finds no precompile, leaves what is no inverse: the product below tells.
            pop(staticcall(gas(), 0x05, input, 0xc0, 0x00, 0x20))
            inverse := mload(0x00)
        }
        if (Fr.unwrap(element * inverse) != Fr.unwrap(ONE)) {
            if (Fr.unwrap(element) == 0) revert IHallmarkVerifier.ChallengeDegenerate();
            revert IHallmarkVerifier.PrecompileFailed(MODEXP);
        }
    }

    /// @dev Writes all p_i, and returns the product of all elements.
    function _multiplyUp(Fr[] memory elements, Fr[] memory products) private pure returns (Fr product) {
        product = ONE;
        assembly ("memory-safe") {
            let length := shl(5, mload(elements)) // In bytes: a word each.
            for { let offset := 0 } lt(offset, length) {} {
                offset := add(offset, 0x20) // The words of an array follow its length.
                mstore(add(products, offset), product)
                product := mulmod(product, mload(add(elements, offset)), ORDER)
            }
        }
    }

    /// @dev Goes through the elements from the last to the first, with the inverse of the product of those that are left.
    function _divideDown(Fr[] memory elements, Fr[] memory products, Fr inverse) private pure {
        assembly ("memory-safe") {
            for { let offset := shl(5, mload(elements)) } offset { offset := sub(offset, 0x20) } {
                let element := add(elements, offset)
                let x := mload(element)
                mstore(element, mulmod(inverse, mload(add(products, offset)), ORDER)) // 1/x_i = p_i / p_(i+1)
                inverse := mulmod(inverse, x, ORDER) // 1/p_i = x_i / p_(i+1)
            }
        }
    }
}
