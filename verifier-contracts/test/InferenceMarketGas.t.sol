// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {Recorder} from "./utils/Hostile.sol";
import {MarketTest} from "./utils/MarketTest.sol";
import {VerifierDouble} from "./doubles/VerifierDouble.sol";

/// @dev What the actions cost as transactions, over a double of the verifier: to that, a settlement adds its verification
/// and the calldata of its proof. Who is credited had nothing before, which is the dearest case.
/// forge-config: default.isolate = true
contract InferenceMarketGasTest is MarketTest {
    uint256 private constant MANY = 10;

    bytes32 private open_;
    bytes32 private locked;
    bytes32 private withCallback;
    bytes32[] private many;
    address private key;
    bytes32 private digest;

    function setUp() public override {
        super.setUp();
        open_ = open(lockable());
        locked = open(lockable());
        lockAs(OPERATOR, locked);
        IInferenceMarket.Order memory order = plain();
        (order.callback, order.callbackGas) = (address(new Recorder()), 200_000);
        withCallback = open(order);
        for (uint256 index; index < MANY; ++index) {
            many.push(open(plain()));
        }
        VerifierDouble.Key memory stored;
        (key, stored) = storeKey("another");
        digest = stored.digest;
    }

    function _snapshot(string memory name) private {
        vm.snapshotGasLastCall("market", name);
    }

    function test_snapshot_request() external {
        vm.deal(RIVAL, FEE);
        vm.prank(RIVAL);
        market.request{value: FEE}(lockable(), INPUT);
        _snapshot("request");
    }

    function test_snapshot_requestHashed() external {
        openAs(RIVAL, plain(), FEE);
        _snapshot("requestHashed");
    }

    function test_snapshot_lock() external {
        lockAs(OPERATOR, open_);
        _snapshot("lock");
    }

    function test_snapshot_fulfil() external {
        fulfilAs(RELAYER, answer(many[0], OPERATOR));
        _snapshot("fulfil");
    }

    function test_snapshot_fulfilLocked() external {
        fulfilAs(RELAYER, answer(locked, OPERATOR));
        _snapshot("fulfil, locked");
    }

    function test_snapshot_fulfilWithCallback() external {
        fulfilAs(RELAYER, answer(withCallback, OPERATOR));
        _snapshot("fulfil, with a callback");
    }

    function test_snapshot_fulfilMany() external {
        IInferenceMarket.Fulfilment[] memory fs = new IInferenceMarket.Fulfilment[](MANY);
        for (uint256 index; index < MANY; ++index) {
            fs[index] = answer(many[index], OPERATOR);
        }
        vm.prank(RELAYER);
        market.fulfilMany(fs);
        uint256 all = vm.snapshotGasLastCall("market", "fulfilMany of 10");
        vm.snapshotValue("market", "fulfilMany of 10, each", all / MANY);
    }

    function test_snapshot_refund() external {
        vm.warp(DEADLINE + 1);
        vm.prank(RELAYER);
        market.refund(many[0]);
        _snapshot("refund");
    }

    function test_snapshot_withdraw() external {
        fulfilAs(RELAYER, answer(many[0], OPERATOR));
        vm.deal(OPERATOR, 1);
        vm.prank(OPERATOR);
        market.withdraw(payable(OPERATOR));
        _snapshot("withdraw");
    }

    function test_snapshot_register() external {
        vm.prank(REGISTRANT);
        registry.register(key, digest, 0, "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi");
        _snapshot("register");
    }

    function test_snapshot_list() external {
        vm.prank(REGISTRANT);
        bytes32 id = registry.register(key, digest, 0, "another");
        listModel(id);
        _snapshot("list");
    }
}
