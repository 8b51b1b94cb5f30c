// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {PlainToken} from "./doubles/Tokens.sol";
import {OfferingTest} from "./utils/OfferingTest.sol";

/// @dev What the steps of an offering and of a token cost, each in a transaction of its own, with its base and calldata,
/// as `snapshots/` has it.
/// forge-config: default.isolate = true
contract OfferingGasTest is OfferingTest {
    function _snapshot(string memory name) private {
        vm.snapshotGasLastCall("offering", name);
    }

    function test_snapshot_offering() external {
        _sale();
        _tranches();
    }

    function _sale() private {
        buy(ALICE, 150 ether);
        _snapshot("buy, the first of all");
        buy(BOB, 50 ether);
        _snapshot("buy");
        buy(BOB, 1 ether);
        _snapshot("buy again");
        buy(CAROL, 1 ether);
        unbind();
        offering.claim(ALICE);
        _snapshot("claim with excess, and the end of the sale");
        offering.claim(BOB);
        _snapshot("claim with excess");
        offering.refund(CAROL);
        _snapshot("refund of excess");
        offering.claim(CAROL);
        _snapshot("claim");
    }

    function _tranches() private {
        market.earn(MODEL, 10 ether);
        offering.release(0);
        _snapshot("release by earnings");
        vm.warp(EXPIRES + 1);
        offering.forfeit(1);
        _snapshot("forfeit");
        offering.refund(ALICE);
        _snapshot("refund of what is forfeited");
    }

    function test_snapshot_offering_failed() external {
        buy(ALICE, 1 ether);
        close();
        offering.refund(ALICE);
        _snapshot("refund of a failed sale");
    }

    function test_snapshot_token() external {
        sell();
        offering.claim(ALICE);
        _earn();
        _token("revenue, the first for a snapshot");
        _earn();
        _token("revenue");
        _transfer(ALICE, CAROL, "transfer to a new holder");
        _transfer(ALICE, CAROL, "transfer");
        vm.prank(ALICE);
        token.burn(1e18);
        _token("burn");
        unbind();
        vm.deal(address(this), 1 ether);
        market.owe{value: 1 ether}(address(token));
        token.snapshot();
        _token("snapshot that fetches fees");
        vm.prank(ALICE);
        token.claim(1);
        _token("claim of revenue");
        _transfer(ALICE, CAROL, "transfer, the first of both after a snapshot");
        offering.claim(BOB);
        _snapshot("claim after a snapshot");
        _erc20();
    }

    function _transfer(address from, address to, string memory name) private {
        vm.prank(from);
        token.transfer(to, 1e18);
        _token(name);
    }

    function _erc20() private {
        PlainToken plain = new PlainToken();
        plain.mint(address(this), 1e18);
        plain.approve(address(token), 1e18);
        token.depositERC20(plain, 1e18);
        _token("deposit of a token");
        IERC20[] memory tokens = new IERC20[](1);
        tokens[0] = plain;
        vm.prank(ALICE);
        token.burnAndRedeem(1e18, tokens);
        _token("burn that redeems a token");
        vm.warp(CLOSES + 14 days);
        token.snapshot();
        _token("snapshot");
        vm.prank(ALICE);
        token.claimERC20(2, plain);
        _token("claim of a token");
    }

    function _earn() private {
        vm.deal(address(this), 1 ether);
        (bool taken,) = address(token).call{value: 1 ether}("");
        assertTrue(taken, "revenue");
    }

    function _token(string memory name) private {
        vm.snapshotGasLastCall("token", name);
    }
}
