// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, ONE} from "./Fr.sol";
import {Inversion} from "./Inversion.sol";
import {SettlementKey} from "./SettlementKey.sol";

/// @dev Values at the point x that belong to the circuit's domain, the n-th roots of unity.
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
    /// and the sum of those of the rows after it, which are random.
    Fr blinding;
    /// The polynomial of the instances.
    Fr instances;
}

/// @title Lagrange polynomials over the circuit's rows
/// @dev The Lagrange polynomial of row i is one at omega^i and zero in all other rows. Its value at x is
///
///     l_i = (x^n - 1)/n  omega^i/(x - omega^i) = (x^n - 1)/n  1/d_i        d_i = x omega^-i - 1
///
/// Most of them are needed in sums only. Each sum has one denominator, so few denominators must be inverted.
library Lagrange {
    /// @dev The last rows are random. The permutation's product ends in the row before them.
    uint256 private constant BLINDING_ROWS = 5;

    /// @dev Evaluates at x. Reverts if x is zero or a root of unity, where denominators are zero.
    /// @param instances The address of the first instance.
    function evaluate(SettlementKey memory key, Fr x, uint256 instances, uint256 instanceCount)
        internal
        view
        returns (DomainValues memory values)
    {
        values.xToN = x.powerOfTwoPower(key.logRows);
        Fr omega = key.omega;
        Fr omegaFourth = omega.square().square();
        Fr omegaFifth = omegaFourth * omega;
        Fr inverseOmega = key.omegaToLast * omegaFifth;
        // x omega^-i is x omega^6 in the row -6, where the product ends, x omega^5 in the next, and x in the first.
        Fr last = x * omegaFifth * omega - ONE;
        // Numerators wait where the values go.
        Fr blinding;
        Fr weighted;
        (values.blinding, blinding) = _sumBlinding(x * omegaFifth, inverseOmega);
        (values.instances, weighted) = _sumInstances(x, inverseOmega, instances, instanceCount);
        _invert(values, key, last, blinding, x - ONE, weighted, x * (omega - ONE));
    }

    /// @dev The sum of 1/d_i over the random rows.
    /// @param point x omega^-i for the first of them.
    function _sumBlinding(Fr point, Fr inverseOmega) private pure returns (Fr numerator, Fr denominator) {
        denominator = ONE;
        for (uint256 row; row < BLINDING_ROWS; ++row) {
            Fr d = point - ONE;
            // a/b + 1/d = (a d + b)/(b d)
            numerator = numerator * d + denominator;
            denominator = denominator * d;
            point = point * inverseOmega;
        }
    }

    /// @dev The sum of instance/d_i over the rows that have an instance.
    /// @param point x omega^-i for the first of them.
    function _sumInstances(Fr point, Fr inverseOmega, uint256 instances, uint256 count)
        private
        pure
        returns (Fr numerator, Fr denominator)
    {
        denominator = ONE;
        unchecked {
            for (uint256 end = instances + 0x20 * count; instances < end; instances += 0x20) {
                Fr instance;
                assembly ("memory-safe") {
                    instance := mload(instances)
                }
                Fr d = point - ONE;
                // a/b + instance/d = (a d + instance b)/(b d)
                numerator = numerator * d + instance * denominator;
                denominator = denominator * d;
                point = point * inverseOmega;
            }
        }
    }

    /// @dev Inverts all denominators with one inversion of their product, and completes the Lagrange polynomials.
    /// @param last d_i for the row where the product ends.
    /// @param blinding The denominator of the random rows. Its numerator is among the values.
    /// @param first d_i for the first row.
    /// @param weighted The denominator of the instances. Its numerator is among the values.
    /// @param step omega x - x
    function _invert(
        DomainValues memory values,
        SettlementKey memory key,
        Fr last,
        Fr blinding,
        Fr first,
        Fr weighted,
        Fr step
    ) private view {
        Fr vanishing = values.xToN - ONE;
        Fr end = last * blinding;
        Fr start = first * weighted;
        Fr both = end * start;
        Fr inverse = Inversion.invert(both * vanishing * step);
        values.inverseVanishing = inverse * both * step;
        values.inverseStep = inverse * both * vanishing;

        // (x^n - 1)/n, the common factor of all Lagrange polynomials, over the denominators of both ends of the rows.
        Fr scale = inverse * vanishing * step * vanishing * key.inverseRows;
        Fr scaleOfEnd = scale * start;
        values.last = scaleOfEnd * blinding;
        values.blinding = scaleOfEnd * last * values.blinding;
        Fr scaleOfStart = scale * end;
        values.first = scaleOfStart * weighted;
        values.instances = scaleOfStart * first * values.instances;
    }
}
