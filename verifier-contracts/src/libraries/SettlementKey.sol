// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../interfaces/IHallmarkVerifier.sol";
import {Fr, ORDER} from "./Fr.sol";
import {KeyPoint, POINT_BYTES} from "./Points.sol";

/// @dev The head of a settlement key, as it is in memory. After these words come, without gaps:
///
///     6 points       commitments to the selectors s, p, q and the columns of constants k_0, k_1, k_2
///     3 points       commitments to the permutation of a, b, c
///     4 words        [tau] in G2: x.c1, x.c0, y.c1, y.c0
///     word, entries  the number of batches that the model is offered in; of each its number of samples, and the digest of the
///                    batch's own key without the weights
///     the model, whose keccak digest is the weight digest:
///       5 words      "hallmark model 3", the digests of architecture and setup, the logarithms of the lengths of a row of
///                    the tables' outputs, as long as one over cells, and of a row of the weights, which is no longer
///       word, points the number of rows of the tables' outputs, and their commitments
///       word, points the number of rows of the weights, and their commitments
struct SettlementKey {
    /// "hallmark settlement 3"
    bytes32 tag;
    /// What the halo2 transcript absorbs in the place of halo2's own verifying key.
    Fr transcriptDigest;
    /// The base-two logarithm of n, the number of the circuit's rows.
    uint256 logRows;
    /// The primitive n-th root of unity that leads from one row to the next.
    Fr omega;
    /// omega^-6: the row before the last five rows, which are random. The permutation's product ends there.
    Fr omegaToLast;
    /// 1/n
    Fr inverseRows;
    /// The numbers of coordinates that identify a row of a polynomial over cells, over table entries, and of the weights.
    /// Polynomials over cells have all 2^bits rows. For the others, rows beyond the last block are zero and left out.
    uint256 cellRowBits;
    uint256 entryRowBits;
    uint256 weightRowBits;
    /// How the input is packed: the bytes of a value and of a run, and the number of runs. If it is told by digests, each is a
    /// run of one value of 32 bytes.
    uint256 inputWidth;
    uint256 inputRunBytes;
    uint256 inputRuns;
    /// How the output is packed.
    uint256 outputWidth;
    uint256 outputRunBytes;
    uint256 outputRuns;
    /// 1 if the setup is for development, so that somebody may know tau. Otherwise 0.
    uint256 development;
}

using SettlementKeyLib for SettlementKey global;

/// @title Settlement keys, stored as the code of a contract
/// @dev The code is a zero byte and then the key. The zero byte is the opcode STOP, so that a call does nothing. Callers
/// pin a key by its digest, so its contents are trusted. The checks here only keep reads within bounds.
library SettlementKeyLib {
    bytes32 internal constant KEY_TAG = "hallmark settlement 3";
    bytes32 internal constant MODEL_TAG = "hallmark model 3";

    /// @dev The commitments to columns: six of constants, three of the permutation.
    uint256 internal constant COLUMNS = 9;

    /// @dev The offsets of the parts after the head: after its 16 words, after 9 points, after the 4 words of [tau], ...
    uint256 private constant COLUMNS_OFFSET = 16 * 0x20;
    uint256 private constant TAU_OFFSET = (16 + 18) * 0x20;
    uint256 private constant BATCH_COUNT_OFFSET = (16 + 18 + 4) * 0x20;
    uint256 private constant BATCHES_OFFSET = (16 + 18 + 4 + 1) * 0x20;

    /// @dev The bytes of an entry of the list of batches.
    uint256 private constant BATCH_BYTES = 2 * 0x20;

    /// @dev The most batches that a key lists.
    uint256 private constant MAX_BATCHES = 16;

    /// @dev The offsets of the model's parts from its first word.
    uint256 private constant SETUP_OFFSET = 2 * 0x20;
    uint256 private constant ROW_LENGTH_OFFSET = 3 * 0x20;
    uint256 private constant WEIGHT_ROW_LENGTH_OFFSET = 4 * 0x20;
    uint256 private constant ENTRY_COUNT_OFFSET = 5 * 0x20;
    uint256 private constant ENTRIES_OFFSET = (5 + 1) * 0x20;

    /// @dev The bytes of a key without any batches or rows. They include two more words: the numbers of rows of the tables'
    /// outputs and of the weights.
    uint256 private constant FIXED_BYTES = (16 + 18 + 4 + 1 + 5 + 1 + 1) * 0x20;

    /// @dev 2^16 points are far more than a contract's code holds (EIP-170).
    uint256 private constant ROW_BITS_END = 16;

    /// @dev 2^28 divides the order of the field's multiplicative group, and 2^29 does not.
    uint256 private constant MAX_LOG_CIRCUIT_ROWS = 28;

    /// @dev More than a transaction holds. The product of two smaller numbers does not overflow.
    uint256 private constant PUBLIC_BYTES_END = 1 << 32;

    /// @dev The widths of a value, each as a bit: 1, 2 and 4.
    uint256 private constant WIDTHS = 0x16;

    /// @dev The width of a digest.
    uint256 private constant DIGEST_BYTES = 0x20;

    /// @dev Reads a key into memory. Reverts if the code is not a key.
    /// @return key The key.
    /// @return digest The digest of all of its bytes.
    function load(address account) internal view returns (SettlementKey memory key, bytes32 digest) {
        uint256 start;
        uint256 length;
        (start, length, digest) = _read(account);
        assembly ("memory-safe") {
            key := start // The struct is the head of the key in place.
        }
        if (!_isWellFormed(key, length)) revert IHallmarkVerifier.KeyMalformed(account);
    }

    /// @dev Reads the key with a digest. Reverts if the digest differs, or if the code is not a key.
    function loadPinned(address account, bytes32 digest) internal view returns (SettlementKey memory key) {
        (uint256 start, uint256 length, bytes32 found) = _read(account);
        if (found != digest) revert IHallmarkVerifier.KeyDigestMismatch(digest, found);
        assembly ("memory-safe") {
            key := start // The struct is the head of the key in place.
        }
        if (!_isWellFormed(key, length)) revert IHallmarkVerifier.KeyMalformed(account);
    }

    /// @dev Copies code that begins as a key does, and is long enough for one. {_isWellFormed} checks the rest.
    function _read(address account) private view returns (uint256 start, uint256 length, bytes32 digest) {
        uint256 size = account.code.length;
        if (size == 0) revert IHallmarkVerifier.KeyMissing(account);
        if (size <= FIXED_BYTES) revert IHallmarkVerifier.KeyMalformed(account);
        uint256 opcode;
        assembly ("memory-safe") {
            let free := mload(0x40)
            // STOP goes to the last byte of a word, so that the key begins with the next.
            extcodecopy(account, add(free, 0x1f), 0, size)
            opcode := byte(31, mload(free))
            start := add(free, 0x20)
            length := sub(size, 1)
            digest := keccak256(start, length)
            // Allocates to the end of the key's last word.
            mstore(0x40, and(add(add(start, length), 0x1f), not(0x1f)))
        }
        if (opcode != 0) revert IHallmarkVerifier.KeyMalformed(account);
    }

    /// @dev The number of rows of a polynomial over cells.
    function cellRows(SettlementKey memory key) internal pure returns (uint256) {
        return 1 << key.cellRowBits;
    }

    /// @dev The number of rows of a polynomial over table entries.
    function entryRows(SettlementKey memory key) internal pure returns (uint256) {
        unchecked {
            return _word(key, _modelOffset(key) + ENTRY_COUNT_OFFSET);
        }
    }

    /// @dev The number of rows of the weights. It stands before them.
    function weightRows(SettlementKey memory key) internal pure returns (uint256) {
        unchecked {
            return _word(key, _modelOffset(key) + ENTRIES_OFFSET + key.entryRows() * POINT_BYTES);
        }
    }

    /// @dev The number of digests that the input is told by. 0 if it is told by its values.
    function digests(SettlementKey memory key) internal pure returns (uint256) {
        return key.inputWidth == DIGEST_BYTES ? key.inputRuns : 0;
    }

    /// @dev The number of coordinates before the first that identifies a row over cells or table entries. These are longer
    /// than the weights' rows, by a factor of as many bits.
    function skippedCoordinates(SettlementKey memory key) internal pure returns (uint256) {
        unchecked {
            // {_hasLength} refuses a key where this is negative: it then is a large number.
            uint256 model = _modelOffset(key);
            return _word(key, model + ROW_LENGTH_OFFSET) - _word(key, model + WEIGHT_ROW_LENGTH_OFFSET);
        }
    }

    /// @dev The number of coordinates that identify a row of any polynomial.
    function rowCoordinates(SettlementKey memory key) internal pure returns (uint256 count) {
        count = key.cellRowBits;
        if (count < key.entryRowBits) count = key.entryRowBits;
        unchecked {
            count += key.skippedCoordinates();
        }
        if (count < key.weightRowBits) count = key.weightRowBits;
    }

    /// @dev The first of the commitments to columns: those of constants, then those of the permutation.
    function columns(SettlementKey memory key) internal pure returns (KeyPoint) {
        return KeyPoint.wrap(_at(key, COLUMNS_OFFSET));
    }

    /// @dev The address of [tau] in G2, four words.
    function tau(SettlementKey memory key) internal pure returns (uint256) {
        return _at(key, TAU_OFFSET);
    }

    /// @dev [tau] in G2 by itself.
    function tauWords(SettlementKey memory key) internal pure returns (uint256[4] memory words) {
        uint256 start = key.tau();
        assembly ("memory-safe") {
            mcopy(words, start, 0x80)
        }
    }

    /// @dev The digest of the setup.
    function setupDigest(SettlementKey memory key) internal pure returns (bytes32) {
        unchecked {
            return bytes32(_word(key, _modelOffset(key) + SETUP_OFFSET));
        }
    }

    /// @dev The first commitment to the tables' outputs.
    function entries(SettlementKey memory key) internal pure returns (KeyPoint) {
        unchecked {
            return KeyPoint.wrap(_at(key, _modelOffset(key) + ENTRIES_OFFSET));
        }
    }

    /// @dev The first commitment to the weights, after their number.
    function weights(SettlementKey memory key) internal pure returns (KeyPoint) {
        unchecked {
            return KeyPoint.wrap(_at(key, _fixedBytes(key) + key.entryRows() * POINT_BYTES));
        }
    }

    /// @dev The digest of a listed batch's key without its weights. 0 if the key lists no batch of this size.
    function batchArchitecture(SettlementKey memory key, uint256 size) internal pure returns (bytes32) {
        unchecked {
            uint256 end = _modelOffset(key);
            for (uint256 offset = BATCHES_OFFSET; offset < end; offset += BATCH_BYTES) {
                if (_word(key, offset) == size) return bytes32(_word(key, offset + 0x20));
            }
        }
        return 0;
    }

    /// @dev The digest of the model: its architecture, setup, tables and weights.
    function weightDigest(SettlementKey memory key) internal pure returns (bytes32) {
        return _digest(_at(key, _modelOffset(key)), KeyPoint.unwrap(key.weights().next(key.weightRows())));
    }

    /// @dev The digest of the commitments to the weights alone. A model and its batches have it in common.
    function weightRowsDigest(SettlementKey memory key) internal pure returns (bytes32) {
        KeyPoint start = key.weights();
        return _digest(KeyPoint.unwrap(start), KeyPoint.unwrap(start.next(key.weightRows())));
    }

    /// @dev The digest of everything but the commitments to the weights. Anyone can compute it from the architecture and
    /// the setup.
    function architectureDigest(SettlementKey memory key) internal pure returns (bytes32) {
        return _digest(_at(key, 0), KeyPoint.unwrap(key.weights()));
    }

    /// @dev Whether the counts agree with the length, and all numbers are in range.
    function _isWellFormed(SettlementKey memory key, uint256 length) private pure returns (bool) {
        return _hasLength(key, length) && key.tag == KEY_TAG && bytes32(_word(key, _modelOffset(key))) == MODEL_TAG
            && _hasDomain(key) && _isInput(key) && _isPacking(key.outputWidth, key.outputRunBytes, key.outputRuns)
            && key.development <= 1;
    }

    /// @dev Whether the numbers of points agree with the counts before them, and the coordinates suffice to identify a row.
    function _hasLength(SettlementKey memory key, uint256 length) private pure returns (bool) {
        // All three are below a power of two if their bitwise or is.
        if ((key.cellRowBits | key.entryRowBits | key.weightRowBits) >= ROW_BITS_END) return false;
        // Within these bounds, the number of the tables' rows lies inside the key.
        if (_word(key, BATCH_COUNT_OFFSET) > MAX_BATCHES) return false;
        uint256 fixedBytes = _fixedBytes(key);
        if (length < fixedBytes) return false;
        // The model lies inside the key now.
        if (key.skippedCoordinates() >= ROW_BITS_END) return false;
        unchecked {
            uint256 entryCount = key.entryRows();
            // Within these bounds, the number of weights lies inside the key.
            if (entryCount == 0 || entryCount > 1 << key.entryRowBits) return false;
            if (length < fixedBytes + entryCount * POINT_BYTES) return false;
            uint256 weightCount = key.weightRows();
            return weightCount != 0 && weightCount <= 1 << key.weightRowBits
                && length == fixedBytes + (entryCount + weightCount) * POINT_BYTES;
        }
    }

    /// @dev Whether the field elements are reduced, and a root of unity exists for the number of rows.
    function _hasDomain(SettlementKey memory key) private pure returns (bool) {
        Fr transcriptDigest = key.transcriptDigest;
        (Fr omega, Fr omegaToLast, Fr inverseRows) = (key.omega, key.omegaToLast, key.inverseRows);
        bool reduced;
        assembly ("memory-safe") {
            reduced := and(lt(transcriptDigest, ORDER), lt(omega, ORDER))
            reduced := and(reduced, and(lt(omegaToLast, ORDER), lt(inverseRows, ORDER)))
        }
        return reduced && key.logRows <= MAX_LOG_CIRCUIT_ROWS;
    }

    /// @dev Whether the input is packed, or told by digests.
    function _isInput(SettlementKey memory key) private pure returns (bool) {
        if (key.inputWidth != DIGEST_BYTES) return _isPacking(key.inputWidth, key.inputRunBytes, key.inputRuns);
        return key.inputRunBytes == DIGEST_BYTES && key.inputRuns != 0 && key.inputRuns < PUBLIC_BYTES_END;
    }

    /// @dev Whether runs are not empty and have whole values of 1, 2 or 4 bytes.
    function _isPacking(uint256 width, uint256 runBytes, uint256 runs) private pure returns (bool) {
        // The first condition excludes a division by zero.
        return
            WIDTHS >> width & 1 == 1 && runBytes % width == 0 && runBytes != 0 && (runBytes | runs) < PUBLIC_BYTES_END;
    }

    /// @dev The offset of the model, after the list of batches.
    function _modelOffset(SettlementKey memory key) private pure returns (uint256) {
        unchecked {
            return BATCHES_OFFSET + _word(key, BATCH_COUNT_OFFSET) * BATCH_BYTES;
        }
    }

    /// @dev The bytes of the key without any rows.
    function _fixedBytes(SettlementKey memory key) private pure returns (uint256) {
        unchecked {
            return FIXED_BYTES + _word(key, BATCH_COUNT_OFFSET) * BATCH_BYTES;
        }
    }

    function _digest(uint256 start, uint256 end) private pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(start, sub(end, start))
        }
    }

    function _at(SettlementKey memory key, uint256 offset) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(key, offset)
        }
    }

    function _word(SettlementKey memory key, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(key, offset))
        }
    }
}
