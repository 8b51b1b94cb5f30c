// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../interfaces/IHallmarkVerifier.sol";
import {Fr, ONE, ORDER} from "./Fr.sol";

/// @title Inverses in the scalar field
library Inversion {
    /// @dev The precompile for powers (EIP-198).
    address private constant MODEXP = address(5);

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
            // If a call fails or finds no precompile, the result is not the inverse. The product below shows it.
            pop(staticcall(gas(), 0x05, input, 0xc0, 0x00, 0x20))
            inverse := mload(0x00)
        }
        if (Fr.unwrap(element * inverse) != Fr.unwrap(ONE)) {
            if (Fr.unwrap(element) == 0) revert IHallmarkVerifier.ChallengeDegenerate();
            revert IHallmarkVerifier.PrecompileFailed(MODEXP);
        }
    }
}
