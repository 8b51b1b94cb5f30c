// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IModelToken} from "../src/interfaces/IModelToken.sol";
import {TokenTest} from "./utils/TokenTest.sol";

/// @dev Balances count by time: shares of periods, and what burns redeem.
contract ModelTokenPeriodsTest is TokenTest {
    IERC20 private constant ETHER = IERC20(address(0));

    function test_sharesAreTokenSeconds() external {
        earn(900 * 7 days);
        pass(1 days);
        move(ALICE, CAROL, 100);
        pass(2 days);
        move(BOB, CAROL, 200);
        move(CAROL, BOB, 50);
        pass(4 days);
        uint256 id = token.snapshot();
        assertEq(token.sharesOf(ALICE, id), 300 * 1 days + 200 * 6 days, "Alice");
        assertEq(token.sharesOf(BOB, id), 500 * 3 days + 350 * 4 days, "Bob");
        assertEq(token.sharesOf(CAROL, id), 100 * 2 days + 250 * 4 days, "Carol");
        assertEq(token.snapshotOf(id).tokenSeconds, 900 * 7 days, "all");
        assertEq(claim(CAROL, id), 100 * 2 days + 250 * 4 days, "paid by them");
        id = record();
        assertEq(token.sharesOf(BOB, id), 350 * 7 days, "a period without a transfer");
        assertEq(token.sharesOf(ALICE, id - 1), 300 * 1 days + 200 * 6 days, "what was stays");
    }

    /// @dev Carol borrows everything that Bob has, takes the snapshot, and gives it back.
    function test_flashLoansHaveNoShare() external {
        owe(900);
        pass(7 days);
        move(BOB, CAROL, 500);
        uint256 id = token.snapshot();
        move(CAROL, BOB, 500);
        assertEq(token.claimableRevenue(CAROL, id), 0, "nothing for the borrower");
        assertEq(token.claimableRevenue(BOB, id), 500, "all for the lender");
        id = record();
        assertEq(token.sharesOf(BOB, id), 500 * 7 days, "nor later");
    }

    /// @dev Whoever borrows nine of ten tokens across a block, when the fees of three months wait in the market.
    function test_loansOfABlockHaveABlocksShare() external {
        token.transfer(ALICE, LATE);
        move(BOB, ALICE, 410);
        pass(90 days);
        owe(90 ether);
        move(ALICE, CAROL, 810);
        pass(12);
        uint256 id = token.snapshot();
        move(CAROL, ALICE, 810);
        uint256 part = claim(CAROL, id);
        assertEq(part, 90 ether * (uint256(810) * 12) / (900 * (90 days + 12)), "a block's");
        assertTrue(part < 0.00013 ether, "of 81 ether");
    }

    function test_transfersToOneself() external {
        earn(900);
        pass(1 days);
        move(ALICE, ALICE, 300);
        assertEq(claim(ALICE, record()), 300, "change nothing");
    }

    function test_revenueAfterASnapshotIsTheNextOnes() external {
        uint256 id = record();
        earn(90);
        assertEq(token.revenueAt(id, ETHER), 0, "not this one's");
        assertEq(token.revenueAt(id + 1, ETHER), 90, "the next one's");
    }

    function test_burnRedeems() external {
        earn(900);
        pass(1 days);
        vm.prank(ALICE);
        assertEq(token.redeemableOnBurn(150), 150, "redeemable");
        vm.expectEmit(address(token));
        emit IModelToken.Redeemed(ALICE, ETHER, 150, 150);
        assertEq(burn(ALICE, 150), 150, "redeemed");
        assertEq(token.totalSupply(), 750, "supply");
        uint256 id = record();
        assertEq(claim(BOB, id), 500, "the others lose nothing");
        assertEq(claim(ALICE, id), 150, "nor does the rest of the burner's");
    }

    /// @dev By how long they were held: Carol's for half of the time of the others.
    function test_burnRedeemsByTime() external {
        earn(800);
        pass(1 days);
        move(BOB, CAROL, 100);
        pass(1 days);
        assertEq(token.redeemableBy(CAROL, 100, ETHER), 800 / uint256(18), "half");
        assertEq(burn(CAROL, 100), 800 / uint256(18), "the same");
        assertEq(token.redeemableBy(BOB, 400, ETHER), 756 * uint256(900) / 1700, "the others by what they have held");
        assertEq(burn(BOB, 200), 756 * uint256(450) / 1700, "a part of it");
    }

    function test_whatIsHeldForNoTimeRedeemsNothing() external {
        owe(900);
        pass(1 days);
        move(BOB, CAROL, 500);
        assertEq(burn(CAROL, 500), 0, "nothing");
        assertEq(burn(BOB, 0), 0, "Bob has no tokens");
        pass(6 days);
        assertTrue(claim(BOB, token.snapshot()) > 0, "but a share");
    }

    function test_burnRedeemsNothingOfSnapshots() external {
        earn(900);
        uint256 id = record();
        pass(1 days);
        assertEq(token.redeemableBy(ALICE, 300, ETHER), 0, "nothing new");
        assertEq(burn(ALICE, 300), 0, "for nothing");
        assertEq(claim(ALICE, id), 300, "the claim stays");
        assertEq(claim(BOB, id), 500, "and the others'");
    }

    function test_burnInTheSecondOfASnapshot() external {
        owe(900);
        uint256 id = record();
        owe(900);
        assertEq(burn(ALICE, 300), 0, "the period has no time yet");
        assertEq(claim(ALICE, id), 300, "its share");
    }

    function test_burnBeforeASnapshotInItsSecond() external {
        earn(900);
        pass(7 days);
        assertEq(burn(ALICE, 300), 300, "redeemed");
        uint256 id = token.snapshot();
        assertEq(token.claimableRevenue(ALICE, id), 0, "not twice");
        assertEq(claim(BOB, id), 500, "as without");
    }

    function test_burnOfMoreThanThereIs() external {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, ALICE, 300, 301));
        token.burn(301);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, ALICE, 300, 301));
        token.redeemableBy(ALICE, 301, ETHER);
    }

    /// @dev Each token counts once at any time: for whoever has it, or will get it from the distributor.
    function testFuzz_sharesSumToTheSupply(uint256 seed) external {
        earn(1 ether);
        address payable[3] memory people = [ALICE, BOB, CAROL];
        uint256 burned;
        for (uint256 step; step < 24; ++step) {
            uint256 draw = uint256(keccak256(abi.encode(seed, step)));
            address from = people[(draw >> 8) % 3];
            uint256 amount = bound(draw >> 24, 0, token.balanceOf(from));
            pass(draw % 2 days);
            if (draw % 5 == 0 && _mayRecord()) token.snapshot();
            else if (draw % 5 == 1) token.transfer(from, bound(draw >> 24, 0, token.balanceOf(address(this))));
            else if (draw % 5 <= 3) move(from, people[(draw >> 16) % 3], amount);
            else burned += _tryBurn(from, amount);
        }
        record();
        for (uint256 id = 1; id <= token.snapshotCount(); ++id) {
            IModelToken.Snapshot memory found = token.snapshotOf(id);
            uint256 sum = token.sharesOf(ALICE, id) + token.sharesOf(BOB, id) + token.sharesOf(CAROL, id);
            uint256 kept = token.balanceOf(address(this)) * (found.end - found.start);
            assertEq(sum + kept, found.tokenSeconds, "all shares");
        }
        assertEq(token.totalSupply() + burned, SUPPLY - UNSOLD, "supply");
    }

    function _mayRecord() private view returns (bool) {
        uint256 count = token.snapshotCount();
        return timeNow >= (count == 0 ? TIME : token.snapshotOf(count).end) + 7 days;
    }

    function _tryBurn(address from, uint256 amount) private returns (uint256) {
        vm.prank(from);
        try token.burn(amount) {
            return amount;
        } catch {
            return 0;
        }
    }

    /// @dev An account's share, against a definition that adds second by second what it holds.
    function testFuzz_sharesByTheSecond(uint256 seed) external {
        uint256[2] memory sums;
        uint256 held = 300;
        for (uint256 second; second < 30; ++second) {
            uint256 draw = uint256(keccak256(abi.encode(seed, second)));
            uint256 amount = draw % 2 == 0 ? bound(draw >> 8, 0, held) : 0;
            uint256 back = draw % 3 == 0 ? bound(draw >> 16, 0, token.balanceOf(BOB)) : 0;
            move(ALICE, BOB, amount);
            move(BOB, ALICE, back);
            held = held - amount + back;
            (sums[0], sums[1]) = (sums[0] + held, sums[1] + token.balanceOf(BOB));
            pass(1);
        }
        uint256 id = record();
        assertEq(token.sharesOf(ALICE, id), sums[0] + held * 7 days, "Alice");
        assertEq(token.sharesOf(BOB, id), sums[1] + token.balanceOf(BOB) * 7 days, "Bob");
    }
}
