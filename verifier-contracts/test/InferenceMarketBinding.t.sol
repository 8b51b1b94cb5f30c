// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InferenceMarket} from "../src/InferenceMarket.sol";
import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {MarketTest} from "./utils/MarketTest.sol";

/// @dev A proof pays one payee for one request, by one model, in one market, on one chain.
contract InferenceMarketBindingTest is MarketTest {
    function _rejected() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector);
    }

    function test_contextIsBuiltFromStorage() external {
        bytes32 requestId = open(plain());
        bytes32 expected =
            keccak256(abi.encode(block.chainid, address(market), requestId, modelId, OPERATOR, uint256(DEADLINE)));
        assertEq(market.context(requestId, OPERATOR), expected, "context");
    }

    function test_whatIsNotThereHasNoContext() external {
        vm.expectRevert(abi.encodeWithSelector(IInferenceMarket.UnknownRequest.selector, bytes32("none")));
        market.context("none", OPERATOR);
    }

    /// @dev What a verifier is asked is what was ordered, with the context of the market's own making.
    function test_theVerifierIsAskedForThePinnedKeyAndTheContext() external {
        bytes32 requestId = open(plain());
        IInferenceMarket.Fulfilment memory f = answer(requestId, OPERATOR);
        bytes32 context = contextOf(requestId, OPERATOR);
        address key = registry.model(modelId).key;
        bytes memory question =
            abi.encodeCall(IHallmarkVerifier.verify, (key, keyDigest, context, INPUT, OUTPUT, f.proof));
        vm.expectCall(address(verifier), question, 1);
        fulfilAs(RELAYER, f);
    }

    function test_aCopiedProofPaysWhomItWasMadeFor() external {
        bytes32 requestId = open(plain());
        IInferenceMarket.Fulfilment memory f = answer(requestId, OPERATOR);
        f.payee = RIVAL;
        refuse(RIVAL, 0, abi.encodeCall(IInferenceMarket.fulfil, (f)), _rejected());
        f.payee = OPERATOR;
        fulfilAs(RIVAL, f);
        requireCredits(0, PAID, TO_HOLDERS);
    }

    function test_aProofIsForOneRequest() external {
        bytes32 first = open(plain());
        bytes32 second = open(plain());
        IInferenceMarket.Fulfilment memory f = answer(first, OPERATOR);
        fulfilAs(RELAYER, f);
        refuse(f, notOpen(first, IInferenceMarket.State.Fulfilled));
        f.requestId = second;
        refuse(f, _rejected());
    }

    function test_aProofIsForOneModel() external {
        (bytes32 otherId, bytes32 otherDigest) = registerModel("other");
        listModel(otherId);
        IInferenceMarket.Order memory order = plain();
        order.modelId = otherId;
        bytes32 requestId = open(order);
        // The proof of a cheaper model, for this request.
        refuse(answer(requestId, OPERATOR), _rejected());
        (keyDigest, modelId) = (otherDigest, otherId);
        fulfilAs(RELAYER, answer(requestId, OPERATOR));
    }

    function test_aProofIsForOneMarket() external {
        bytes32 requestId = open(plain());
        IInferenceMarket.Fulfilment memory f = answer(requestId, OPERATOR);
        InferenceMarket other = new InferenceMarket(registry);
        vm.prank(REGISTRANT);
        other.list(modelId, HOLDERS, HOLDERS_BPS);
        vm.deal(CUSTOMER, FEE);
        vm.prank(CUSTOMER);
        bytes32 otherRequest = other.requestHashed{value: FEE}(plain());
        assertTrue(otherRequest != requestId, "other ids");
        bytes memory data = abi.encodeCall(IInferenceMarket.fulfil, (f));
        requireRevert(RELAYER, address(other), data, notOpen(requestId, IInferenceMarket.State.None));
        f.requestId = otherRequest;
        requireRevert(RELAYER, address(other), abi.encodeCall(IInferenceMarket.fulfil, (f)), _rejected());
    }

    function test_aProofIsForOneChain() external {
        bytes32 requestId = open(plain());
        IInferenceMarket.Fulfilment memory f = answer(requestId, OPERATOR);
        vm.chainId(block.chainid + 1);
        refuse(f, _rejected());
    }

    function test_aRequestOfAnotherChainHasAnotherId() external {
        bytes32 here = _idOnChain(1);
        assertTrue(here != _idOnChain(2), "the same id");
        assertEq(here, _idOnChain(1), "the id of this order");
    }

    /// @dev What the id of the customer's first request would be there.
    function _idOnChain(uint256 chain) private returns (bytes32 requestId) {
        vm.chainId(chain);
        InferenceMarket template = new InferenceMarket(registry);
        address account = address(0x3a4e7);
        vm.etch(account, address(template).code);
        vm.prank(REGISTRANT);
        try InferenceMarket(account).list(modelId, HOLDERS, HOLDERS_BPS) {} catch {}
        return this.firstRequest(InferenceMarket(account));
    }

    /// @dev Makes the request, and takes it back.
    function firstRequest(InferenceMarket target) external returns (bytes32 requestId) {
        try this.requestAndRevert(target) {
            revert DidNotRevert();
        } catch (bytes memory reason) {
            return abi.decode(reason, (bytes32));
        }
    }

    function requestAndRevert(InferenceMarket target) external {
        vm.prank(CUSTOMER);
        bytes32 requestId = target.requestHashed(plain());
        assembly ("memory-safe") {
            mstore(0x00, requestId)
            revert(0x00, 0x20)
        }
    }

    function test_theSameOrderTwiceIsTwoRequests() external {
        assertEq(market.nonceOf(CUSTOMER), 0, "none yet");
        bytes32 first = open(plain());
        bytes32 second = open(plain());
        assertTrue(first != second, "the same id");
        assertEq(market.nonceOf(CUSTOMER), 2, "two");
        assertEq(market.nonceOf(RIVAL), 0, "none of the rival's");
    }

    /// @dev Whatever is different: no answer to one request is an answer to the other, even after a reorganisation.
    function testFuzz_everyTermIsInTheId(uint8 term) external {
        IInferenceMarket.Order memory order = lockable();
        (order.callback, order.callbackGas) = (RIVAL, 1000);
        (address customer, uint256 fee) = (CUSTOMER, FEE);
        (bytes32 otherModel,) = registerModel("other");
        listModel(otherModel);
        bytes32 id = _firstId(customer, order, fee);
        term %= 9;
        if (term == 0) order.modelId = otherModel;
        if (term == 1) order.inputHash = keccak256("other");
        if (term == 2) --order.deadline;
        if (term == 3) ++order.bond;
        if (term == 4) ++order.lockSeconds;
        if (term == 5) order.callback = OPERATOR;
        if (term == 6) ++order.callbackGas;
        if (term == 7) ++fee;
        if (term == 8) customer = RIVAL;
        assertTrue(_firstId(customer, order, fee) != id, "the same id");
    }

    function _firstId(address customer, IInferenceMarket.Order memory order, uint256 fee) private returns (bytes32) {
        try this.openAndRevert(customer, order, fee) {
            revert DidNotRevert();
        } catch (bytes memory reason) {
            return abi.decode(reason, (bytes32));
        }
    }

    function openAndRevert(address customer, IInferenceMarket.Order memory order, uint256 fee) external {
        bytes32 requestId = openAs(customer, order, fee);
        assembly ("memory-safe") {
            mstore(0x00, requestId)
            revert(0x00, 0x20)
        }
    }

    /// @dev The terms of an order are what was signed for: nobody can make a proof say otherwise.
    function testFuzz_contextsDiffer(address payee, address other) external {
        vm.assume(payee != other);
        bytes32 first = open(plain());
        IInferenceMarket.Order memory order = plain();
        --order.deadline;
        bytes32 second = open(order);
        assertTrue(market.context(first, payee) != market.context(first, other), "payee");
        assertTrue(market.context(first, payee) != market.context(second, payee), "request");
    }

    function test_nothingIsKnownOfARequestThatNobodyMade() external view {
        IInferenceMarket.Request memory empty;
        assertEq(keccak256(abi.encode(market.requestOf("none"))), keccak256(abi.encode(empty)), "a request");
    }
}
