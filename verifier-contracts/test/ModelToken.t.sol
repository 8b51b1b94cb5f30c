// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ModelToken} from "../src/ModelToken.sol";
import {IERC7641, IERC7641AltRevToken} from "../src/interfaces/IERC7641.sol";
import {IModelToken} from "../src/interfaces/IModelToken.sol";
import {Forcer, Reenterer, Refuser} from "./doubles/Accounts.sol";
import {TokenTest} from "./utils/TokenTest.sol";

/// @dev Supply, snapshots, claims and burns, of revenue in ether.
contract ModelTokenTest is TokenTest {
    IERC20 private constant ETHER = IERC20(address(0));

    function test_selectorsAreTheStandards() external pure {
        assertEq(
            IERC7641.claimableRevenue.selector, bytes4(keccak256("claimableRevenue(address,uint256)")), "claimable"
        );
        assertEq(IERC7641.claim.selector, bytes4(keccak256("claim(uint256)")), "claim");
        assertEq(IERC7641.snapshot.selector, bytes4(keccak256("snapshot()")), "snapshot");
        assertEq(IERC7641.redeemableOnBurn.selector, bytes4(keccak256("redeemableOnBurn(uint256)")), "redeemable");
        assertEq(IERC7641.burn.selector, bytes4(keccak256("burn(uint256)")), "burn");
        bytes4 claimable = bytes4(keccak256("claimableERC20(address,uint256,address)"));
        assertEq(IERC7641AltRevToken.claimableERC20.selector, claimable, "claimable of a token");
        bytes4 redeemable = bytes4(keccak256("redeemableERC20OnBurn(uint256,address)"));
        assertEq(IERC7641AltRevToken.redeemableERC20OnBurn.selector, redeemable, "redeemable of a token");
    }

    function test_metadata() external view {
        assertEq(token.modelId(), MODEL, "model");
        assertEq(keccak256(bytes(token.name())), keccak256("Digits"), "name");
        assertEq(keccak256(bytes(token.symbol())), keccak256("DGT"), "symbol");
        assertEq(token.decimals(), 18, "decimals");
        assertTrue(token.distributor() == address(this) && token.isOpen(), "distributor");
        assertEq(token.totalSupply(), SUPPLY - UNSOLD, "supply");
        assertEq(token.snapshotDistance(), 1 days, "distance");
    }

    function test_supplyThatNoCheckpointHolds() external {
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 208, 1 << 208));
        new ModelToken("", "", MODEL, 1 << 208, address(this));
        assertEq(new ModelToken("", "", MODEL, (1 << 208) - 1, address(this)).totalSupply(), (1 << 208) - 1, "the most");
    }

    function test_nothingMovesBeforeItIsOpen() external {
        ModelToken closed = create();
        vm.expectRevert(IModelToken.NotOpen.selector);
        closed.transfer(ALICE, 1);
        vm.expectRevert(IModelToken.NotOpen.selector);
        closed.burn(1);
        vm.warp(TIME + 10 days);
        vm.expectRevert(IModelToken.NotOpen.selector);
        closed.snapshot();
    }

    function test_openIsTheDistributorsOnce() external {
        ModelToken closed = create();
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.NotDistributor.selector, ALICE));
        closed.open(0);
        vm.expectEmit();
        emit IModelToken.Opened(7);
        closed.open(7);
        vm.expectRevert(IModelToken.AlreadyOpen.selector);
        closed.open(0);
    }

    function test_unsoldTokensRedeemNothing() external {
        token = create();
        earn(900);
        token.open(UNSOLD);
        assertEq(address(token).balance, 900, "all there");
        assertEq(token.redeemableOnBurn(90), 90, "shared by what is sold");
    }

    function test_revenueBeforeOpeningIsDividedByTheFirstSnapshot() external {
        token = create();
        earn(900);
        token.open(UNSOLD);
        token.transfer(ALICE, 300);
        assertEq(record(), 1, "number");
        assertEq(claim(ALICE, 1), 300, "a third");
    }

    function test_tokensCantGoBack() external {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(this)));
        token.transfer(address(this), 1);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(token)));
        token.transfer(address(token), 1);
    }

    function test_claims() external {
        vm.expectEmit(address(token));
        emit IModelToken.RevenueReceived(address(this), 900);
        earn(900);
        uint256 id = record();
        assertTrue(token.claimableRevenue(ALICE, id) == 300 && token.claimableRevenue(BOB, id) == 500, "claimable");
        assertEq(token.claimableRevenue(CAROL, id), 0, "nobody");
        vm.expectEmit(address(token));
        emit IModelToken.RevenueClaimed(ALICE, id, ETHER, ALICE, 300);
        assertEq(claim(ALICE, id), 300, "Alice");
        assertEq(claim(BOB, id), 500, "Bob");
        assertEq(token.claimableRevenue(ALICE, id), 0, "claimed");
        vm.expectRevert(abi.encodeWithSelector(IModelToken.NothingToClaim.selector, ALICE));
        vm.prank(ALICE);
        token.claim(id);
    }

    function test_snapshotsAreOfWhatIsNew() external {
        earn(900);
        record();
        earn(90);
        uint256 id = record();
        assertEq(token.revenueAt(id, ETHER), 90, "revenue");
        assertEq(claim(ALICE, id), 30, "second");
        assertEq(claim(ALICE, id - 1), 300, "first, in any order");
        assertEq(token.snapshotCount(), 2, "count");
        assertEq(token.snapshotOf(id).supply, 900, "supply");
    }

    function test_snapshotEvent() external {
        earn(33);
        vm.warp(TIME + 1 days);
        vm.expectEmit();
        emit IModelToken.SnapshotTaken(1, 900, 33);
        token.snapshot();
    }

    function test_snapshotsHaveADistance() external {
        record();
        uint256 next = timeNow + 1 days;
        vm.warp(next - 1);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotTooEarly.selector, next));
        token.snapshot();
        vm.warp(next);
        assertEq(token.snapshot(), 2, "the very second");
    }

    function test_unknownSnapshots() external {
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotUnknown.selector, 0));
        token.claimableRevenue(ALICE, 0);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotUnknown.selector, 1));
        token.claim(1);
        uint256 far = (1 << 48) + 1;
        record();
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotUnknown.selector, far));
        token.claimableRevenue(ALICE, far);
    }

    function test_claimsBeginWithTheNextBlock() external {
        earn(900);
        vm.warp(TIME + 1 days);
        uint256 id = token.snapshot();
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotUnsettled.selector, id));
        token.claimableRevenue(ALICE, id);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotUnsettled.selector, id));
        token.claim(id);
    }

    /// @dev Carol borrows everything that Bob has, takes the snapshot, and gives it back.
    function test_flashLoansHaveNoShare() external {
        earn(900);
        record();
        earn(900);
        vm.warp(timeNow + 1 days);
        nextBlock();
        move(BOB, CAROL, 500);
        uint256 id = token.snapshot();
        move(CAROL, BOB, 500);
        nextBlock();
        assertEq(token.claimableRevenue(CAROL, id), 0, "nothing for the borrower");
        assertEq(token.claimableRevenue(BOB, id), 500, "all for the lender");
    }

    function test_balancesCountAtTheEndOfTheBlock() external {
        earn(900);
        vm.warp(TIME + 1 days);
        uint256 id = token.snapshot();
        move(ALICE, CAROL, 100);
        nextBlock();
        move(ALICE, CAROL, 200);
        assertEq(token.balanceOfAt(ALICE, id), 200, "in the block, not after it");
        assertEq(token.balanceOfAt(CAROL, id), 100, "the same");
        assertEq(token.balanceOfAt(BOB, id), 500, "without a transfer since");
    }

    function test_revenueAfterASnapshotInItsBlockIsTheNextOnes() external {
        vm.warp(TIME + 1 days);
        uint256 id = token.snapshot();
        earn(90);
        assertEq(token.revenueAt(id, ETHER), 0, "not this one's");
        assertEq(token.revenueAt(id + 1, ETHER), 90, "the next one's");
    }

    function test_burnRedeems() external {
        earn(900);
        assertEq(token.redeemableOnBurn(150), 150, "redeemable");
        vm.expectEmit(address(token));
        emit IModelToken.Redeemed(ALICE, ETHER, 150, 150);
        assertEq(burn(ALICE, 150), 150, "redeemed");
        assertEq(token.totalSupply(), 750, "supply");
        uint256 id = record();
        assertEq(claim(BOB, id), 500, "the others lose nothing");
        assertEq(claim(ALICE, id), 150, "nor does the rest of the burner's");
    }

    function test_burnRedeemsNothingOfSnapshots() external {
        earn(900);
        uint256 id = record();
        assertEq(token.redeemableOnBurn(300), 0, "nothing new");
        assertEq(burn(ALICE, 300), 0, "for nothing");
        assertEq(claim(ALICE, id), 300, "the claim stays");
        assertEq(claim(BOB, id), 500, "and the others'");
    }

    function test_burnInTheBlockOfASnapshotWaits() external {
        earn(900);
        vm.warp(TIME + 1 days);
        uint256 id = token.snapshot();
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.BurnAfterSnapshot.selector, id));
        token.burn(1);
        nextBlock();
        assertEq(burn(ALICE, 300), 0, "nothing new");
        assertEq(claim(ALICE, id), 300, "its share");
    }

    function test_burnBeforeASnapshotInItsBlock() external {
        earn(900);
        vm.warp(TIME + 1 days);
        assertEq(burn(ALICE, 300), 300, "redeemed");
        uint256 id = token.snapshot();
        nextBlock();
        assertEq(token.claimableRevenue(ALICE, id), 0, "not twice");
        assertEq(claim(BOB, id), 500, "as without");
    }

    function test_burnOfMoreThanThereIs() external {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, ALICE, 300, 301));
        token.burn(301);
    }

    function test_roundingFavoursTheContract() external {
        earn(899);
        assertEq(burn(ALICE, 1), 0, "899/900 of a wei");
        uint256 id = record();
        assertEq(claim(ALICE, id), 299, "899 shares of a wei each");
        earn(10);
        id = record();
        assertEq(claim(ALICE, id) + claim(BOB, id), 3 + 5, "floors");
        assertTrue(address(token).balance > 0, "remainders stay");
    }

    function test_withoutHoldersThereIsNoRevenue() external {
        token.transfer(BOB, LATE);
        earn(90);
        burn(ALICE, 300);
        assertEq(burn(BOB, 600), 60, "the last gets all that is left");
        assertEq(token.redeemableOnBurn(1), 0, "nothing of nothing");
        vm.deal(address(this), 1);
        (bool taken, bytes memory answer) = address(token).call{value: 1}("");
        assertTrue(!taken && bytes4(answer) == IModelToken.NoHolders.selector, "refused");
        record();
        assertEq(token.claimableRevenue(ALICE, 1), 0, "a snapshot of nothing");
    }

    function test_forcedEtherDoesNotCount() external {
        earn(900);
        new Forcer{value: 0}(payable(address(token)));
        vm.deal(address(this), 5);
        new Forcer{value: 5}(payable(address(token)));
        assertEq(address(token).balance, 905, "it is there");
        assertEq(token.redeemableOnBurn(900), 900, "and doesn't count");
        assertEq(token.revenueAt(record(), ETHER), 900, "nor later");
    }

    /// @dev 100 tokens wait at the distributor over two snapshots.
    function test_tokensHandedOutLateShareWhatWasBefore() external {
        earn(900);
        uint256 first = record();
        earn(90);
        uint256 second = record();
        assertEq(token.claimableRevenue(address(this), first), 0, "nothing for the distributor");
        token.transfer(CAROL, LATE);
        assertEq(claim(CAROL, first), 100, "first");
        assertEq(claim(CAROL, second), 10, "second");
        earn(900);
        assertEq(claim(CAROL, record()), 100, "and what is after");
    }

    function test_tokensHandedOutBetweenSnapshots() external {
        earn(900);
        uint256 first = record();
        token.transfer(CAROL, 40);
        earn(900);
        uint256 second = record();
        token.transfer(CAROL, 60);
        assertEq(token.balanceOfAt(CAROL, first), 100, "all of it late");
        assertEq(token.balanceOfAt(CAROL, second), 100, "a part of it late");
        // What was handed out late and moved on doesn't count for the receiver.
        move(CAROL, BOB, 100);
        assertEq(token.balanceOfAt(BOB, first), 500, "before");
        assertEq(token.balanceOfAt(CAROL, second), 100, "shares stay");
    }

    /// @dev Who has claimed can claim the difference when more tokens of the time are handed to it.
    function test_claimOfADifference() external {
        earn(900);
        uint256 id = record();
        assertEq(claim(ALICE, id), 300, "what it had");
        token.transfer(ALICE, LATE);
        assertEq(claim(ALICE, id), 100, "what it has late");
        vm.expectRevert(abi.encodeWithSelector(IModelToken.NothingToClaim.selector, ALICE));
        vm.prank(ALICE);
        token.claim(id);
    }

    function test_handedOutInTheBlockOfTheSnapshot() external {
        earn(900);
        vm.warp(TIME + 1 days);
        uint256 id = token.snapshot();
        token.transfer(CAROL, 100);
        nextBlock();
        assertEq(token.balanceOfAt(CAROL, id), 100, "once");
        assertEq(claim(CAROL, id), 100, "and paid once");
    }

    function test_claimManyToAnotherAccount() external {
        earn(900);
        record();
        earn(90);
        record();
        record();
        uint256[] memory ids = new uint256[](4);
        (ids[0], ids[1], ids[2], ids[3]) = (2, 1, 2, 3);
        vm.prank(ALICE);
        token.claimMany(ids, CAROL);
        assertEq(CAROL.balance, 330, "each once");
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.NothingToClaim.selector, ALICE));
        token.claimMany(ids, CAROL);
    }

    function test_contractsThatTakeNoEther() external {
        Refuser refuser = new Refuser();
        token.transfer(address(refuser), LATE);
        earn(900);
        uint256 id = record();
        vm.expectRevert("no ether");
        refuser.call(address(token), 0, abi.encodeCall(token.claim, (id)));
        assertEq(token.claimableRevenue(address(refuser), id), 100, "its claim stays");
        assertEq(claim(ALICE, id), 300, "others don't mind");

        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        refuser.call(address(token), 0, abi.encodeCall(token.claimMany, (ids, CAROL)));
        assertEq(CAROL.balance, 100, "it can have it paid elsewhere");
        refuser.call(address(token), 0, abi.encodeCall(token.burn, (1)));
        assertEq(token.balanceOf(address(refuser)), 99, "it can burn for nothing");
    }

    function test_reentrancy() external {
        Reenterer reenterer = new Reenterer();
        token.transfer(address(reenterer), LATE);
        earn(900);
        uint256 id = record();
        earn(900);
        bytes memory again = abi.encodeCall(token.claim, (id));
        _requireNoReentrancy(reenterer, abi.encodeCall(token.burn, (10)), again);
        _requireNoReentrancy(reenterer, again, again);
        assertEq(address(reenterer).balance, 110, "paid once");
    }

    function test_reentrantBurn() external {
        Reenterer reenterer = new Reenterer();
        token.transfer(address(reenterer), LATE);
        earn(900);
        _requireNoReentrancy(reenterer, abi.encodeCall(token.burn, (10)), abi.encodeCall(token.burn, (10)));
        _requireNoReentrancy(reenterer, abi.encodeCall(token.burn, (10)), abi.encodeCall(token.snapshot, ()));
        assertEq(address(reenterer).balance, 20, "paid once each");
    }

    function _requireNoReentrancy(Reenterer reenterer, bytes memory first, bytes memory then) private {
        reenterer.prepare(address(token), then);
        reenterer.call(address(token), 0, first);
        assertTrue(reenterer.hasTried() && !reenterer.hasSucceeded(), "tried in vain");
    }

    /// @dev What is paid back while a claim is paid is revenue as any other.
    function test_revenueFromAClaim() external {
        Reenterer reenterer = new Reenterer();
        token.transfer(address(reenterer), LATE);
        earn(900);
        uint256 id = record();
        reenterer.prepare(address(token), "");
        reenterer.call(address(token), 0, abi.encodeCall(token.claim, (id)));
        reenterer.call(address(token), 100, "");
        assertEq(token.revenueAt(id + 1, ETHER), 100, "revenue");
    }

    /// @dev Transfers of nothing from anybody are allowed, and change no share.
    function test_transfersOfNothing() external {
        earn(900);
        uint256 id = record();
        vm.prank(CAROL);
        token.transferFrom(ALICE, BOB, 0);
        assertEq(claim(ALICE, id), 300, "Alice");
        assertEq(claim(BOB, id), 500, "Bob");
    }

    function testFuzz_sharesSumToTheSupply(uint256 seed) external {
        earn(1 ether);
        address payable[3] memory people = [ALICE, BOB, CAROL];
        for (uint256 step; step < 24; ++step) {
            uint256 draw = uint256(keccak256(abi.encode(seed, step)));
            address from = people[(draw >> 8) % 3];
            uint256 amount = bound(draw >> 24, 0, token.balanceOf(from));
            if (draw % 4 == 0) record();
            else if (draw % 4 == 1) token.transfer(from, bound(draw >> 24, 0, token.balanceOf(address(this))));
            else if (draw % 4 == 2) move(from, people[(draw >> 16) % 3], amount);
            else burn(from, amount);
        }
        for (uint256 id = 1; id <= token.snapshotCount(); ++id) {
            uint256 sum = token.balanceOfAt(ALICE, id) + token.balanceOfAt(BOB, id) + token.balanceOfAt(CAROL, id);
            assertEq(sum + token.balanceOf(address(this)), token.snapshotOf(id).supply, "all shares");
        }
    }
}
