// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {InitialModelOffering} from "../src/InitialModelOffering.sol";
import {IInitialModelOffering} from "../src/interfaces/IInitialModelOffering.sol";
import {IModelToken} from "../src/interfaces/IModelToken.sol";
import {Forcer, Reenterer, Refuser} from "./doubles/Accounts.sol";
import {OfferingTest} from "./utils/OfferingTest.sol";

/// @dev Purchases, and what buyers get for them.
contract InitialModelOfferingTest is OfferingTest {
    function _requireAllocation(address buyer, uint256 tokens, uint256 excess) private view {
        (uint256 foundTokens, uint256 foundExcess) = offering.allocationOf(buyer);
        assertEq(foundTokens, tokens, "tokens");
        assertEq(foundExcess, excess, "excess");
    }

    function _expectNotListed(address holders, uint16 holdersBps) private {
        vm.deal(ALICE, 1);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NotListed.selector, holders, holdersBps));
        offering.buy{value: 1}(digest);
    }

    function test_buy() external {
        vm.warp(OPENS);
        vm.deal(ALICE, 3 ether);
        vm.expectEmit();
        emit IInitialModelOffering.Bought(ALICE, 1 ether, 1 ether);
        vm.prank(ALICE);
        offering.buy{value: 1 ether}(digest);
        vm.expectEmit();
        emit IInitialModelOffering.Bought(ALICE, 2 ether, 3 ether);
        vm.prank(ALICE);
        offering.buy{value: 2 ether}(digest);
        assertEq(offering.contributionOf(ALICE), 3 ether, "adds up");
        assertEq(offering.raised(), 3 ether, "raised");
        _requireAllocation(ALICE, 30e18, 0);
    }

    function test_times() external {
        vm.deal(ALICE, 10);
        vm.warp(OPENS - 1);
        requireState(IInitialModelOffering.State.Pending);
        _expectNoPurchase(IInitialModelOffering.State.Pending);
        vm.warp(OPENS);
        requireState(IInitialModelOffering.State.Open);
        vm.prank(ALICE);
        offering.buy{value: 1}(digest);
        vm.warp(CLOSES - 1);
        requireState(IInitialModelOffering.State.Open);
        vm.prank(ALICE);
        offering.buy{value: 1}(digest);
        vm.warp(CLOSES);
        requireState(IInitialModelOffering.State.Failed);
        _expectNoPurchase(IInitialModelOffering.State.Failed);
    }

    function _expectNoPurchase(IInitialModelOffering.State found) private {
        vm.prank(ALICE);
        expectWrongState(found);
        offering.buy{value: 1}(digest);
    }

    function test_otherTerms() external {
        vm.warp(OPENS);
        vm.deal(ALICE, 1);
        bytes32 other = keccak256(abi.encode(digest));
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.OtherTerms.selector, other, digest));
        offering.buy{value: 1}(other);
        vm.prank(ALICE);
        offering.buy{value: 1}(digest);
    }

    function test_nothingPaid() external {
        vm.warp(OPENS);
        vm.expectRevert(IInitialModelOffering.NothingPaid.selector);
        offering.buy(digest);
    }

    function test_plainTransfersAreNoPurchases() external {
        vm.warp(OPENS);
        vm.deal(address(this), 1);
        (bool taken,) = address(offering).call{value: 1}("");
        assertTrue(!taken, "refused");
    }

    function test_listing() external {
        vm.warp(OPENS);
        market.list(MODEL, address(0), 0);
        _expectNotListed(address(0), 0);
        market.list(MODEL, ALICE, 3000);
        _expectNotListed(ALICE, 3000);
        market.list(MODEL, address(token), 2999);
        _expectNotListed(address(token), 2999);
        market.list(keccak256("another model"), address(token), 3000);
        _expectNotListed(address(token), 2999);
        market.list(MODEL, address(token), 3000);
        vm.prank(ALICE);
        offering.buy{value: 1}(digest);
    }

    function test_minimumExactly() external {
        buy(ALICE, MINIMUM);
        close();
        requireState(IInitialModelOffering.State.Succeeded);
        offering.claim(ALICE);
        assertEq(token.balanceOf(ALICE), 200e18, "a fifth");
    }

    function test_minimumMissedByAWei() external {
        buy(ALICE, MINIMUM - 1);
        close();
        requireState(IInitialModelOffering.State.Failed);
    }

    function test_claims() external {
        sell();
        requireState(IInitialModelOffering.State.Succeeded);
        vm.expectEmit();
        emit IInitialModelOffering.Finalised(IInitialModelOffering.State.Succeeded, 40 ether, 40 ether, 400e18, 0);
        vm.expectEmit();
        emit IInitialModelOffering.Claimed(ALICE, 100e18, 0);
        offering.claim(ALICE);
        assertTrue(offering.hasClaimed(ALICE) && !offering.hasClaimed(BOB), "who has claimed");
        assertTrue(offering.isFinalised() && offering.sold() == 400e18, "sold");
        assertEq(token.balanceOf(ALICE), 100e18, "Alice's");
        assertEq(token.balanceOf(TEAM), FOR_TEAM, "the team's");
        assertEq(token.totalSupply(), 900e18, "what wasn't sold is gone");
        offering.claim(BOB);
        assertEq(token.balanceOf(BOB), 300e18, "Bob's");
        assertEq(token.balanceOf(address(offering)), 0, "all handed out");
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToClaim.selector, ALICE));
        offering.claim(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToClaim.selector, CAROL));
        offering.claim(CAROL);
    }

    function test_noClaimsBeforeTheEnd() external {
        expectWrongState(IInitialModelOffering.State.Pending);
        offering.claim(ALICE);
        buy(ALICE, 30 ether);
        expectWrongState(IInitialModelOffering.State.Open);
        offering.claim(ALICE);
        expectWrongState(IInitialModelOffering.State.Open);
        offering.refund(ALICE);
        expectWrongState(IInitialModelOffering.State.Open);
        offering.finalise();
        expectWrongState(IInitialModelOffering.State.Open);
        offering.release(0);
        expectWrongState(IInitialModelOffering.State.Open);
        offering.forfeit(0);
    }

    function test_capExactly() external {
        buy(ALICE, CAP);
        _requireAllocation(ALICE, FOR_SALE, 0);
        close();
        offering.claim(ALICE);
        assertEq(token.totalSupply(), FOR_SALE + FOR_TEAM, "all sold");
    }

    /// @dev A whale pays nine times the cap. Who paid a tenth of all gets a tenth.
    function test_whale() external {
        buy(ALICE, 100 ether);
        buy(BOB, 900 ether);
        _requireAllocation(ALICE, 100e18, 90 ether);
        _requireAllocation(BOB, 900e18, 810 ether);
        unbind();
        vm.expectEmit();
        emit IInitialModelOffering.Claimed(ALICE, 100e18, 90 ether);
        offering.claim(ALICE);
        vm.expectEmit();
        emit IInitialModelOffering.RefundClaimed(BOB, BOB, 810 ether);
        offering.refund(BOB);
        offering.claim(BOB);
        assertTrue(ALICE.balance == 90 ether && BOB.balance == 810 ether, "each once");
        assertEq(address(offering).balance, CAP, "the proceeds");
        assertEq(offering.proceeds(), CAP, "the same");
    }

    /// @dev Nine of ten tokens for the last second, as one could buy them with ether that is bound for a block otherwise.
    function test_excessIsBoundAsLongAsTheSale() external {
        buy(ALICE, CAP);
        uint256 last = CLOSES - 1;
        vm.warp(last);
        vm.deal(BOB, 9 * CAP);
        vm.prank(BOB);
        offering.buy{value: 9 * CAP}(digest);
        close();
        assertTrue(offering.excessFrom(ALICE) == OPENS + 8 days && offering.excessFrom(BOB) == last + 7 days, "times");
        offering.claim(BOB);
        assertTrue(BOB.balance == 0 && token.balanceOf(BOB) == 900e18, "tokens at once");
        _expectBound(BOB, last + 7 days);
        vm.warp(OPENS + 8 days);
        offering.refund(ALICE);
        assertEq(ALICE.balance, 90 ether, "who paid early has it early");
        vm.warp(last + 7 days - 1);
        _expectBound(BOB, last + 7 days);
        vm.warp(last + 7 days);
        offering.refund(BOB);
        assertEq(BOB.balance, 810 ether, "to the second");
    }

    function _expectBound(address buyer, uint256 until) private {
        assertEq(offering.refundable(buyer), 0, "nothing yet");
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.ExcessBound.selector, buyer, until));
        offering.refund(buyer);
    }

    /// @dev Also of a sale that is said to have begun long ago.
    function test_excessIsBoundForAMonthAtMost() external {
        IInitialModelOffering.Terms memory t = terms();
        (t.opens, t.closes) = (0, OPENS + 30 days);
        useOffering(create(t));
        buy(ALICE, 200 ether);
        assertEq(offering.excessFrom(ALICE), OPENS + 31 days, "a month");
        assertEq(offering.excessFrom(BOB), OPENS + 30 days, "never bought");
    }

    /// @dev A purchase binds the excess of those before.
    function test_purchasesBindAnew() external {
        buy(ALICE, 150 ether);
        vm.warp(OPENS + 2 days);
        vm.deal(ALICE, 50 ether);
        vm.prank(ALICE);
        offering.buy{value: 50 ether}(digest);
        assertEq(offering.excessFrom(ALICE), OPENS + 9 days, "from the last");
    }

    /// @dev What is forfeited meanwhile is not bound, and is counted once.
    function test_forfeitsBeforeTheExcess() external {
        IInitialModelOffering.Terms memory t = terms();
        t.opens = 0;
        t.tranches[0].expires = CLOSES + 1;
        useOffering(create(t));
        buy(ALICE, 100 ether);
        buy(BOB, 100 ether);
        vm.warp(CLOSES + 2);
        offering.forfeit(0);
        offering.claim(ALICE);
        assertEq(ALICE.balance, 25 ether, "half of half of the cap");
        vm.expectRevert(
            abi.encodeWithSelector(IInitialModelOffering.ExcessBound.selector, ALICE, offering.excessFrom(ALICE))
        );
        offering.refund(ALICE);
        vm.warp(OPENS + 31 days);
        offering.refund(ALICE);
        assertEq(ALICE.balance, 75 ether, "and the excess");
        offering.refund(BOB);
        assertEq(BOB.balance, 75 ether, "in one");
    }

    function test_refundOfExcessOnce() external {
        buy(ALICE, 200 ether);
        unbind();
        offering.claim(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToRefund.selector, ALICE));
        offering.refund(ALICE);
        assertEq(ALICE.balance, 100 ether, "once");
    }

    function test_nothingInExcess() external {
        sell();
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToRefund.selector, ALICE));
        offering.refund(ALICE);
    }

    function test_failedSale() external {
        buy(ALICE, 5 ether);
        buy(BOB, 7 ether);
        close();
        _requireAllocation(ALICE, 0, 5 ether);
        assertEq(offering.proceeds(), 0, "no proceeds");
        expectWrongState(IInitialModelOffering.State.Failed);
        offering.claim(ALICE);
        expectWrongState(IInitialModelOffering.State.Failed);
        offering.release(0);

        vm.expectEmit();
        emit IInitialModelOffering.RefundClaimed(ALICE, ALICE, 5 ether);
        offering.refund(ALICE);
        assertEq(ALICE.balance, 5 ether, "everything");
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToRefund.selector, ALICE));
        offering.refund(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToRefund.selector, CAROL));
        offering.refund(CAROL);

        vm.warp(EXPIRES + 3650 days);
        expectWrongState(IInitialModelOffering.State.Failed);
        offering.forfeit(0);
        offering.refund(BOB);
        assertEq(BOB.balance, 7 ether, "for good");
    }

    /// @dev Refunds need neither the market nor the token.
    function test_refundsDependOnNothing() external {
        buy(ALICE, 5 ether);
        close();
        vm.etch(address(market), "");
        vm.etch(address(registry), "");
        vm.etch(address(token), "");
        offering.refund(ALICE);
        assertEq(ALICE.balance, 5 ether, "everything");
    }

    function test_failedSaleLeavesTheTeamTheToken() external {
        buy(ALICE, 5 ether);
        close();
        vm.expectEmit();
        emit IInitialModelOffering.Finalised(IInitialModelOffering.State.Failed, 5 ether, 0, 0, 0);
        offering.finalise();
        assertEq(token.balanceOf(TEAM), FOR_SALE + FOR_TEAM, "all of it");
        vm.deal(address(this), 1 ether);
        (bool taken,) = address(token).call{value: 1 ether}("");
        assertTrue(taken, "fees still come in");
        vm.warp(CLOSES + 7 days);
        token.snapshot();
        vm.prank(TEAM);
        token.claim(1);
        assertEq(TEAM.balance, 1 ether, "and aren't lost");
    }

    function test_finaliseOnce() external {
        sell();
        offering.finalise();
        expectWrongState(IInitialModelOffering.State.Succeeded);
        offering.finalise();
        offering.claim(ALICE);
        assertEq(token.balanceOf(TEAM), FOR_TEAM, "once");
    }

    function test_teamBuys() external {
        buy(TEAM, 30 ether);
        buy(ALICE, 10 ether);
        close();
        offering.claim(TEAM);
        assertEq(token.balanceOf(TEAM), FOR_TEAM + 300e18, "like all others");
    }

    function test_nothingForTheTeam() external {
        IInitialModelOffering.Terms memory t = terms();
        t.tokensForTeam = 0;
        useOffering(create(t));
        sell();
        offering.claim(ALICE);
        assertEq(token.balanceOf(TEAM), 0, "nothing");
    }

    function test_buyersThatTakeNoEther() external {
        Refuser refuser = new Refuser();
        vm.warp(OPENS);
        vm.deal(address(this), 200 ether);
        refuser.call{value: 200 ether}(address(offering), 200 ether, abi.encodeCall(offering.buy, (digest)));
        unbind();
        vm.expectEmit();
        emit IInitialModelOffering.Claimed(address(refuser), FOR_SALE, 0);
        offering.claim(address(refuser));
        assertEq(token.balanceOf(address(refuser)), FOR_SALE, "the tokens all the same");
        vm.expectRevert("no ether");
        offering.refund(address(refuser));
        vm.expectEmit();
        emit IInitialModelOffering.RefundClaimed(address(refuser), CAROL, 100 ether);
        refuser.call(address(offering), 0, abi.encodeCall(offering.refundTo, (CAROL)));
        assertEq(CAROL.balance, 100 ether, "paid elsewhere");
        refuser.take(true);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToRefund.selector, address(refuser)));
        offering.refund(address(refuser));
    }

    function test_refusedRefundsOfAFailedSale() external {
        Refuser refuser = new Refuser();
        vm.warp(OPENS);
        vm.deal(address(this), 1 ether);
        refuser.call{value: 1 ether}(address(offering), 1 ether, abi.encodeCall(offering.buy, (digest)));
        buy(ALICE, 1 ether);
        close();
        vm.expectRevert("no ether");
        offering.refund(address(refuser));
        offering.refund(ALICE);
        refuser.take(true);
        offering.refund(address(refuser));
        assertEq(address(refuser).balance, 1 ether, "later");
    }

    function test_refundToIsTheCallers() external {
        buy(ALICE, 1 ether);
        close();
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NothingToRefund.selector, BOB));
        offering.refundTo(BOB);
    }

    /// @dev If the payment of an excess fails, for whatever reason, anyone can try again later.
    function test_refusedExcessIsPaidLater() external {
        buy(ALICE, 200 ether);
        unbind();
        Refuser refuser = new Refuser();
        vm.etch(ALICE, address(refuser).code);
        offering.claim(ALICE);
        assertTrue(ALICE.balance == 0 && token.balanceOf(ALICE) == FOR_SALE, "not paid, but has its tokens");
        Refuser(ALICE).take(true);
        offering.refund(ALICE);
        assertEq(ALICE.balance, 100 ether, "paid by another");
    }

    function test_reentrancy() external {
        Reenterer reenterer = new Reenterer();
        vm.warp(OPENS);
        vm.deal(address(this), 200 ether);
        reenterer.call{value: 200 ether}(address(offering), 200 ether, abi.encodeCall(offering.buy, (digest)));
        buy(ALICE, 200 ether);
        unbind();
        reenterer.prepare(address(offering), abi.encodeCall(offering.refund, (address(reenterer))));
        offering.claim(address(reenterer));
        assertTrue(reenterer.hasTried() && !reenterer.hasSucceeded(), "tried in vain");
        assertEq(address(reenterer).balance, 150 ether, "once");
    }

    function test_reentrantRefund() external {
        Reenterer reenterer = new Reenterer();
        vm.warp(OPENS);
        vm.deal(address(this), 2 ether);
        reenterer.call{value: 2 ether}(address(offering), 2 ether, abi.encodeCall(offering.buy, (digest)));
        buy(ALICE, 2 ether);
        close();
        reenterer.prepare(address(offering), abi.encodeCall(offering.refund, (address(reenterer))));
        offering.refund(address(reenterer));
        assertTrue(reenterer.hasTried() && !reenterer.hasSucceeded(), "tried in vain");
        reenterer.prepare(address(offering), abi.encodeCall(offering.finalise, ()));
        assertEq(address(offering).balance, 2 ether, "Alice's");
    }

    function test_forcedEtherDoesNotCount() external {
        vm.deal(address(this), 500 ether);
        new Forcer{value: 500 ether}(payable(address(offering)));
        sell();
        assertEq(offering.raised(), 40 ether, "raised");
        assertEq(offering.proceeds(), 40 ether, "proceeds");
        _requireAllocation(ALICE, 100e18, 0);
    }

    /// @dev Fees come in and are divided while Bob's tokens wait at the offering.
    function test_lateClaimsLoseNoRevenue() external {
        sell();
        vm.deal(address(this), 9 ether);
        (bool taken,) = address(token).call{value: 9 ether}("");
        assertTrue(taken, "revenue before anything moves");
        vm.expectRevert(IModelToken.NotOpen.selector);
        token.snapshot();

        offering.claim(ALICE);
        record();
        vm.prank(ALICE);
        token.claim(1);
        assertEq(ALICE.balance, 1 ether, "100 of 900");
        offering.claim(BOB);
        vm.prank(BOB);
        token.claim(1);
        assertEq(BOB.balance, 3 ether, "300 of 900");
        vm.prank(TEAM);
        token.claim(1);
        assertEq(TEAM.balance, 5 ether, "500 of 900");
        assertEq(address(token).balance, 0, "all");
    }

    function test_hasTheInterfaceOfOfferings() external view {
        assertTrue(offering.supportsInterface(type(IInitialModelOffering).interfaceId), "its own");
        assertTrue(offering.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        assertTrue(!offering.supportsInterface(0xffffffff), "none");
    }

    function test_twoOfferingsOfAModel() external {
        InitialModelOffering second = create(terms());
        vm.warp(OPENS);
        vm.deal(ALICE, 1);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.NotListed.selector, address(token), uint256(3000)));
        second.buy{value: 1}(digest);
    }
}
