// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {MarketTest} from "./MarketTest.sol";
import {VerifierDouble} from "../doubles/VerifierDouble.sol";

/// @dev What tests of batches have in common: a model with keys for batches, and requests with inputs of their own.
abstract contract BatchTest is MarketTest {
    uint256 internal constant SIZE = 4;
    uint256 internal constant LARGE = 8;

    mapping(uint256 size => bytes32) internal batchDigest;

    function setUp() public virtual override {
        super.setUp();
        offerBatches(SIZE);
        offerBatches(LARGE);
    }

    function offerBatches(uint256 size) internal {
        (address account, VerifierDouble.Key memory key) = storeBatchKey("model", size);
        batchDigest[size] = key.digest;
        registry.addBatchKey(modelId, size, account);
    }

    /// @dev The input of a request of a batch, and the output that its answer has.
    function inputOf(uint256 index) internal pure returns (bytes memory) {
        return abi.encode("input", index);
    }

    function outputOf(uint256 index) internal pure returns (bytes memory) {
        return abi.encodePacked("output", uint16(index));
    }

    /// @dev An order of the input with a number.
    function numbered(IInferenceMarket.Order memory order, uint256 index)
        internal
        pure
        returns (IInferenceMarket.Order memory)
    {
        order.inputHash = keccak256(inputOf(index));
        return order;
    }

    /// @dev So many plain requests.
    function openMany(uint256 count) internal returns (bytes32[] memory ids) {
        ids = new bytes32[](count);
        for (uint256 index; index < count; ++index) {
            ids[index] = open(numbered(plain(), index));
        }
    }

    /// @dev Requests that all pay the operator.
    function onePart(bytes32[] memory ids) internal pure returns (IInferenceMarket.Part[] memory parts) {
        parts = new IInferenceMarket.Part[](1);
        parts[0] = IInferenceMarket.Part({payee: OPERATOR, requestIds: ids});
    }

    /// @dev The answers to requests for the inputs 0, 1, ..., with a proof that holds.
    function batchOf(IInferenceMarket.Part[] memory parts, uint256 size)
        internal
        view
        returns (IInferenceMarket.Batch memory b)
    {
        (b.modelId, b.size, b.parts) = (modelId, size, parts);
        uint256 count;
        for (uint256 index; index < parts.length; ++index) {
            count += parts[index].requestIds.length;
        }
        for (uint256 index; index < count; ++index) {
            (b.inputs, b.outputs) = (bytes.concat(b.inputs, inputOf(index)), bytes.concat(b.outputs, outputOf(index)));
        }
        prove(b, count);
    }

    /// @dev A proof of the inputs and outputs of a batch, filled up by their definition.
    function prove(IInferenceMarket.Batch memory b, uint256 count) internal view {
        (bytes memory inputs, bytes memory outputs) = (b.inputs, b.outputs);
        for (uint256 index = count; index < b.size; ++index) {
            inputs = bytes.concat(inputs, inputOf(count - 1));
            outputs = bytes.concat(outputs, outputOf(count - 1));
        }
        b.proof = verifier.proofOf(batchDigest[b.size], contextOfBatch(b), inputs, outputs);
    }

    /// @dev The context by its definition.
    function contextOfBatch(IInferenceMarket.Batch memory b) internal view returns (bytes32) {
        return keccak256(
            abi.encode(bytes32("hallmark market batch 1"), block.chainid, address(market), b.modelId, b.size, b.parts)
        );
    }

    function fulfilBatch(IInferenceMarket.Batch memory b) internal returns (bool[] memory) {
        vm.prank(RELAYER);
        return market.fulfilBatch(b);
    }

    function refuseBatch(IInferenceMarket.Batch memory b, bytes memory expected) internal {
        refuse(RELAYER, 0, abi.encodeCall(IInferenceMarket.fulfilBatch, (b)), expected);
    }
}
