// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {ORDER} from "../src/libraries/Fr.sol";
import {Curve} from "./utils/Curve.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Settlement} from "./utils/Simulator.sol";
import {Words} from "./utils/Words.sol";

/// @dev What becomes of a valid settlement when a part of it is changed. Each row says with which error it is refused.
contract HallmarkVerifierTamperTest is SettlementTest {
    using Words for bytes;

    bytes private constant REJECTED = abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector);

    /// @dev The words of the parts of a proof, in order.
    struct Places {
        uint256 published;
        uint256 columns;
        uint256 evaluations;
        uint256 opening;
        uint256 end;
    }

    function _places(Settlement memory s) private pure returns (Places memory p) {
        p.end = s.proof.length / 32;
        p.opening = p.end - 4;
        p.evaluations = p.opening - 18;
        p.columns = p.evaluations - 22;
        // The points of the inner proof: four polynomials over cells, two over entries, and five single points.
        p.published = 2 * (4 * (1 << s.key.get(6)) + 2 * s.key.get(44) + 5);
    }

    function _isScalar(Places memory p, uint256 word) private pure returns (bool) {
        return (word >= p.published && word < p.columns) || (word >= p.evaluations && word < p.opening);
    }

    /// @dev The number of a word among the proof's scalars.
    function _scalarIndex(Places memory p, uint256 word) private pure returns (uint256) {
        return word < p.columns ? word - p.published : word - p.evaluations + p.columns - p.published;
    }

    /// @dev The first word of each point.
    function _isPoint(Places memory p, uint256 word) private pure returns (bool) {
        return !_isScalar(p, word) && (word < p.published || word >= p.columns) && word % 2 == _parity(p, word);
    }

    function _parity(Places memory p, uint256 word) private pure returns (uint256) {
        if (word < p.published) return 0;
        return word < p.evaluations ? p.columns % 2 : p.opening % 2;
    }

    function _point(Settlement memory s, uint256 word) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IHallmarkVerifier.PointInvalid.selector, s.proof.get(word), s.proof.get(word + 1));
    }

    function test_everyScalarChanged() external {
        Settlement memory valid = fixture("lenet5_max");
        Places memory p = _places(valid);
        for (uint256 word; word < p.end; ++word) {
            if (!_isScalar(p, word)) continue;
            Settlement memory s = copy(valid);
            s.proof.set(word, s.proof.get(word) ^ 1);
            requireRefused(s, REJECTED, "another scalar");
            s.proof.set(word, valid.proof.get(word) + ORDER);
            bytes memory notReduced =
                abi.encodeWithSelector(IHallmarkVerifier.ScalarNotReduced.selector, _scalarIndex(p, word));
            requireRefused(s, notReduced, "scalar + r");
            s.proof.set(word, ORDER);
            requireRefused(s, notReduced, "r");
            s.proof.set(word, type(uint256).max);
            requireRefused(s, notReduced, "2^256 - 1");
        }
    }

    function test_everyPointChanged() external {
        Settlement memory valid = fixture("lenet5_max");
        Places memory p = _places(valid);
        for (uint256 word; word < p.end; ++word) {
            if (!_isPoint(p, word)) continue;
            Settlement memory s = copy(valid);
            (uint256 x, uint256 y) = (s.proof.get(word), s.proof.get(word + 1));
            s.proof.set(word, x ^ 1);
            requireRefused(s, _point(s, word), "another x");
            s.proof.set(word, x);
            s.proof.set(word + 1, y ^ 1);
            requireRefused(s, _point(s, word), "another y");
            s.proof.set(word + 1, Curve.Q - y);
            requireRefused(s, REJECTED, "the negative");
        }
    }

    function test_everyPointEncodedOtherwise() external {
        Settlement memory valid = fixture("lenet5_max");
        Places memory p = _places(valid);
        for (uint256 word; word < p.end; ++word) {
            if (!_isPoint(p, word)) continue;
            Settlement memory s = copy(valid);
            (uint256 x, uint256 y) = (s.proof.get(word), s.proof.get(word + 1));
            s.proof.set(word, x + Curve.Q);
            requireRefused(s, _point(s, word), "x + q");
            s.proof.set(word, x);
            s.proof.set(word + 1, y + Curve.Q);
            requireRefused(s, _point(s, word), "y + q");
            s.proof.set(word, 0);
            s.proof.set(word + 1, 0);
            requireRefused(s, _point(s, word), "the neutral element");
            s.proof.set(word, Curve.Q);
            s.proof.set(word + 1, Curve.Q);
            requireRefused(s, _point(s, word), "the neutral element + q");
        }
    }

    function test_neighboursSwapped() external {
        Settlement memory valid = fixture("digits_mlp");
        Places memory p = _places(valid);
        for (uint256 word; word + 3 < p.end; ++word) {
            Settlement memory s = copy(valid);
            if (_isPoint(p, word) && _isPoint(p, word + 2)) {
                s.proof.swap(word, word + 2);
                s.proof.swap(word + 1, word + 3);
                requireRefused(s, REJECTED, "points");
            } else if (_isScalar(p, word) && _isScalar(p, word + 1)) {
                s.proof.swap(word, word + 1);
                requireRefused(s, REJECTED, "scalars");
            }
        }
    }

    function test_everyPublicByteChanged() external {
        Settlement memory valid = fixture("digits_mlp");
        for (uint256 index; index < valid.input.length; ++index) {
            Settlement memory s = copy(valid);
            s.input[index] ^= 0x01;
            requireRefused(s, REJECTED, "input");
        }
        for (uint256 index; index < valid.output.length; ++index) {
            Settlement memory s = copy(valid);
            s.output[index] ^= 0x80;
            requireRefused(s, REJECTED, "output");
        }
    }

    function test_everyBitOfTheContextChanged() external {
        Settlement memory s = fixture("lenet5_max");
        bytes32 context = s.context;
        for (uint256 bit; bit < 256; ++bit) {
            s.context = context ^ bytes32(1 << bit);
            requireRefused(s, REJECTED, "context");
        }
    }

    function test_lengths() external {
        Settlement memory valid = fixture("lenet5_max");
        for (uint256 index; index < 6; ++index) {
            Settlement memory s = copy(valid);
            s.proof = _resized(valid.proof, index);
            requireRefused(s, _lengths(IHallmarkVerifier.ProofLength.selector, valid.proof, s.proof), "proof");
            s = copy(valid);
            s.input = _resized(valid.input, index);
            requireRefused(s, _lengths(IHallmarkVerifier.InputLength.selector, valid.input, s.input), "input");
            s = copy(valid);
            s.output = _resized(valid.output, index);
            requireRefused(s, _lengths(IHallmarkVerifier.OutputLength.selector, valid.output, s.output), "output");
        }
    }

    /// @dev Nothing, a byte or a word less or more, and twice as much.
    function _resized(bytes memory data, uint256 index) private pure returns (bytes memory) {
        if (index == 0) return "";
        if (index == 1) return data.slice(0, data.length - 1);
        if (index == 2) return data.slice(0, data.length - 20);
        if (index == 3) return bytes.concat(data, hex"00");
        if (index == 4) return bytes.concat(data, bytes32(0));
        return bytes.concat(data, data);
    }

    function _lengths(bytes4 selector, bytes memory expected, bytes memory found) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, expected.length, found.length);
    }

    function test_partsOfOtherSettlements() external {
        Settlement memory valid = fixture("lenet5_max");
        Settlement memory other = fixture("digits_mlp");
        Settlement memory s = copy(valid);
        s.key = other.key;
        bytes memory length = _lengths(IHallmarkVerifier.InputLength.selector, other.input, valid.input);
        requireRefused(s, length, "another model's key");
        s = copy(valid);
        s.output = other.output;
        requireRefused(s, REJECTED, "another output");
        s = copy(valid);
        s.context = keccak256("another request");
        requireRefused(s, REJECTED, "another context");
    }

    /// @dev The halo2 proof of one settlement with the inner proof of another, of the same key.
    function test_partsOfTwoProofs() external {
        Settlement memory valid = smallest();
        Settlement memory s = copy(valid);
        s.input[3] ^= 0x10;
        requireRefused(s, REJECTED, "another input");
        uint256 columns = 32 * _places(valid).columns;
        bytes memory argument = valid.proof.slice(columns, valid.proof.length);
        s = copy(valid);
        s.proof = bytes.concat(argument, valid.proof.slice(0, columns));
        (bool accepted,) = attempt(s);
        assertTrue(!accepted, "parts in another order");
    }

    /// @dev Any change of any byte, somewhere.
    /// forge-config: default.fuzz.runs = 512
    function testFuzz_anyByteChanged(uint256 part, uint256 place, uint8 change) external {
        vm.assume(change != 0);
        Settlement memory s = fixture("lenet5_max");
        bytes memory data = part % 4 == 0 ? s.input : part % 4 == 1 ? s.output : s.proof;
        data[place % data.length] ^= bytes1(change);
        (bool accepted, bytes memory reason) = attempt(s);
        assertTrue(!accepted, "accepted");
        assertTrue(reason.length >= 4, "without a reason");
    }
}
