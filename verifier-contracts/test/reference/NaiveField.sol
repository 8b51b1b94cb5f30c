// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev Arithmetic in BN254's scalar field without any regard to gas.
library NaiveField {
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @dev A primitive 2^28-th root of unity, 7^((R - 1)/2^28).
    uint256 private constant ROOT = 0x03ddb9f5166d18b798865ea93dd31f743215cf6dd39329c8d34f1ed960c37c9c;

    function add(uint256 a, uint256 b) internal pure returns (uint256) {
        return addmod(a, b, R);
    }

    function sub(uint256 a, uint256 b) internal pure returns (uint256) {
        return addmod(a, R - b % R, R);
    }

    function mul(uint256 a, uint256 b) internal pure returns (uint256) {
        return mulmod(a, b, R);
    }

    function pow(uint256 base, uint256 exponent) internal pure returns (uint256 power) {
        power = 1;
        for (uint256 bit = 256; bit > 0; --bit) {
            power = mul(power, power);
            if (exponent >> (bit - 1) & 1 == 1) power = mul(power, base);
        }
    }

    function div(uint256 a, uint256 b) internal pure returns (uint256) {
        require(b % R != 0, "division by zero");
        return mul(a, pow(b, R - 2));
    }

    /// @dev The primitive 2^k-th root of unity that halo2 uses.
    function rootOfUnity(uint256 k) internal pure returns (uint256) {
        return pow(ROOT, 1 << (28 - k));
    }

    /// @dev sum_i coefficients[i] x^i
    function evaluate(uint256[] memory coefficients, uint256 x) internal pure returns (uint256 value) {
        for (uint256 index; index < coefficients.length; ++index) {
            value = add(value, mul(coefficients[index], pow(x, index)));
        }
    }

    /// @dev The polynomial of least degree with these values at these points, at x.
    function interpolate(uint256[] memory points, uint256[] memory values, uint256 x)
        internal
        pure
        returns (uint256 value)
    {
        for (uint256 i; i < points.length; ++i) {
            uint256 term = values[i];
            for (uint256 j; j < points.length; ++j) {
                if (i != j) term = mul(term, div(sub(x, points[j]), sub(points[i], points[j])));
            }
            value = add(value, term);
        }
    }

    /// @dev prod_i (x - points[i])
    function vanish(uint256[] memory points, uint256 x) internal pure returns (uint256 value) {
        value = 1;
        for (uint256 index; index < points.length; ++index) {
            value = mul(value, sub(x, points[index]));
        }
    }
}
