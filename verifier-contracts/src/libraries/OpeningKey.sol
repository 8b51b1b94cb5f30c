// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title The setup's points: their consistency and their digest
/// @dev The same rules and the same digest as those of `circuits/src/srs.rs`.
library OpeningKey {
    /// @dev The text that separates this digest from every other keccak digest of the project.
    string private constant DOMAIN = "hallmark opening key v1";

    /// @dev Gas for the precompile, above today's price (EIP-1108: 45000 and 34000 for each of two pairs). The precompile
    /// takes all of it for a point that it refuses.
    uint256 private constant PAIRING_GAS = 250_000;

    /// @dev The generator of G1, and the ordinate of its negative.
    uint256 private constant G1_X = 1;
    uint256 private constant G1_Y = 2;
    uint256 private constant G1_MINUS_Y = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45;

    /// @dev The digest that binds keys to a setup. It distinguishes setups for development from others.
    function digest(IModelRegistry.Setup memory setup) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encodePacked(DOMAIN, setup.development, G1_X, G1_Y, setup.tauG1, _generatorOfG2(), setup.tauG2)
            );
    }

    /// @dev Reverts unless e([tau]_1, [1]_2) = e([1]_1, [tau]_2), and tau is not 0 or 1.
    function requireValid(IModelRegistry.Setup memory setup) internal view {
        (uint256 x, uint256 y) = (setup.tauG1[0], setup.tauG1[1]);
        // Tau is 0 or 1. The pairing below shows that G2 has the same tau, so this check is enough.
        if ((x | y) == 0 || (x == G1_X && y == G1_Y)) revert IModelRegistry.SetupTrivial();
        bytes memory pairs = abi.encode(setup.tauG1, _generatorOfG2(), G1_X, G1_MINUS_Y, setup.tauG2);
        // The precompile refuses coordinates that are not reduced, and points outside of the groups.
        (bool valid, bytes memory product) = address(8).staticcall{gas: PAIRING_GAS}(pairs);
        // Without a precompile, a call succeeds without an answer.
        if (!valid || product.length != 0x20 || abi.decode(product, (uint256)) != 1) {
            revert IModelRegistry.SetupInconsistent();
        }
    }

    /// @dev In the order of EIP-197: the imaginary part of each coordinate first.
    function _generatorOfG2() private pure returns (uint256[4] memory) {
        return [
            0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2,
            0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed,
            0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b,
            0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa
        ];
    }
}
