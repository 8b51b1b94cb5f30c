// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "./Fr.sol";
import {InstancesLib} from "./Instances.sol";
import {ProofParts, ProofPartsLib} from "./ProofParts.sol";

/// @dev The evaluations of a halo2 proof, in its order: at x, and for "next" in the row after, at omega x.
struct Evaluations {
    /// The columns of values, in the order in which the circuit first asks for them.
    Fr a;
    Fr b;
    Fr c;
    Fr cNext;
    Fr aNext;
    Fr bNext;
    /// The columns of constants.
    Fr arithmetic;
    Fr qA;
    Fr qB;
    Fr qC;
    Fr full;
    Fr partialRound;
    /// The random polynomial.
    Fr random;
    /// The permutation of the columns of values.
    Fr sigmaA;
    Fr sigmaB;
    Fr sigmaC;
    /// The permutation's product.
    Fr product;
    Fr productNext;
}

/// @title The evaluations of a halo2 proof
library EvaluationsLib {
    /// @dev Reads the evaluations. Reverts if one is not reduced.
    function read(ProofParts memory parts) internal pure returns (Evaluations memory evaluations) {
        uint256 offset = parts.evaluations;
        uint256 pointer;
        assembly ("memory-safe") {
            // The struct has a word for each evaluation, and nothing else: 18 words.
            calldatacopy(evaluations, offset, 0x240)
            pointer := evaluations
        }
        InstancesLib.requireReduced(pointer, ProofPartsLib.EVALUATIONS, parts.publishedCount);
    }
}
