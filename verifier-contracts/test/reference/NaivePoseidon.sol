// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NaiveField as F} from "./NaiveField.sol";

/// @dev The steps of a Poseidon permutation, round by round, for states that the constants are left out of.
///
/// All of it follows from the matrix: a partial round puts the matrix times (v, w_1, w_2) in the place of (y, w_1, w_2), where
/// v = y^5. The steps are linear in y, v and w, so that constants only add constants.
library NaivePoseidon {
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

    function mix(uint256[3] memory state) internal pure returns (uint256[3] memory result) {
        for (uint256 row; row < 3; ++row) {
            for (uint256 column; column < 3; ++column) {
                result[row] = F.add(result[row], F.mul(matrix()[row][column], state[column]));
            }
        }
    }

    function full(uint256[3] memory x) internal pure returns (uint256[3] memory) {
        return mix([F.pow(x[0], 5), F.pow(x[1], 5), F.pow(x[2], 5)]);
    }

    /// @dev A full round, and what the first elements are after one and after two partial rounds more, given the inputs of
    /// their S-boxes.
    function enterPartial(uint256[3] memory x, uint256[3] memory next)
        internal
        pure
        returns (uint256[3] memory result)
    {
        uint256[3] memory state = full(x);
        result[0] = state[0];
        state = mix([F.pow(next[0], 5), state[1], state[2]]);
        result[1] = state[0];
        result[2] = mix([F.pow(next[1], 5), state[1], state[2]])[0];
    }

    /// @dev Three partial rounds, by the recurrence. Each value follows from the three before it.
    function partialRounds(uint256[3] memory x, uint256[3] memory next) internal pure returns (uint256[3] memory) {
        return [recur(x[0], x[1], x[2]), recur(x[1], x[2], next[0]), recur(x[2], next[0], next[1])];
    }

    /// @dev y_(t+3), of y_t, y_(t+1) and y_(t+2). The first row of the matrix gives two equations for the rest w of the state
    /// in round t: y_(t+1) = M00 v_t + m w, y_(t+2) = M00 v_(t+1) + m (n v_t + N w). The rounds are then run from there.
    function recur(uint256 y0, uint256 y1, uint256 y2) internal pure returns (uint256) {
        uint256[3] memory state = solve(y0, y1, y2);
        state = mix([F.pow(y0, 5), state[1], state[2]]);
        state = mix([F.pow(y1, 5), state[1], state[2]]);
        return mix([F.pow(y2, 5), state[1], state[2]])[0];
    }

    /// @dev The state after three partial rounds with these inputs.
    function leavePartial(uint256[3] memory x) internal pure returns (uint256[3] memory state) {
        state = solve(x[0], x[1], x[2]);
        for (uint256 round; round < 3; ++round) {
            state = mix([F.pow(x[round], 5), state[1], state[2]]);
        }
    }

    /// @dev The state before the round whose input is y0, given the next two inputs: two linear equations, by Cramer's rule.
    function solve(uint256 y0, uint256 y1, uint256 y2) internal pure returns (uint256[3] memory state) {
        uint256[3] memory none = mix([F.pow(y0, 5), uint256(0), 0]);
        uint256 right0 = F.sub(y1, none[0]);
        uint256 right1 = F.sub(y2, mix([F.pow(y1, 5), none[1], none[2]])[0]);
        uint256[3] memory first = mix([uint256(0), 1, 0]);
        uint256[3] memory second = mix([uint256(0), 0, 1]);
        uint256 first1 = mix([uint256(0), first[1], first[2]])[0];
        uint256 second1 = mix([uint256(0), second[1], second[2]])[0];
        uint256 determinant = F.sub(F.mul(first[0], second1), F.mul(second[0], first1));
        state[0] = y0;
        state[1] = F.div(F.sub(F.mul(right0, second1), F.mul(second[0], right1)), determinant);
        state[2] = F.div(F.sub(F.mul(first[0], right1), F.mul(right0, first1)), determinant);
    }
}
