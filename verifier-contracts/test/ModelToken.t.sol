// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ModelToken} from "../src/ModelToken.sol";
import {IERC7641, IERC7641AltRevToken} from "../src/interfaces/IERC7641.sol";
import {IModelToken} from "../src/interfaces/IModelToken.sol";
import {Forcer, Reenterer, Refuser} from "./doubles/Accounts.sol";
import {TokenTest} from "./utils/TokenTest.sol";

/// @dev Supply, snapshots, what the market owes, and claims, of revenue in ether.
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
        assertEq(token.snapshotDistance(), 7 days, "distance");
        assertEq(token.keyDigest(), KEY, "key");
        assertTrue(address(token.market()) == address(market), "market");
    }

    function test_interfaces() external view {
        bytes4[7] memory ids = [
            type(IERC165).interfaceId,
            type(IERC20).interfaceId,
            type(IERC20Metadata).interfaceId,
            type(IERC20Permit).interfaceId,
            type(IERC7641).interfaceId,
            type(IERC7641AltRevToken).interfaceId,
            type(IModelToken).interfaceId
        ];
        for (uint256 index; index < ids.length; ++index) {
            assertTrue(token.supportsInterface(ids[index]), "supported");
        }
        assertTrue(!token.supportsInterface(0xffffffff), "none");
    }

    /// @dev ERC-2612: an approval by signature, for this token and chain, once.
    function test_permit() external {
        (address owner, uint256 key) = (vm.addr(7), 7);
        bytes32 permit = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(permit, owner, BOB, 5, 0, TIME));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Digits"),
                keccak256("1"),
                block.chainid,
                token
            )
        );
        assertEq(token.DOMAIN_SEPARATOR(), domain, "domain");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, message)));
        token.permit(owner, BOB, 5, TIME, v, r, s);
        assertEq(token.allowance(owner, BOB), 5, "allowance");
        assertEq(token.nonces(owner), 1, "nonce");
        bytes memory again = abi.encodeCall(token.permit, (owner, BOB, 5, TIME, v, r, s));
        (bool done,) = address(token).call(again);
        assertTrue(!done, "once");
    }

    function test_supplyThatNoCheckpointHolds() external {
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SupplyTooLarge.selector, 1 << 95));
        createOf(1 << 95);
        assertEq(createOf((1 << 95) - 1).totalSupply(), (1 << 95) - 1, "the most");
    }

    /// @dev The largest supply over the longest time: nothing overflows.
    function test_largestHoldings() external {
        token = createOf((1 << 95) - 1);
        token.open(0);
        token.transfer(ALICE, (1 << 95) - 1);
        pass((1 << 32) - 1 - 7 days);
        move(ALICE, BOB, (1 << 95) - 2);
        earn(1000);
        uint256 id = record();
        assertTrue(claim(ALICE, id) == 999 && token.claimableRevenue(BOB, id) == 0, "by time");
        move(BOB, ALICE, 1);
    }

    function test_nothingMovesBeforeItIsOpen() external {
        ModelToken closed = create();
        vm.expectRevert(IModelToken.NotOpen.selector);
        closed.transfer(ALICE, 1);
        vm.expectRevert(IModelToken.NotOpen.selector);
        closed.burn(1);
        pass(10 days);
        vm.expectRevert(IModelToken.NotOpen.selector);
        closed.snapshot();
        assertEq(closed.redeemableOnBurn(1), 0, "nothing");
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
        token.transfer(ALICE, 90);
        pass(1 days);
        assertEq(address(token).balance, 900, "all there");
        assertEq(token.redeemableBy(ALICE, 90, ETHER), 90, "shared by what is sold");
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
        assertEq(token.paidOf(ALICE, id, ETHER), 300, "on record");
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
        assertEq(token.snapshotOf(id).tokenSeconds, 900 * 7 days, "token-seconds");
    }

    function test_snapshotEvent() external {
        earn(33);
        pass(7 days);
        vm.expectEmit();
        emit IModelToken.SnapshotTaken(1, 900 * 7 days, 33);
        token.snapshot();
        IModelToken.Snapshot memory found = token.snapshotOf(1);
        assertTrue(found.start == TIME && found.end == timeNow, "period");
    }

    function test_snapshotsHaveADistance() external {
        _expectTooEarly(TIME + 7 days);
        record();
        _expectTooEarly(TIME + 14 days);
        vm.warp(TIME + 14 days - 1);
        _expectTooEarly(TIME + 14 days);
        vm.warp(TIME + 14 days);
        assertEq(token.snapshot(), 2, "the very second");
    }

    function _expectTooEarly(uint256 next) private {
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotTooEarly.selector, next));
        token.snapshot();
    }

    // Fees that wait in the market

    function test_snapshotsFetchWhatTheMarketOwes() external {
        earn(90);
        owe(810);
        assertEq(token.revenueWaiting(), 900, "waiting");
        pass(7 days);
        vm.expectEmit();
        emit IModelToken.SnapshotTaken(1, 900 * 7 days, 900);
        uint256 id = token.snapshot();
        assertEq(claim(ALICE, id), 300, "of all of it");
        assertEq(token.revenueWaiting(), 0, "nothing waits");
    }

    function test_anyoneCanFetchThem() external {
        owe(900);
        vm.prank(CAROL);
        assertEq(token.collect(), 900, "amount");
        assertEq(token.revenueAt(1, ETHER), 900, "revenue");
        assertEq(token.collect(), 0, "once");
    }

    /// @dev A burn forgoes nothing of them.
    function test_burnsFetchThem() external {
        owe(900);
        pass(1 days);
        assertEq(token.redeemableBy(ALICE, 300, ETHER), 300, "redeemable");
        assertEq(burn(ALICE, 300), 300, "redeemed");
        assertEq(market.credit(address(token)), 0, "fetched");
    }

    /// @dev And the last burn locks nothing, as there is none.
    function test_theLastTokensCantBeBurned() external {
        token.transfer(BOB, LATE);
        burn(ALICE, 300);
        vm.prank(BOB);
        vm.expectRevert(IModelToken.LastTokens.selector);
        token.burn(600);
        pass(1);
        owe(600);
        assertEq(burn(BOB, 599), 599, "all but one");
        owe(900);
        uint256 id = record();
        assertTrue(token.claimableRevenue(BOB, id) >= 900, "who is left gets what comes");
    }

    /// @dev What waits at the distributor may be dust that nobody gets.
    function test_theDistributorsTokensAreNotTheLast() external {
        burn(ALICE, 300);
        vm.prank(BOB);
        vm.expectRevert(IModelToken.LastTokens.selector);
        token.burn(500);
        burn(BOB, 499);
    }

    function test_unknownSnapshots() external {
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotUnknown.selector, 0));
        token.claimableRevenue(ALICE, 0);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotUnknown.selector, 1));
        token.claim(1);
        uint256 far = (1 << 32) + 1;
        record();
        vm.expectRevert(abi.encodeWithSelector(IModelToken.SnapshotUnknown.selector, far));
        token.claimableRevenue(ALICE, far);
    }

    function test_roundingFavoursTheContract() external {
        earn(899);
        pass(1);
        assertEq(burn(ALICE, 1), 0, "899/900 of a wei");
        uint256 id = record();
        assertEq(claim(ALICE, id), 299, "899 shares of a wei each");
        earn(10);
        id = record();
        assertEq(claim(ALICE, id) + claim(BOB, id), 3 + 5, "floors");
        assertTrue(address(token).balance > 0, "remainders stay");
    }

    function test_forcedEtherDoesNotCount() external {
        earn(900);
        new Forcer{value: 0}(payable(address(token)));
        vm.deal(address(this), 5);
        new Forcer{value: 5}(payable(address(token)));
        assertEq(address(token).balance, 905, "it is there");
        pass(1);
        assertEq(token.redeemableBy(ALICE, 300, ETHER), 300, "and doesn't count");
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

    /// @dev What is handed out counts from the start of the token, whenever that is.
    function test_tokensHandedOutBetweenSnapshots() external {
        earn(900);
        uint256 first = record();
        pass(3 days);
        token.transfer(CAROL, 40);
        earn(900);
        pass(4 days);
        uint256 second = token.snapshot();
        pass(1 days);
        token.transfer(CAROL, 60);
        assertEq(token.sharesOf(CAROL, first), 100 * 7 days, "all of it late");
        assertEq(token.sharesOf(CAROL, second), 100 * 7 days, "a part of it late");
        // What was handed out late and moved on doesn't count for the receiver.
        move(CAROL, BOB, 100);
        assertEq(token.sharesOf(BOB, first), 500 * 7 days, "before");
        assertEq(token.sharesOf(CAROL, second), 100 * 7 days, "shares stay");
        uint256 third = record();
        assertEq(token.sharesOf(CAROL, third), 100 * 1 days, "the running period's too");
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

    function test_handedOutInTheSecondOfTheSnapshot() external {
        earn(900);
        uint256 id = record();
        token.transfer(CAROL, 100);
        assertEq(token.sharesOf(CAROL, id), 100 * 7 days, "once");
        assertEq(claim(CAROL, id), 100, "and paid once");
        assertEq(token.sharesOf(CAROL, record()), 100 * 7 days, "and the next");
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
        pass(1 days);
        bytes memory again = abi.encodeCall(token.claim, (id));
        _requireNoReentrancy(reenterer, abi.encodeCall(token.burn, (10)), again);
        _requireNoReentrancy(reenterer, again, again);
        assertEq(address(reenterer).balance, 110, "paid once");
    }

    function test_reentrantBurn() external {
        Reenterer reenterer = new Reenterer();
        token.transfer(address(reenterer), LATE);
        earn(900);
        pass(1 days);
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
}
