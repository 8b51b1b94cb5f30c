// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {CappedCall} from "../src/libraries/CappedCall.sol";
import {Intruder, Recorder, Saboteur} from "./utils/Hostile.sol";
import {MarketTest} from "./utils/MarketTest.sol";

/// @dev Foreign code: callbacks, and those who receive payments.
contract InferenceMarketCallbackTest is MarketTest {
    uint32 private constant GAS = 200_000;

    /// @dev What the dispatch of {Recorder} takes before it looks at its gas, also without the optimizer.
    uint256 private constant DISPATCH = 1500;

    function _openFor(address callback, uint32 callbackGas) private returns (bytes32) {
        IInferenceMarket.Order memory order = plain();
        (order.callback, order.callbackGas) = (callback, callbackGas);
        return open(order);
    }

    function _fulfilCall(bytes32 requestId) private view returns (bytes memory) {
        return abi.encodeCall(IInferenceMarket.fulfil, (answer(requestId, OPERATOR)));
    }

    function test_theCallbackGetsTheAnswerFromTheMarket() external {
        Recorder recorder = new Recorder();
        recorder.watch(OPERATOR);
        bytes32 requestId = _openFor(address(recorder), GAS);
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        assertEq(recorder.calls(), 1, "once");
        assertEq(recorder.sender(), address(market), "sender");
        assertEq(recorder.callHash(), keccak256(abi.encode(requestId, modelId, OUTPUT)), "arguments");
        assertEq(recorder.creditOfPayee(), PAID, "everything else is done");
    }

    function test_theCallbackGetsExactlyItsGas() external {
        Recorder recorder = new Recorder();
        bytes32 requestId = _openFor(address(recorder), GAS);
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        uint256 given = recorder.gasGiven();
        assertTrue(given <= GAS && given > GAS - DISPATCH, "gas");
    }

    /// @dev Whatever gas a submitter brings: the callback has its gas, or nothing is fulfilled.
    function test_aSubmitterCannotStarveTheCallback() external {
        Recorder recorder = new Recorder();
        bytes memory data = _fulfilCall(_openFor(address(recorder), GAS));
        bool refused;
        for (uint256 gas = 150_000; recorder.calls() == 0; gas += 997) {
            vm.prank(RELAYER);
            (bool success, bytes memory reason) = address(market).call{gas: gas}(data);
            assertTrue(success == (recorder.calls() == 1), "fulfilled without a callback");
            if (reason.length != 0) {
                assertEq(bytes32(bytes4(reason)), IInferenceMarket.CallbackGas.selector, "reason");
                refused = true;
            }
        }
        assertTrue(refused, "no gas was too little");
        assertTrue(recorder.gasGiven() > GAS - DISPATCH, "gas");
    }

    function test_aFailingCallbackBlocksNoPayment() external {
        for (uint8 mood; mood <= uint8(Saboteur.Mood.Invalid); ++mood) {
            if (mood == uint8(Saboteur.Mood.ReturnBomb)) continue;
            address saboteur = address(new Saboteur(Saboteur.Mood(mood)));
            bytes32 requestId = _openFor(saboteur, GAS);
            vm.expectEmit(address(market));
            emit IInferenceMarket.CallbackFailed(requestId, saboteur);
            fulfilAs(RELAYER, answer(requestId, OPERATOR));
            requireState(requestId, IInferenceMarket.State.Fulfilled);
        }
        requireCredits(0, 4 * PAID, 4 * TO_HOLDERS);
    }

    /// @dev With the largest gas, so that there is a lot to copy.
    function test_aCallbackCostsNoMoreThanItsGas() external {
        uint32 most = market.MAX_CALLBACK_GAS();
        for (uint8 mood; mood <= uint8(Saboteur.Mood.Invalid); ++mood) {
            bytes memory data = _fulfilCall(_openFor(address(new Saboteur(Saboteur.Mood(mood))), most));
            uint256 before = gasleft();
            vm.prank(RELAYER);
            (bool success,) = address(market).call(data);
            assertTrue(success && before - gasleft() < most + 250_000, "too dear");
        }
    }

    function test_aCallbackWithoutCodeIsNoFailure() external {
        bytes32 requestId = _openFor(RIVAL, GAS);
        vm.recordLogs();
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        assertEq(vm.getRecordedLogs().length, 1, "events");
    }

    function test_callbacksComeAfterAllOfABatch() external {
        Recorder recorder = new Recorder();
        recorder.watch(OPERATOR);
        IInferenceMarket.Fulfilment[] memory fs = new IInferenceMarket.Fulfilment[](3);
        for (uint256 index; index < 3; ++index) {
            fs[index] = answer(_openFor(address(recorder), GAS), OPERATOR);
        }
        fs[2] = fs[1];
        vm.prank(RELAYER);
        market.fulfilMany(fs);
        assertEq(recorder.calls(), 2, "once for what was settled");
        assertEq(recorder.creditOfPayee(), 2 * PAID, "all is settled");
    }

    function test_aCallbackCannotEnterTheMarket() external {
        Intruder intruder = new Intruder(address(market));
        bytes32 victim = open(lockable());
        bytes32 requestId = _openFor(address(intruder), market.MAX_CALLBACK_GAS());
        _prepare(intruder, victim);
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        assertEq(intruder.repelled(), 10, "tried");
        assertEq(intruder.succeeded(), 0, "entered");
        requireState(victim, IInferenceMarket.State.Open);
        requireCredits(0, PAID, TO_HOLDERS);
    }

    function test_aPayeeCannotEnterTheMarket() external {
        Intruder intruder = new Intruder(address(market));
        bytes32 victim = open(lockable());
        fulfilAs(RELAYER, answer(open(plain()), address(intruder)));
        _prepare(intruder, victim);
        uint256 before = address(market).balance;
        market.withdraw(payable(address(intruder)));
        assertEq(intruder.repelled(), 10, "tried");
        assertEq(intruder.succeeded(), 0, "entered");
        assertEq(before - address(market).balance, PAID, "paid once");
        assertEq(intruder.creditWhenPaid(), 0, "nothing is owed any more");
        assertEq(market.credit(address(intruder)), 0, "nothing is left");
    }

    /// @dev Every function of the market that changes anything, with arguments that would do.
    function _prepare(Intruder intruder, bytes32 victim) private {
        IInferenceMarket.Fulfilment memory f = answer(victim, RIVAL);
        IInferenceMarket.Fulfilment[] memory fs = new IInferenceMarket.Fulfilment[](1);
        fs[0] = f;
        intruder.prepare(abi.encodeCall(IInferenceMarket.fulfil, (f)));
        intruder.prepare(abi.encodeCall(IInferenceMarket.fulfilMany, (fs)));
        IInferenceMarket.Batch memory b;
        intruder.prepare(abi.encodeCall(IInferenceMarket.fulfilBatch, (b)));
        intruder.prepare(abi.encodeCall(IInferenceMarket.requestHashed, (plain())));
        intruder.prepare(abi.encodeCall(IInferenceMarket.request, (plain(), INPUT)));
        intruder.prepare(abi.encodeCall(IInferenceMarket.withdraw, (payable(address(intruder)))));
        intruder.prepare(abi.encodeCall(IInferenceMarket.withdraw, (payable(OPERATOR))));
        intruder.prepare(abi.encodeCall(IInferenceMarket.refund, (victim)));
        intruder.prepare(abi.encodeCall(IInferenceMarket.lock, (victim)));
        intruder.prepare(abi.encodeCall(IInferenceMarket.list, (modelId, RIVAL, 0)));
    }

    /// @dev The holders' account is asked nothing when a request is fulfilled or refunded.
    function test_holdersAreNotCalledWhenTheyAreCredited() external {
        vm.etch(HOLDERS, hex"fe");
        fulfilAs(RELAYER, answer(open(plain()), OPERATOR));
        requireCredits(0, PAID, TO_HOLDERS);
    }

    function testFuzz_givableIsWhatACallGets(uint256 left) external pure {
        left = bound(left, 0, 1 << 40);
        uint256 given = CappedCall.givable(left);
        if (left < CappedCall.OVERHEAD) assertEq(given, 0, "nothing");
        else assertTrue(given <= left - CappedCall.OVERHEAD - (left - CappedCall.OVERHEAD) / 64, "EIP-150");
    }
}
