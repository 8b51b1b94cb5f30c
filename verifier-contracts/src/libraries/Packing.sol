// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../interfaces/IHallmarkVerifier.sol";
import {Fr, FrLib, ORDER, ZERO} from "./Fr.sol";
import {SettlementKey} from "./SettlementKey.sol";

/// @title Public values as one field element
/// @dev Values are two's complement, big-endian. A run of values is cut into words of 16 bytes. The last word has zeros at
/// its end. The sign bit of each value is flipped, which makes the value a digit. The packed element is the sum of word_k
/// gamma^k over all words, of the input and then of the output. Horner's rule computes it, from the last word to the first.
/// An input that is told by digests is not packed: its digests are instances.
library Packing {
    uint256 private constant WORD_BYTES = 16;

    /// @dev The sign bits of two words of values of 1, 2 or 4 bytes.
    uint256 private constant SIGNS_1 = 0x8080808080808080808080808080808080808080808080808080808080808080;
    uint256 private constant SIGNS_2 = 0x8000800080008000800080008000800080008000800080008000800080008000;
    uint256 private constant SIGNS_4 = 0x8000000080000000800000008000000080000000800000008000000080000000;

    /// @dev The second of two words.
    uint256 private constant SECOND = 0xffffffffffffffffffffffffffffffff;

    /// @dev Reverts if the numbers of bytes differ from the key's.
    function requireLengths(SettlementKey memory key, uint256 inputLength, uint256 outputLength) internal pure {
        unchecked {
            // The key's numbers are bounded, so that products do not overflow.
            uint256 expected = key.inputRunBytes * key.inputRuns;
            if (inputLength != expected) revert IHallmarkVerifier.InputLength(expected, inputLength);
            expected = key.outputRunBytes * key.outputRuns;
            if (outputLength != expected) revert IHallmarkVerifier.OutputLength(expected, outputLength);
        }
    }

    /// @dev The packed input and output, or the output alone if the input is told by digests.
    function pack(SettlementKey memory key, bytes calldata input, bytes calldata output, Fr gamma)
        internal
        pure
        returns (Fr packed)
    {
        packed = prepend(ZERO, output, key.outputWidth, key.outputRunBytes, key.outputRuns, gamma);
        if (key.digests() != 0) return packed;
        packed = prepend(packed, input, key.inputWidth, key.inputRunBytes, key.inputRuns, gamma);
    }

    /// @dev Packs values in front of packed ones.
    /// @param packed The packed values after these.
    /// @param values The bytes of the values: `runs` times `runBytes`.
    /// @param width The bytes of a value: 1, 2 or 4.
    function prepend(Fr packed, bytes calldata values, uint256 width, uint256 runBytes, uint256 runs, Fr gamma)
        internal
        pure
        returns (Fr)
    {
        unchecked {
            uint256 signs = width == 1 ? SIGNS_1 : width == 2 ? SIGNS_2 : SIGNS_4;
            uint256 words = (runBytes + WORD_BYTES - 1) / WORD_BYTES;
            // All bits of the last word that belong to values.
            uint256 lastMask = type(uint256).max << (8 * (words * WORD_BYTES - runBytes));
            uint256 start;
            assembly ("memory-safe") {
                start := values.offset
            }
            return _prependRuns(packed, gamma, start, start + runs * runBytes, runBytes, words, signs, lastMask);
        }
    }

    /// @dev Sums need no reduction in between. A reduced product plus a word is below 2^256, which is enough for the next
    /// product. Words beyond the end of calldata continue with zeros.
    /// @param start The offset of the first run.
    /// @param run The offset after the last run.
    function _prependRuns(
        Fr packed,
        Fr gamma,
        uint256 start,
        uint256 run,
        uint256 runBytes,
        uint256 words,
        uint256 signs,
        uint256 lastMask
    ) private pure returns (Fr) {
        uint256 sum = Fr.unwrap(packed);
        assembly ("memory-safe") {
            let last := shl(4, sub(words, 1)) // The last word of a run, in bytes.
            let single := iszero(and(words, 1)) // Whether one of the other words is left over from pairs.
            for {} gt(run, start) {} {
                run := sub(run, runBytes)
                let word := add(run, last)
                let digits := and(shr(128, xor(calldataload(word), signs)), lastMask)
                sum := add(mulmod(sum, gamma, ORDER), digits)
                if single {
                    word := sub(word, 0x10)
                    sum := add(mulmod(sum, gamma, ORDER), shr(128, xor(calldataload(word), signs)))
                }
                for {} gt(word, run) {} {
                    word := sub(word, 0x20)
                    digits := xor(calldataload(word), signs)
                    sum := add(mulmod(sum, gamma, ORDER), and(digits, SECOND))
                    sum := add(mulmod(sum, gamma, ORDER), shr(128, digits))
                }
            }
        }
        return FrLib.reduce(sum);
    }
}
