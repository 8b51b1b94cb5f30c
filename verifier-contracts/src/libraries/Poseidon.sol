// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "./Fr.sol";

/// @title Steps of the Poseidon permutation, as the settlement circuit lays it out
/// @dev Width 3, S-box x^5, 8 full and 57 partial rounds, with the matrix
///
///     ( M00 M01 M02 )     ( M00  m )
///     ( M10 M11 M12 )  =  (  n   N )
///     ( M20 M21 M22 )
///
/// from the paper's scripts for 128 bits of security, as circomlib has it. A row of the circuit holds a state before a full
/// round, or the inputs y of the S-boxes of three partial rounds. Let T and D be the trace and the determinant of N, and
/// v_t = y_t^5. By the theorem of Cayley and Hamilton for N,
///
///     y_(t+3) = T y_(t+2) - D y_(t+1) + M00 v_(t+2) + P1 v_(t+1) + P2 v_t + constant
///     P1 = m n - T M00        P2 = m N n - T m n + D M00
///
/// A step leads from a row x to the next row x', without the constants that it adds. In all steps v_i is x_i^5, and w_i is
/// x'_i^5. The second is needed because later values of a row depend on earlier values of the same row.
library Poseidon {
    Fr private constant M00 = Fr.wrap(0x109b7f411ba0e4c9b2b70caf5c36a7b194be7c11ad24378bfedb68592ba8118b);
    Fr private constant M01 = Fr.wrap(0x16ed41e13bb9c0c66ae119424fddbcbc9314dc9fdbdeea55d6c64543dc4903e0);
    Fr private constant M02 = Fr.wrap(0x2b90bba00fca0589f617e7dcbfe82e0df706ab640ceb247b791a93b74e36736d);
    Fr private constant M10 = Fr.wrap(0x2969f27eed31a480b9c36c764379dbca2cc8fdd1415c3dded62940bcde0bd771);
    Fr private constant M11 = Fr.wrap(0x2e2419f9ec02ec394c9871c832963dc1b89d743c8c7b964029b2311687b1fe23);
    Fr private constant M12 = Fr.wrap(0x101071f0032379b697315876690f053d148d4e109f5fb065c8aacc55a0f89bfa);
    Fr private constant M20 = Fr.wrap(0x143021ec686a3f330d5f9e654638065ce6cd79e28c5b3753326244ee65a1b1a7);
    Fr private constant M21 = Fr.wrap(0x176cc029695ad02582a70eff08a6fd99d057e12e58e7d7b6b16cdfabc8ee2911);
    Fr private constant M22 = Fr.wrap(0x19a3fc0a56702bf417ba7fee3802593fa644470307043f7773279cd71d25d5e0);

    /// @dev T and -D.
    Fr private constant TRACE = Fr.wrap(0x1763c79161417803ac02abffe9173ea436add2f719c6652658f7d859b4d7d402);
    Fr private constant MINUS_DETERMINANT = Fr.wrap(0x0d5befe0d730640fcfd1bb7df80262f223d203a893c4cfacc3e8e571053098be);

    /// @dev The coefficients of the recurrence.
    Fr private constant P1 = Fr.wrap(0x2f063609b91aaa68a71aca9b9953164c65be0a81c827c233fe5f2f1bf09a29e2);
    Fr private constant P2 = Fr.wrap(0x222384b1af875b9cc33701aeaf21a587f612e66f59d3603b4067e912f65e0e98);

    /// @dev The rows m and m N, times the last two rows of the matrix. The first entry is m n.
    Fr private constant E10 = Fr.wrap(0x01e507fb65a14b9c13e94ca2118bbc2b74ff0351d0404d3627a6d4e77316d345);
    Fr private constant E11 = Fr.wrap(0x07d4ea96a5398ba96ea0ec5d4d239311c18dfaec2b96e45ead603cef8554e335);
    Fr private constant E12 = Fr.wrap(0x1d5309f362807f11b24f80db88f2fcd395e771a07dc7df2d217f402a86e97920);
    Fr private constant E20 = Fr.wrap(0x17e01787f9507cbae69582e19b5b341911c657b58adedcc375ea794a591dd69e);
    Fr private constant E21 = Fr.wrap(0x221f71942808f5db7ace01497e60a54cfd26a40c1c4d51f78da8fa0bf421e625);
    Fr private constant E22 = Fr.wrap(0x21a388fac1b608c87b4a1c507bab0f4754f282ecb99432a7708c58a607f9e739);

    /// @dev The other two elements of the state after the last partial round, from y_56, y_57, v_55 and v_56. They follow
    /// from the recurrence for y_57 and y_58, which determines the rest of the state before round 56.
    Fr private constant L10 = Fr.wrap(0x01a1a3914f7b3442d06e0658bdbafd1e6d8a3e6062fb2f80e2bd5761635c0e58);
    Fr private constant L11 = Fr.wrap(0x03774f7bca8ee2afdb613e5e5b31e4290f805800c8aaab46ee8a34d4961df1d3);
    Fr private constant L12 = Fr.wrap(0x1aa36879e98828573e5f075c73a1c985679dd223e37139895618eccccb10f4b5);
    Fr private constant L13 = Fr.wrap(0x0c68de8da13f020cd1fa1c9c633b4504028313a580e3abc475c737601eaab7ad);
    Fr private constant L20 = Fr.wrap(0x120a76a417b3b974846ca8e4009d4761b0d7fee2f2b75d091a529025667a8ba2);
    Fr private constant L21 = Fr.wrap(0x2ff650d7fe2028c542430ba3c42f50f940c5ceab215e45a5aaf8dfedad335a5e);
    Fr private constant L22 = Fr.wrap(0x222f690945e5257145c588eddc97c25d33a4e99b84b1b97383c1ca37b1de3174);
    Fr private constant L23 = Fr.wrap(0x282688cef3fa345a96a54575097275c664b56782a196e313340654a2f7e233dc);

    /// @dev A full round.
    function full(Fr v0, Fr v1, Fr v2) internal pure returns (Fr, Fr, Fr) {
        return (_mix(M00, M01, M02, v0, v1, v2), _mix(M10, M11, M12, v0, v1, v2), _mix(M20, M21, M22, v0, v1, v2));
    }

    /// @dev A full round, and on to the inputs of the first three partial rounds. The first is that of a full round.
    function enterPartial(Fr v0, Fr v1, Fr v2, Fr w0, Fr w1) internal pure returns (Fr, Fr) {
        return (_mix(E10, E11, E12, v0, v1, v2) + M00 * w0, _mix(E20, E21, E22, v0, v1, v2) + E10 * w0 + M00 * w1);
    }

    /// @dev One partial round, by the recurrence: y_(t+3).
    /// @param y1 y_(t+1)
    /// @param y2 y_(t+2)
    function recur(Fr y1, Fr y2, Fr v0, Fr v1, Fr v2) internal pure returns (Fr) {
        return TRACE * y2 + MINUS_DETERMINANT * y1 + _mix(P2, P1, M00, v0, v1, v2);
    }

    /// @dev The last three partial rounds, and back to a state. The first element is the recurrence's.
    function leavePartial(Fr x1, Fr x2, Fr v0, Fr v1, Fr v2) internal pure returns (Fr, Fr) {
        return
            (
                L10 * x1 + L11 * x2 + _mix(L12, L13, M10, v0, v1, v2),
                L20 * x1 + L21 * x2 + _mix(L22, L23, M20, v0, v1, v2)
            );
    }

    function _mix(Fr c0, Fr c1, Fr c2, Fr v0, Fr v1, Fr v2) private pure returns (Fr) {
        return c0 * v0 + c1 * v1 + c2 * v2;
    }
}
