// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, ONE, ORDER} from "./Fr.sol";
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
/// Rows are needed from -6 on, which is where the permutation's product ends, up to the last instance. All denominators
/// are inverted together with the two others that the verifier needs.
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
        unchecked {
            uint256 rows = ROWS_BEFORE + instanceCount;
            values.xToN = x.powerOfTwoPower(key.logRows);
            Fr vanishing = values.xToN - ONE;
            Fr[] memory inverses = _denominators(key, x, rows);
            inverses[rows] = vanishing;
            inverses[rows + 1] = x * (key.omega - ONE);
            Inversion.invertAll(inverses);
            values.inverseVanishing = inverses[rows];
            values.inverseStep = inverses[rows + 1];
            _combine(values, inverses, vanishing * key.inverseRows, instances, instanceCount);
        }
    }

    /// @dev x omega^-i - 1 for all rows i in order, and room for two more.
    function _denominators(SettlementKey memory key, Fr x, uint256 rows)
        private
        pure
        returns (Fr[] memory denominators)
    {
        Fr omega = key.omega;
        Fr omegaSquared = omega.square();
        Fr omegaFourth = omegaSquared.square();
        Fr inverseOmega = key.omegaToLast * omegaFourth * omega;
        // The row -6 comes first.
        Fr point = x * omegaFourth * omegaSquared;
        unchecked {
            denominators = new Fr[](rows + 2);
        }
        assembly ("memory-safe") {
            let slot := add(denominators, 0x20) // The elements follow the array's length.
            for { let end := add(slot, shl(5, rows)) } lt(slot, end) { slot := add(slot, 0x20) } {
                mstore(slot, addmod(point, sub(ORDER, 1), ORDER)) // point - 1
                point := mulmod(point, inverseOmega, ORDER)
            }
        }
    }

    /// @dev Sums inverses of denominators, and scales the sums.
    function _combine(
        DomainValues memory values,
        Fr[] memory inverses,
        Fr scale,
        uint256 instances,
        uint256 instanceCount
    ) private pure {
        values.last = scale * inverses[0];
        values.blinding = scale * (inverses[1] + inverses[2] + inverses[3] + inverses[4] + inverses[5]);
        values.first = scale * inverses[ROWS_BEFORE];
        values.instances = scale * _instanceSum(inverses, instances, instanceCount);
    }

    /// @dev The sum over the rows from the first on of instance times inverse.
    function _instanceSum(Fr[] memory inverses, uint256 instances, uint256 instanceCount)
        private
        pure
        returns (Fr sum)
    {
        assembly ("memory-safe") {
            // The first row's inverse, after the array's length and the rows before.
            let inverse := add(inverses, shl(5, add(ROWS_BEFORE, 1)))
            for { let end := add(instances, shl(5, instanceCount)) } lt(instances, end) {} {
                sum := addmod(sum, mulmod(mload(instances), mload(inverse), ORDER), ORDER)
                instances := add(instances, 0x20)
                inverse := add(inverse, 0x20)
            }
        }
    }
}
