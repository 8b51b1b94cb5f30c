// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "../../src/libraries/Fr.sol";
import {Poseidon} from "../../src/libraries/Poseidon.sol";
import {NaivePoseidon} from "../reference/NaivePoseidon.sol";
import {Random, RandomLib} from "../utils/Random.sol";
import {Test} from "../utils/Test.sol";

/// @dev Rows of two permutations, of (0, 1, 2) and of (0, 3, 4), whose results circomlib publishes as poseidon([1, 2]) and
/// poseidon([3, 4]). They were computed round by round, with all of the paper's constants. A step is right if what it misses
/// of the next row is the same in both permutations: the constants that it leaves out.
contract PoseidonTest is Test {
    function test_full() external pure {
        Fr[6] memory left = [
            Fr.wrap(0x0ee9a592ba9a9518d05986d656f40c2114c4993c11bb29938d21d47304cd8e6e),
            Fr.wrap(0x00f1445235f2148c5986587169fc1bcd887b08d4d00868df5696fff40956e865),
            Fr.wrap(0x08dff3487e8ac99e1f29a058d0fa80b930c728730b7ab36ce879f3890ecf73f7),
            Fr.wrap(0x127756bf6838ec78fe3ef4598802ede88714497320a2758d3c0bc7fd4f6732cf),
            Fr.wrap(0x2d58e92940a8d3513eb0d946709b7e0303d358f12031ce170b41cf5113ab0853),
            Fr.wrap(0x0f896b38740eec81ce6b812d747be9251bfb18d135865eb87f4a9a7ba2a548ec)
        ];
        Fr[6] memory right = [
            Fr.wrap(0x0ee9a592ba9a9518d05986d656f40c2114c4993c11bb29938d21d47304cd8e6e),
            Fr.wrap(0x00f1445235f2148c5986587169fc1bcd887b08d4d00868df5696fff40956e867),
            Fr.wrap(0x08dff3487e8ac99e1f29a058d0fa80b930c728730b7ab36ce879f3890ecf73f9),
            Fr.wrap(0x0b7e870ff8ebaa3a18628990247df29e97a770e4606f653db24cced75d7c5e88),
            Fr.wrap(0x0088d25b3d9e0b3837f98818436ba427de697fb9de94c6213c5b64cb33817544),
            Fr.wrap(0x25d261ffba30220852f370ee7feac92bf6b54f36686042ba8d389fb97f7cc9bd)
        ];
        _requireSameConstants(_full(left), _full(right), left, right);
    }

    function test_enterPartial() external pure {
        Fr[6] memory left = [
            Fr.wrap(0x15fbb6b3acd85a1cc4a9ec473f91673de2f833c726b713df63418a4203a3f05e),
            Fr.wrap(0x1c61e21456d5e8588995dd649fadb090bf7acccbce86e85d279716a73ef015c7),
            Fr.wrap(0x24979902f3e8a6f0e6925d62c46ef81a7797415caeaeae91a87d230af0c4ae08),
            Fr.wrap(0x19b5fcaceea5d30371bd143f455960718f6c3d12c24b9098eb920610cb48f46f),
            Fr.wrap(0x2dc63a73e20dcfc0c61e23fe7250ab262e61a8d40b90d8674131ac92ebd04aca),
            Fr.wrap(0x247cf1695a31687c3951ebfc64abf243d5486074764cf3f46fd59142bbfe7db8)
        ];
        Fr[6] memory right = [
            Fr.wrap(0x11e4f3fc4001553a12cbd05bd68f6fc2c1aaa65ebdacdc92bbfafd67afa6ee1c),
            Fr.wrap(0x053d7dde105a793e14fd2f5dea65888b7b567a7cbf8294a702e236ca41f32bab),
            Fr.wrap(0x2cc13ff0d3a4d385156b31968ff5e05505b3280deb481103daa23f54151559b0),
            Fr.wrap(0x19d4ca6b63d8f36449fc0a1ba1bf79d86296b77c6f793b5d017cec773617ed2f),
            Fr.wrap(0x1c2cdfe148b9c15b0c3e4b5297a350e2dbbdd09ea28e7ced08992f0eabc2cbe2),
            Fr.wrap(0x0891fe3d2236e4343eea7e540d763ed1df69de91d9b9e784853854d6666f4cd3)
        ];
        _requireSameConstants(_enterPartial(left), _enterPartial(right), left, right);
    }

    function test_recur() external pure {
        Fr[6] memory left = [
            Fr.wrap(0x19b5fcaceea5d30371bd143f455960718f6c3d12c24b9098eb920610cb48f46f),
            Fr.wrap(0x2dc63a73e20dcfc0c61e23fe7250ab262e61a8d40b90d8674131ac92ebd04aca),
            Fr.wrap(0x247cf1695a31687c3951ebfc64abf243d5486074764cf3f46fd59142bbfe7db8),
            Fr.wrap(0x1fa48868642a113e1ce15535c007c0701b3f85b346179669aed5727202a7c6da),
            Fr.wrap(0x2c4ff2204ad47fbe11cb6260f8ee8c8e7c84d174dd32c8869b50b4df81365478),
            Fr.wrap(0x1f51a88d06f989018a9e1dfb67e8e198b828e274bf9a9f5e02b153ce7d2c18a0)
        ];
        Fr[6] memory right = [
            Fr.wrap(0x19d4ca6b63d8f36449fc0a1ba1bf79d86296b77c6f793b5d017cec773617ed2f),
            Fr.wrap(0x1c2cdfe148b9c15b0c3e4b5297a350e2dbbdd09ea28e7ced08992f0eabc2cbe2),
            Fr.wrap(0x0891fe3d2236e4343eea7e540d763ed1df69de91d9b9e784853854d6666f4cd3),
            Fr.wrap(0x10b614ea01768b90e8481090b66000c3729373609c2baee0f99775d1e859653b),
            Fr.wrap(0x21f91882b777b3e3f97a15c6ba664e7d40f55b81b2f944abbcf5d191a7de7492),
            Fr.wrap(0x0b0c1a80c7497673e64b7b23ddfeabcd9ed1eaa30420210ff1eb953cae7298e9)
        ];
        _requireSameConstants(_recur(left), _recur(right), left, right);
    }

    function test_leavePartial() external pure {
        Fr[6] memory left = [
            Fr.wrap(0x0bc00ff0e1b904acb39afaefbe8a7799715feba88fb12eeec5d248ba4ba3c166),
            Fr.wrap(0x146b31e4b25b43d8ee1b3786359333071cf9d28799d333a334cb354cb37b5b99),
            Fr.wrap(0x01db4f7ccdd0ba82f43469e376b96491743322bbeb95cdb5d480cc5c72ca3a2b),
            Fr.wrap(0x022788ddefb1454fca0acd39db168b50c587b9526a4ce63bf58645072e1826ec),
            Fr.wrap(0x18eea3c2bcfac532afadc6a8333742ee160293eecd08d71b50736a0c79c53fc0),
            Fr.wrap(0x27de66c7d374ceb84bab8edbff5c1a8ebcaf3fb1e01f360941157c5e977990af)
        ];
        Fr[6] memory right = [
            Fr.wrap(0x1b0cca5187acd07e7984cfbbe0ca97d37e4b24b2bdd5a55d2ed86646d30ffd42),
            Fr.wrap(0x0c9be588c08abf047a4fd56a50fcc3e22fac9cf71c3ba8fa9176a52206a16370),
            Fr.wrap(0x1a4a4e4341e24b77e7c4c3b57340257d6e2353ad5982c61da0e8a2844ab27a58),
            Fr.wrap(0x2f06bf71f5f01225a84e2153925ddeab3f5a13fc0f87005e07d54754f6e7a7c8),
            Fr.wrap(0x2d48117d50b3f13a230ab50fd10a4571224237cb0fcfcd1e1f4d01610df9631c),
            Fr.wrap(0x0ef29316339ebdff1827db87b378e4e2cf48871f1b97136512a4ec3078b74abd)
        ];
        _requireSameConstants(_leavePartial(left), _leavePartial(right), left, right);
    }

    function _requireSameConstants(Fr[3] memory fromLeft, Fr[3] memory fromRight, Fr[6] memory left, Fr[6] memory right)
        private
        pure
    {
        for (uint256 element; element < 3; ++element) {
            Fr missed = left[3 + element] - fromLeft[element];
            assertEq(Fr.unwrap(right[3 + element] - fromRight[element]), Fr.unwrap(missed), "constant");
            assertTrue(Fr.unwrap(fromLeft[element]) != Fr.unwrap(fromRight[element]), "different rows");
        }
    }

    function _full(Fr[6] memory rows) private pure returns (Fr[3] memory next) {
        (next[0], next[1], next[2]) = Poseidon.full(rows[0].fifthPower(), rows[1].fifthPower(), rows[2].fifthPower());
    }

    function _enterPartial(Fr[6] memory rows) private pure returns (Fr[3] memory next) {
        Fr[5] memory v = _fifthPowers(rows);
        (next[0],,) = Poseidon.full(v[0], v[1], v[2]);
        (next[1], next[2]) = Poseidon.enterPartial(v[0], v[1], v[2], v[3], v[4]);
    }

    function _recur(Fr[6] memory rows) private pure returns (Fr[3] memory next) {
        Fr[5] memory v = _fifthPowers(rows);
        next[0] = Poseidon.recur(rows[1], rows[2], v[0], v[1], v[2]);
        next[1] = Poseidon.recur(rows[2], rows[3], v[1], v[2], v[3]);
        next[2] = Poseidon.recur(rows[3], rows[4], v[2], v[3], v[4]);
    }

    function _leavePartial(Fr[6] memory rows) private pure returns (Fr[3] memory next) {
        Fr[5] memory v = _fifthPowers(rows);
        next[0] = Poseidon.recur(rows[1], rows[2], v[0], v[1], v[2]);
        (next[1], next[2]) = Poseidon.leavePartial(rows[1], rows[2], v[0], v[1], v[2]);
    }

    function _fifthPowers(Fr[6] memory rows) private pure returns (Fr[5] memory powers) {
        for (uint256 index; index < 5; ++index) {
            powers[index] = rows[index].fifthPower();
        }
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_stepsAreRounds(uint256 seed) external pure {
        uint256[] memory all = RandomLib.create(seed).elements(6);
        uint256[3] memory row = [all[0], all[1], all[2]];
        uint256[3] memory next = [all[3], all[4], all[5]];
        Fr[6] memory rows;
        for (uint256 index; index < 6; ++index) {
            rows[index] = Fr.wrap(all[index]);
        }
        _requireEqual(_full(rows), NaivePoseidon.full(row));
        _requireEqual(_enterPartial(rows), NaivePoseidon.enterPartial(row, next));
        _requireEqual(_recur(rows), NaivePoseidon.partialRounds(row, next));
        _requireEqual(_leavePartial(rows), NaivePoseidon.leavePartial(row));
    }

    function _requireEqual(Fr[3] memory found, uint256[3] memory expected) private pure {
        for (uint256 element; element < 3; ++element) {
            assertEq(Fr.unwrap(found[element]), expected[element], "element");
        }
    }
}
