// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IModelToken} from "../src/interfaces/IModelToken.sol";
import {FeeToken, HostileToken, PlainToken} from "./doubles/Tokens.sol";
import {TokenTest} from "./utils/TokenTest.sol";

/// @dev Revenue in other tokens, of which some are hostile.
contract ModelTokenERC20Test is TokenTest {
    PlainToken private plain = new PlainToken();
    PlainToken private other = new PlainToken();
    HostileToken private hostile = new HostileToken();

    function _deposit(PlainToken from, uint256 amount) private {
        from.mint(address(this), amount);
        from.approve(address(token), amount);
        token.depositERC20(from, amount);
    }

    function _claim(address account, uint256 id, IERC20 from) private {
        vm.prank(account);
        token.claimERC20(id, from);
    }

    function _burn(address account, uint256 amount, IERC20[] memory tokens) private {
        vm.prank(account);
        token.burnAndRedeem(amount, tokens);
    }

    function _hostile() private view returns (IERC20) {
        return IERC20(address(hostile));
    }

    /// @dev Deposits so much of the hostile token as it says.
    function _depositHostile(uint256 amount) private {
        hostile.set(0, amount, true);
        token.depositERC20(_hostile(), 1);
        hostile.set(0, 0, true);
    }

    function _sorted(IERC20 a, IERC20 b) private pure returns (IERC20[] memory tokens) {
        tokens = new IERC20[](2);
        (tokens[0], tokens[1]) = address(a) < address(b) ? (a, b) : (b, a);
    }

    function test_claims() external {
        plain.mint(address(this), 900);
        plain.approve(address(token), 900);
        vm.expectEmit(address(token));
        emit IModelToken.RevenueReceivedERC20(plain, address(this), 900);
        token.depositERC20(plain, 900);
        uint256 id = record();
        assertEq(token.revenueAt(id, plain), 900, "revenue");
        assertEq(token.claimableERC20(ALICE, id, address(plain)), 300, "claimable");
        _claim(ALICE, id, plain);
        assertEq(plain.balanceOf(ALICE), 300, "claimed");
        vm.expectRevert(abi.encodeWithSelector(IModelToken.NothingToClaim.selector, ALICE));
        _claim(ALICE, id, plain);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.NothingToClaim.selector, ALICE));
        _claim(ALICE, id, other);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.NothingToClaim.selector, ALICE));
        vm.prank(ALICE);
        token.claim(id);
    }

    function test_tokensHandedOutLateShareToo() external {
        _deposit(plain, 900);
        uint256 id = record();
        token.transfer(CAROL, LATE);
        _claim(CAROL, id, plain);
        assertEq(plain.balanceOf(CAROL), 100, "claimed");
    }

    function test_etherIsNoToken() external {
        earn(900);
        uint256 id = record();
        earn(900);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(0)));
        _claim(ALICE, id, IERC20(address(0)));
        vm.expectRevert(abi.encodeWithSelector(IModelToken.TokensNotAscending.selector, address(0)));
        _burn(ALICE, 1, new IERC20[](1));
        (bool done,) = address(token).call(abi.encodeCall(token.depositERC20, (IERC20(address(0)), 0)));
        assertTrue(!done, "no deposit");
        assertEq(claim(ALICE, id), 300, "the claim is there");
    }

    function test_burnRedeemsWhatIsNamed() external {
        earn(900);
        _deposit(plain, 9000);
        _deposit(other, 90_000);
        pass(1 days);
        vm.prank(ALICE);
        assertEq(token.redeemableERC20OnBurn(150, address(plain)), 1500, "redeemable");
        _burn(ALICE, 150, _sorted(plain, other));
        assertTrue(plain.balanceOf(ALICE) == 1500 && other.balanceOf(ALICE) == 15_000, "tokens");
        assertEq(ALICE.balance, 150, "ether");
        burn(ALICE, 150);
        assertEq(plain.balanceOf(ALICE), 1500, "not named");
        uint256 id = record();
        // The second 150 tokens' seconds of a day are gone, and what they would have had is shared by the others.
        assertEq(token.claimableERC20(BOB, id, address(plain)), 7500 * uint256(5) / 6, "left to the others");
        assertEq(token.claimableRevenue(BOB, id), 500, "ether is as it was");
    }

    function test_burnNamesATokenOnce() external {
        _deposit(plain, 900);
        IERC20[] memory twice = _sorted(plain, plain);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.TokensNotAscending.selector, plain));
        _burn(ALICE, 1, twice);
        IERC20[] memory falling = _sorted(plain, other);
        (falling[0], falling[1]) = (falling[1], falling[0]);
        vm.expectRevert(abi.encodeWithSelector(IModelToken.TokensNotAscending.selector, falling[1]));
        _burn(ALICE, 1, falling);
    }

    function test_fees() external {
        FeeToken fee = new FeeToken();
        fee.mint(address(this), 1000);
        fee.approve(address(token), 1000);
        token.depositERC20(fee, 1000);
        uint256 id = record();
        assertEq(token.revenueAt(id, fee), 900, "what arrived");
        _claim(ALICE, id, fee);
        _claim(BOB, id, fee);
        token.transfer(CAROL, LATE);
        _claim(CAROL, id, fee);
        assertEq(fee.balanceOf(address(token)), 0, "enough for all");
    }

    function test_plainTransfersAreNoRevenue() external {
        plain.mint(address(token), 900);
        pass(1);
        assertEq(token.redeemableBy(ALICE, 300, plain), 0, "not counted");
    }

    function test_itselfIsNoRevenue() external {
        vm.prank(ALICE);
        token.approve(address(token), 10);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(token)));
        token.depositERC20(token, 10);
    }

    function test_depositThatIsRefused() external {
        hostile.set(0, 10, false);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(hostile)));
        token.depositERC20(_hostile(), 10);
    }

    /// @dev A token with more revenue than anything can multiply harms nothing but its own claims.
    function test_hostileAmounts() external {
        _depositHostile(type(uint256).max);
        earn(900);
        uint256 id = record();
        uint256 third = type(uint256).max / 3;
        assertEq(token.claimableERC20(ALICE, id, address(hostile)), third, "a third of it");
        _claim(ALICE, id, _hostile());
        assertEq(claim(ALICE, id), 300, "ether is safe");

        _depositHostile(type(uint256).max);
        hostile.set(0, 1, true);
        (bool done,) = address(token).call(abi.encodeCall(token.depositERC20, (_hostile(), 1)));
        assertTrue(!done, "its revenue can't overflow");
    }

    function test_hostileClaims() external {
        _depositHostile(900);
        earn(900);
        uint256 id = record();
        hostile.set(0, 0, false);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(hostile)));
        _claim(ALICE, id, _hostile());
        assertEq(claim(ALICE, id), 300, "ether is safe");
    }

    function test_hostileBurns() external {
        _depositHostile(900);
        _deposit(plain, 900);
        earn(900);
        pass(1 days);
        hostile.set(0, 0, false);
        IERC20[] memory both = _sorted(plain, _hostile());
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(hostile)));
        _burn(ALICE, 90, both);
        IERC20[] memory one = new IERC20[](1);
        one[0] = plain;
        _burn(ALICE, 90, one);
        assertTrue(plain.balanceOf(ALICE) == 90 && ALICE.balance == 90, "without it");
    }

    /// @dev A token that calls back while it is moved gets nowhere.
    function test_hostileReentrancy() external {
        earn(900);
        _depositHostile(900);
        token.transfer(address(hostile), LATE);
        uint256 id = record();
        earn(900);
        bytes[6] memory calls = [
            abi.encodeCall(token.claim, (id)),
            abi.encodeCall(token.claimERC20, (id, _hostile())),
            abi.encodeCall(token.claimMany, (new uint256[](0), ALICE)),
            abi.encodeCall(token.burn, (10)),
            abi.encodeCall(token.depositERC20, (_hostile(), 1)),
            abi.encodeCall(token.snapshot, ())
        ];
        pass(7 days);
        for (uint256 index; index < calls.length; ++index) {
            hostile.prepare(address(token), calls[index]);
            token.depositERC20(_hostile(), 1);
            assertTrue(hostile.hasTried() && !hostile.hasSucceeded(), "tried in vain");
        }
    }

    /// @dev A token that moves shares while it is claimed changes nothing of what is claimed.
    function test_hostileTransfers() external {
        _depositHostile(900);
        uint256 id = record();
        vm.prank(ALICE);
        token.approve(address(hostile), 300);
        hostile.prepare(address(token), abi.encodeCall(token.transferFrom, (ALICE, BOB, 300)));
        _claim(ALICE, id, _hostile());
        assertTrue(hostile.hasSucceeded(), "transfers aren't barred");
        assertEq(token.claimableERC20(BOB, id, address(hostile)), 500, "Bob has his share");
        assertEq(token.claimableERC20(ALICE, id, address(hostile)), 0, "Alice has claimed hers");
    }
}
