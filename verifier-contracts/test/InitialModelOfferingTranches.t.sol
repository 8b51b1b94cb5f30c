// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInitialModelOffering} from "../src/interfaces/IInitialModelOffering.sol";
import {IModelToken} from "../src/interfaces/IModelToken.sol";
import {MilestoneDouble} from "./doubles/MilestoneDouble.sol";
import {Refuser} from "./doubles/Accounts.sol";
import {OfferingTest} from "./utils/OfferingTest.sol";

/// @dev How the proceeds are paid: half after 10 inferences, a third at a milestone, the rest after 100 and the milestone.
contract InitialModelOfferingTranchesTest is OfferingTest {
    uint256 private constant RAISED = 40 ether;

    function setUp() public override {
        super.setUp();
        sell();
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

    function test_inferences() external {
        market.settle(MODEL, 9);
        _expectNotReached(0);
        market.settle(keccak256("another model"), 100);
        _expectNotReached(0);
        market.settle(MODEL, 1);
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
        market.settle(MODEL, 100);
        _expectNotReached(2);
        milestone.set(MilestoneDouble.Answer.Yes);
        offering.release(2);
        assertEq(TEAM.balance, RAISED * 1667 / 10_000, "paid");
    }

    function test_bothConditionsTheOtherWay() external {
        milestone.set(MilestoneDouble.Answer.Yes);
        market.settle(MODEL, 99);
        _expectNotReached(2);
    }

    function test_all() external {
        milestone.set(MilestoneDouble.Answer.Yes);
        market.settle(MODEL, 100);
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
        market.settle(MODEL, 10);
        vm.warp(EXPIRES);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheNotExpired.selector, 0, EXPIRES));
        offering.forfeit(0);
        offering.release(0);
        assertEq(TEAM.balance, RAISED / 2, "in time");
    }

    function test_expiry() external {
        market.settle(MODEL, 10);
        vm.warp(EXPIRES + 1);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.TrancheExpired.selector, 0, EXPIRES));
        offering.release(0);
        vm.expectEmit();
        emit IModelToken.RevenueReceived(address(offering), RAISED / 2);
        offering.forfeit(0);
        _requireTranche(0, IInitialModelOffering.TrancheState.Forfeited, RAISED / 2);
        _expectSettled(0, IInitialModelOffering.TrancheState.Forfeited);
        offering.forfeit(0);
        _expectSettled(0, IInitialModelOffering.TrancheState.Forfeited);
        offering.release(0);
    }

    /// @dev Also if nobody has claimed anything: the token takes revenue before it is open.
    function test_expiredTranchesAreTheHolders() external {
        vm.warp(EXPIRES + 1);
        for (uint256 index; index < 3; ++index) {
            offering.forfeit(index);
        }
        offering.claim(BOB);
        token.snapshot();
        vm.roll(200);
        offering.claim(ALICE);
        vm.prank(ALICE);
        token.claim(1);
        assertEq(ALICE.balance, RAISED / 9, "100 of 900");
    }

    function test_releasedTranchesDontExpire() external {
        market.settle(MODEL, 10);
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
        market.settle(MODEL, 10);
        Refuser refuser = new Refuser();
        vm.etch(TEAM, address(refuser).code);
        vm.expectRevert("no ether");
        offering.release(0);
        _requireTranche(0, IInitialModelOffering.TrancheState.Locked, RAISED / 2);
        offering.claim(ALICE);
        vm.warp(EXPIRES + 1);
        offering.forfeit(0);
        assertEq(address(token).balance, RAISED / 2, "the holders'");
    }

    /// @dev If all tokens are burned, nobody is left whose revenue a tranche could be.
    function test_expiryWithoutHolders() external {
        offering.claim(ALICE);
        offering.claim(BOB);
        _burnAll(ALICE);
        _burnAll(BOB);
        _burnAll(TEAM);
        vm.warp(EXPIRES + 1);
        vm.expectRevert(IModelToken.NoHolders.selector);
        offering.forfeit(0);
    }

    function _burnAll(address account) private {
        uint256 balance = token.balanceOf(account);
        vm.prank(account);
        token.burn(balance);
    }
}
