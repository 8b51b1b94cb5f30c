// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Settlement} from "./utils/Simulator.sol";
import {Words} from "./utils/Words.sol";

/// @dev What becomes of a valid settlement with another key, and of what is no key.
contract HallmarkVerifierKeyTest is SettlementTest {
    using Words for bytes;

    address private constant KEY = address(0x6b6579);

    function _verify(bytes memory code, bytes32 digest, Settlement memory s, bytes memory expected) private {
        vm.etch(KEY, code);
        (bool accepted, bytes memory reason) = address(verifier).staticcall(encode(KEY, digest, s));
        if (accepted || keccak256(reason) != keccak256(expected)) revert NotRefused("key", expected, reason);
    }

    function _malformed() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IHallmarkVerifier.KeyMalformed.selector, KEY);
    }

    function _mismatch(bytes32 expected, bytes32 found) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IHallmarkVerifier.KeyDigestMismatch.selector, expected, found);
    }

    function test_noKey() external {
        Settlement memory s = fixture("lenet5_max");
        bytes32 digest = keccak256(s.key);
        _verify("", digest, s, abi.encodeWithSelector(IHallmarkVerifier.KeyMissing.selector, KEY));
        _verify(hex"00", digest, s, _malformed());
        _verify(s.key, digest, s, _malformed());
        _verify(bytes.concat(hex"01", s.key), digest, s, _malformed());
        _verify(bytes.concat(hex"ef0100", bytes20(address(verifier))), digest, s, _malformed());
        _verify(address(verifier).code, digest, s, _malformed());
    }

    function test_viewsRefuseWhatIsNoKey() external {
        bytes memory missing = abi.encodeWithSelector(IHallmarkVerifier.KeyMissing.selector, KEY);
        vm.expectRevert(missing);
        verifier.keyDigest(KEY);
        vm.expectRevert(missing);
        verifier.weightDigest(KEY);
        vm.expectRevert(missing);
        verifier.architectureKeyDigest(KEY);
        vm.expectRevert(missing);
        verifier.setup(KEY);
        vm.expectRevert(missing);
        verifier.batchArchitecture(KEY, 2);
        vm.expectRevert(missing);
        verifier.weightRowsDigest(KEY);
    }

    /// @dev Every word changed, under the old digest.
    function test_anotherKey() external {
        Settlement memory s = fixture("lenet5_max");
        bytes32 digest = keccak256(s.key);
        for (uint256 word; word < s.key.length / 32; ++word) {
            bytes memory key = bytes.concat(s.key);
            key.set(word, key.get(word) ^ 1);
            _verify(bytes.concat(hex"00", key), digest, s, _mismatch(digest, keccak256(key)));
        }
    }

    /// @dev Every word changed, under the new digest: what is pinned is then not this model's key.
    function test_aKeyOfNoModel() external {
        Settlement memory s = fixture("lenet5_max");
        for (uint256 word; word < s.key.length / 32; ++word) {
            // Whether the setup is for development is for the registry to ask.
            if (word == 15) continue;
            bytes memory key = bytes.concat(s.key);
            key.set(word, key.get(word) ^ 1);
            vm.etch(KEY, bytes.concat(hex"00", key));
            (bool accepted, bytes memory reason) = address(verifier).staticcall(encode(KEY, keccak256(key), s));
            assertTrue(!accepted && reason.length >= 4, "accepted");
        }
    }

    function test_lengthsOfKeys() external {
        Settlement memory s = fixture("lenet5_max");
        bytes[5] memory keys = [
            s.key.slice(0, s.key.length - 1),
            s.key.slice(0, s.key.length - 64),
            bytes.concat(s.key, hex"00"),
            bytes.concat(s.key, new bytes(64)),
            s.key.slice(0, 44 * 32)
        ];
        for (uint256 index; index < keys.length; ++index) {
            bytes32 digest = keccak256(s.key);
            bytes memory code = bytes.concat(hex"00", keys[index]);
            // What is shorter than a key without rows is refused before its digest is looked at: it can be none.
            bytes memory expected = index == 4 ? _malformed() : _mismatch(digest, keccak256(keys[index]));
            _verify(code, digest, s, expected);
            _verify(code, keccak256(keys[index]), s, _malformed());
        }
    }

    function test_malformedKeys() external {
        Settlement memory s = fixture("lenet5_max");
        uint256[2][22] memory changes = [
            [uint256(0), uint256(bytes32("hallmark settlement 1"))],
            [uint256(1), type(uint256).max],
            [uint256(2), 29],
            [uint256(3), type(uint256).max],
            [uint256(4), type(uint256).max],
            [uint256(5), type(uint256).max],
            [uint256(6), 16],
            [uint256(7), 256],
            [uint256(8), type(uint256).max],
            [uint256(9), 3],
            [uint256(10), 0],
            [uint256(13), 3],
            [uint256(14), type(uint256).max],
            [uint256(15), 2],
            [uint256(38), 1],
            [uint256(38), 17],
            [uint256(38), type(uint256).max],
            [uint256(39), uint256(bytes32("hallmark model 2"))],
            // Rows over cells and entries that are shorter than those of weights, or longer than any.
            [uint256(42), 8],
            [uint256(42), 1 << 16],
            [uint256(43), 1 << 16],
            [uint256(44), 3]
        ];
        for (uint256 index; index < changes.length; ++index) {
            bytes memory key = bytes.concat(s.key);
            key.set(changes[index][0], changes[index][1]);
            _verify(bytes.concat(hex"00", key), keccak256(key), s, _malformed());
        }
    }
}
