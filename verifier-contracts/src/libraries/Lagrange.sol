// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, ONE, ORDER, ZERO} from "./Fr.sol";
import {Inversion} from "./Inversion.sol";
import {SettlementKey} from "./SettlementKey.sol";

/// @dev What of the circuit's domain, the n-th roots of unity, is needed at the point x.
struct DomainValues {
    /// x^n
    Fr xToN;
    /// 1/(x^n - 1)
    Fr inverseVanishing;
    /// 1/(omega x - x)
    Fr inverseStep;
    /// The Lagrange polynomial of the first row,
    Fr first;
    /// of the row where the permutation's product ends,
    Fr last;
    /// and the sum of those of the rows after it, which blind.
    Fr blinding;
    /// The polynomial of the instances.
    Fr instances;
}

/// @title Lagrange polynomials over the circuit's rows
/// @dev The polynomial that is one in row i, where the point is omega^i, and zero in all others, is at x
///
///     l_i = (x^n - 1)/n  omega^i/(x - omega^i) = (x^n - 1)/n  1/(x omega^-i - 1)
///
/// Rows are needed from -6 on, where the permutation's product ends, up to the last instance. With d_i the denominator of
/// row i and p_i the product of all denominators below, all of them are inverted for the price of one:
///
///     1/d_i = p_i / p_(i+1)        1/p_i = d_i / p_(i+1)
library Lagrange {
    /// @dev The rows before the first that are needed: the end of the permutation's product, and five that blind.
    uint256 private constant ROWS_BEFORE = 6;

    /// @dev Evaluates at x. Reverts if x is zero or one of the roots of unity, where the denominators are zero.
    /// @param instances The address of the first instance.
    function evaluate(SettlementKey memory key, Fr x, uint256 instances, uint256 instanceCount)
        internal
        view
        returns (DomainValues memory values)
    {
        values.xToN = x.powerOfTwoPower(key.logRows);
        Fr vanishing = values.xToN - ONE;
        Fr step = x * (key.omega - ONE);
        (uint256 end, Fr product) = _goUp(key, x, ROWS_BEFORE + instanceCount);
        Fr inverse = Inversion.invert(product * vanishing * step);
        values.inverseVanishing = inverse * product * step;
        values.inverseStep = inverse * product * vanishing;
        _goDown(values, end, inverse * vanishing * step, instances, instanceCount);
        _scale(values, vanishing * key.inverseRows);
    }

    /// @dev Writes d_i = x omega^-i - 1 and p_i for the rows in order, two words each.
    /// @return end The address after the last.
    /// @return product The product of all denominators.
    function _goUp(SettlementKey memory key, Fr x, uint256 rows) private pure returns (uint256 end, Fr product) {
        Fr omega = key.omega;
        Fr omegaSquared = omega.square();
        Fr omegaFourth = omegaSquared.square();
        Fr inverseOmega = key.omegaToLast * omegaFourth * omega;
        // The row -6 comes first.
        Fr point = x * omegaFourth * omegaSquared;
        product = ONE;
        assembly ("memory-safe") {
            let row := mload(0x40)
            end := add(row, shl(6, rows))
            mstore(0x40, end) // Allocates two words for each row.
            for {} lt(row, end) { row := add(row, 0x40) } {
                let denominator := addmod(point, sub(ORDER, 1), ORDER) // point - 1
                mstore(row, denominator)
                mstore(add(row, 0x20), product)
                product := mulmod(product, denominator, ORDER)
                point := mulmod(point, inverseOmega, ORDER)
            }
        }
    }

    /// @dev Goes back through the rows, and combines the inverses of their denominators as they come.
    /// @param row The address after the last row.
    /// @param inverse The inverse of the product of all denominators.
    function _goDown(DomainValues memory values, uint256 row, Fr inverse, uint256 instances, uint256 instanceCount)
        private
        pure
    {
        Fr term;
        Fr sum;
        assembly ("memory-safe") {
            for { let instance := add(instances, shl(5, instanceCount)) } gt(instance, instances) {} {
                instance := sub(instance, 0x20)
                row := sub(row, 0x40)
                term := mulmod(inverse, mload(add(row, 0x20)), ORDER) // 1/d_i = p_i / p_(i+1)
                inverse := mulmod(inverse, mload(row), ORDER) // 1/p_i = d_i / p_(i+1)
                sum := addmod(sum, mulmod(term, mload(instance), ORDER), ORDER)
            }
        }
        // The first instance is in the first row.
        (values.first, values.instances) = (term, sum);
        sum = ZERO;
        assembly ("memory-safe") {
            for { let count := sub(ROWS_BEFORE, 1) } count { count := sub(count, 1) } {
                row := sub(row, 0x40)
                sum := addmod(sum, mulmod(inverse, mload(add(row, 0x20)), ORDER), ORDER)
                inverse := mulmod(inverse, mload(row), ORDER)
            }
        }
        // p_(-6) is 1, so that what is left is the inverse of the denominator of the row -6.
        (values.blinding, values.last) = (sum, inverse);
    }

    /// @dev Multiplies with what the Lagrange polynomials have in common.
    function _scale(DomainValues memory values, Fr scale) private pure {
        values.first = scale * values.first;
        values.last = scale * values.last;
        values.blinding = scale * values.blinding;
        values.instances = scale * values.instances;
    }
}
