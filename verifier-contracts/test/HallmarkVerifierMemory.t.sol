// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {HallmarkVerifier} from "../src/HallmarkVerifier.sol";
import {DirtyMemory} from "./utils/DirtyMemory.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Settlement} from "./utils/Simulator.sol";

/// @dev A contract that verifies as a part of itself, with memory in use and noise in what is free.
contract InheritingVerifier is HallmarkVerifier {
    error MemoryDamaged(string what);

    /// @dev What was in memory before.
    struct Before {
        bytes content;
        bytes32 digest;
        uint256 free;
    }

    function verifyAmidNoise(
        uint256 seed,
        uint256 shift,
        address key,
        bytes32 digest,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view {
        Before memory before = _fill(seed, shift);
        verify(key, digest, context, input, output, proof);
        _check(before);
    }

    function _fill(uint256 seed, uint256 shift) private pure returns (Before memory before) {
        before.content = abi.encode(seed, seed, seed);
        before.digest = keccak256(before.content);
        DirtyMemory.fill(seed, shift);
        (before.free,) = DirtyMemory.pointers();
    }

    function _check(Before memory before) private pure {
        (uint256 free, uint256 zero) = DirtyMemory.pointers();
        if (keccak256(before.content) != before.digest) revert MemoryDamaged("what was allocated before");
        if (free < before.free) revert MemoryDamaged("the pointer to free memory");
        if (zero != 0) revert MemoryDamaged("the zero word");
    }
}

contract HallmarkVerifierMemoryTest is SettlementTest {
    InheritingVerifier private inheriting = new InheritingVerifier();

    function _verify(uint256 seed, uint256 shift, Settlement memory s) private returns (bool accepted) {
        address key = store(s.key);
        bytes memory message = abi.encodeCall(
            InheritingVerifier.verifyAmidNoise,
            (seed, shift, key, keccak256(s.key), s.context, s.input, s.output, s.proof)
        );
        (accepted,) = address(inheriting).staticcall(message);
    }

    /// forge-config: default.fuzz.runs = 16
    function testFuzz_acceptsWithDirtyMemory(uint256 seed, uint256 shift) external {
        string[3] memory names = models();
        for (uint256 index; index < names.length; ++index) {
            assertTrue(_verify(seed, shift % 64, fixture(names[index])), names[index]);
        }
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_refusesWithDirtyMemory(uint256 seed, uint256 shift, uint256 place, uint8 change) external {
        vm.assume(change != 0);
        Settlement memory s = fixture("lenet5_max");
        s.proof[place % s.proof.length] ^= bytes1(change);
        assertTrue(!_verify(seed, shift % 64, s), "a changed proof");
    }
}
