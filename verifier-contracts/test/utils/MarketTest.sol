// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InferenceMarket} from "../../src/InferenceMarket.sol";
import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {RegistryTest} from "./RegistryTest.sol";

/// @dev What tests of the market have in common: one with a listed model, and requests to it.
abstract contract MarketTest is RegistryTest {
    address internal constant HOLDERS = address(0x401de5);
    address internal constant CUSTOMER = address(0xc0570);
    address internal constant OPERATOR = address(0x09e6);
    address internal constant RIVAL = address(0x61a1);
    address internal constant RELAYER = address(0x6e1a);

    uint128 internal constant FEE = 1 ether + 3;
    uint128 internal constant BOND = 0.3 ether;
    uint32 internal constant LOCK_SECONDS = 600;
    uint64 internal constant DEADLINE = START + 1 days;
    uint16 internal constant HOLDERS_BPS = 1234;
    /// @dev What the holders get of FEE, and the payee.
    uint128 internal constant TO_HOLDERS = 0.1234 ether;
    uint128 internal constant PAID = FEE - TO_HOLDERS;

    bytes internal constant INPUT = "input";
    bytes internal constant OUTPUT = "output";

    InferenceMarket internal market = new InferenceMarket(registry);
    bytes32 internal modelId;
    bytes32 internal keyDigest;

    function setUp() public virtual {
        vm.warp(START);
        (modelId, keyDigest) = registerModel("model");
        listModel(modelId);
    }

    function listModel(bytes32 id) internal {
        vm.prank(REGISTRANT);
        market.list(id, HOLDERS, HOLDERS_BPS);
    }

    /// @dev An order without locks and callback.
    function plain() internal view returns (IInferenceMarket.Order memory order) {
        (order.modelId, order.inputHash, order.deadline) = (modelId, keccak256(INPUT), DEADLINE);
    }

    /// @dev An order that offers locks.
    function lockable() internal view returns (IInferenceMarket.Order memory order) {
        order = plain();
        (order.bond, order.lockSeconds) = (BOND, LOCK_SECONDS);
    }

    function open(IInferenceMarket.Order memory order) internal returns (bytes32) {
        return openAs(CUSTOMER, order, FEE);
    }

    function openAs(address customer, IInferenceMarket.Order memory order, uint256 fee) internal returns (bytes32) {
        vm.deal(customer, customer.balance + fee);
        vm.prank(customer);
        return market.requestHashed{value: fee}(order);
    }

    function lockAs(address operator, bytes32 requestId) internal {
        vm.deal(operator, operator.balance + BOND);
        vm.prank(operator);
        market.lock{value: BOND}(requestId);
    }

    /// @dev An answer whose proof holds for the payee.
    function answer(bytes32 requestId, address payee) internal view returns (IInferenceMarket.Fulfilment memory) {
        return answerFor(requestId, payee, contextOf(requestId, payee));
    }

    function answerFor(bytes32 requestId, address payee, bytes32 context)
        internal
        view
        returns (IInferenceMarket.Fulfilment memory f)
    {
        (f.requestId, f.payee, f.input, f.output) = (requestId, payee, INPUT, OUTPUT);
        f.proof = verifier.proofOf(keyDigest, context, INPUT, OUTPUT);
    }

    /// @dev The context by its definition.
    function contextOf(bytes32 requestId, address payee) internal view returns (bytes32) {
        IInferenceMarket.Request memory r = market.requestOf(requestId);
        return keccak256(abi.encode(block.chainid, address(market), requestId, r.modelId, payee, r.deadline));
    }

    function fulfilAs(address submitter, IInferenceMarket.Fulfilment memory f) internal {
        vm.prank(submitter);
        market.fulfil(f);
    }

    function requireState(bytes32 requestId, IInferenceMarket.State expected) internal view {
        assertEq(uint256(market.requestOf(requestId).state), uint256(expected), "state");
    }

    function requireCredits(uint256 customer, uint256 operator, uint256 holders) internal view {
        assertEq(market.credit(CUSTOMER), customer, "credit of the customer");
        assertEq(market.credit(OPERATOR), operator, "credit of the operator");
        assertEq(market.credit(HOLDERS), holders, "credit of the holders");
    }

    /// @dev The market refuses a call.
    function refuse(address sender, uint256 value, bytes memory data, bytes memory expected) internal {
        requireRevert(sender, address(market), value, data, expected);
    }

    function refuse(IInferenceMarket.Fulfilment memory f, bytes memory expected) internal {
        refuse(RELAYER, 0, abi.encodeCall(IInferenceMarket.fulfil, (f)), expected);
    }

    function refuse(IInferenceMarket.Order memory order, bytes memory expected) internal {
        refuse(CUSTOMER, FEE, abi.encodeCall(IInferenceMarket.requestHashed, (order)), expected);
    }

    function notOpen(bytes32 requestId, IInferenceMarket.State state) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IInferenceMarket.NotOpen.selector, requestId, state);
    }
}
