// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev An element of the scalar field of BN254, below its order.
type Fr is uint256;

using {add as +, sub as -, mul as *} for Fr global;
using FrLib for Fr global;

/// @dev The order of the field: the order of BN254's group.
uint256 constant ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

Fr constant ZERO = Fr.wrap(0);
Fr constant ONE = Fr.wrap(1);

/// @dev Modulo the order.
function add(Fr a, Fr b) pure returns (Fr) {
    return Fr.wrap(addmod(Fr.unwrap(a), Fr.unwrap(b), ORDER));
}

/// @dev Modulo the order.
function sub(Fr a, Fr b) pure returns (Fr) {
    unchecked {
        // b is reduced, so that its negative is not negative.
        return Fr.wrap(addmod(Fr.unwrap(a), ORDER - Fr.unwrap(b), ORDER));
    }
}

/// @dev Modulo the order.
function mul(Fr a, Fr b) pure returns (Fr) {
    return Fr.wrap(mulmod(Fr.unwrap(a), Fr.unwrap(b), ORDER));
}

/// @dev Powers, and the way from words to elements.
library FrLib {
    /// @dev A word modulo the order.
    function reduce(uint256 word) internal pure returns (Fr) {
        return Fr.wrap(word % ORDER);
    }

    /// @dev x^2
    function square(Fr x) internal pure returns (Fr) {
        return x * x;
    }

    /// @dev x^5
    function fifthPower(Fr x) internal pure returns (Fr) {
        return x.square().square() * x;
    }

    /// @dev x^(2^exponentLog)
    function powerOfTwoPower(Fr x, uint256 exponentLog) internal pure returns (Fr) {
        for (uint256 i; i < exponentLog; ++i) {
            x = x.square();
        }
        return x;
    }
}
