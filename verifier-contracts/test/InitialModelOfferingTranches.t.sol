// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInitialModelOffering} from "../src/interfaces/IInitialModelOffering.sol";
import {MilestoneDouble} from "./doubles/MilestoneDouble.sol";
import {Refuser} from "./doubles/Accounts.sol";
import {OfferingTest} from "./utils/OfferingTest.sol";

/// @dev How the proceeds are paid: half when holders have earned 10 ether, a third at a milestone, the rest after 100 ether and
/// the milestone.
contract InitialModelOfferingTranchesTest is OfferingTest {
    uint256 private constant RAISED = 40 ether;

    function setUp() public override {
        super.setUp();
        // What is earned before the sale is over counts for nothing.
        market.earn(MODEL, 1000 ether);
        sell();
        market.earn(MODEL, 1000 ether);
        offering.finalise();
    }

    function _requireTranche(uint256 index, IInitialModelOffering.TrancheState state, uint256 amount) private view {
        (IInitialModelOffering.TrancheState foundState, uint256 found) = offering.trancheOf(index);
        assertEq(uint256(foundState), uint256(state), "state");
        assertEq(found, amount, "amount");
    }

    function _expectNotReached(uint256 index) private {
        assertTrue(!offering.isReached(index), "not reached");
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheNotReached.selector, index));
        offering.release(index);
    }

    function _expectSettled(uint256 index, IInitialModelOffering.TrancheState found) private {
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheSettled.selector, index, found));
    }

    function test_earnings() external {
        market.earn(MODEL, 10 ether - 1);
        _expectNotReached(0);
        market.earn(keccak256("another model"), 100 ether);
        _expectNotReached(0);
        market.earn(MODEL, 1);
        assertEq(offering.earnedSinceClose(), 10 ether, "earned");
        assertTrue(offering.isReached(0), "reached");
        _requireTranche(0, IInitialModelOffering.TrancheState.Locked, RAISED / 2);
        vm.expectEmit();
        emit IInitialModelOffering.TrancheReleased(0, TEAM, RAISED / 2);
        vm.prank(CAROL);
        offering.release(0);
        assertEq(TEAM.balance, RAISED / 2, "paid");
        _requireTranche(0, IInitialModelOffering.TrancheState.Released, RAISED / 2);
        _expectSettled(0, IInitialModelOffering.TrancheState.Released);
        offering.release(0);
    }

    function test_milestone() external {
        _expectNotReached(1);
        milestone.set(MilestoneDouble.Answer.Yes);
        offering.release(1);
        assertEq(TEAM.balance, RAISED * 3333 / 10_000, "paid");
    }

    function test_bothConditions() external {
        market.earn(MODEL, 100 ether);
        _expectNotReached(2);
        milestone.set(MilestoneDouble.Answer.Yes);
        offering.release(2);
        assertEq(TEAM.balance, RAISED * 1667 / 10_000, "paid");
    }

    /// @dev Nothing is counted before somebody has finalised the sale: the team would rather do it soon.
    function test_earningsCountFromTheSalesEnd() external {
        vm.warp(OPENS);
        useOffering(create(terms()));
        sell();
        market.earn(MODEL, 1000 ether);
        assertEq(offering.earnedSinceClose(), 0, "nothing");
        _expectNotReached(0);
        uint256 before = market.earned(MODEL);
        vm.expectEmit();
        emit IInitialModelOffering.Finalised(IInitialModelOffering.State.Succeeded, RAISED, RAISED, 400e18, before);
        offering.claim(ALICE);
        _expectNotReached(0);
        market.earn(MODEL, 10 ether);
        offering.release(0);
    }

    function test_bothConditionsTheOtherWay() external {
        milestone.set(MilestoneDouble.Answer.Yes);
        market.earn(MODEL, 99 ether);
        _expectNotReached(2);
    }

    function test_all() external {
        milestone.set(MilestoneDouble.Answer.Yes);
        market.earn(MODEL, 100 ether);
        for (uint256 index; index < 3; ++index) {
            offering.release(index);
        }
        assertEq(TEAM.balance, RAISED, "all");
        assertEq(address(offering).balance, 0, "nothing left");
    }

    function test_unknown() external {
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheUnknown.selector, 3));
        offering.release(3);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheUnknown.selector, 3));
        offering.forfeit(3);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheUnknown.selector, 3));
        offering.isReached(3);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheUnknown.selector, 3));
        offering.trancheOf(3);
    }

    function test_lastSecond() external {
        market.earn(MODEL, 10 ether);
        vm.warp(EXPIRES);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheNotExpired.selector, 0, EXPIRES));
        offering.forfeit(0);
        offering.release(0);
        assertEq(TEAM.balance, RAISED / 2, "in time");
    }

    function test_expiry() external {
        market.earn(MODEL, 10 ether);
        vm.warp(EXPIRES + 1);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheExpired.selector, 0, EXPIRES));
        offering.release(0);
        vm.expectEmit();
        emit IInitialModelOffering.TrancheForfeited(0, RAISED / 2);
        offering.forfeit(0);
        assertEq(offering.forfeited(), RAISED / 2, "forfeited");
        _requireTranche(0, IInitialModelOffering.TrancheState.Forfeited, RAISED / 2);
        _expectSettled(0, IInitialModelOffering.TrancheState.Forfeited);
        offering.forfeit(0);
        _expectSettled(0, IInitialModelOffering.TrancheState.Forfeited);
        offering.release(0);
    }

    /// @dev Also if nobody has claimed anything, and in any order: a quarter is Alice's.
    function test_expiredTranchesGoBackToTheBuyers() external {
        vm.warp(EXPIRES + 1);
        offering.forfeit(1);
        uint256 first = RAISED * 3333 / 10_000;
        assertEq(offering.refundable(ALICE), first / 4, "a quarter");
        vm.expectEmit();
        emit IInitialModelOffering.RefundClaimed(ALICE, ALICE, first / 4);
        offering.refund(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToRefund.selector, ALICE));
        offering.refund(ALICE);
        offering.forfeit(0);
        offering.forfeit(2);
        offering.claim(ALICE);
        assertEq(ALICE.balance, RAISED / 4, "with its tokens, once");
        assertEq(offering.repaidTo(ALICE), RAISED / 4, "on record");
        offering.refund(BOB);
        assertEq(BOB.balance, RAISED * 3 / 4, "the rest");
        assertEq(address(offering).balance, 0, "nothing left");
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToRefund.selector, TEAM));
        offering.refund(TEAM);
    }

    /// @dev However many tokens the team has, and whatever it does with them.
    function test_aTeamThatShowsNothingGetsNothing() external {
        IInitialModelOffering.Terms memory t = terms();
        t.tokensForTeam = uint128(9 * FOR_SALE);
        vm.warp(OPENS);
        useOffering(create(t));
        buy(ALICE, CAP);
        close();
        offering.claim(ALICE);
        vm.warp(EXPIRES + 1);
        for (uint256 index; index < 3; ++index) {
            offering.forfeit(index);
        }
        token.snapshot();
        assertEq(token.claimableRevenue(TEAM, 1), 0, "no revenue");
        offering.refund(ALICE);
        assertEq(ALICE.balance, CAP, "everything is the buyer's");
    }

    function test_releasedTranchesDontExpire() external {
        market.earn(MODEL, 10 ether);
        offering.release(0);
        vm.warp(EXPIRES + 1);
        _expectSettled(0, IInitialModelOffering.TrancheState.Released);
        offering.forfeit(0);
    }

    function test_milestonesThatMisbehave() external {
        MilestoneDouble.Answer[10] memory answers = [
            MilestoneDouble.Answer.Nothing,
            MilestoneDouble.Answer.Short,
            MilestoneDouble.Answer.Long,
            MilestoneDouble.Answer.Two,
            MilestoneDouble.Answer.HighBit,
            MilestoneDouble.Answer.Reverts,
            MilestoneDouble.Answer.EatsGas,
            MilestoneDouble.Answer.ReturnsMuch,
            MilestoneDouble.Answer.Writes,
            MilestoneDouble.Answer.Releases
        ];
        for (uint256 index; index < answers.length; ++index) {
            milestone.set(answers[index]);
            uint256 before = gasleft();
            assertTrue(!offering.isReached(1), "not reached");
            assertTrue(before - gasleft() < 1_200_000, "bounded");
            _expectNotReached(1);
        }
        vm.warp(EXPIRES + 1);
        offering.forfeit(1);
    }

    function test_milestoneWithoutCode() external {
        vm.etch(address(milestone), "");
        _expectNotReached(1);
    }

    function test_teamThatTakesNoEther() external {
        market.earn(MODEL, 10 ether);
        Refuser refuser = new Refuser();
        vm.etch(TEAM, address(refuser).code);
        vm.expectRevert("no ether");
        offering.release(0);
        _requireTranche(0, IInitialModelOffering.TrancheState.Locked, RAISED / 2);
        offering.claim(ALICE);
        vm.warp(EXPIRES + 1);
        offering.forfeit(0);
        offering.refund(ALICE);
        assertEq(ALICE.balance, RAISED / 8, "the buyers'");
    }
}
