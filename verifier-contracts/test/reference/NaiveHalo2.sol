// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NaiveField as F} from "./NaiveField.sol";
import {NaivePoseidon} from "./NaivePoseidon.sol";

/// @dev The numbers that a halo2 proof of the settlement circuit is about.
struct NaiveArgument {
    uint256 logRows;
    uint256[] instances;
    /// The challenges beta, gamma, y, x; y and v of the opening; u.
    uint256[7] challenges;
    /// In the order of the proof.
    uint256[] evaluations;
}

/// @dev The constraints of the settlement circuit, term by term, and the opening of its polynomials by the definition.
library NaiveHalo2 {
    uint256 private constant BLINDING_ROWS = 5;

    function beta(NaiveArgument memory a) internal pure returns (uint256) {
        return a.challenges[0];
    }

    function gamma(NaiveArgument memory a) internal pure returns (uint256) {
        return a.challenges[1];
    }

    function x(NaiveArgument memory a) internal pure returns (uint256) {
        return a.challenges[3];
    }

    /// @dev The Lagrange polynomial of a row at x, where negative rows count from the end.
    function lagrange(uint256 logRows, int256 row, uint256 point) internal pure returns (uint256) {
        uint256 n = 1 << logRows;
        uint256 index = row < 0 ? n - uint256(-row) : uint256(row);
        uint256 root = F.pow(F.rootOfUnity(logRows), index);
        uint256 scale = F.div(F.sub(F.pow(point, n), 1), n);
        return F.mul(scale, F.div(root, F.sub(point, root)));
    }

    function instance(NaiveArgument memory a) internal pure returns (uint256 sum) {
        for (uint256 row; row < a.instances.length; ++row) {
            sum = F.add(sum, F.mul(a.instances[row], lagrange(a.logRows, int256(row), x(a))));
        }
    }

    function arithmetic(NaiveArgument memory a) internal pure returns (uint256) {
        uint256[] memory e = a.evaluations;
        uint256 sum = F.mul(e[0], e[1]);
        for (uint256 column; column < 3; ++column) {
            sum = F.add(sum, F.mul(e[9 + column], e[column]));
        }
        uint256 selector = F.mul(e[6], F.sub(1, e[7]));
        return F.add(F.mul(selector, F.sub(sum, e[5])), instance(a));
    }

    /// @dev The constraint of a step, for the value `j` of the next row.
    function step(NaiveArgument memory a, uint256 j) internal pure returns (uint256 sum) {
        (uint256 s, uint256 p, uint256 q) = (a.evaluations[6], a.evaluations[7], a.evaluations[8]);
        (uint256[3] memory row, uint256[3] memory next) = _rows(a);
        sum = F.mul(F.mul(p, F.sub(F.sub(1, q), s)), NaivePoseidon.full(row)[j]);
        sum = F.add(sum, F.mul(F.mul(q, F.sub(1, p)), NaivePoseidon.partialRounds(row, next)[j]));
        sum = F.add(sum, F.mul(F.mul(p, q), NaivePoseidon.enterPartial(row, next)[j]));
        sum = F.add(sum, F.mul(F.mul(s, p), NaivePoseidon.leavePartial(row)[j]));
        uint256 any = F.sub(F.add(p, q), F.mul(p, q));
        return F.add(sum, F.mul(any, F.sub(a.evaluations[9 + j], next[j])));
    }

    function _rows(NaiveArgument memory a) private pure returns (uint256[3] memory row, uint256[3] memory next) {
        for (uint256 column; column < 3; ++column) {
            (row[column], next[column]) = (a.evaluations[column], a.evaluations[3 + column]);
        }
    }

    function permutation(NaiveArgument memory a) internal pure returns (uint256) {
        uint256[] memory e = a.evaluations;
        uint256 left = e[17];
        uint256 right = e[16];
        uint256 delta = F.pow(7, 1 << 28);
        for (uint256 column; column < 3; ++column) {
            uint256 value = F.add(e[column], gamma(a));
            left = F.mul(left, F.add(value, F.mul(beta(a), e[13 + column])));
            uint256 place = F.mul(F.pow(delta, column), x(a));
            right = F.mul(right, F.add(value, F.mul(beta(a), place)));
        }
        uint256 active = 1;
        for (uint256 row = 1; row <= BLINDING_ROWS + 1; ++row) {
            active = F.sub(active, lagrange(a.logRows, -int256(row), x(a)));
        }
        return F.mul(active, F.sub(left, right));
    }

    /// @dev The value of the quotient at x.
    function quotient(NaiveArgument memory a) internal pure returns (uint256 sum) {
        uint256[] memory e = a.evaluations;
        uint256[7] memory constraints = [
            arithmetic(a),
            step(a, 0),
            step(a, 1),
            step(a, 2),
            F.mul(lagrange(a.logRows, 0, x(a)), F.sub(1, e[16])),
            F.mul(lagrange(a.logRows, -int256(BLINDING_ROWS + 1), x(a)), F.sub(F.mul(e[16], e[16]), e[16])),
            permutation(a)
        ];
        for (uint256 index; index < 7; ++index) {
            sum = F.add(F.mul(sum, a.challenges[2]), constraints[index]);
        }
        return F.div(sum, F.sub(F.pow(x(a), 1 << a.logRows), 1));
    }
}
