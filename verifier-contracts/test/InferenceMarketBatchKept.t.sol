// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InferenceMarket} from "../src/InferenceMarket.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {Artifacts} from "./utils/Artifacts.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Setups} from "./utils/Setups.sol";
import {Settlement} from "./utils/Simulator.sol";

/// @dev Many customers, one transaction, and one proof that the prover in Rust made for it, in a folder of `../fixtures/settlement`.
/// The code is that of `artifacts/`. Payee and holders had no credit before.
///
/// The proof is for a context, which has the addresses of registry and market. So they stand at addresses that no code changes.
/// `prover/chain/tests/chain/kept.rs` has the same numbers.
abstract contract InferenceMarketBatchKept is SettlementTest {
    uint64 private constant START = 1_800_000_000;
    uint256 private constant FEE = 1 ether;
    address private constant REGISTRANT = address(0x4e6157);
    address private constant OPERATOR = address(0x09e6);
    address private constant HOLDERS = address(0x401de5);
    uint160 private constant CUSTOMERS = 0xc0570000;
    ModelRegistry private constant REGISTRY = ModelRegistry(address(0x4e6157a2));
    InferenceMarket private constant MARKET = InferenceMarket(address(0x3a24e7));

    string private _folder;
    string private _uri;
    uint256 private _size;
    IInferenceMarket.Batch private batch;
    Settlement private sample;

    error NotPlaced(string name);

    constructor(string memory folder, string memory uri, uint256 size) {
        (_folder, _uri, _size) = (folder, uri, size);
    }

    function setUp() external {
        vm.warp(START);
        sample = fixture(_folder);
        bytes memory key = sample.key;
        address genuine = Artifacts.deploy("HallmarkVerifier", "");
        _place(address(REGISTRY), "ModelRegistry", abi.encode(genuine, Setups.ofFixture(key), true));
        _place(address(MARKET), "InferenceMarket", abi.encode(REGISTRY));
        address account = store(key);
        vm.prank(REGISTRANT);
        batch.modelId = REGISTRY.register(account, keccak256(key), 0, _uri);
        vm.prank(REGISTRANT);
        MARKET.list(batch.modelId, HOLDERS, 2000);
        bytes memory batchKey = vm.readFileBinary(string.concat("../fixtures/settlement/", _folder, "/batch.bin"));
        REGISTRY.addBatchKey(batch.modelId, _size, store(batchKey));
        batch.size = _size;
        batch.inputs = sample.input;
        batch.outputs = sample.output;
        batch.proof = sample.proof;
        batch.parts.push().payee = OPERATOR;
        for (uint256 index; index < _size; ++index) {
            batch.parts[0].requestIds.push(_request(index));
        }
    }

    /// @dev Runs a constructor at an address of choice.
    function _place(address account, string memory name, bytes memory arguments) private {
        vm.etch(account, bytes.concat(Artifacts.code(name), arguments));
        (bool done, bytes memory code) = account.call("");
        if (!done) revert NotPlaced(name);
        vm.etch(account, code);
    }

    function _request(uint256 index) private returns (bytes32) {
        uint256 length = sample.input.length / _size;
        bytes memory input = new bytes(length);
        for (uint256 place; place < length; ++place) {
            input[place] = sample.input[index * length + place];
        }
        IInferenceMarket.Order memory order;
        (order.modelId, order.inputHash, order.deadline) = (batch.modelId, keccak256(input), START + 1 days);
        // forge-lint: disable-next-line(unsafe-typecast)
        address customer = address(CUSTOMERS + uint160(index));
        vm.deal(customer, FEE);
        vm.prank(customer);
        return MARKET.requestHashed{value: FEE}(order);
    }

    function test_snapshot_batch() external {
        IInferenceMarket.Batch memory b = batch;
        assertEq(MARKET.batchContext(b.modelId, b.size, b.parts), sample.context, "the fixture is for another context");
        MARKET.fulfilBatch(b);
        uint256 all = vm.snapshotGasLastCall(_folder, "transaction");
        vm.snapshotValue(_folder, "transaction, each", all / _size);
        vm.snapshotValue(_folder, "bytes of proof", b.proof.length);
        assertEq(MARKET.settledCount(b.modelId), _size, "settled");
        assertEq(MARKET.credit(OPERATOR), _size * FEE * 4 / 5, "operator");
    }
}

/// @dev The digits MLP, whose inputs are told by their values.
/// forge-config: default.isolate = true
contract InferenceMarketBatchDigitsTest is InferenceMarketBatchKept("digits_mlp_64", "digits", 64) {}

/// @dev LeNet-5, whose inputs are told by digests.
/// forge-config: default.isolate = true
contract InferenceMarketBatchDigestsTest is InferenceMarketBatchKept("lenet5_max_32", "lenet", 32) {}

/// @dev A CNN of 264 thousand parameters, whose inputs are told by digests.
/// forge-config: default.isolate = true
contract InferenceMarketBatchCnnTest is InferenceMarketBatchKept("cnn_264k_16", "cnn", 16) {}
