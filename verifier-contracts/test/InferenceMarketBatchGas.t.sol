// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InferenceMarket} from "../src/InferenceMarket.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {Artifacts} from "./utils/Artifacts.sol";
import {BatchTest} from "./utils/BatchTest.sol";
import {Setups} from "./utils/Setups.sol";
import {FreeVerifier} from "./doubles/VerifierDouble.sol";

/// @dev What batches cost as transactions, over a verifier that costs nothing. To that, a settlement adds its verification and
/// the calldata of its proof. The code is that of `artifacts/`. Inputs and outputs have the lengths of the digits. Payee and holders had no credit before.
/// forge-config: default.isolate = true
/// forge-config: fast.isolate = true
contract InferenceMarketBatchGasTest is BatchTest {
    uint256 private constant INPUT_BYTES = 64;
    uint256 private constant OUTPUT_BYTES = 20;
    uint256 private constant MOST = 64;

    bytes32[] private ids;

    function setUp() public override {
        vm.warp(START);
        verifier = new FreeVerifier();
        bytes memory arguments = abi.encode(verifier, Setups.known(), true);
        registry = ModelRegistry(Artifacts.deploy("ModelRegistry", arguments));
        market = InferenceMarket(Artifacts.deploy("InferenceMarket", abi.encode(registry)));
        (modelId, keyDigest) = registerModel("model");
        listModel(modelId);
        for (uint256 size = 2; size <= MOST; size *= 2) {
            offerBatches(size);
        }
        for (uint256 index; index < MOST; ++index) {
            IInferenceMarket.Order memory order = plain();
            order.inputHash = keccak256(_pixels(index, INPUT_BYTES));
            // Of different customers.
            ids.push(openAs(address(uint160(0xc0570000 + index)), order, FEE));
        }
    }

    /// @dev Bytes of which half are zero, as in images of digits.
    function _pixels(uint256 seed, uint256 length) private pure returns (bytes memory pixels) {
        pixels = new bytes(length);
        for (uint256 index; index < length; ++index) {
            bytes32 noise = keccak256(abi.encode(seed, index));
            pixels[index] = uint256(noise) % 2 == 0 ? bytes1(0) : noise[0];
        }
    }

    function _measure(uint256 count, uint256 size) private {
        IInferenceMarket.Batch memory b;
        (b.modelId, b.size) = (modelId, size);
        bytes32[] memory some = new bytes32[](count);
        for (uint256 index; index < count; ++index) {
            some[index] = ids[index];
            b.inputs = bytes.concat(b.inputs, _pixels(index, INPUT_BYTES));
            b.outputs = bytes.concat(b.outputs, _pixels(index + MOST, OUTPUT_BYTES));
        }
        b.parts = onePart(some);
        fulfilBatch(b);
        string memory name = string.concat("fulfilBatch of ", vm.toString(count));
        uint256 all = vm.snapshotGasLastCall("batch", name);
        vm.snapshotValue("batch", string.concat(name, ", each"), all / count);
        assertEq(market.settledCount(modelId), count, "settled");
    }

    function test_snapshot_batchOf1() external {
        _measure(1, 2);
    }

    function test_snapshot_batchOf8() external {
        _measure(8, 8);
    }

    /// @dev The copies that fill up cost memory and no storage.
    function test_snapshot_batchOf33() external {
        _measure(33, MOST);
    }

    function test_snapshot_batchOf64() external {
        _measure(MOST, MOST);
    }

    function test_snapshot_addBatchKey() external {
        (address account,) = storeBatchKey("model", 2 * MOST);
        registry.addBatchKey(modelId, 2 * MOST, account);
        vm.snapshotGasLastCall("batch", "addBatchKey");
    }
}
