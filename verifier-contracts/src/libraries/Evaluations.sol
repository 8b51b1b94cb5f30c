// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "./Fr.sol";
import {ProofParts} from "./ProofParts.sol";
import {Reduced} from "./Reduced.sol";

/// @dev The evaluations of a halo2 proof, in its order: at x, and for "next" in the row after, at omega x.
struct Evaluations {
    /// The columns of values, in the order in which the circuit first asks for them.
    Fr a;
    Fr b;
    Fr c;
    Fr aNext;
    Fr bNext;
    Fr cNext;
    /// The selectors and the columns of constants.
    Fr s;
    Fr p;
    Fr q;
    Fr k0;
    Fr k1;
    Fr k2;
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
    /// @dev The evaluations, which stay where they are. Reverts if one is not reduced.
    function read(ProofParts memory parts) internal pure returns (Evaluations calldata evaluations) {
        uint256 offset = parts.evaluations;
        assembly ("memory-safe") {
            evaluations := offset
        }
        Reduced.requireAll(offset, 18, parts.publishedCount);
    }
}
