// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {MarketHandler} from "./utils/MarketHandler.sol";
import {MarketTest} from "./utils/MarketTest.sol";
import {VerifierDouble} from "./doubles/VerifierDouble.sol";

/// @dev What holds after whatever was done in whatever order ({MarketHandler}).
/// forge-config: default.invariant.runs = 24
/// forge-config: default.invariant.depth = 80
/// forge-config: default.invariant.fail-on-revert = true
contract InferenceMarketInvariantTest is MarketTest {
    MarketHandler private handler;

    function setUp() public override {
        super.setUp();
        // Two models of one key, of which one leaves all to the holders.
        (address key,) = storeKey("model");
        vm.prank(REGISTRANT);
        bytes32 greedy = registry.register(key, keyDigest, 0, "greedy");
        vm.prank(REGISTRANT);
        market.list(greedy, address(0x6eed), 10_000);
        bytes32[] memory models = new bytes32[](2);
        (models[0], models[1]) = (modelId, greedy);
        (address batchKey, VerifierDouble.Key memory batch) = storeBatchKey("model", 4);
        registry.addBatchKey(modelId, 4, batchKey);
        registry.addBatchKey(greedy, 4, batchKey);
        handler = new MarketHandler(market, verifier, models, keyDigest, batch.digest);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev That the handler's actions come about, and do not only fail, here in a fixed sequence.
    function test_theHandlerGetsEverywhere() external {
        for (uint256 step; step < 2000; ++step) {
            uint256 seed = uint256(keccak256(abi.encode(step)));
            _act(step % 10, seed, uint256(keccak256(abi.encode(seed))));
        }
        assertTrue(handler.fulfilled() > 10, "fulfilled");
        assertTrue(handler.batches() > 10, "batches");
        assertTrue(handler.locked() > 10, "locked");
        assertTrue(handler.refunded() > 10, "refunded");
        assertTrue(handler.withdrawn() > 10, "withdrawn");
        assertEq(handler.breaches(), 0, "breaches");
    }

    function _act(uint256 action, uint256 seed, uint256 other) private {
        if (action < 2) handler.order(seed, uint128(other), uint64(seed), uint128(seed), uint32(seed), uint8(other));
        if (action == 2) handler.lock(seed, other);
        if (action == 3) handler.fulfil(seed, seed >> 8, other);
        if (action == 4) handler.fulfilMany(seed, seed >> 8, [other, seed, other >> 8, other]);
        if (action == 5) handler.refund(seed, other);
        if (action == 6) handler.withdraw(seed, other);
        if (action == 7) handler.wait(seed);
        if (action == 8) handler.fulfilBatch(seed, [seed >> 8, other >> 8], [other, seed, other >> 16]);
        if (action == 9) handler.cheatBatch(seed, [seed >> 8, other >> 8], [other, seed, other >> 16], uint8(other));
    }

    /// @dev Every wei is the fee of an open request, the bond of a lock, part of a credit, or was forced on the market.
    function invariant_isSolventToTheWei() external view {
        uint256 owed = handler.forced();
        for (uint256 index; index < handler.requestCount(); ++index) {
            IInferenceMarket.Request memory r = market.requestOf(handler.requests(index));
            if (r.state == IInferenceMarket.State.Open) owed += r.fee;
            if (r.lockedBy != address(0)) owed += r.bond;
        }
        address[] memory accounts = handler.accounts();
        for (uint256 index; index < accounts.length; ++index) {
            owed += market.credit(accounts[index]);
        }
        assertEq(address(market).balance, owed, "balance");
        assertEq(address(market).balance, handler.paidIn() + handler.forced() - handler.paidOut(), "flows");
    }

    /// @dev Also: what may be done can be done, and what must not be done cannot, at any time.
    function invariant_aRequestEndsOnceAndIsPaidWithAProofOnly() external {
        assertTrue(handler.look(), "states go one way");
        assertEq(handler.breaches(), 0, "breaches");
        uint256 settled = market.settledCount(modelId);
        uint256 all;
        for (uint256 index; index < handler.requestCount(); ++index) {
            bytes32 requestId = handler.requests(index);
            IInferenceMarket.Request memory r = market.requestOf(requestId);
            bool open = r.state == IInferenceMarket.State.Open;
            assertEq(handler.endings(requestId), open ? 0 : 1, "endings");
            bool fulfilled = r.state == IInferenceMarket.State.Fulfilled;
            assertEq(handler.payments(requestId), fulfilled ? 1 : 0, "payments");
            if (fulfilled && r.modelId == modelId) ++all;
            if (!open) assertEq(r.lockedBy, address(0), "the bond has been returned");
        }
        assertEq(settled, all, "count");
    }

    /// @dev However it went, and though the verifier is gone: everybody who takes ether gets what is his.
    function afterInvariant() external {
        vm.etch(address(verifier), "");
        vm.warp(START + 365 days);
        for (uint256 index; index < handler.requestCount(); ++index) {
            bytes32 requestId = handler.requests(index);
            if (market.requestOf(requestId).state == IInferenceMarket.State.Open) market.refund(requestId);
        }
        uint256 refused;
        address[] memory accounts = handler.accounts();
        for (uint256 index; index < accounts.length; ++index) {
            if (accounts[index].code.length != 0) refused += market.credit(accounts[index]);
            else if (market.credit(accounts[index]) != 0) market.withdraw(payable(accounts[index]));
        }
        assertEq(address(market).balance, refused + handler.forced(), "nothing else is left");
    }
}
