// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InferenceMarket} from "../src/InferenceMarket.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Setups} from "./utils/Setups.sol";
import {Settlement, Simulator} from "./utils/Simulator.sol";

/// @dev The whole way, over the verifier itself, with settlements made for the contexts of the market.
contract InferenceMarketSettlementTest is SettlementTest {
    uint64 private constant START = 1_800_000_000;
    uint256 private constant FEE = 1 ether;
    uint256 private constant TO_HOLDERS = 0.2 ether;
    uint256 private constant SEED = 1;
    address private constant OPERATOR = address(0x09e6);
    address private constant RIVAL = address(0x61a1);
    address private constant HOLDERS = address(0x401de5);

    ModelRegistry private registry;
    InferenceMarket private market;
    bytes32 private modelId;
    bytes private input;

    function setUp() external {
        vm.warp(START);
        registry = new ModelRegistry(verifier, Setups.known(), true);
        market = new InferenceMarket(registry);
        Settlement memory s = _settle(0);
        modelId = registry.register(store(s.key), keccak256(s.key), 0, "simulated");
        market.list(modelId, HOLDERS, 2000);
        input = s.input;
    }

    function _settle(bytes32 context) private view returns (Settlement memory) {
        return Simulator.settleFor(smallShape(), SEED, registry.setupDigest(), context);
    }

    function _request() private returns (bytes32) {
        IInferenceMarket.Order memory order;
        (order.modelId, order.inputHash, order.deadline) = (modelId, keccak256(input), START + 1 hours);
        vm.deal(address(this), FEE);
        return market.request{value: FEE}(order, input);
    }

    function _answer(bytes32 requestId, address payee) private view returns (IInferenceMarket.Fulfilment memory f) {
        Settlement memory s = _settle(market.context(requestId, payee));
        (f.requestId, f.payee, f.input, f.output, f.proof) = (requestId, payee, s.input, s.output, s.proof);
    }

    function _refuse(IInferenceMarket.Fulfilment memory f) private {
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector));
        market.fulfil(f);
    }

    function test_aProofIsPaid() external {
        bytes32 requestId = _request();
        market.fulfil(_answer(requestId, OPERATOR));
        assertEq(market.credit(OPERATOR), FEE - TO_HOLDERS, "operator");
        assertEq(market.credit(HOLDERS), TO_HOLDERS, "holders");
    }

    function test_noProofNoPayout() external {
        bytes32 first = _request();
        bytes32 second = _request();
        IInferenceMarket.Fulfilment memory f = _answer(first, OPERATOR);
        f.payee = RIVAL;
        _refuse(f);
        (f.payee, f.requestId) = (OPERATOR, second);
        _refuse(f);
        f.requestId = first;
        f.output[0] ^= 0x01;
        _refuse(f);
        f.output[0] ^= 0x01;
        vm.chainId(block.chainid + 1);
        _refuse(f);
        assertEq(market.credit(OPERATOR) + market.credit(RIVAL) + market.credit(HOLDERS), 0, "nothing");
    }
}
