// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "./interfaces/IHallmarkVerifier.sol";
import {Constraints} from "./libraries/Constraints.sol";
import {Deferred} from "./libraries/Deferred.sol";
import {Evaluations, EvaluationsLib} from "./libraries/Evaluations.sol";
import {Fr} from "./libraries/Fr.sol";
import {Instances, InstancesLib} from "./libraries/Instances.sol";
import {DomainValues, Lagrange} from "./libraries/Lagrange.sol";
import {Packing} from "./libraries/Packing.sol";
import {Pairing} from "./libraries/Pairing.sol";
import {PointSum, PointSumLib} from "./libraries/PointSum.sol";
import {ProofParts, ProofPartsLib} from "./libraries/ProofParts.sol";
import {ScalarsLib} from "./libraries/Scalars.sol";
import {Seals} from "./libraries/Seals.sol";
import {SettlementKey, SettlementKeyLib} from "./libraries/SettlementKey.sol";
import {Shplonk} from "./libraries/Shplonk.sol";
import {Challenges, TranscriptLib} from "./libraries/Transcript.sol";

/// @title Hallmark's settlement verifier
/// @notice One contract for every model. It has the columns and gates of the settlement circuit. Everything that differs
/// between architectures or models is in the settlement key, which is data.
/// @dev Nobody owns the contract, and it has no storage. A proof consists of
///
///     the points of the inner proof, whose verifier is the circuit:
///         quotients, remainders, outputs     a row of each polynomial over cells
///         multiplicities                     a row of each polynomial over table entries
///         helpers                            a row of each polynomial over cells
///         entry helpers                      a row of each polynomial over table entries
///         fold, cross terms, division, batch, last quotient      1 each
///     the scalars that the circuit publishes ({Instances}):
///         gamma, mu, omega, combined, weights, fold, cross, division, batch, generator, last, coordinates of a row
///     the halo2 proof:
///         points a, b, c, product of the permutation, random polynomial, 6 pieces of the quotient
///         18 evaluations ({Evaluations})
///         2 points of the opening
///
/// and nothing else. A point is two words (EIP-196), a scalar is one. Each library has the equations of its part.
contract HallmarkVerifier is IHallmarkVerifier {
    /// @inheritdoc IHallmarkVerifier
    function verify(
        address key,
        bytes32 digest,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) public view {
        SettlementKey memory settlementKey = SettlementKeyLib.loadPinned(key, digest);
        Packing.requireLengths(settlementKey, input.length, output.length);
        ProofParts memory parts = ProofPartsLib.locate(settlementKey, proof);
        Instances memory instances = InstancesLib.read(settlementKey, parts, input);
        Seals.write(instances, settlementKey, parts, context, input, output);
        instances.packed = Packing.pack(settlementKey, input, output, instances.gamma);
        _requireArgument(settlementKey, parts, instances);
    }

    /// @inheritdoc IHallmarkVerifier
    function keyDigest(address key) external view returns (bytes32 digest) {
        (, digest) = SettlementKeyLib.load(key);
    }

    /// @inheritdoc IHallmarkVerifier
    function architectureKeyDigest(address key) external view returns (bytes32) {
        return _load(key).architectureDigest();
    }

    /// @inheritdoc IHallmarkVerifier
    function weightDigest(address key) external view returns (bytes32) {
        return _load(key).weightDigest();
    }

    /// @inheritdoc IHallmarkVerifier
    function batchArchitecture(address key, uint256 size) external view returns (bytes32) {
        return _load(key).batchArchitecture(size);
    }

    /// @inheritdoc IHallmarkVerifier
    function weightRowsDigest(address key) external view returns (bytes32) {
        return _load(key).weightRowsDigest();
    }

    /// @inheritdoc IHallmarkVerifier
    function setup(address key) external view returns (bytes32 digest, uint256[4] memory tau, bool development) {
        SettlementKey memory settlementKey = _load(key);
        return (settlementKey.setupDigest(), settlementKey.tauWords(), settlementKey.development != 0);
    }

    /// @dev Reverts unless the halo2 proof holds for the instances, and the equation that its circuit defers holds too.
    /// Both equations have the form e(left, [tau]) = e(right, [1]). The sum of the first and of the second times a
    /// challenge is checked. The challenge is drawn when everything else is fixed. So if one equation is false, the sum
    /// holds by chance only.
    function _requireArgument(SettlementKey memory key, ProofParts memory parts, Instances memory instances)
        private
        view
    {
        Challenges memory challenges = TranscriptLib.challenges(instances, parts);
        PointSum right = _rightSide(key, parts, instances, challenges);
        // The right side has shown that this point is valid.
        PointSum left = PointSumLib.startAt(parts.openingLast);
        left.addMultiples(parts.last, ScalarsLib.single(challenges.join));
        Pairing.requireEqual(left, right, key.tau());
    }

    /// @dev The right side of both equations.
    function _rightSide(
        SettlementKey memory key,
        ProofParts memory parts,
        Instances memory instances,
        Challenges memory challenges
    ) private view returns (PointSum right) {
        Evaluations calldata evaluations = EvaluationsLib.read(parts);
        DomainValues memory domain = Lagrange.evaluate(key, challenges.x, instances.first(), InstancesLib.count(parts));
        Fr quotient = Constraints.quotient(evaluations, domain, challenges);
        Fr value = Shplonk.value(evaluations, domain, challenges, key, quotient);

        right = PointSumLib.create(challenges.join * instances.generator - value);
        Shplonk.addPoints(right, key, parts, domain, challenges);
        Deferred.addPoints(right, instances, key, parts, challenges.join);
        right.finish();
    }

    function _load(address account) private view returns (SettlementKey memory key) {
        (key,) = SettlementKeyLib.load(account);
    }
}
