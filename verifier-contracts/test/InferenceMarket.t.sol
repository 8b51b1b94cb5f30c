// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {InferenceMarket} from "../src/InferenceMarket.sol";
import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {Forcer, Refuser} from "./utils/Hostile.sol";
import {MarketTest} from "./utils/MarketTest.sol";
import {Vm} from "./utils/Vm.sol";

/// @dev Listing, ordering, answering, refunds and withdrawals.
contract InferenceMarketTest is MarketTest {
    function test_refusesARegistryWithoutCode() external {
        vm.expectRevert(abi.encodeWithSelector(IInferenceMarket.RegistryMissing.selector, RIVAL));
        new InferenceMarket(IModelRegistry(RIVAL));
        assertEq(address(market.registry()), address(registry), "registry");
    }

    // Listing

    function test_onlyTheRegistrantLists() external {
        (bytes32 other,) = registerModel("other");
        bytes memory data = abi.encodeCall(IInferenceMarket.list, (other, HOLDERS, 1));
        refuse(RIVAL, 0, data, abi.encodeWithSelector(IInferenceMarket.NotRegistrant.selector, other, REGISTRANT));
        data = abi.encodeCall(IInferenceMarket.list, ("none", HOLDERS, 1));
        refuse(REGISTRANT, 0, data, abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("none")));
    }

    function test_aListingIsForGood() external {
        bytes memory data = abi.encodeCall(IInferenceMarket.list, (modelId, RIVAL, 1));
        refuse(REGISTRANT, 0, data, abi.encodeWithSelector(IInferenceMarket.AlreadyListed.selector, modelId));
        IInferenceMarket.Listing memory listing = market.listing(modelId);
        assertEq(listing.holders, HOLDERS, "holders");
        assertEq(listing.holdersBps, HOLDERS_BPS, "share");
    }

    function test_refusesListingsThatPayNobody() external {
        (bytes32 other,) = registerModel("other");
        _refuseListing(other, address(0), 1, abi.encodeWithSelector(IInferenceMarket.HoldersInvalid.selector, 0));
        _refuseListing(
            other, address(market), 1, abi.encodeWithSelector(IInferenceMarket.HoldersInvalid.selector, market)
        );
        _refuseListing(other, HOLDERS, 10_001, abi.encodeWithSelector(IInferenceMarket.ShareTooLarge.selector, 10_001));
    }

    function _refuseListing(bytes32 id, address holders, uint16 share, bytes memory expected) private {
        refuse(REGISTRANT, 0, abi.encodeCall(IInferenceMarket.list, (id, holders, share)), expected);
    }

    function test_listingIsAnnounced() external {
        (bytes32 other,) = registerModel("other");
        vm.expectEmit(address(market));
        emit IInferenceMarket.ModelListed(other, HOLDERS, HOLDERS_BPS);
        listModel(other);
    }

    // Ordering

    function test_aRequestHasTheTermsOfItsOrder() external {
        IInferenceMarket.Order memory order = lockable();
        (order.callback, order.callbackGas) = (RIVAL, 1000);
        bytes32 requestId = open(order);
        IInferenceMarket.Request memory r = market.requestOf(requestId);
        assertEq(r.modelId, modelId, "model");
        assertEq(r.inputHash, keccak256(INPUT), "input");
        assertEq(r.customer, CUSTOMER, "customer");
        assertEq(r.fee, FEE, "fee");
        assertEq(r.bond, BOND, "bond");
        assertEq(r.deadline, DEADLINE, "deadline");
        assertEq(r.lockSeconds, LOCK_SECONDS, "lock");
        assertEq(r.callback, RIVAL, "callback");
        assertEq(r.callbackGas, 1000, "gas");
        assertEq(r.lockedBy, address(0), "locked by");
        assertEq(r.lockedUntil, 0, "locked until");
        requireState(requestId, IInferenceMarket.State.Open);
        assertEq(address(market).balance, FEE, "escrow");
    }

    function test_requestIsAnnouncedWithItsInput() external {
        bytes32 requestId =
            keccak256(abi.encode(block.chainid, address(market), CUSTOMER, uint256(0), lockable(), uint256(FEE)));
        vm.deal(CUSTOMER, FEE);
        vm.expectEmit(address(market));
        emit IInferenceMarket.Requested(
            requestId, modelId, CUSTOMER, 0, keccak256(INPUT), FEE, BOND, DEADLINE, LOCK_SECONDS, address(0), 0
        );
        vm.expectEmit(address(market));
        emit IInferenceMarket.InputPublished(requestId, INPUT);
        vm.prank(CUSTOMER);
        assertEq(market.request{value: FEE}(lockable(), INPUT), requestId, "id");
    }

    function test_aHashedRequestKeepsItsInput() external {
        vm.recordLogs();
        open(plain());
        assertEq(vm.getRecordedLogs().length, 1, "events");
    }

    function test_thePublishedInputIsTheOrderedOne() external {
        bytes memory data = abi.encodeCall(IInferenceMarket.request, (plain(), "other"));
        bytes memory expected =
            abi.encodeWithSelector(IInferenceMarket.InputMismatch.selector, keccak256(INPUT), keccak256("other"));
        refuse(CUSTOMER, FEE, data, expected);
    }

    function test_refusesOrdersOfWhatIsNotListed() external {
        (bytes32 other,) = registerModel("other");
        IInferenceMarket.Order memory order = plain();
        order.modelId = other;
        refuse(order, abi.encodeWithSelector(IInferenceMarket.NotListed.selector, other));
    }

    function test_refusesDeadlinesThatPassedOrAreTooFar() external {
        IInferenceMarket.Order memory order = plain();
        order.deadline = START - 1;
        refuse(order, abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, order.deadline));
        uint64 latest = START + 365 days;
        order.deadline = latest + 1;
        refuse(order, abi.encodeWithSelector(IInferenceMarket.DeadlineTooFar.selector, latest + 1, latest));
        order.deadline = type(uint64).max;
        refuse(order, abi.encodeWithSelector(IInferenceMarket.DeadlineTooFar.selector, order.deadline, latest));
        order.deadline = latest;
        open(order);
        order.deadline = START;
        open(order);
    }

    function test_refusesLocksForNothingAndOfNoTime() external {
        IInferenceMarket.Order memory order = lockable();
        order.bond = 0;
        refuse(order, abi.encodeWithSelector(IInferenceMarket.LockTermsInvalid.selector, 0, LOCK_SECONDS));
        order = lockable();
        order.lockSeconds = 0;
        refuse(order, abi.encodeWithSelector(IInferenceMarket.LockTermsInvalid.selector, BOND, 0));
    }

    function test_refusesCallbacksWithoutGasOrWithTooMuch() external {
        IInferenceMarket.Order memory order = plain();
        uint32 most = market.MAX_CALLBACK_GAS();
        order.callbackGas = 1;
        bytes4 invalid = IInferenceMarket.CallbackTermsInvalid.selector;
        refuse(order, abi.encodeWithSelector(invalid, address(0), 1));
        (order.callback, order.callbackGas) = (RIVAL, 0);
        refuse(order, abi.encodeWithSelector(invalid, RIVAL, 0));
        order.callbackGas = most + 1;
        refuse(order, abi.encodeWithSelector(invalid, RIVAL, most + 1));
        order.callbackGas = most;
        open(order);
    }

    function test_feesUpTo88BitsAndNotMore() external {
        uint256 most = type(uint88).max;
        bytes32 requestId = openAs(CUSTOMER, plain(), most);
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        uint256 toHolders = most * HOLDERS_BPS / 10_000;
        requireCredits(0, most - toHolders, toHolders);
        bytes memory data = abi.encodeCall(IInferenceMarket.requestHashed, (plain()));
        refuse(RIVAL, most + 1, data, abi.encodeWithSelector(IInferenceMarket.FeeTooLarge.selector, most + 1));
    }

    function test_creditsBeyond88BitsAreNotCutOff() external {
        uint256 most = type(uint88).max;
        for (uint256 index; index < 3; ++index) {
            fulfilAs(RELAYER, answer(openAs(CUSTOMER, plain(), most), OPERATOR));
        }
        assertEq(market.credit(OPERATOR) + market.credit(HOLDERS), 3 * most, "credits");
    }

    function test_answersForNothingCanBeOrdered() external {
        fulfilAs(RELAYER, answer(openAs(CUSTOMER, plain(), 0), OPERATOR));
        requireCredits(0, 0, 0);
    }

    // Answering

    function test_aProvenAnswerIsPaidAndSharedWithTheHolders() external {
        bytes32 requestId = open(plain());
        vm.expectEmit(address(market));
        emit IInferenceMarket.Fulfilled(
            requestId, modelId, OPERATOR, keccak256(INPUT), OUTPUT, PAID, TO_HOLDERS, OPERATOR
        );
        fulfilAs(OPERATOR, answer(requestId, OPERATOR));
        requireState(requestId, IInferenceMarket.State.Fulfilled);
        requireCredits(0, PAID, TO_HOLDERS);
        assertEq(market.settledCount(modelId), 1, "count");
        assertEq(market.listing(modelId).settled, 1, "count");
    }

    /// @dev What the holders got adds up, whether or not they have fetched it, and for each model by itself.
    function test_whatHoldersEarnAddsUp() external {
        (bytes32 other,) = registerModel("other");
        listModel(other);
        fulfilAs(RELAYER, answer(open(plain()), OPERATOR));
        market.withdraw(payable(HOLDERS));
        fulfilAs(RELAYER, answer(open(plain()), OPERATOR));
        assertEq(market.earned(modelId), 2 * TO_HOLDERS, "earned");
        assertEq(market.listing(modelId).earned, 2 * TO_HOLDERS, "the same");
        assertEq(market.earned(other), 0, "of another model");
    }

    /// @dev What becomes of a request says which answer it got.
    function test_anAnswerIsOnRecord() external {
        bytes32 requestId = open(plain());
        IInferenceMarket.Request memory r = market.requestOf(requestId);
        assertTrue(r.inputHash == keccak256(INPUT) && r.answerHash == 0, "before");
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        r = market.requestOf(requestId);
        assertEq(r.answerHash, keccak256(abi.encode(keccak256(INPUT), keccak256(OUTPUT))), "after");
        assertEq(r.inputHash, 0, "covered by it");
        bytes32 other = open(plain());
        vm.warp(DEADLINE + 1);
        market.refund(other);
        r = market.requestOf(other);
        assertTrue(r.inputHash == keccak256(INPUT) && r.answerHash == 0, "refunded");
    }

    /// @dev An indexer has the whole order, and so the id, from the events alone.
    function test_eventsTellTheOrder() external {
        open(plain());
        IInferenceMarket.Order memory order = lockable();
        (order.callback, order.callbackGas) = (RIVAL, 1000);
        vm.recordLogs();
        bytes32 requestId = open(order);
        Vm.Log memory log = vm.getRecordedLogs()[0];
        IInferenceMarket.Order memory told;
        uint256 nonce;
        uint128 fee;
        (nonce, told.inputHash, fee, told.bond, told.deadline, told.lockSeconds, told.callback, told.callbackGas) =
            abi.decode(log.data, (uint256, bytes32, uint128, uint128, uint64, uint32, address, uint32));
        told.modelId = log.topics[2];
        address customer = address(uint160(uint256(log.topics[3])));
        bytes32 id = keccak256(abi.encode(block.chainid, log.emitter, customer, nonce, told, fee));
        assertTrue(id == requestId && log.topics[1] == id, "the same id");
    }

    function test_aRelayerMaySubmitAndIsNotPaid() external {
        bytes32 requestId = open(plain());
        vm.expectEmit(address(market));
        emit IInferenceMarket.Fulfilled(
            requestId, modelId, OPERATOR, keccak256(INPUT), OUTPUT, PAID, TO_HOLDERS, RELAYER
        );
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        requireCredits(0, PAID, TO_HOLDERS);
        assertEq(market.credit(RELAYER), 0, "relayer");
    }

    function testFuzz_theWholeFeeIsPaidOut(uint88 fee, uint16 share) external {
        share = uint16(bound(share, 0, 10_000));
        (modelId, keyDigest) = registerModel("other");
        vm.prank(REGISTRANT);
        market.list(modelId, HOLDERS, share);
        fulfilAs(RELAYER, answer(openAs(CUSTOMER, plain(), fee), OPERATOR));
        uint256 toHolders = uint256(fee) * share / 10_000;
        requireCredits(0, fee - toHolders, toHolders);
    }

    function test_noPaymentWithoutAnAcceptedProof() external {
        bytes32 requestId = open(plain());
        bytes memory rejected = abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector);
        IInferenceMarket.Fulfilment memory f = answer(requestId, OPERATOR);
        f.proof = "";
        refuse(f, rejected);
        f = answer(requestId, OPERATOR);
        f.output = "other";
        refuse(f, rejected);
        requireState(requestId, IInferenceMarket.State.Open);
        requireCredits(0, 0, 0);
        assertEq(market.settledCount(modelId), 0, "count");
    }

    function testFuzz_noPaymentForWhateverBytes(bytes calldata output, bytes calldata proof) external {
        bytes32 requestId = open(plain());
        IInferenceMarket.Fulfilment memory f = answer(requestId, OPERATOR);
        vm.assume(keccak256(proof) != keccak256(f.proof));
        (f.output, f.proof) = (output, proof);
        refuse(f, abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector));
    }

    function test_theInputIsTheOrderedOne() external {
        bytes32 requestId = open(plain());
        IInferenceMarket.Fulfilment memory f = answer(requestId, OPERATOR);
        f.input = "other";
        f.proof = verifier.proofOf(keyDigest, contextOf(requestId, OPERATOR), "other", OUTPUT);
        refuse(f, abi.encodeWithSelector(IInferenceMarket.InputMismatch.selector, keccak256(INPUT), keccak256("other")));
    }

    function test_paysNeitherNobodyNorItself() external {
        bytes32 requestId = open(plain());
        bytes4 invalid = IInferenceMarket.PayeeInvalid.selector;
        refuse(answer(requestId, address(0)), abi.encodeWithSelector(invalid, address(0)));
        refuse(answer(requestId, address(market)), abi.encodeWithSelector(invalid, market));
    }

    // Deadlines and refunds

    function test_fulfilsAtTheDeadlineAndNotASecondLater() external {
        bytes32 first = open(plain());
        bytes32 second = open(plain());
        vm.warp(DEADLINE);
        fulfilAs(RELAYER, answer(first, OPERATOR));
        vm.warp(DEADLINE + 1);
        refuse(answer(second, OPERATOR), abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, DEADLINE));
    }

    function test_refundsASecondAfterTheDeadlineAndNotAtIt() external {
        bytes32 requestId = open(plain());
        vm.warp(DEADLINE);
        refuse(
            CUSTOMER,
            0,
            abi.encodeCall(IInferenceMarket.refund, (requestId)),
            abi.encodeWithSelector(IInferenceMarket.DeadlineNotPassed.selector, DEADLINE)
        );
        vm.warp(DEADLINE + 1);
        vm.expectEmit(address(market));
        emit IInferenceMarket.Refunded(requestId, CUSTOMER, FEE);
        vm.prank(RIVAL);
        market.refund(requestId);
        requireState(requestId, IInferenceMarket.State.Refunded);
        requireCredits(FEE, 0, 0);
    }

    function test_neverBothPaidAndRefunded() external {
        bytes32 paid = open(plain());
        bytes32 refunded = open(plain());
        fulfilAs(RELAYER, answer(paid, OPERATOR));
        vm.warp(DEADLINE + 1);
        market.refund(refunded);
        bytes memory data = abi.encodeCall(IInferenceMarket.refund, (paid));
        refuse(CUSTOMER, 0, data, notOpen(paid, IInferenceMarket.State.Fulfilled));
        data = abi.encodeCall(IInferenceMarket.refund, (refunded));
        refuse(CUSTOMER, 0, data, notOpen(refunded, IInferenceMarket.State.Refunded));
        refuse(answer(paid, OPERATOR), notOpen(paid, IInferenceMarket.State.Fulfilled));
        refuse(answer(refunded, OPERATOR), notOpen(refunded, IInferenceMarket.State.Refunded));
        requireCredits(FEE, PAID, TO_HOLDERS);
    }

    function test_nothingHappensToRequestsThatAreNotThere() external {
        bytes memory none = notOpen("none", IInferenceMarket.State.None);
        IInferenceMarket.Fulfilment memory f;
        f.requestId = "none";
        refuse(f, none);
        refuse(RIVAL, 0, abi.encodeCall(IInferenceMarket.refund, ("none")), none);
        refuse(RIVAL, 0, abi.encodeCall(IInferenceMarket.lock, ("none")), none);
        assertEq(market.requestOf("none").customer, address(0), "zeros");
    }

    /// @dev Also where nothing works any more: neither the verifier nor those who are paid.
    function test_refundsWhateverBecomesOfTheOthers() external {
        bytes32 requestId = open(lockable());
        lockAs(OPERATOR, requestId);
        vm.etch(address(verifier), "");
        vm.etch(address(registry), "");
        vm.etch(HOLDERS, hex"fe");
        vm.etch(CUSTOMER, hex"fe");
        vm.warp(DEADLINE + 1);
        market.refund(requestId);
        requireCredits(FEE + BOND, 0, 0);
    }

    // Many

    function test_skipsWhatIsNotOpenAnyMore() external {
        bytes32[5] memory ids;
        for (uint256 index; index < 5; ++index) {
            IInferenceMarket.Order memory order = index == 2 ? lockable() : plain();
            if (index == 3) order.deadline = START + 5;
            ids[index] = open(order);
        }
        IInferenceMarket.Fulfilment[] memory fs = new IInferenceMarket.Fulfilment[](7);
        for (uint256 index; index < 5; ++index) {
            fs[index] = answer(ids[index], OPERATOR);
        }
        fs[5] = fs[4];
        fs[6].requestId = "none";
        fulfilAs(RELAYER, answer(ids[1], OPERATOR));
        lockAs(RIVAL, ids[2]);
        vm.warp(START + 6);
        vm.prank(RELAYER);
        bool[] memory settled = market.fulfilMany(fs);
        bool[7] memory expected = [true, false, false, false, true, false, false];
        for (uint256 index; index < 7; ++index) {
            assertTrue(settled[index] == expected[index], "settled");
        }
        requireCredits(0, 3 * PAID, 3 * TO_HOLDERS);
        requireState(ids[2], IInferenceMarket.State.Open);
        requireState(ids[3], IInferenceMarket.State.Open);
        assertEq(market.settledCount(modelId), 3, "count");
    }

    function test_oneBadProofRevertsAll() external {
        IInferenceMarket.Fulfilment[] memory fs = new IInferenceMarket.Fulfilment[](2);
        fs[0] = answer(open(plain()), OPERATOR);
        fs[1] = answer(open(plain()), OPERATOR);
        fs[1].proof = "";
        bytes memory data = abi.encodeCall(IInferenceMarket.fulfilMany, (fs));
        refuse(RELAYER, 0, data, abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector));
        fs[1] = answer(fs[1].requestId, OPERATOR);
        fs[1].input = "other";
        data = abi.encodeCall(IInferenceMarket.fulfilMany, (fs));
        bytes memory expected =
            abi.encodeWithSelector(IInferenceMarket.InputMismatch.selector, keccak256(INPUT), keccak256("other"));
        refuse(RELAYER, 0, data, expected);
        requireCredits(0, 0, 0);
    }

    function test_fulfilsNothingOfNothing() external {
        assertEq(market.fulfilMany(new IInferenceMarket.Fulfilment[](0)).length, 0, "settled");
    }

    // Withdrawals

    function test_anyoneMayPushACreditToItsOwner() external {
        fulfilAs(RELAYER, answer(open(plain()), OPERATOR));
        vm.expectEmit(address(market));
        emit IInferenceMarket.Withdrawn(OPERATOR, OPERATOR, PAID);
        vm.prank(RIVAL);
        market.withdraw(payable(OPERATOR));
        market.withdraw(payable(HOLDERS));
        assertEq(OPERATOR.balance, PAID, "operator");
        assertEq(HOLDERS.balance, TO_HOLDERS, "holders");
        requireCredits(0, 0, 0);
        assertEq(address(market).balance, 0, "market");
    }

    /// @dev A customer that takes no ether has what it is owed paid elsewhere; nobody else can.
    function test_aCreditCanBePaidElsewhere() external {
        Refuser refuser = new Refuser();
        bytes32 requestId = openAs(address(refuser), plain(), FEE);
        vm.warp(DEADLINE + 1);
        market.refund(requestId);
        bytes memory data = abi.encodeCall(IInferenceMarket.withdrawTo, (payable(RIVAL)));
        bytes memory nothing = abi.encodeWithSelector(IInferenceMarket.NothingToWithdraw.selector, RELAYER);
        refuse(RELAYER, 0, data, nothing);
        vm.expectEmit(address(market));
        emit IInferenceMarket.Withdrawn(address(refuser), RIVAL, FEE);
        vm.prank(address(refuser));
        market.withdrawTo(payable(RIVAL));
        assertTrue(RIVAL.balance == FEE && market.credit(address(refuser)) == 0, "paid");
        refuse(address(refuser), 0, data, abi.encodeWithSelector(IInferenceMarket.NothingToWithdraw.selector, refuser));
    }

    function test_nothingIsWithdrawnTwice() external {
        fulfilAs(RELAYER, answer(open(plain()), OPERATOR));
        open(plain());
        market.withdraw(payable(OPERATOR));
        refuse(
            OPERATOR,
            0,
            abi.encodeCall(IInferenceMarket.withdraw, (payable(OPERATOR))),
            abi.encodeWithSelector(IInferenceMarket.NothingToWithdraw.selector, OPERATOR)
        );
        assertEq(address(market).balance, TO_HOLDERS + FEE, "the others' ether");
    }

    function test_whoRefusesAPaymentHarmsNobodyElse() external {
        address refuser = address(new Refuser());
        bytes32 requestId = openAs(refuser, plain(), FEE);
        bytes32 other = open(plain());
        fulfilAs(RELAYER, answer(other, refuser));
        vm.warp(DEADLINE + 1);
        market.refund(requestId);
        refuse(
            RIVAL,
            0,
            abi.encodeCall(IInferenceMarket.withdraw, (payable(refuser))),
            abi.encodeWithSelector(Refuser.Refused.selector)
        );
        assertEq(market.credit(refuser), FEE + PAID, "still owed");
        market.withdraw(payable(HOLDERS));
        assertEq(HOLDERS.balance, TO_HOLDERS, "holders");
    }

    function test_hasTheInterfaceOfMarkets() external view {
        assertTrue(market.supportsInterface(type(IInferenceMarket).interfaceId), "its own");
        assertTrue(market.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        assertTrue(!market.supportsInterface(0xffffffff), "none");
    }

    // Ether that nobody ordered anything with

    function test_takesNoEtherOtherwise() external {
        refuse(RIVAL, 1, "", "");
        refuse(RIVAL, 1, "abcdefgh", "");
    }

    function test_forcedEtherIsNobodys() external {
        Forcer.force(address(market), 5 ether);
        bytes32 requestId = open(plain());
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        requireCredits(0, PAID, TO_HOLDERS);
        market.withdraw(payable(OPERATOR));
        market.withdraw(payable(HOLDERS));
        assertEq(address(market).balance, 5 ether, "stays");
    }
}
