// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev Points by their discrete logarithms, and a setup whose secret is known.
library Curve {
    /// @dev The secret of the setup.
    uint256 internal constant TAU = 0x0074686520736563726574206f66206120736574757020666f72207465737473;

    /// @dev The order of the field of coordinates.
    uint256 internal constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @dev TAU times the generator of G2, in the order of EIP-197.
    function tau() internal pure returns (bytes memory) {
        return abi.encode(
            0x0e67c675285948151fc600740b7a5dc440feecf62539d05d5e5c5663a0cef7cf,
            0x2dc722b8b0a85860390363fe461ecdc583c6a9434dbc8f52cfca33ee01a16209,
            0x29cfe7110ec12a4a6059916eff751a7bf877c0b3e09cc94dad64ccb8d431aa92,
            0x0a00e233410e634c341d4bed0812acf698040e4d0374c166572ec8e41be07ac1
        );
    }

    /// @dev The multiple of the generator of G1, as two words.
    function point(uint256 logarithm) internal view returns (bytes memory result) {
        bool success;
        (success, result) = address(7).staticcall(abi.encode(1, 2, logarithm));
        require(success, "ecMul");
    }

    function points(uint256[] memory logarithms) internal view returns (bytes memory all) {
        for (uint256 index; index < logarithms.length; ++index) {
            all = bytes.concat(all, point(logarithms[index]));
        }
    }
}
