// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {BatchTest} from "./utils/BatchTest.sol";

/// @dev Many answers with one proof: who is paid, and what is skipped.
contract InferenceMarketBatchTest is BatchTest {
    function _requireSettled(bool[] memory settled, bool[4] memory expected) private pure {
        assertEq(settled.length, expected.length, "length");
        for (uint256 index; index < expected.length; ++index) {
            assertTrue(settled[index] == expected[index], "settled");
        }
    }

    function test_aFullBatchIsPaidAndSharedWithTheHolders() external {
        bytes32[] memory ids = openMany(SIZE);
        _requireSettled(fulfilBatch(batchOf(onePart(ids), SIZE)), [true, true, true, true]);
        requireCredits(0, SIZE * PAID, SIZE * TO_HOLDERS);
        assertEq(market.settledCount(modelId), SIZE, "count");
        assertEq(market.earned(modelId), SIZE * TO_HOLDERS, "earned");
        assertEq(market.credit(RELAYER), 0, "relayer");
    }

    /// @dev Each customer finds its own answer, as if it had come alone.
    function test_eachAnswerIsAnnouncedAndOnRecord() external {
        bytes32[] memory ids = openMany(3);
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        for (uint256 index; index < 3; ++index) {
            bytes32 inputHash = keccak256(inputOf(index));
            vm.expectEmit(address(market));
            emit IInferenceMarket.Fulfilled(
                ids[index], modelId, OPERATOR, inputHash, outputOf(index), PAID, TO_HOLDERS, RELAYER
            );
        }
        fulfilBatch(b);
        for (uint256 index; index < 3; ++index) {
            bytes32 expected = keccak256(abi.encode(keccak256(inputOf(index)), keccak256(outputOf(index))));
            assertEq(market.requestOf(ids[index]).answerHash, expected, "answer");
            requireState(ids[index], IInferenceMarket.State.Fulfilled);
        }
    }

    /// @dev The copies that fill up a batch are nobody's answers.
    function test_theFillerIsNoAnswer() external {
        bytes32[] memory ids = openMany(1);
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), LARGE);
        vm.recordLogs();
        assertEq(fulfilBatch(b).length, 1, "settled");
        assertEq(vm.getRecordedLogs().length, 1, "events");
        requireCredits(0, PAID, TO_HOLDERS);
        assertEq(market.settledCount(modelId), 1, "count");
    }

    /// @dev The verifier is asked for the recorded key, with as many inputs and outputs as it takes.
    function test_theVerifierIsAskedForAllOfTheBatch() external {
        bytes32[] memory ids = openMany(3);
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        bytes memory inputs = bytes.concat(b.inputs, inputOf(2));
        bytes memory outputs = bytes.concat(b.outputs, outputOf(2));
        address key = registry.batchKey(modelId, SIZE).key;
        bytes memory question = abi.encodeCall(
            IHallmarkVerifier.verify, (key, batchDigest[SIZE], contextOfBatch(b), inputs, outputs, b.proof)
        );
        vm.expectCall(address(verifier), question, 1);
        fulfilBatch(b);
    }

    function test_eachPartPaysItsPayee() external {
        bytes32[] memory ids = openMany(3);
        IInferenceMarket.Part[] memory parts = new IInferenceMarket.Part[](2);
        (parts[0].payee, parts[0].requestIds) = (RIVAL, new bytes32[](1));
        parts[0].requestIds[0] = ids[0];
        (parts[1].payee, parts[1].requestIds) = (OPERATOR, new bytes32[](2));
        (parts[1].requestIds[0], parts[1].requestIds[1]) = (ids[1], ids[2]);
        fulfilBatch(batchOf(parts, SIZE));
        requireCredits(0, 2 * PAID, 3 * TO_HOLDERS);
        assertEq(market.credit(RIVAL), PAID, "rival");
    }

    /// @dev A payee that stands in two parts is paid for both, and a part may be empty.
    function test_partsMayRepeatAPayeeOrBeEmpty() external {
        bytes32[] memory ids = openMany(2);
        IInferenceMarket.Part[] memory parts = new IInferenceMarket.Part[](3);
        for (uint256 index; index < 3; ++index) {
            parts[index].payee = OPERATOR;
            if (index == 1) continue;
            parts[index].requestIds = new bytes32[](1);
            parts[index].requestIds[0] = ids[index / 2];
        }
        fulfilBatch(batchOf(parts, SIZE));
        requireCredits(0, 2 * PAID, 2 * TO_HOLDERS);
    }

    // What changes between proof and transaction

    /// @dev One member of four changes as it may. The rest is paid.
    function _requireSkipped(uint256 member, IInferenceMarket.Batch memory b) private {
        bool[4] memory expected = [true, true, true, true];
        expected[member] = false;
        uint256 before = market.credit(OPERATOR);
        uint256 count = market.settledCount(modelId);
        _requireSettled(fulfilBatch(b), expected);
        assertEq(market.credit(OPERATOR) - before, 3 * PAID, "credit");
        assertEq(market.settledCount(modelId) - count, 3, "count");
    }

    function test_whatWasAnsweredMeanwhileIsSkipped() external {
        bytes32[] memory ids = openMany(SIZE);
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        bytes32[] memory one = new bytes32[](1);
        one[0] = ids[0];
        // Also with another answer than that of the batch.
        fulfilBatch(batchOf(onePart(one), SIZE));
        bytes32 recorded = market.requestOf(ids[0]).answerHash;
        _requireSkipped(0, b);
        assertEq(market.requestOf(ids[0]).answerHash, recorded, "the first answer stays");
    }

    function test_whatHasRunOutIsSkipped() external {
        bytes32[] memory ids = openMany(SIZE);
        IInferenceMarket.Order memory order = numbered(plain(), 1);
        order.deadline = START + 5;
        ids[1] = open(order);
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        vm.warp(START + 6);
        _requireSkipped(1, b);
        market.refund(ids[1]);
        assertEq(market.credit(CUSTOMER), FEE, "refunded");
    }

    function test_whatWasRefundedIsSkipped() external {
        bytes32[] memory ids = openMany(SIZE);
        IInferenceMarket.Order memory order = numbered(plain(), 2);
        order.deadline = START + 5;
        ids[2] = open(order);
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        vm.warp(START + 6);
        market.refund(ids[2]);
        _requireSkipped(2, b);
        requireState(ids[2], IInferenceMarket.State.Refunded);
    }

    function test_whatAnotherOperatorHasLockedIsSkipped() external {
        bytes32[] memory ids = openMany(SIZE);
        ids[3] = open(numbered(lockable(), 3));
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        lockAs(RIVAL, ids[3]);
        _requireSkipped(3, b);
        requireState(ids[3], IInferenceMarket.State.Open);
        assertEq(market.requestOf(ids[3]).lockedBy, RIVAL, "still locked");
    }

    /// @dev A reorganisation has dropped the order.
    function test_whatIsNotThereIsSkipped() external {
        bytes32[] memory ids = openMany(SIZE);
        ids[1] = "dropped";
        _requireSkipped(1, batchOf(onePart(ids), SIZE));
    }

    function test_aRequestIsPaidOnceInABatch() external {
        bytes32[] memory ids = openMany(2);
        bytes32[] memory twice = new bytes32[](3);
        (twice[0], twice[1], twice[2]) = (ids[0], ids[1], ids[1]);
        IInferenceMarket.Batch memory b = batchOf(onePart(twice), SIZE);
        bool[] memory settled = fulfilBatch(b);
        assertTrue(settled[0] && settled[1] && !settled[2], "settled");
        requireCredits(0, 2 * PAID, 2 * TO_HOLDERS);
    }

    function test_refusesABatchOfWhichNothingIsLeft() external {
        IInferenceMarket.Batch memory b = batchOf(onePart(openMany(SIZE)), SIZE);
        fulfilBatch(b);
        bytes memory nothing = abi.encodeWithSelector(IInferenceMarket.NothingToSettle.selector);
        refuseBatch(b, nothing);
        requireCredits(0, SIZE * PAID, SIZE * TO_HOLDERS);
    }

    // The least that a submitter wants to earn

    function _requireTooLittle(IInferenceMarket.Batch memory b, uint256 earned, uint256 least) private {
        b.leastEarned = least;
        refuseBatch(b, abi.encodeWithSelector(IInferenceMarket.TooLittleEarned.selector, earned, least));
    }

    function test_refusesABatchThatEarnsLessThanItIsWorth() external {
        bytes32[] memory ids = openMany(SIZE);
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        bytes32[] memory one = new bytes32[](1);
        one[0] = ids[0];
        fulfilBatch(batchOf(onePart(one), SIZE));
        // Nothing is paid for a check of the proof.
        vm.expectCall(address(verifier), abi.encodeWithSelector(IHallmarkVerifier.verify.selector), 0);
        _requireTooLittle(b, 3 * PAID, 3 * PAID + 1);
        requireState(ids[1], IInferenceMarket.State.Open);
        requireCredits(0, PAID, TO_HOLDERS);
    }

    function test_aBatchMayEarnJustTheLeast() external {
        IInferenceMarket.Batch memory b = batchOf(onePart(openMany(SIZE)), SIZE);
        b.leastEarned = SIZE * PAID;
        fulfilBatch(b);
        requireCredits(0, SIZE * PAID, SIZE * TO_HOLDERS);
    }

    /// @dev What a lock gives back is earned by the batch as well, whoever the payees are.
    function test_whatIsEarnedIsThatOfAllPayeesWithTheirBonds() external {
        bytes32[] memory ids = openMany(2);
        ids[1] = open(numbered(lockable(), 1));
        lockAs(RIVAL, ids[1]);
        IInferenceMarket.Part[] memory parts = new IInferenceMarket.Part[](2);
        for (uint256 index; index < 2; ++index) {
            parts[index].requestIds = new bytes32[](1);
            parts[index].requestIds[0] = ids[index];
        }
        (parts[0].payee, parts[1].payee) = (OPERATOR, RIVAL);
        IInferenceMarket.Batch memory b = batchOf(parts, SIZE);
        _requireTooLittle(b, 2 * PAID + BOND, 2 * PAID + BOND + 1);
        b.leastEarned = 2 * PAID + BOND;
        fulfilBatch(b);
        assertEq(market.credit(RIVAL), PAID + BOND, "rival");
    }

    /// @dev The proof does not cover the amount. So a relay may choose another.
    function test_theLeastIsTheSubmitters() external {
        IInferenceMarket.Batch memory b = batchOf(onePart(openMany(SIZE)), SIZE);
        bytes32 context = contextOfBatch(b);
        b.leastEarned = 1;
        assertTrue(
            contextOfBatch(b) == context && market.batchContext(b.modelId, b.size, b.parts) == context, "context"
        );
        fulfilBatch(b);
    }

    /// @dev All that the payee gets is booked at once, so this is the sum that has to be right.
    function testFuzz_theSumsAreThoseOfTheAnswers(uint88[4] calldata fees, uint8 ended) external {
        bytes32[] memory ids = new bytes32[](SIZE);
        for (uint256 index; index < SIZE; ++index) {
            ids[index] = openAs(CUSTOMER, numbered(plain(), index), fees[index]);
        }
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        (uint256 paid, uint256 toHolders) = (0, 0);
        ended %= 15;
        for (uint256 index; index < SIZE; ++index) {
            uint256 part = uint256(fees[index]) * HOLDERS_BPS / 10_000;
            (paid, toHolders) = (paid + fees[index] - part, toHolders + part);
            if (ended >> index & 1 == 0) continue;
            IInferenceMarket.Fulfilment memory f = answer(ids[index], OPERATOR);
            f.input = inputOf(index);
            f.proof = verifier.proofOf(keyDigest, contextOf(ids[index], OPERATOR), f.input, f.output);
            fulfilAs(RELAYER, f);
        }
        bool[] memory settled = fulfilBatch(b);
        for (uint256 index; index < SIZE; ++index) {
            assertTrue(settled[index] == (ended >> index & 1 == 0), "settled");
        }
        requireCredits(0, paid, toHolders);
    }

    // Locks

    function test_aLockOfThePayeeEndsWithItsBond() external {
        bytes32[] memory ids = openMany(SIZE);
        ids[1] = open(numbered(lockable(), 1));
        lockAs(OPERATOR, ids[1]);
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        vm.expectEmit(address(market));
        emit IInferenceMarket.BondReturned(ids[1], OPERATOR, BOND);
        _requireSettled(fulfilBatch(b), [true, true, true, true]);
        requireCredits(0, SIZE * PAID + BOND, SIZE * TO_HOLDERS);
        assertEq(market.requestOf(ids[1]).lockedBy, address(0), "no lock");
    }

    function test_aLockThatRanOutLeavesTheBondToTheCustomer() external {
        bytes32[] memory ids = openMany(SIZE);
        ids[1] = open(numbered(lockable(), 1));
        lockAs(RIVAL, ids[1]);
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        vm.warp(START + LOCK_SECONDS + 1);
        vm.expectEmit(address(market));
        emit IInferenceMarket.BondForfeited(ids[1], RIVAL, CUSTOMER, BOND);
        _requireSettled(fulfilBatch(b), [true, true, true, true]);
        requireCredits(BOND, SIZE * PAID, SIZE * TO_HOLDERS);
    }

    /// @dev The payee of the batch is a customer in it, to whom a rival forfeits a bond.
    function test_aPayeeMayGetAForfeitedBondToo() external {
        bytes32[] memory ids = openMany(SIZE);
        ids[1] = open(numbered(lockable(), 1));
        lockAs(RIVAL, ids[1]);
        IInferenceMarket.Part[] memory parts = onePart(ids);
        parts[0].payee = CUSTOMER;
        IInferenceMarket.Batch memory b = batchOf(parts, SIZE);
        vm.warp(START + LOCK_SECONDS + 1);
        fulfilBatch(b);
        requireCredits(SIZE * PAID + BOND, 0, SIZE * TO_HOLDERS);
    }

    // What is wrong with a batch

    function test_refusesBatchesThatAreEmptyOrTooLarge() external {
        IInferenceMarket.Batch memory b = batchOf(onePart(openMany(SIZE + 1)), SIZE);
        refuseBatch(b, abi.encodeWithSelector(IInferenceMarket.BatchCount.selector, SIZE + 1, SIZE));
        b.parts = new IInferenceMarket.Part[](0);
        refuseBatch(b, abi.encodeWithSelector(IInferenceMarket.BatchCount.selector, 0, SIZE));
    }

    function test_refusesSizesWithoutAKey() external {
        IInferenceMarket.Batch memory b = batchOf(onePart(openMany(1)), 2);
        refuseBatch(b, abi.encodeWithSelector(IModelRegistry.UnknownBatchKey.selector, modelId, 2));
    }

    function test_refusesItemsOfDifferentLengths() external {
        IInferenceMarket.Batch memory b = batchOf(onePart(openMany(SIZE)), SIZE);
        (bytes memory inputs, bytes memory outputs) = (b.inputs, b.outputs);
        b.inputs = bytes.concat(inputs, hex"00");
        refuseBatch(b, abi.encodeWithSelector(IInferenceMarket.BatchLength.selector, inputs.length + 1, SIZE));
        (b.inputs, b.outputs) = (inputs, bytes.concat(outputs, hex"00"));
        refuseBatch(b, abi.encodeWithSelector(IInferenceMarket.BatchLength.selector, outputs.length + 1, SIZE));
    }

    function test_paysNeitherNobodyNorItself() external {
        IInferenceMarket.Part[] memory parts = onePart(openMany(SIZE));
        bytes4 invalid = IInferenceMarket.PayeeInvalid.selector;
        parts[0].payee = address(0);
        refuseBatch(batchOf(parts, SIZE), abi.encodeWithSelector(invalid, address(0)));
        parts[0].payee = address(market);
        refuseBatch(batchOf(parts, SIZE), abi.encodeWithSelector(invalid, market));
    }
}
