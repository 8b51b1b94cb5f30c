// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Constraints} from "../../src/libraries/Constraints.sol";
import {Deferred} from "../../src/libraries/Deferred.sol";
import {Evaluations, EvaluationsLib} from "../../src/libraries/Evaluations.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {Instances, InstancesLib} from "../../src/libraries/Instances.sol";
import {DomainValues, Lagrange} from "../../src/libraries/Lagrange.sol";
import {Packing} from "../../src/libraries/Packing.sol";
import {Pairing} from "../../src/libraries/Pairing.sol";
import {PointSum, PointSumLib} from "../../src/libraries/PointSum.sol";
import {ProofParts, ProofPartsLib} from "../../src/libraries/ProofParts.sol";
import {ScalarsLib} from "../../src/libraries/Scalars.sol";
import {Seals} from "../../src/libraries/Seals.sol";
import {SettlementKey, SettlementKeyLib} from "../../src/libraries/SettlementKey.sol";
import {Shplonk} from "../../src/libraries/Shplonk.sol";
import {Challenges, TranscriptLib} from "../../src/libraries/Transcript.sol";

/// @dev What each part of a verification costs. The parts are the verifier's own, in its order.
struct GasSplit {
    uint256 key;
    uint256 lengthsAndInstances;
    uint256 seals;
    uint256 packing;
    uint256 transcript;
    uint256 evaluations;
    uint256 generator;
    uint256 argumentPoints;
    uint256 deferredPoints;
    uint256 leftSide;
    uint256 pairing;
}

/// @dev Verifies as {HallmarkVerifier} does, and measures.
contract GasProbe {
    /// @dev What is measured so far, the gas that was left when the last part ended, and what measuring nothing gives.
    struct Meter {
        GasSplit split;
        uint256 left;
        uint256 nothing;
    }

    function measure(
        address account,
        bytes32 digest,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view returns (GasSplit memory) {
        Meter memory meter;
        meter.left = gasleft();
        meter.split.key = _lap(meter);
        meter.nothing = _lap(meter);
        SettlementKey memory key = SettlementKeyLib.loadPinned(account, digest);
        meter.split.key = _lap(meter);
        Packing.requireLengths(key, input.length, output.length);
        ProofParts memory parts = ProofPartsLib.locate(key, proof);
        Instances memory instances = InstancesLib.read(key, parts, input);
        meter.split.lengthsAndInstances = _lap(meter);
        Seals.write(instances, key, parts, context, input, output);
        meter.split.seals = _lap(meter);
        instances.packed = Packing.pack(key, input, output, instances.gamma);
        meter.split.packing = _lap(meter);
        _measureArgument(meter, key, parts, instances);
        return meter.split;
    }

    function _measureArgument(
        Meter memory meter,
        SettlementKey memory key,
        ProofParts memory parts,
        Instances memory instances
    ) private view {
        Challenges memory challenges = TranscriptLib.challenges(instances, parts);
        meter.split.transcript = _lap(meter);
        Evaluations calldata evaluations = EvaluationsLib.read(parts);
        DomainValues memory domain = Lagrange.evaluate(key, challenges.x, instances.first(), InstancesLib.count(parts));
        Fr quotient = Constraints.quotient(evaluations, domain, challenges);
        Fr value = Shplonk.value(evaluations, domain, challenges, key, quotient);
        meter.split.evaluations = _lap(meter);
        PointSum right = PointSumLib.create(challenges.join * instances.generator - value);
        Shplonk.addPoints(right, key, parts, domain, challenges);
        meter.split.argumentPoints = _lap(meter);
        Deferred.addPoints(right, instances, key, parts, challenges.join);
        meter.split.deferredPoints = _lap(meter);
        right.finish();
        meter.split.generator = _lap(meter);
        PointSum left = PointSumLib.startAt(parts.openingLast);
        left.addMultiples(parts.last, ScalarsLib.single(challenges.join));
        meter.split.leftSide = _lap(meter);
        Pairing.requireEqual(left, right, key.tau());
        meter.split.pairing = _lap(meter);
    }

    /// @dev The gas since the last part ended, less what measuring itself costs.
    function _lap(Meter memory meter) private view returns (uint256 used) {
        used = meter.left - gasleft() - meter.nothing;
        meter.left = gasleft();
    }
}
