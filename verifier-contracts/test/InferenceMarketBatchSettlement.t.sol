// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InferenceMarket} from "../src/InferenceMarket.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Setups} from "./utils/Setups.sol";
import {Settlement, Shape, Simulator} from "./utils/Simulator.sol";
import {Words} from "./utils/Words.sol";

/// @dev Batches over the verifier itself: a model's key that lists the key of a batch, and a settlement of that batch for the
/// context of the market.
contract InferenceMarketBatchSettlementTest is SettlementTest {
    using Words for bytes;

    uint64 private constant START = 1_800_000_000;
    uint256 private constant FEE = 1 ether;
    uint256 private constant SIZE = 2;
    uint256 private constant SEED = 1;
    /// @dev Where a key's list of batches has the digest of the first, in words.
    uint256 private constant LISTED_WORD = 16 + 18 + 4 + 2;
    /// @dev The bytes of the only commitment to weights.
    uint256 private constant WEIGHT_BYTES = 64;
    address private constant OPERATOR = address(0x09e6);
    address private constant RIVAL = address(0x61a1);
    address private constant HOLDERS = address(0x401de5);

    ModelRegistry private registry;
    InferenceMarket private market;
    bytes32 private modelId;
    address private batchKey;
    Settlement private sample;

    function setUp() external {
        vm.warp(START);
        registry = new ModelRegistry(verifier, Setups.known(), true);
        market = new InferenceMarket(registry);
        sample = _settle("any");
        batchKey = store(sample.key);
        bytes memory key = _modelKey(sample.key);
        modelId = registry.register(store(key), keccak256(key), 0, "simulated");
        market.list(modelId, HOLDERS, 2000);
    }

    /// @dev A key of a model that lists the key of a batch, and has its weights.
    function _modelKey(bytes memory ofBatch) private view returns (bytes memory key) {
        Shape memory shape = smallShape();
        shape.batches = 1;
        key = Simulator.settleFor(shape, SEED + 1, registry.setupDigest(), 0).key;
        key.set(LISTED_WORD, uint256(verifier.architectureKeyDigest(batchKey)));
        bytes memory weights = ofBatch.slice(ofBatch.length - WEIGHT_BYTES, ofBatch.length);
        return bytes.concat(key.slice(0, key.length - WEIGHT_BYTES), weights);
    }

    function _settle(bytes32 context) private view returns (Settlement memory) {
        Shape memory shape = smallShape();
        (shape.input.runs, shape.output.runs) = (SIZE, SIZE);
        return Simulator.settleFor(shape, SEED, registry.setupDigest(), context);
    }

    function _batch() private returns (IInferenceMarket.Batch memory b) {
        (b.modelId, b.size, b.parts) = (modelId, SIZE, new IInferenceMarket.Part[](1));
        (b.parts[0].payee, b.parts[0].requestIds) = (OPERATOR, new bytes32[](SIZE));
        bytes memory inputs = sample.input;
        uint256 length = inputs.length / SIZE;
        for (uint256 index; index < SIZE; ++index) {
            IInferenceMarket.Order memory order;
            bytes memory input = inputs.slice(index * length, (index + 1) * length);
            (order.modelId, order.inputHash, order.deadline) = (modelId, keccak256(input), START + 1 hours);
            vm.deal(address(this), FEE);
            b.parts[0].requestIds[index] = market.request{value: FEE}(order, input);
        }
        Settlement memory s = _settle(market.batchContext(modelId, SIZE, b.parts));
        (b.inputs, b.outputs, b.proof) = (s.input, s.output, s.proof);
    }

    function test_aProofOfABatchIsPaid() external {
        registry.addBatchKey(modelId, SIZE, batchKey);
        market.fulfilBatch(_batch());
        assertEq(market.credit(OPERATOR), SIZE * FEE * 4 / 5, "operator");
        assertEq(market.credit(HOLDERS), SIZE * FEE / 5, "holders");
    }

    function test_noProofNoPayout() external {
        registry.addBatchKey(modelId, SIZE, batchKey);
        IInferenceMarket.Batch memory b = _batch();
        b.parts[0].payee = RIVAL;
        _refuse(b);
        b.parts[0].payee = OPERATOR;
        b.outputs[0] ^= 0x01;
        _refuse(b);
        b.outputs[0] ^= 0x01;
        vm.chainId(block.chainid + 1);
        _refuse(b);
        assertEq(market.credit(OPERATOR) + market.credit(RIVAL) + market.credit(HOLDERS), 0, "nothing");
    }

    function _refuse(IInferenceMarket.Batch memory b) private {
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector));
        market.fulfilBatch(b);
    }

    function test_onlyTheListedKeyWithTheSameWeightsIsRecorded() external {
        bytes memory other = sample.key;
        // The generator is a point too.
        other.set(other.length / 32 - 2, 1);
        other.set(other.length / 32 - 1, 2);
        address account = store(other);
        bytes32 expected = verifier.weightRowsDigest(batchKey);
        bytes32 found = verifier.weightRowsDigest(account);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BatchWeightsMismatch.selector, expected, found));
        registry.addBatchKey(modelId, SIZE, account);
        other = sample.key;
        other.set(1, 5);
        account = store(other);
        expected = verifier.architectureKeyDigest(batchKey);
        found = verifier.architectureKeyDigest(account);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BatchArchitectureMismatch.selector, expected, found));
        registry.addBatchKey(modelId, SIZE, account);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BatchSizeNotOffered.selector, modelId, 4));
        registry.addBatchKey(modelId, 4, batchKey);
        registry.addBatchKey(modelId, SIZE, batchKey);
        assertTrue(registry.batchKey(modelId, SIZE).keyDigest == keccak256(sample.key), "digest");
    }
}
