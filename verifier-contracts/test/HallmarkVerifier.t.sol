// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {NaivePacking} from "./reference/NaivePacking.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Settlement, Shape, Simulator} from "./utils/Simulator.sol";
import {Words} from "./utils/Words.sol";

contract HallmarkVerifierTest is SettlementTest {
    function test_acceptsProofsOfTheProver() external {
        string[3] memory names = models();
        for (uint256 index; index < names.length; ++index) {
            requireAccepted(fixture(names[index]), names[index]);
        }
    }

    /// forge-config: default.fuzz.runs = 48
    function testFuzz_acceptsEveryShape(uint256 seed, uint256[7] calldata rows, uint256[6] calldata runs) external {
        Shape memory shape = Shape({
            logRows: bound(rows[0], 6, 20),
            cellRowBits: bound(rows[1], 0, 2),
            entryRowBits: bound(rows[2], 0, 3),
            weightRowBits: bound(rows[3], 0, 3),
            longerBits: bound(rows[6], 0, 3),
            entryRows: bound(rows[4], 1, 1 << bound(rows[2], 0, 3)),
            weightRows: bound(rows[5], 1, 1 << bound(rows[3], 0, 3)),
            input: _runs(runs[0], runs[1], runs[2]),
            output: _runs(runs[3], runs[4], runs[5]),
            batches: seed % 4
        });
        requireAccepted(Simulator.settle(shape, seed), "simulated");
    }

    function test_sizeIsWithinTheLimitOfContracts() external view {
        assertTrue(address(verifier).code.length <= 24_576, "EIP-170");
    }

    function test_digestsOfAKey() external {
        Settlement memory s = fixture("lenet5_max");
        address key = store(s.key);
        uint256 rows = s.key.length - 32 * 46 - 64 * Words.get(s.key, 44);
        uint256 model = 39 * 32;
        assertEq(verifier.keyDigest(key), keccak256(s.key), "key");
        assertEq(verifier.weightDigest(key), keccak256(Words.slice(s.key, model, s.key.length)), "weights");
        bytes memory architecture = Words.slice(s.key, 0, s.key.length - rows);
        assertEq(verifier.architectureKeyDigest(key), keccak256(architecture), "architecture");
    }

    /// @dev A list changes no proof, and is found by the size alone.
    function test_batchesOfAKey() external {
        Shape memory shape = smallShape();
        shape.batches = 16;
        Settlement memory s = Simulator.settle(shape, 3);
        requireAccepted(s, "with a list");
        address key = store(s.key);
        for (uint256 index; index < 16; ++index) {
            bytes32 listed = bytes32(Words.get(s.key, 40 + 2 * index));
            assertEq(verifier.batchArchitecture(key, 2 << index), listed, "listed");
        }
        assertEq(verifier.batchArchitecture(key, 2 << 16), 0, "too large");
        assertEq(verifier.batchArchitecture(key, 1), 0, "one sample");
        assertEq(verifier.batchArchitecture(key, 0), 0, "none");
        assertEq(verifier.batchArchitecture(store(smallest().key), 2), 0, "no list");
        uint256 end = s.key.length;
        bytes memory rows = Words.slice(s.key, end - 64 * shape.weightRows, end);
        assertEq(verifier.weightRowsDigest(key), keccak256(rows), "rows of the weights");
        shape.batches = 17;
        s = Simulator.settle(shape, 3);
        key = store(s.key);
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.KeyMalformed.selector, key));
        verifier.keyDigest(key);
    }

    function test_setupOfAKey() external {
        Settlement memory s = smallest();
        (bytes32 digest, uint256[4] memory tau, bool development) = verifier.setup(store(s.key));
        assertEq(digest, bytes32(Words.get(s.key, 41)), "digest");
        for (uint256 index; index < 4; ++index) {
            assertEq(tau[index], Words.get(s.key, 34 + index), "tau");
        }
        assertTrue(development, "for development");
        Words.set(s.key, 15, 0);
        (,, development) = verifier.setup(store(s.key));
        assertTrue(!development, "not for development");
    }

    /// @dev Whatever little gas there is, a call does not end well without having verified.
    function test_neverAcceptsForLackOfGas() external {
        Settlement memory s = smallest();
        bytes memory call = encode(store(s.key), keccak256(s.key), s);
        (bool enough,) = address(verifier).staticcall{gas: 500_000}(call);
        assertTrue(enough, "enough gas");
        for (uint256 gas = 1000; gas < 380_000; gas += 1777) {
            (bool accepted,) = address(verifier).staticcall{gas: gas}(call);
            assertTrue(!accepted, "too little gas");
        }
    }

    /// @dev Where a precompile is missing, a call to it succeeds and returns nothing. Each of them is missed.
    function test_refusesWithoutAnyOneOfThePrecompiles() external {
        Settlement memory s = smallest();
        for (uint160 precompile = 5; precompile <= 8; ++precompile) {
            vm.mockCall(address(precompile), "", "");
            bytes memory expected =
                abi.encodeWithSelector(IHallmarkVerifier.PrecompileFailed.selector, address(precompile));
            requireRefused(s, expected, "one is missing");
            vm.clearMockedCalls();
        }
        requireAccepted(s, "none is missing");
    }

    function _runs(uint256 width, uint256 values, uint256 runs) private pure returns (NaivePacking.Runs memory) {
        width = 1 << bound(width, 0, 2);
        return NaivePacking.Runs({width: width, runBytes: width * bound(values, 1, 40), runs: bound(runs, 0, 4)});
    }
}
