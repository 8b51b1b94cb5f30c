// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NaiveField as F} from "../reference/NaiveField.sol";
import {NaiveArgument, NaiveHalo2} from "../reference/NaiveHalo2.sol";
import {NaivePacking} from "../reference/NaivePacking.sol";
import {NaiveSet, NaiveShplonk} from "../reference/NaiveShplonk.sol";
import {NaiveTranscript} from "../reference/NaiveTranscript.sol";
import {Curve} from "./Curve.sol";
import {Random, RandomLib} from "./Random.sol";
import {Words} from "./Words.sol";

/// @dev What a settlement key fixes.
struct Shape {
    uint256 logRows;
    uint256 cellRowBits;
    uint256 entryRowBits;
    uint256 weightRowBits;
    /// The logarithm of what the rows over cells and table entries are longer by than those of the weights.
    uint256 longerBits;
    uint256 entryRows;
    uint256 weightRows;
    NaivePacking.Runs input;
    NaivePacking.Runs output;
    uint256 batches;
}

/// @dev All that a settlement consists of.
struct Settlement {
    bytes key;
    bytes32 context;
    bytes input;
    bytes output;
    bytes proof;
}

/// @dev A settlement in the making. Points are given by their discrete logarithms.
struct Simulation {
    Shape shape;
    Random random;
    uint256[] columns;
    uint256[] entries;
    uint256[] weights;
    uint256 transcriptDigest;
    bytes32 setupDigest;
    bytes model;
    /// The points of the inner proof but the last, in the order of the proof.
    uint256[] inner;
    uint256[] published;
    Settlement result;
}

/// @dev Makes settlements of any shape, out of random numbers, that a verifier has to accept. The setup's secret stands in
/// for a witness: whatever the equations are, the two points that a pairing multiplies by tau are solved for. All is
/// computed from the formats' description, without the contract's code, so that the verifier is tested against it.
library Simulator {
    using Words for bytes;

    /// @dev A settlement of the shape.
    function settle(Shape memory shape, uint256 seed) public view returns (Settlement memory) {
        return settleFor(shape, seed, 0, 0);
    }

    /// @dev A settlement under a setup and for a context, where they are not 0. The same seed gives the same key, input and
    /// output, whatever the context is.
    function settleFor(Shape memory shape, uint256 seed, bytes32 setupDigest, bytes32 context)
        public
        view
        returns (Settlement memory)
    {
        Simulation memory s;
        s.shape = shape;
        s.random = RandomLib.create(seed);
        s.setupDigest = setupDigest;
        _key(s);
        s.result.context = _or(context, s.random.word());
        s.result.input = shape.input.width == 32
            ? abi.encodePacked(s.random.elements(shape.input.runs))
            : s.random.text(shape.input.runs * shape.input.runBytes);
        s.result.output = s.random.text(shape.output.runs * shape.output.runBytes);
        s.inner = s.random.elements(4 * _cells(s) + 2 * s.shape.entryRows + 4);
        s.published = s.random.elements(11 + _coordinates(shape));
        s.result.proof = bytes.concat(Curve.points(s.inner), Curve.point(_last(s)), abi.encodePacked(s.published));
        s.result.proof = bytes.concat(s.result.proof, _argument(s));
        return s.result;
    }

    function _or(bytes32 wanted, uint256 drawn) private pure returns (bytes32) {
        return wanted == 0 ? bytes32(drawn) : wanted;
    }

    function _cells(Simulation memory s) private pure returns (uint256) {
        return 1 << s.shape.cellRowBits;
    }

    function _coordinates(Shape memory shape) private pure returns (uint256 most) {
        most = shape.cellRowBits;
        if (shape.entryRowBits > most) most = shape.entryRowBits;
        most += shape.longerBits;
        if (shape.weightRowBits > most) most = shape.weightRowBits;
    }

    function _key(Simulation memory s) private view {
        Shape memory shape = s.shape;
        s.columns = s.random.elements(9);
        s.entries = s.random.elements(shape.entryRows);
        s.weights = s.random.elements(shape.weightRows);
        s.transcriptDigest = s.random.element();
        uint256 omega = F.rootOfUnity(shape.logRows);
        bytes memory head = bytes.concat(
            bytes32("hallmark settlement 3"),
            abi.encode(s.transcriptDigest, shape.logRows, omega, F.div(1, F.pow(omega, 6))),
            abi.encode(F.div(1, 1 << shape.logRows), shape.cellRowBits, shape.entryRowBits, shape.weightRowBits),
            abi.encode(shape.input, shape.output, true)
        );
        s.model = bytes.concat(
            abi.encode(bytes32("hallmark model 3"), s.random.word(), _or(s.setupDigest, s.random.word())),
            abi.encode(12 + shape.longerBits, 12, s.entries.length),
            Curve.points(s.entries),
            abi.encode(s.weights.length),
            Curve.points(s.weights)
        );
        s.result.key = bytes.concat(head, Curve.points(s.columns), Curve.tau(), _batches(s), s.model);
    }

    /// @dev The list of batches: of 2, 4, 8 and so on.
    function _batches(Simulation memory s) private pure returns (bytes memory list) {
        list = abi.encode(s.shape.batches);
        for (uint256 index; index < s.shape.batches; ++index) {
            list = bytes.concat(list, abi.encode(2 << index, s.random.word()));
        }
    }

    /// @dev The last point of the inner proof: sum + published * last = tau * last.
    function _last(Simulation memory s) private pure returns (uint256) {
        uint256 scalar = s.published[10];
        return F.div(_deferredSum(s), F.sub(Curve.TAU, scalar));
    }

    /// @dev The deferred sum but for the last point.
    function _deferredSum(Simulation memory s) private pure returns (uint256 sum) {
        uint256 cells = _cells(s);
        uint256 entries = s.shape.entryRows;
        uint256[] memory p = s.published;
        sum = F.add(_cellRows(s, 0, 0, 0), _cellRows(s, cells, 0, 1));
        sum = F.add(sum, _cellRows(s, 2 * cells, 1, 0));
        sum = F.add(sum, _cellRows(s, 3 * cells + entries, 0, 2));
        sum = F.add(sum, _entryRows(s, s.inner, 3 * cells, 4));
        sum = F.add(sum, _entryRows(s, s.inner, 4 * cells + entries, 5));
        sum = F.add(sum, _entryRows(s, s.entries, 0, 6));
        for (uint256 row; row < s.weights.length; ++row) {
            sum = F.add(sum, F.mul(s.weights[row], F.mul(p[4], _eq(s, row, 0, s.shape.weightRowBits))));
        }
        for (uint256 index; index < 4; ++index) {
            sum = F.add(sum, F.mul(s.inner[4 * cells + 2 * entries + index], p[5 + index]));
        }
        sum = F.add(sum, p[9]);
    }

    /// @dev The rows of a polynomial over cells, with combined * omega^omegaPower * mu^muPower * eq(row).
    function _cellRows(Simulation memory s, uint256 start, uint256 omegaPower, uint256 muPower)
        private
        pure
        returns (uint256 sum)
    {
        for (uint256 row; row < _cells(s); ++row) {
            uint256 scalar = F.mul(_scale(s, omegaPower, muPower), _eq(s, row, s.shape.longerBits, s.shape.cellRowBits));
            sum = F.add(sum, F.mul(s.inner[start + row], scalar));
        }
    }

    /// @dev The rows of a polynomial over table entries, with combined * omega^2 * mu^muPower * eq(row).
    function _entryRows(Simulation memory s, uint256[] memory points, uint256 start, uint256 muPower)
        private
        pure
        returns (uint256 sum)
    {
        for (uint256 row; row < s.shape.entryRows; ++row) {
            uint256 scalar = F.mul(_scale(s, 2, muPower), _eq(s, row, s.shape.longerBits, s.shape.entryRowBits));
            sum = F.add(sum, F.mul(points[start + row], scalar));
        }
    }

    function _scale(Simulation memory s, uint256 omegaPower, uint256 muPower) private pure returns (uint256) {
        uint256[] memory p = s.published;
        return F.mul(p[3], F.mul(F.pow(p[2], omegaPower), F.pow(p[1], muPower)));
    }

    /// @dev eq(row) at so many published coordinates from the first one on.
    function _eq(Simulation memory s, uint256 row, uint256 first, uint256 bits) private pure returns (uint256 product) {
        product = 1;
        for (uint256 bit; bit < bits; ++bit) {
            uint256 t = s.published[11 + first + bit];
            product = F.mul(product, row >> bit & 1 == 1 ? t : F.sub(1, t));
        }
    }

    function _instances(Simulation memory s) private view returns (uint256[] memory instances) {
        uint256 digests = _digests(s);
        instances = new uint256[](7 + s.published.length + digests);
        instances[0] = 1;
        uint256[5] memory seals = _seals(s);
        for (uint256 index; index < 5; ++index) {
            instances[1 + index] = seals[index];
        }
        instances[6] = _packed(s);
        for (uint256 index; index < s.published.length; ++index) {
            instances[7 + index] = s.published[index];
        }
        for (uint256 index; index < digests; ++index) {
            instances[7 + s.published.length + index] = s.result.input.get(index);
        }
    }

    /// @dev The digests that the input is told by.
    function _digests(Simulation memory s) private pure returns (uint256) {
        return s.shape.input.width == 32 ? s.shape.input.runs : 0;
    }

    /// @dev Digests are not packed.
    function _packed(Simulation memory s) private pure returns (uint256) {
        NaivePacking.Runs memory input = s.shape.input;
        if (input.width == 32) {
            return NaivePacking.pack("", NaivePacking.Runs(1, 1, 0), s.result.output, s.shape.output, s.published[0]);
        }
        return NaivePacking.pack(s.result.input, input, s.result.output, s.shape.output, s.published[0]);
    }

    function _seals(Simulation memory s) private view returns (uint256[5] memory) {
        uint256 first = 3 * _cells(s) + s.shape.entryRows;
        uint256 second = first + _cells(s) + s.shape.entryRows;
        bytes memory inference = bytes.concat(
            bytes32("hallmark inference 2"), keccak256(s.model), s.result.context, s.result.input, s.result.output
        );
        return [
            _seal(bytes.concat(inference, _inner(s, 0, first))),
            _seal(bytes.concat(bytes32("hallmark helpers 2"), _inner(s, first, second))),
            _seal(bytes.concat(bytes32("hallmark fold 2"), _inner(s, second, second + 2))),
            _seal(bytes.concat(bytes32("hallmark division 2"), _inner(s, second + 2, second + 3))),
            _seal(bytes.concat(bytes32("hallmark batch 2"), _inner(s, second + 3, second + 4)))
        ];
    }

    function _seal(bytes memory content) private pure returns (uint256) {
        return uint256(keccak256(content)) % (1 << 248);
    }

    function _inner(Simulation memory s, uint256 start, uint256 end) private view returns (bytes memory encoded) {
        for (uint256 index = start; index < end; ++index) {
            encoded = bytes.concat(encoded, Curve.point(s.inner[index]));
        }
    }

    /// @dev The halo2 proof.
    function _argument(Simulation memory s) private view returns (bytes memory proof) {
        NaiveArgument memory a;
        a.logRows = s.shape.logRows;
        a.instances = _instances(s);
        // a, b, c, the permutation's product, the random polynomial, the pieces, the first point of the opening.
        uint256[] memory points = s.random.elements(12);
        a.evaluations = s.random.elements(18);
        NaiveTranscript memory transcript;
        transcript.absorb(abi.encodePacked(s.transcriptDigest, a.instances));
        proof = _absorb(transcript, points, 0, 3, "");
        transcript.squeeze();
        a.challenges[0] = transcript.squeeze();
        a.challenges[1] = transcript.squeeze();
        proof = _absorb(transcript, points, 3, 5, proof);
        a.challenges[2] = transcript.squeeze();
        proof = _absorb(transcript, points, 5, 11, proof);
        a.challenges[3] = transcript.squeeze();
        transcript.absorb(abi.encodePacked(a.evaluations));
        proof = bytes.concat(proof, abi.encodePacked(a.evaluations));
        a.challenges[4] = transcript.squeeze();
        a.challenges[5] = transcript.squeeze();
        proof = _absorb(transcript, points, 11, 12, proof);
        a.challenges[6] = transcript.squeeze();
        proof = bytes.concat(proof, Curve.point(_openingLast(s, a, points)));
    }

    function _absorb(
        NaiveTranscript memory transcript,
        uint256[] memory points,
        uint256 start,
        uint256 end,
        bytes memory before
    ) private view returns (bytes memory) {
        for (uint256 index = start; index < end; ++index) {
            transcript.absorb(Curve.point(points[index]));
            before = bytes.concat(before, Curve.point(points[index]));
        }
        return before;
    }

    function _openingLast(Simulation memory s, NaiveArgument memory a, uint256[] memory points)
        private
        pure
        returns (uint256)
    {
        NaiveSet[2] memory sets = [_firstSet(a, points), _secondSet(s, a, points)];
        uint256 u = a.challenges[6];
        uint256 difference = NaiveShplonk.difference(sets, a.challenges[4], a.challenges[5], u, points[11]);
        return F.div(difference, F.sub(Curve.TAU, u));
    }

    /// @dev Columns of values and the permutation's product, in both rows.
    function _firstSet(NaiveArgument memory a, uint256[] memory points) private pure returns (NaiveSet memory set) {
        uint256 x = NaiveHalo2.x(a);
        set.points = _pair(x, F.mul(F.rootOfUnity(a.logRows), x));
        set.commitments = new uint256[](4);
        set.values = new uint256[][](4);
        uint8[2][4] memory places = [[0, 3], [1, 4], [2, 5], [16, 17]];
        for (uint256 index; index < 4; ++index) {
            set.commitments[index] = points[index];
            set.values[index] = _pair(a.evaluations[places[index][0]], a.evaluations[places[index][1]]);
        }
    }

    /// @dev Columns of constants, the permutation, the quotient and the random polynomial, in one row.
    function _secondSet(Simulation memory s, NaiveArgument memory a, uint256[] memory points)
        private
        pure
        returns (NaiveSet memory set)
    {
        set.points = _single(NaiveHalo2.x(a));
        set.commitments = new uint256[](11);
        set.values = new uint256[][](11);
        for (uint256 index; index < 9; ++index) {
            set.commitments[index] = s.columns[index];
            set.values[index] = _single(a.evaluations[index < 6 ? 6 + index : 7 + index]);
        }
        uint256[] memory pieces = new uint256[](6);
        for (uint256 index; index < 6; ++index) {
            pieces[index] = points[5 + index];
        }
        set.commitments[9] = F.evaluate(pieces, F.pow(NaiveHalo2.x(a), 1 << a.logRows));
        set.values[9] = _single(NaiveHalo2.quotient(a));
        set.commitments[10] = points[4];
        set.values[10] = _single(a.evaluations[12]);
    }

    function _single(uint256 only) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = only;
    }

    function _pair(uint256 first, uint256 second) private pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (first, second);
    }
}
