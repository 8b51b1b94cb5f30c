// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IInitialModelOffering} from "../src/interfaces/IInitialModelOffering.sol";
import {IModelToken} from "../src/interfaces/IModelToken.sol";
import {InvariantTest} from "./utils/InvariantTest.sol";
import {OfferingHandler} from "./utils/OfferingHandler.sol";
import {OfferingTest} from "./utils/OfferingTest.sol";

/// @dev What holds for an offering and its token, whatever people do.
abstract contract OfferingInvariants is OfferingTest, InvariantTest {
    IERC20 private constant ETHER = IERC20(address(0));

    OfferingHandler internal handler;

    function setUp() public virtual override {
        super.setUp();
        address[] memory people = new address[](4);
        (people[0], people[1], people[2], people[3]) = (TEAM, ALICE, BOB, CAROL);
        handler = new OfferingHandler(offering, market, milestone, people);
        target(address(handler));
    }

    function _hasEnded() private view returns (bool) {
        return offering.state() >= IInitialModelOffering.State.Failed;
    }

    /// @dev The ether is what was paid, less what was paid out; forced ether aside.
    function invariant_offeringsBooks() external view {
        uint256 expected = handler.bought() + handler.forcedOnOffering() - handler.refunded() - handler.tranchesPaid();
        assertEq(address(offering).balance, expected, "balance");
        assertEq(offering.raised(), handler.bought(), "raised");
    }

    /// @dev Everything that was paid can be refunded, or was; or it bought tokens, and is for the tranches.
    function invariant_offeringIsSolvent() external view {
        if (!_hasEnded()) return;
        uint256 owed;
        for (uint256 index; index < handler.count(); ++index) {
            address person = handler.people(index);
            (, uint256 due) = offering.allocationOf(person);
            due += handler.forfeited() * handler.boughtBy(person) / Math.max(offering.raised(), 1);
            uint256 refunded = handler.refundedTo(person);
            assertTrue(refunded <= due, "not more than is due");
            assertTrue(refunded + offering.refundable(person) <= due, "nor later");
            owed += due - refunded;
        }
        for (uint256 index; index < 3; ++index) {
            (IInitialModelOffering.TrancheState found, uint256 amount) = offering.trancheOf(index);
            if (found == IInitialModelOffering.TrancheState.Locked) owed += amount;
        }
        uint256 there = address(offering).balance - handler.forcedOnOffering();
        assertTrue(there >= owed, "solvent");
        assertTrue(there - owed < handler.count() + 3, "nothing is left but remainders");
    }

    /// @dev All tokens that were sold are with the buyers, or at the offering for them.
    function invariant_tokensAreThere() external view {
        if (!token.isOpen()) {
            assertEq(token.balanceOf(address(offering)), FOR_SALE + FOR_TEAM, "all");
            return;
        }
        uint256 sum;
        uint256 allocated;
        for (uint256 index; index < handler.count(); ++index) {
            sum += token.balanceOf(handler.people(index));
            (uint256 tokens,) = offering.allocationOf(handler.people(index));
            allocated += tokens;
        }
        uint256 kept = token.balanceOf(address(offering));
        assertEq(sum + kept, token.totalSupply(), "nobody else has any");
        bool isSold = offering.state() == IInitialModelOffering.State.Succeeded;
        uint256 handedOut = sum + handler.burned() - (isSold ? FOR_TEAM : FOR_SALE + FOR_TEAM);
        assertTrue(handedOut <= allocated && allocated - handedOut <= kept, "what isn't handed out is kept");
        assertTrue(kept + handedOut - allocated < handler.count(), "and no more than that");
    }

    /// @dev The supply is what was sold and the team's, less burns.
    function invariant_supplyOnlyFalls() external view {
        if (!token.isOpen()) return;
        uint256 sold = FOR_SALE;
        if (offering.state() == IInitialModelOffering.State.Succeeded && offering.raised() < CAP) {
            sold = offering.raised() * FOR_SALE / CAP;
        }
        assertEq(token.totalSupply() + handler.burned(), sold + FOR_TEAM, "supply");
    }

    function invariant_statesGoOneWay() external view {
        assertEq(handler.broken(), 0, "steps back");
    }

    /// @dev The parts in which revenue is divided are all token-seconds of the period, counting what is handed out late.
    function invariant_sharesAreTheSupply() external view {
        for (uint256 id = 1; id <= token.snapshotCount(); ++id) {
            IModelToken.Snapshot memory found = token.snapshotOf(id);
            uint256 sum = token.balanceOf(address(offering)) * (found.end - found.start);
            for (uint256 index; index < handler.count(); ++index) {
                sum += token.sharesOf(handler.people(index), id);
            }
            assertEq(sum, found.tokenSeconds, "shares");
        }
    }

    function invariant_etherRevenue() external view {
        _requireRevenue(ETHER, address(token).balance + market.credit(address(token)) - handler.forcedOnToken());
    }

    function invariant_tokenRevenue() external view {
        IERC20 plain = handler.PLAIN();
        _requireRevenue(plain, plain.balanceOf(address(token)));
    }

    /// @dev What came in was paid or is there, and is enough for all that can be claimed, of each snapshot for itself.
    function _requireRevenue(IERC20 asset, uint256 balance) private view {
        assertEq(balance + handler.paid(asset), handler.earned(asset), "what came in");
        uint256 count = token.snapshotCount();
        uint256 owed = address(asset) == address(0) ? token.revenueWaiting() : token.revenueAt(count + 1, asset);
        for (uint256 id = 1; id <= count; ++id) {
            uint256 claimable;
            for (uint256 index; index < handler.count(); ++index) {
                claimable += token.claimableERC20(handler.people(index), id, address(asset));
            }
            assertTrue(claimable + handler.claimed(asset, id) <= token.revenueAt(id, asset), "not more than came in");
            owed += claimable;
        }
        assertTrue(owed <= balance, "solvent");
    }
}

/// @dev From the beginning of the sale. Most of these sales fail.
contract OfferingSaleInvariantTest is OfferingInvariants {}

/// @dev From the end of a sale that succeeded, with a part in excess.
contract OfferingSucceededInvariantTest is OfferingInvariants {
    function setUp() public override {
        super.setUp();
        for (uint256 index; index < handler.count(); ++index) {
            handler.buy(index, (10 + index * 7) * 1 ether + index);
        }
        handler.endSale();
        requireState(IInitialModelOffering.State.Succeeded);
    }
}
