// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {MarketTest} from "./utils/MarketTest.sol";

/// @dev Exclusive rights, and whose the bonds are.
contract InferenceMarketLockTest is MarketTest {
    uint64 private constant UNTIL = START + LOCK_SECONDS;

    bytes32 private requestId;

    function setUp() public override {
        super.setUp();
        requestId = open(lockable());
    }

    function _lock(bytes32 id) private pure returns (bytes memory) {
        return abi.encodeCall(IInferenceMarket.lock, (id));
    }

    function _held(address operator, uint64 until) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInferenceMarket.LockHeld.selector, operator, until);
    }

    function _expectForfeit(address operator) private {
        vm.expectEmit(address(market));
        emit IInferenceMarket.BondForfeited(requestId, operator, CUSTOMER, BOND);
    }

    function test_bondsUpTo88BitsAndNotMore() external {
        IInferenceMarket.Order memory order = lockable();
        order.bond = type(uint88).max;
        assertEq(market.requestOf(open(order)).bond, order.bond, "bond");
        order.bond += 1;
        refuse(order, abi.encodeWithSelector(IInferenceMarket.BondTooLarge.selector, order.bond));
    }

    function test_aLockIsOnRecord() external {
        vm.expectEmit(address(market));
        emit IInferenceMarket.Locked(requestId, OPERATOR, UNTIL);
        lockAs(OPERATOR, requestId);
        IInferenceMarket.Request memory r = market.requestOf(requestId);
        assertEq(r.lockedBy, OPERATOR, "by");
        assertEq(r.lockedUntil, UNTIL, "until");
        assertEq(address(market).balance, FEE + BOND, "escrow and bond");
        requireState(requestId, IInferenceMarket.State.Open);
    }

    function test_aLockHoldsUpToItsLastSecond() external {
        lockAs(OPERATOR, requestId);
        vm.warp(UNTIL);
        refuse(answer(requestId, RIVAL), _held(OPERATOR, UNTIL));
        refuse(RIVAL, BOND, _lock(requestId), _held(OPERATOR, UNTIL));
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        requireCredits(0, PAID + BOND, TO_HOLDERS);
    }

    function test_aLockIsOverASecondLater() external {
        lockAs(OPERATOR, requestId);
        vm.warp(UNTIL + 1);
        _expectForfeit(OPERATOR);
        fulfilAs(RELAYER, answer(requestId, RIVAL));
        requireCredits(BOND, 0, TO_HOLDERS);
        assertEq(market.credit(RIVAL), PAID, "rival");
    }

    function test_whoDeliversLateLosesTheBond() external {
        lockAs(OPERATOR, requestId);
        vm.warp(UNTIL + 1);
        _expectForfeit(OPERATOR);
        fulfilAs(OPERATOR, answer(requestId, OPERATOR));
        requireCredits(BOND, PAID, TO_HOLDERS);
    }

    /// @dev The customer answers its own request, after an operator has not: it gets its share and the bond.
    function test_aCustomerThatAnswersGetsTheForfeitedBondToo() external {
        lockAs(OPERATOR, requestId);
        vm.warp(UNTIL + 1);
        fulfilAs(CUSTOMER, answer(requestId, CUSTOMER));
        requireCredits(PAID + BOND, 0, TO_HOLDERS);
    }

    function test_aLockEndsWithTheDeadline() external {
        vm.warp(DEADLINE - 5);
        vm.expectEmit(address(market));
        emit IInferenceMarket.Locked(requestId, OPERATOR, DEADLINE);
        lockAs(OPERATOR, requestId);
        vm.warp(DEADLINE);
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        requireCredits(0, PAID + BOND, TO_HOLDERS);
    }

    function test_theDeadlineHoldsForALockToo() external {
        vm.warp(DEADLINE);
        lockAs(OPERATOR, requestId);
        vm.warp(DEADLINE + 1);
        refuse(answer(requestId, OPERATOR), abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, DEADLINE));
        bytes32 other = requestId;
        refuse(RIVAL, BOND, _lock(other), abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, DEADLINE));
    }

    function test_aLockThatRanOutCanBeTakenByAnother() external {
        lockAs(OPERATOR, requestId);
        vm.warp(UNTIL + 1);
        _expectForfeit(OPERATOR);
        lockAs(RIVAL, requestId);
        requireCredits(BOND, 0, 0);
        refuse(answer(requestId, OPERATOR), _held(RIVAL, UNTIL + 1 + LOCK_SECONDS));
        fulfilAs(RELAYER, answer(requestId, RIVAL));
        requireCredits(BOND, 0, TO_HOLDERS);
        assertEq(market.credit(RIVAL), PAID + BOND, "rival");
    }

    function test_aLockCannotBeProlonged() external {
        lockAs(OPERATOR, requestId);
        refuse(OPERATOR, BOND, _lock(requestId), _held(OPERATOR, UNTIL));
        vm.warp(UNTIL + 1);
        lockAs(OPERATOR, requestId);
        requireCredits(BOND, 0, 0);
    }

    function test_aRefundBringsTheBondToo() external {
        lockAs(OPERATOR, requestId);
        vm.warp(DEADLINE + 1);
        _expectForfeit(OPERATOR);
        market.refund(requestId);
        requireCredits(FEE + BOND, 0, 0);
        assertEq(market.requestOf(requestId).lockedBy, address(0), "no bond is left");
    }

    function test_noRefundBeforeTheDeadlineWhateverTheLock() external {
        lockAs(OPERATOR, requestId);
        vm.warp(UNTIL + 1);
        refuse(
            CUSTOMER,
            0,
            abi.encodeCall(IInferenceMarket.refund, (requestId)),
            abi.encodeWithSelector(IInferenceMarket.DeadlineNotPassed.selector, DEADLINE)
        );
    }

    function test_aLockCostsExactlyTheBond() external {
        bytes4 wrong = IInferenceMarket.WrongBond.selector;
        refuse(OPERATOR, BOND - 1, _lock(requestId), abi.encodeWithSelector(wrong, BOND, BOND - 1));
        refuse(OPERATOR, BOND + 1, _lock(requestId), abi.encodeWithSelector(wrong, BOND, BOND + 1));
        refuse(OPERATOR, 0, _lock(requestId), abi.encodeWithSelector(wrong, BOND, 0));
    }

    function test_noLockWhereNoneIsOffered() external {
        bytes32 other = open(plain());
        bytes memory expected = abi.encodeWithSelector(IInferenceMarket.LocksNotOffered.selector, other);
        refuse(OPERATOR, 0, _lock(other), expected);
        refuse(OPERATOR, BOND, _lock(other), expected);
    }

    function test_noLockOnWhatIsNotOpen() external {
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
        refuse(RIVAL, BOND, _lock(requestId), notOpen(requestId, IInferenceMarket.State.Fulfilled));
        bytes32 other = open(lockable());
        vm.warp(DEADLINE + 1);
        market.refund(other);
        refuse(RIVAL, BOND, _lock(other), notOpen(other, IInferenceMarket.State.Refunded));
    }

    function test_anUnlockedRequestIsForEverybody() external {
        fulfilAs(RELAYER, answer(requestId, RIVAL));
        assertEq(market.credit(RIVAL), PAID, "rival");
    }

    function test_theOperatorOfALockIsWhoIsPaidNotWhoSubmits() external {
        lockAs(OPERATOR, requestId);
        IInferenceMarket.Fulfilment memory f = answer(requestId, RIVAL);
        refuse(OPERATOR, 0, abi.encodeCall(IInferenceMarket.fulfil, (f)), _held(OPERATOR, UNTIL));
        fulfilAs(RIVAL, answer(requestId, OPERATOR));
        requireCredits(0, PAID + BOND, TO_HOLDERS);
    }

    /// @dev Bonds are never lost or doubled, however locks follow each other.
    function testFuzz_everyBondIsSomebodys(uint32[6] calldata pauses, uint8 end) external {
        uint256 now_ = START;
        uint256 until;
        uint256 bonds;
        for (uint256 index; index < 6; ++index) {
            now_ = bound(pauses[index], now_, now_ + 2 * LOCK_SECONDS);
            vm.warp(now_);
            if (now_ <= until) continue;
            lockAs(OPERATOR, requestId);
            until = now_ + LOCK_SECONDS;
            ++bonds;
        }
        if (end % 2 == 0) {
            fulfilAs(RELAYER, answer(requestId, OPERATOR));
            uint256 returned = now_ <= until ? 1 : 0;
            requireCredits((bonds - returned) * BOND, PAID + returned * BOND, TO_HOLDERS);
        } else {
            vm.warp(DEADLINE + 1);
            market.refund(requestId);
            requireCredits(FEE + bonds * BOND, 0, 0);
        }
        assertEq(address(market).balance, FEE + bonds * BOND, "balance");
    }
}
