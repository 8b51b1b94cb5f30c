// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NaiveField as F} from "./NaiveField.sol";

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

    /// @dev Poseidon's matrix, decimal as circomlib prints it.
    function matrix() internal pure returns (uint256[3][3] memory) {
        return [
            [
                7511745149465107256748700652201246547602992235352608707588321460060273774987,
                10370080108974718697676803824769673834027675643658433702224577712625900127200,
                19705173408229649878903981084052839426532978878058043055305024233888854471533
            ],
            [
                18732019378264290557468133440468564866454307626475683536618613112504878618481,
                20870176810702568768751421378473869562658540583882454726129544628203806653987,
                7266061498423634438633389053804536045105766754026813321943009179476902321146
            ],
            [
                9131299761947733513298312097611845208338517739621853568979632113419485819303,
                10595341252162738537912664445405114076324478519622938027420701542910180337937,
                11597556804922396090267472882856054602429588299176362916247939723151043581408
            ]
        ];
    }

    /// @dev One of the constraints of a round, for the element `row` of the next state.
    function round(NaiveArgument memory a, uint256 row) internal pure returns (uint256) {
        uint256[] memory e = a.evaluations;
        uint256[3] memory next = [e[4], e[5], e[3]];
        uint256 full;
        uint256 partialRound;
        for (uint256 column; column < 3; ++column) {
            uint256 sum = F.add(e[column], e[7 + column]);
            uint256 entry = matrix()[row][column];
            full = F.add(full, F.mul(entry, F.pow(sum, 5)));
            partialRound = F.add(partialRound, F.mul(entry, column == 0 ? F.pow(sum, 5) : sum));
        }
        return F.add(F.mul(e[10], F.sub(full, next[row])), F.mul(e[11], F.sub(partialRound, next[row])));
    }

    function arithmetic(NaiveArgument memory a) internal pure returns (uint256) {
        uint256[] memory e = a.evaluations;
        uint256 sum = F.mul(e[0], e[1]);
        for (uint256 column; column < 3; ++column) {
            sum = F.add(sum, F.mul(e[7 + column], e[column]));
        }
        return F.add(F.mul(e[6], F.sub(sum, e[3])), instance(a));
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
            round(a, 0),
            round(a, 1),
            round(a, 2),
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
