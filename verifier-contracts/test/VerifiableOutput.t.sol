// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {InferenceMarket} from "../src/InferenceMarket.sol";
import {VerifiableOutput} from "../src/VerifiableOutput.sol";
import {IERC7007} from "../src/interfaces/IERC7007.sol";
import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {IVerifiableOutput} from "../src/interfaces/IVerifiableOutput.sol";
import {RegistryTest} from "./utils/RegistryTest.sol";

contract VerifiableOutputTest is RegistryTest {
    address private constant CREATOR = address(0xc4ea);
    address private constant THIEF = address(0x741ef);
    bytes private constant PROMPT = "prompt";
    bytes private constant CONTENT = "content";

    InferenceMarket private market = new InferenceMarket(registry);
    bytes32 private modelId;
    bytes32 private keyDigest;
    VerifiableOutput private collection;

    function setUp() external {
        (modelId, keyDigest) = registerModel("model");
        collection = new VerifiableOutput("Answers", "ANS", market, modelId);
    }

    /// @dev The token and the context by their definitions.
    function _tokenOf(address creator, bytes memory prompt) private view returns (uint256) {
        return uint256(keccak256(abi.encode(modelId, creator, prompt)));
    }

    function _settlement(address creator) private view returns (bytes memory) {
        uint256 tokenId = _tokenOf(creator, PROMPT);
        bytes32 context = keccak256(abi.encode(block.chainid, address(collection), tokenId, creator));
        return verifier.proofOf(keyDigest, context, PROMPT, CONTENT);
    }

    function _proof(address creator) private view returns (bytes memory) {
        return abi.encode(creator, _settlement(creator));
    }

    function _add(uint256 tokenId, bytes memory prompt, bytes memory content, bytes memory proof)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IERC7007.addAigcData, (tokenId, prompt, content, proof));
    }

    function _rejected() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector);
    }

    function test_hasTheInterfaceOfERC7007() external view {
        assertTrue(type(IERC7007).interfaceId == 0x702c55a6, "the id of the ERC");
        assertTrue(collection.supportsInterface(0x702c55a6), "ERC-7007");
        assertTrue(collection.supportsInterface(type(IERC721).interfaceId), "ERC-721");
        assertTrue(collection.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        assertTrue(!collection.supportsInterface(0xffffffff), "none");
    }

    function test_isForARegisteredModel() external {
        assertEq(collection.modelId(), modelId, "model");
        assertEq(address(collection.registry()), address(registry), "registry");
        assertEq(address(collection.market()), address(market), "market");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("none")));
        new VerifiableOutput("Answers", "ANS", market, "none");
    }

    function test_sizeIsWithinTheLimitOfContracts() external view {
        assertTrue(address(collection).code.length <= 24_576, "EIP-170");
    }

    function test_mintsToTheCreatorWhoeverSubmits() external {
        uint256 tokenId = _tokenOf(CREATOR, PROMPT);
        assertEq(collection.tokenIdOf(CREATOR, PROMPT), tokenId, "token");
        vm.expectEmit(address(collection));
        emit IERC7007.AigcData(tokenId, PROMPT, CONTENT, _proof(CREATOR));
        vm.prank(THIEF);
        collection.addAigcData(tokenId, PROMPT, CONTENT, _proof(CREATOR));
        assertEq(collection.ownerOf(tokenId), CREATOR, "owner");
    }

    function test_aCopiedProofMintsNothingToTheThief() external {
        bytes memory proof = abi.encode(THIEF, _settlement(CREATOR));
        requireRevert(THIEF, address(collection), _add(_tokenOf(THIEF, PROMPT), PROMPT, CONTENT, proof), _rejected());
        uint256 tokenId = _tokenOf(CREATOR, PROMPT);
        bytes memory expected =
            abi.encodeWithSelector(IVerifiableOutput.TokenMismatch.selector, _tokenOf(THIEF, PROMPT), tokenId);
        requireRevert(THIEF, address(collection), _add(tokenId, PROMPT, CONTENT, proof), expected);
    }

    function test_aProofIsForOnePromptAndContent() external {
        bytes memory proof = _proof(CREATOR);
        address target = address(collection);
        uint256 tokenId = _tokenOf(CREATOR, PROMPT);
        requireRevert(THIEF, target, _add(tokenId, PROMPT, "other", proof), _rejected());
        uint256 other = _tokenOf(CREATOR, "other");
        requireRevert(THIEF, target, _add(other, "other", CONTENT, proof), _rejected());
        // Bytes that move from one to the other.
        other = _tokenOf(CREATOR, "promptc");
        requireRevert(THIEF, target, _add(other, "promptc", "ontent", proof), _rejected());
        bytes memory expected = abi.encodeWithSelector(IVerifiableOutput.TokenMismatch.selector, tokenId, other);
        requireRevert(THIEF, target, _add(other, PROMPT, CONTENT, proof), expected);
    }

    function test_aProofIsForOneCollectionAndChain() external {
        bytes memory proof = _proof(CREATOR);
        bytes memory data = _add(_tokenOf(CREATOR, PROMPT), PROMPT, CONTENT, proof);
        VerifiableOutput other = new VerifiableOutput("Answers", "ANS", market, modelId);
        requireRevert(CREATOR, address(other), data, _rejected());
        vm.chainId(block.chainid + 1);
        requireRevert(CREATOR, address(collection), data, _rejected());
    }

    function test_aTokenIsMintedOnce() external {
        uint256 tokenId = _tokenOf(CREATOR, PROMPT);
        collection.addAigcData(tokenId, PROMPT, CONTENT, _proof(CREATOR));
        vm.prank(CREATOR);
        collection.transferFrom(CREATOR, THIEF, tokenId);
        requireRevert(
            CREATOR,
            address(collection),
            _add(tokenId, PROMPT, CONTENT, _proof(CREATOR)),
            abi.encodeWithSelector(IERC721Errors.ERC721InvalidSender.selector, address(0))
        );
        assertEq(collection.ownerOf(tokenId), THIEF, "owner");
    }

    function test_everyCreatorHasAnOwnToken() external {
        collection.addAigcData(_tokenOf(CREATOR, PROMPT), PROMPT, CONTENT, _proof(CREATOR));
        collection.addAigcData(_tokenOf(THIEF, PROMPT), PROMPT, CONTENT, _proof(THIEF));
        assertEq(collection.balanceOf(CREATOR), 1, "creator");
        assertEq(collection.balanceOf(THIEF), 1, "another");
    }

    function test_verifySaysWhetherAProofHolds() external view {
        assertTrue(collection.verify(PROMPT, CONTENT, _proof(CREATOR)), "holds");
        assertTrue(!collection.verify("other", CONTENT, _proof(CREATOR)), "another prompt");
        assertTrue(!collection.verify(PROMPT, "other", _proof(CREATOR)), "another content");
        assertTrue(!collection.verify(PROMPT, CONTENT, abi.encode(THIEF, _settlement(CREATOR))), "another creator");
        assertTrue(!collection.verify(PROMPT, CONTENT, abi.encode(CREATOR, "")), "no proof");
        assertTrue(!collection.verify(PROMPT, CONTENT, ""), "nothing");
    }

    function test_verifySaysNothingForLackOfGas() external view {
        bytes memory bad = abi.encodeCall(IERC7007.verify, (PROMPT, CONTENT, abi.encode(CREATOR, "")));
        (bool answered, bytes memory answer) = address(collection).staticcall{gas: 500_000}(bad);
        assertTrue(!answered && bytes4(answer) == IModelRegistry.VerificationGas.selector, "no answer");
        for (uint256 gas = 1000; gas < 60_000; gas += 331) {
            (answered,) = address(collection).staticcall{gas: gas}(bad);
            assertTrue(!answered, "an answer");
        }
    }

    /// @dev Changed in any word, cut or prolonged: what is not just the encoding is no proof.
    function test_aProofHasOneEncoding() external {
        bytes memory proof = abi.encode(CREATOR, bytes.concat(_settlement(CREATOR), "!"));
        bytes[8] memory others = [
            bytes.concat(bytes32(uint256(uint160(CREATOR)) | 1 << 160), abi.encode(0x40, 0)),
            abi.encode(CREATOR, 0x60, 0, 0),
            abi.encode(CREATOR, 0x40, 1),
            abi.encode(CREATOR, 0x40, type(uint256).max),
            abi.encode(CREATOR, 0x40),
            bytes.concat(proof, hex"00"),
            bytes.concat(proof, bytes32(0)),
            bytes.concat(abi.encode(CREATOR, 0x40, 1), "!", bytes31(hex"01"))
        ];
        bytes memory expected = abi.encodeWithSelector(IVerifiableOutput.ProofEncoding.selector);
        for (uint256 index; index < others.length; ++index) {
            bytes memory data = _add(_tokenOf(CREATOR, PROMPT), PROMPT, CONTENT, others[index]);
            requireRevert(CREATOR, address(collection), data, expected);
            assertTrue(!collection.verify(PROMPT, CONTENT, others[index]), "no proof");
        }
    }

    function testFuzz_everyEncodingIsRead(address creator, bytes calldata settlement) external {
        vm.assume(keccak256(settlement) != keccak256(_settlement(creator)));
        bytes memory data = _add(_tokenOf(creator, PROMPT), PROMPT, CONTENT, abi.encode(creator, settlement));
        requireRevert(CREATOR, address(collection), data, _rejected());
    }

    // Answers that the market has settled

    /// @dev A customer's request, and its answer.
    function _request() private returns (bytes32 requestId) {
        IInferenceMarket.Order memory order;
        (order.modelId, order.inputHash) = (modelId, keccak256(PROMPT));
        order.deadline = uint64(block.timestamp + 1 hours);
        vm.prank(CREATOR);
        requestId = market.requestHashed(order);
    }

    function _fulfil(bytes32 requestId, bytes memory content) private {
        bytes32 context = market.context(requestId, address(this));
        bytes memory proof = verifier.proofOf(keyDigest, context, PROMPT, content);
        market.fulfil(IInferenceMarket.Fulfilment(requestId, address(this), PROMPT, content, proof));
    }

    function _list() private {
        vm.prank(REGISTRANT);
        market.list(modelId, REGISTRANT, 0);
    }

    function test_aPaidAnswerIsAToken() external {
        _list();
        bytes32 requestId = _request();
        _fulfil(requestId, CONTENT);
        bytes memory proof = abi.encode(requestId);
        assertTrue(collection.verify(PROMPT, CONTENT, proof), "holds");
        uint256 tokenId = _tokenOf(CREATOR, PROMPT);
        vm.expectEmit(address(collection));
        emit IERC7007.AigcData(tokenId, PROMPT, CONTENT, proof);
        vm.prank(THIEF);
        collection.addAigcData(tokenId, PROMPT, CONTENT, proof);
        assertEq(collection.ownerOf(tokenId), CREATOR, "the customer's");
        // The same content with a proof of its own is the same token.
        bytes memory data = _add(tokenId, PROMPT, CONTENT, _proof(CREATOR));
        bytes memory minted = abi.encodeWithSelector(IERC721Errors.ERC721InvalidSender.selector, address(0));
        requireRevert(CREATOR, address(collection), data, minted);
    }

    function test_aPaidAnswerIsForItsPromptContentAndCustomer() external {
        _list();
        bytes32 requestId = _request();
        _fulfil(requestId, CONTENT);
        bytes memory proof = abi.encode(requestId);
        bytes memory refused = abi.encodeWithSelector(IVerifiableOutput.NotAnswered.selector, requestId);
        address target = address(collection);
        uint256 tokenId = _tokenOf(CREATOR, PROMPT);
        requireRevert(THIEF, target, _add(tokenId, PROMPT, "other", proof), refused);
        requireRevert(THIEF, target, _add(_tokenOf(CREATOR, "other"), "other", CONTENT, proof), refused);
        requireRevert(THIEF, target, _add(_tokenOf(CREATOR, "promptc"), "promptc", "ontent", proof), refused);
        bytes memory mismatch =
            abi.encodeWithSelector(IVerifiableOutput.TokenMismatch.selector, tokenId, _tokenOf(THIEF, PROMPT));
        requireRevert(THIEF, target, _add(_tokenOf(THIEF, PROMPT), PROMPT, CONTENT, proof), mismatch);
        assertTrue(!collection.verify("other", CONTENT, proof), "another prompt");
        assertTrue(!collection.verify(PROMPT, "other", proof), "another content");
    }

    /// @dev Open, refunded and unknown requests have no answer, and those for other models have another's.
    function test_whatIsNotSettledShowsNothing() external {
        _list();
        bytes32 requestId = _request();
        _requireNoAnswer(collection, requestId);
        vm.warp(block.timestamp + 1 hours + 1);
        market.refund(requestId);
        _requireNoAnswer(collection, requestId);
        _requireNoAnswer(collection, "unknown");
        requestId = _request();
        _fulfil(requestId, CONTENT);
        (bytes32 other,) = registerModel("other");
        _requireNoAnswer(new VerifiableOutput("Answers", "ANS", market, other), requestId);
        assertTrue(collection.verify(PROMPT, CONTENT, abi.encode(requestId)), "the model's own");
    }

    function _requireNoAnswer(VerifiableOutput target, bytes32 requestId) private {
        bytes memory proof = abi.encode(requestId);
        assertTrue(!target.verify(PROMPT, CONTENT, proof), "no answer");
        bytes memory refused = abi.encodeWithSelector(IVerifiableOutput.NotAnswered.selector, requestId);
        uint256 tokenId = target.tokenIdOf(CREATOR, PROMPT);
        requireRevert(CREATOR, address(target), _add(tokenId, PROMPT, CONTENT, proof), refused);
    }
}
