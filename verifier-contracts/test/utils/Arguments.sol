// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Evaluations} from "../../src/libraries/Evaluations.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {DomainValues, Lagrange} from "../../src/libraries/Lagrange.sol";
import {SettlementKey} from "../../src/libraries/SettlementKey.sol";
import {Challenges} from "../../src/libraries/Transcript.sol";
import {NaiveArgument, NaiveHalo2} from "../reference/NaiveHalo2.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {Random, RandomLib} from "./Random.sol";

/// @dev The numbers of a halo2 proof in the form that the contract has them.
library Arguments {
    /// @dev Random numbers.
    function random(uint256 seed) internal pure returns (NaiveArgument memory a) {
        Random memory numbers = RandomLib.create(seed);
        a.logRows = 4 + numbers.word() % 12;
        a.instances = numbers.elements(1 + numbers.word() % 30);
        a.evaluations = numbers.elements(18);
        for (uint256 index; index < 7; ++index) {
            a.challenges[index] = numbers.element();
        }
    }

    /// @dev The key's numbers that are about the domain.
    function key(NaiveArgument memory a) internal pure returns (SettlementKey memory k) {
        uint256 omega = F.rootOfUnity(a.logRows);
        k.logRows = a.logRows;
        k.omega = Fr.wrap(omega);
        k.omegaToLast = Fr.wrap(F.div(1, F.pow(omega, 6)));
        k.inverseRows = Fr.wrap(F.div(1, 1 << a.logRows));
    }

    function challenges(NaiveArgument memory a) internal pure returns (Challenges memory c) {
        (c.beta, c.gamma) = (Fr.wrap(a.challenges[0]), Fr.wrap(a.challenges[1]));
        (c.y, c.x) = (Fr.wrap(a.challenges[2]), Fr.wrap(a.challenges[3]));
        (c.polynomialBase, c.setBase) = (Fr.wrap(a.challenges[4]), Fr.wrap(a.challenges[5]));
        c.u = Fr.wrap(a.challenges[6]);
    }

    function evaluations(NaiveArgument memory a) internal pure returns (Evaluations memory e) {
        uint256[] memory words = a.evaluations;
        assembly ("memory-safe") {
            mcopy(e, add(words, 0x20), 0x240) // Both are 18 words in the same order.
        }
    }

    function domain(NaiveArgument memory a) internal view returns (DomainValues memory) {
        uint256[] memory instances = a.instances;
        uint256 first;
        assembly ("memory-safe") {
            first := add(instances, 0x20)
        }
        return Lagrange.evaluate(key(a), Fr.wrap(NaiveHalo2.x(a)), first, instances.length);
    }
}
