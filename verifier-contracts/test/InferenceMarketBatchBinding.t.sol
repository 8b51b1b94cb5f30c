// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InferenceMarket} from "../src/InferenceMarket.sol";
import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {BatchTest} from "./utils/BatchTest.sol";
import {VerifierDouble} from "./doubles/VerifierDouble.sol";

/// @dev A proof of a batch is for its requests in their order, its payees, its size, one model, one market and one chain.
contract InferenceMarketBatchBindingTest is BatchTest {
    /// @dev The context of {test_theContextIsThatOfTheProver}, which the prover computes too.
    bytes32 private constant VECTOR = 0xc72c3e8d002655430e6458035ae6abbeaa21cf007af1e4cd9b06f10fff8e5597;

    bytes32[] private ids;

    function setUp() public override {
        super.setUp();
        ids = openMany(SIZE);
    }

    function _rejected() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector);
    }

    function _mismatch(uint256 expected, uint256 found) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IInferenceMarket.InputMismatch.selector, keccak256(inputOf(expected)), keccak256(inputOf(found))
        );
    }

    function _batch() private view returns (IInferenceMarket.Batch memory) {
        return batchOf(onePart(ids), SIZE);
    }

    /// @dev The definition, once by the market and once by the test.
    function test_theContextIsThatOfItsDefinition() external view {
        IInferenceMarket.Batch memory b = _batch();
        assertEq(market.batchContext(modelId, SIZE, b.parts), contextOfBatch(b), "context");
    }

    /// @dev The same vector as in prover/chain/tests/chain/batch.rs.
    function test_theContextIsThatOfTheProver() external {
        address account = 0x00000000000000000000000000000000000A11cE;
        vm.etch(account, address(market).code);
        vm.chainId(1);
        IInferenceMarket.Part[] memory parts = new IInferenceMarket.Part[](2);
        (parts[0].payee, parts[0].requestIds) = (address(0xb0b), new bytes32[](2));
        (parts[0].requestIds[0], parts[0].requestIds[1]) = (bytes32(uint256(1)), bytes32(uint256(2)));
        (parts[1].payee, parts[1].requestIds) = (address(0xca401), new bytes32[](1));
        parts[1].requestIds[0] = bytes32(uint256(3));
        bytes32 found = InferenceMarket(account).batchContext(bytes32(uint256(7)), 4, parts);
        assertEq(found, VECTOR, "context");
    }

    function test_answersInAnotherOrderAreRefused() external {
        IInferenceMarket.Batch memory b = _batch();
        b.outputs = bytes.concat(outputOf(1), outputOf(0), outputOf(2), outputOf(3));
        refuseBatch(b, _rejected());
        // With the inputs in the same order, and a proof of that.
        b.inputs = bytes.concat(inputOf(1), inputOf(0), inputOf(2), inputOf(3));
        prove(b, SIZE);
        refuseBatch(b, _mismatch(0, 1));
    }

    function test_requestsInAnotherOrderAreRefused() external {
        IInferenceMarket.Batch memory b = _batch();
        (b.parts[0].requestIds[0], b.parts[0].requestIds[1]) = (ids[1], ids[0]);
        refuseBatch(b, _mismatch(1, 0));
    }

    /// @dev Two requests for the same input: the answers are equal, but the proof still has an order.
    function test_theOrderOfEqualRequestsIsBound() external {
        ids[1] = open(numbered(plain(), 0));
        IInferenceMarket.Batch memory b = batchOf(onePart(ids), SIZE);
        b.inputs = bytes.concat(inputOf(0), inputOf(0), inputOf(2), inputOf(3));
        b.outputs = bytes.concat(outputOf(0), outputOf(0), outputOf(2), outputOf(3));
        prove(b, SIZE);
        (b.parts[0].requestIds[0], b.parts[0].requestIds[1]) = (ids[1], ids[0]);
        refuseBatch(b, _rejected());
        (b.parts[0].requestIds[0], b.parts[0].requestIds[1]) = (ids[0], ids[1]);
        fulfilBatch(b);
    }

    function test_aCopiedProofPaysWhomItWasMadeFor() external {
        IInferenceMarket.Batch memory b = _batch();
        b.parts[0].payee = RIVAL;
        refuseBatch(b, _rejected());
        b.parts[0].payee = OPERATOR;
        fulfilBatch(b);
        requireCredits(0, SIZE * PAID, SIZE * TO_HOLDERS);
    }

    function test_payeesCannotBeSwapped() external {
        IInferenceMarket.Part[] memory parts = new IInferenceMarket.Part[](2);
        for (uint256 index; index < 2; ++index) {
            parts[index].requestIds = new bytes32[](2);
            (parts[index].requestIds[0], parts[index].requestIds[1]) = (ids[2 * index], ids[2 * index + 1]);
        }
        (parts[0].payee, parts[1].payee) = (OPERATOR, RIVAL);
        IInferenceMarket.Batch memory b = batchOf(parts, SIZE);
        (b.parts[0].payee, b.parts[1].payee) = (RIVAL, OPERATOR);
        refuseBatch(b, _rejected());
        (b.parts[0].payee, b.parts[1].payee) = (OPERATOR, RIVAL);
        fulfilBatch(b);
        assertEq(market.credit(RIVAL), 2 * PAID, "rival");
    }

    /// @dev A request moves from one part to the next, so that another is paid for it.
    function test_aRequestCannotMoveToAnotherPayee() external {
        IInferenceMarket.Part[] memory parts = new IInferenceMarket.Part[](2);
        (parts[0].payee, parts[0].requestIds) = (OPERATOR, ids);
        parts[1].payee = RIVAL;
        IInferenceMarket.Batch memory b = batchOf(parts, SIZE);
        (b.parts[0].requestIds, b.parts[1].requestIds) = (new bytes32[](3), new bytes32[](1));
        for (uint256 index; index < 3; ++index) {
            b.parts[0].requestIds[index] = ids[index];
        }
        b.parts[1].requestIds[0] = ids[3];
        refuseBatch(b, _rejected());
    }

    function test_anotherRequestsAnswerIsRefused() external {
        IInferenceMarket.Batch memory b = _batch();
        // A request for the same input that the proof does not name.
        b.parts[0].requestIds[0] = open(numbered(plain(), 0));
        refuseBatch(b, _rejected());
        // One for another input, with a proof that names it.
        ids[0] = open(numbered(plain(), 9));
        refuseBatch(_batch(), _mismatch(9, 0));
    }

    /// @dev The copies have no request: naming one for them does not make them its answer.
    function test_theFillerIsNoRequestsAnswer() external {
        bytes32[] memory three = new bytes32[](3);
        (three[0], three[1], three[2]) = (ids[0], ids[1], ids[2]);
        IInferenceMarket.Batch memory b = batchOf(onePart(three), SIZE);
        // The proof of three requests, with the copy shown as the answer to a fourth.
        b.parts = onePart(ids);
        (b.inputs, b.outputs) = (bytes.concat(b.inputs, inputOf(2)), bytes.concat(b.outputs, outputOf(2)));
        refuseBatch(b, _mismatch(3, 2));
        // The fourth asks for the same input.
        ids[3] = open(numbered(plain(), 2));
        b.parts = onePart(ids);
        refuseBatch(b, _rejected());
    }

    /// @dev What fills up is a copy of the last request, and nothing that the submitter chooses.
    function test_theSubmitterDoesNotChooseTheFiller() external {
        bytes32[] memory three = new bytes32[](3);
        (three[0], three[1], three[2]) = (ids[0], ids[1], ids[2]);
        IInferenceMarket.Batch memory b = batchOf(onePart(three), SIZE);
        bytes memory inputs = bytes.concat(b.inputs, inputOf(9));
        bytes memory outputs = bytes.concat(b.outputs, outputOf(9));
        b.proof = verifier.proofOf(batchDigest[SIZE], contextOfBatch(b), inputs, outputs);
        refuseBatch(b, _rejected());
    }

    function test_aProofIsForOneSize() external {
        IInferenceMarket.Batch memory b = _batch();
        b.size = LARGE;
        refuseBatch(b, _rejected());
        // Also if the key for the other size accepts what it is shown: the context has the size.
        bytes memory inputs = b.inputs;
        bytes memory outputs = b.outputs;
        for (uint256 index = SIZE; index < LARGE; ++index) {
            (inputs, outputs) = (bytes.concat(inputs, inputOf(3)), bytes.concat(outputs, outputOf(3)));
        }
        b.size = SIZE;
        bytes32 context = contextOfBatch(b);
        b.size = LARGE;
        b.proof = verifier.proofOf(batchDigest[LARGE], context, inputs, outputs);
        refuseBatch(b, _rejected());
    }

    /// @dev The proof of a single answer is none of a batch, and the reverse.
    function test_aBatchIsNoSingleAnswer() external {
        bytes32[] memory one = new bytes32[](1);
        one[0] = ids[0];
        IInferenceMarket.Batch memory b = batchOf(onePart(one), SIZE);
        IInferenceMarket.Fulfilment memory f = answer(ids[0], OPERATOR);
        (f.input, f.output, f.proof) = (inputOf(0), outputOf(0), b.proof);
        refuse(f, _rejected());
        b.proof = verifier.proofOf(keyDigest, contextOf(ids[0], OPERATOR), f.input, f.output);
        refuseBatch(b, _rejected());
    }

    function test_aBatchIsForOneModel() external {
        (bytes32 otherId,) = registerModel("other");
        listModel(otherId);
        IInferenceMarket.Order memory order = numbered(plain(), 0);
        order.modelId = otherId;
        ids[0] = open(order);
        refuseBatch(_batch(), abi.encodeWithSelector(IInferenceMarket.OtherModel.selector, ids[0], otherId));
    }

    /// @dev Anyone can register a model of its own. Its proofs answer nobody's requests, listed or not.
    function test_anUnlistedModelAnswersNothing() external {
        (bytes32 otherId,) = registerModel("other");
        (address account, VerifierDouble.Key memory key) = storeBatchKey("other", SIZE);
        registry.addBatchKey(otherId, SIZE, account);
        IInferenceMarket.Batch memory b = _batch();
        b.modelId = otherId;
        b.proof = verifier.proofOf(key.digest, contextOfBatch(b), b.inputs, b.outputs);
        refuseBatch(b, abi.encodeWithSelector(IInferenceMarket.NotListed.selector, otherId));
        listModel(otherId);
        refuseBatch(b, abi.encodeWithSelector(IInferenceMarket.OtherModel.selector, ids[0], modelId));
    }

    function test_aProofIsForOneChain() external {
        IInferenceMarket.Batch memory b = _batch();
        vm.chainId(block.chainid + 1);
        refuseBatch(b, _rejected());
    }

    function test_aProofIsForOneMarket() external {
        IInferenceMarket.Batch memory b = _batch();
        market = new InferenceMarket(registry);
        listModel(modelId);
        // Ids of this market are not those of the other.
        refuseBatch(b, abi.encodeWithSelector(IInferenceMarket.NothingToSettle.selector));
        IInferenceMarket.Part[] memory parts = onePart(openMany(SIZE));
        bytes32 context = contextOfBatch(b);
        b = batchOf(parts, SIZE);
        b.proof = verifier.proofOf(batchDigest[SIZE], context, b.inputs, b.outputs);
        refuseBatch(b, _rejected());
    }

    function test_noPaymentWithoutAnAcceptedProof() external {
        IInferenceMarket.Batch memory b = _batch();
        b.proof = "";
        refuseBatch(b, _rejected());
        requireState(ids[0], IInferenceMarket.State.Open);
        requireCredits(0, 0, 0);
        assertEq(market.settledCount(modelId), 0, "count");
    }

    function testFuzz_noPaymentForWhateverBytes(bytes calldata outputs, bytes calldata proof) external {
        IInferenceMarket.Batch memory b = _batch();
        vm.assume(outputs.length % SIZE == 0 && keccak256(proof) != keccak256(b.proof));
        (b.outputs, b.proof) = (outputs, proof);
        refuseBatch(b, _rejected());
    }

    /// @dev Whatever is different, the context is.
    function testFuzz_everyPartIsInTheContext(uint8 what, uint8 bit) external {
        IInferenceMarket.Batch memory b = _batch();
        bytes32 before = market.batchContext(b.modelId, b.size, b.parts);
        what %= 5;
        if (what == 0) b.modelId ^= bytes32(1 << uint256(bit));
        if (what == 1) b.size ^= 1 << uint256(bit);
        if (what == 2) b.parts[0].payee = address(uint160(b.parts[0].payee) ^ uint160(1 << (bit % 160)));
        if (what == 3) b.parts[0].requestIds[bit % SIZE] ^= bytes32(1 << uint256(bit));
        if (what == 4) vm.chainId(block.chainid ^ 1 << (bit % 60));
        assertTrue(market.batchContext(b.modelId, b.size, b.parts) != before, "context");
    }
}
