// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {BatchTest} from "./utils/BatchTest.sol";
import {Intruder, Recorder, Saboteur} from "./utils/Hostile.sol";

/// @dev Foreign code of one customer of a batch does no harm to the others.
contract InferenceMarketBatchCallbackTest is BatchTest {
    uint32 private constant GAS = 200_000;

    function _openFor(address callback, uint256 index) private returns (bytes32) {
        IInferenceMarket.Order memory order = numbered(plain(), index);
        (order.callback, order.callbackGas) = (callback, GAS);
        return open(order);
    }

    function _batch(address callback, uint256 member) private returns (IInferenceMarket.Batch memory) {
        bytes32[] memory ids = openMany(SIZE);
        ids[member] = _openFor(callback, member);
        return batchOf(onePart(ids), SIZE);
    }

    function test_eachCallbackGetsItsOwnAnswerAfterAllIsDone() external {
        for (uint256 member; member < SIZE; ++member) {
            Recorder recorder = new Recorder();
            recorder.watch(OPERATOR);
            IInferenceMarket.Batch memory b = _batch(address(recorder), member);
            fulfilBatch(b);
            bytes32 expected = keccak256(abi.encode(b.parts[0].requestIds[member], modelId, outputOf(member)));
            assertEq(recorder.calls(), 1, "once");
            assertEq(recorder.callHash(), expected, "arguments");
            assertEq(recorder.creditOfPayee(), (member + 1) * SIZE * PAID, "everything else is done");
        }
    }

    function test_callbacksOfSeveralParts() external {
        Recorder recorder = new Recorder();
        IInferenceMarket.Part[] memory parts = new IInferenceMarket.Part[](2);
        for (uint256 index; index < 2; ++index) {
            (parts[index].payee, parts[index].requestIds) = (OPERATOR, new bytes32[](1));
            parts[index].requestIds[0] = _openFor(address(recorder), index);
        }
        fulfilBatch(batchOf(parts, SIZE));
        assertEq(recorder.calls(), 2, "both");
        bytes32 last = keccak256(abi.encode(parts[1].requestIds[0], modelId, outputOf(1)));
        assertEq(recorder.callHash(), last, "the last");
    }

    function test_whatIsSkippedIsNotCalledBack() external {
        Recorder recorder = new Recorder();
        IInferenceMarket.Batch memory b = _batch(address(recorder), 0);
        bytes32[] memory one = new bytes32[](1);
        one[0] = b.parts[0].requestIds[0];
        fulfilBatch(batchOf(onePart(one), SIZE));
        // Another member has a callback, so that callbacks are made at all.
        Recorder other = new Recorder();
        b.parts[0].requestIds[2] = _openFor(address(other), 2);
        fulfilBatch(batchOf(b.parts, SIZE));
        assertEq(recorder.calls(), 1, "once");
        assertEq(other.calls(), 1, "the other");
    }

    function test_aFailingCallbackBlocksNobody() external {
        Recorder recorder = new Recorder();
        for (uint8 mood; mood <= uint8(Saboteur.Mood.Invalid); ++mood) {
            if (mood == uint8(Saboteur.Mood.ReturnBomb)) continue;
            address saboteur = address(new Saboteur(Saboteur.Mood(mood)));
            IInferenceMarket.Batch memory b = _batch(saboteur, 0);
            b.parts[0].requestIds[3] = _openFor(address(recorder), 3);
            prove(b, SIZE);
            vm.expectEmit(address(market));
            emit IInferenceMarket.CallbackFailed(b.parts[0].requestIds[0], saboteur);
            fulfilBatch(b);
        }
        assertEq(recorder.calls(), 4, "the others are called");
        requireCredits(0, 4 * SIZE * PAID, 4 * SIZE * TO_HOLDERS);
    }

    /// @dev Whatever gas a submitter brings: all callbacks have their gas, or nothing is fulfilled.
    function test_aSubmitterCannotStarveACallback() external {
        Recorder recorder = new Recorder();
        IInferenceMarket.Batch memory b = _batch(address(recorder), 1);
        b.parts[0].requestIds[2] = _openFor(address(recorder), 2);
        prove(b, SIZE);
        bytes memory data = abi.encodeCall(IInferenceMarket.fulfilBatch, (b));
        bool refused;
        for (uint256 gas = 150_000; recorder.calls() == 0; gas += 4999) {
            vm.prank(RELAYER);
            (bool success, bytes memory reason) = address(market).call{gas: gas}(data);
            assertTrue(recorder.calls() == (success ? 2 : 0), "fulfilled without a callback");
            assertEq(market.credit(OPERATOR), success ? SIZE * PAID : 0, "credit");
            if (reason.length != 0 && !success) {
                assertEq(bytes32(bytes4(reason)), IInferenceMarket.CallbackGas.selector, "reason");
                refused = true;
            }
        }
        assertTrue(refused, "no gas was too little");
    }

    function test_aCallbackCannotEnterTheMarket() external {
        Intruder intruder = new Intruder(address(market));
        IInferenceMarket.Batch memory b = batchOf(onePart(openMany(SIZE)), SIZE);
        intruder.prepare(abi.encodeCall(IInferenceMarket.fulfilBatch, (b)));
        bytes32[] memory one = new bytes32[](1);
        one[0] = _openFor(address(intruder), 0);
        fulfilBatch(batchOf(onePart(one), SIZE));
        assertEq(intruder.repelled(), 1, "tried");
        requireCredits(0, PAID, TO_HOLDERS);
    }

    /// @dev A callback cannot reach the market in the middle of a batch, so it sees no request half settled.
    function test_aCallbackThatCostsMuchCostsNoMoreThanItsGas() external {
        bytes memory data =
            abi.encodeCall(IInferenceMarket.fulfilBatch, (_batch(address(new Saboteur(Saboteur.Mood.Burn)), 0)));
        uint256 before = gasleft();
        vm.prank(RELAYER);
        (bool success,) = address(market).call(data);
        assertTrue(success && before - gasleft() < GAS + 600_000, "too dear");
    }
}
