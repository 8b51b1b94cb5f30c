// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ModelToken} from "../../src/ModelToken.sol";
import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {MarketDouble} from "../doubles/MarketDouble.sol";
import {Test} from "./Test.sol";

/// @dev A token whose distributor is the test: of 1000 units 100 were not sold, Alice has 300, Bob 500, and 100 wait. A period
/// is a week unless a test says otherwise.
abstract contract TokenTest is Test {
    bytes32 internal constant MODEL = keccak256("a model");
    bytes32 internal constant KEY = keccak256("its key");
    uint256 internal constant SUPPLY = 1000;
    uint256 internal constant UNSOLD = 100;
    uint256 internal constant LATE = 100;
    uint256 internal constant TIME = 1_000_000;

    address payable internal constant ALICE = payable(address(0xa11ce));
    address payable internal constant BOB = payable(address(0xb0b));
    address payable internal constant CAROL = payable(address(0xca401));

    MarketDouble internal market = new MarketDouble(address(0));
    ModelToken internal token;
    uint256 internal timeNow = TIME;

    function setUp() public virtual {
        vm.warp(TIME);
        token = create();
        token.open(UNSOLD);
        token.transfer(ALICE, 300);
        token.transfer(BOB, 500);
    }

    function create() internal returns (ModelToken) {
        return createOf(SUPPLY);
    }

    function createOf(uint256 supply) internal returns (ModelToken) {
        IInferenceMarket owed = IInferenceMarket(address(market));
        return new ModelToken("Digits", "DGT", MODEL, KEY, owed, supply, address(this));
    }

    function pass(uint256 time) internal {
        timeNow += time;
        vm.warp(timeNow);
    }

    /// @dev Revenue in ether, from anybody.
    function earn(uint256 amount) internal {
        vm.deal(address(this), amount);
        (bool taken,) = address(token).call{value: amount}("");
        assertTrue(taken, "revenue is taken");
    }

    /// @dev What the market owes to the token.
    function owe(uint256 amount) internal {
        vm.deal(address(this), amount);
        market.owe{value: amount}(address(token));
    }

    /// @dev A snapshot after a week, which is a period.
    function record() internal returns (uint256 snapshotId) {
        pass(7 days);
        snapshotId = token.snapshot();
    }

    function claim(address account, uint256 snapshotId) internal returns (uint256 paid) {
        uint256 before = account.balance;
        vm.prank(account);
        token.claim(snapshotId);
        paid = account.balance - before;
    }

    function burn(address account, uint256 amount) internal returns (uint256 paid) {
        uint256 before = account.balance;
        vm.prank(account);
        token.burn(amount);
        paid = account.balance - before;
    }

    function move(address from, address to, uint256 amount) internal {
        vm.prank(from);
        token.transfer(to, amount);
    }
}
