// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {IERC7007} from "./interfaces/IERC7007.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IVerifiableOutput} from "./interfaces/IVerifiableOutput.sol";

/// @title A collection of the answers of one model
/// @dev The reference code of ERC-7007 packs prompt and content so that bytes can move from one to the other. It does not
/// bind the model. Here the registry pins the model, and prompt and content have the lengths of its input and output.
contract VerifiableOutput is ERC721, IVerifiableOutput {
    /// @dev The bytes before the settlement proof in abi.encode(creator, settlement proof): the creator, the offset of the
    /// rest, and its length.
    uint256 private constant HEAD = 0x60;

    /// @dev The length of abi.encode(requestId), which is shorter than the head of the other kind.
    uint256 private constant REFERENCE = 0x20;

    IInferenceMarket private immutable MARKET;
    IModelRegistry private immutable REGISTRY;
    bytes32 private immutable MODEL_ID;

    /// @param market_ The market. Its registry checks proofs.
    /// @param modelId_ A registered model.
    constructor(string memory name_, string memory symbol_, IInferenceMarket market_, bytes32 modelId_)
        ERC721(name_, symbol_)
    {
        IModelRegistry registry_ = market_.registry();
        // Reverts if there is no such model.
        registry_.registrantOf(modelId_);
        (MARKET, REGISTRY, MODEL_ID) = (market_, registry_, modelId_);
    }

    /// @inheritdoc IERC7007
    /// @dev Mints the token to the creator that the proof names, whoever submits it. There is one token for each prompt of
    /// a creator, so it is minted once. The creator may be any contract and is not called.
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
    {
        if (proof.length == REFERENCE) _addAnswered(tokenId, prompt, aigcData, proof);
        else _addProven(tokenId, prompt, aigcData, proof);
        emit AigcData(tokenId, prompt, aigcData, proof);
    }

    /// @inheritdoc IERC7007
    /// @dev Reverts if there was too little gas to tell.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external view returns (bool) {
        if (proof.length == REFERENCE) return _isAnswer(_request(proof), prompt, aigcData);
        (bool valid, address creator, bytes calldata settlement) = _decode(proof);
        if (!valid) return false;
        bytes32 context = contextOf(tokenIdOf(creator, prompt), creator);
        try REGISTRY.requireInference(MODEL_ID, context, prompt, aigcData, settlement) {
            return true;
        } catch (bytes memory reason) {
            if (_isUndecided(reason)) LowLevelCall.bubbleRevert(reason);
            return false;
        }
    }

    /// @inheritdoc IVerifiableOutput
    function market() external view returns (IInferenceMarket) {
        return MARKET;
    }

    /// @inheritdoc IVerifiableOutput
    function registry() external view returns (IModelRegistry) {
        return REGISTRY;
    }

    /// @inheritdoc IVerifiableOutput
    function modelId() external view returns (bytes32) {
        return MODEL_ID;
    }

    /// @inheritdoc IVerifiableOutput
    function tokenIdOf(address creator, bytes calldata prompt) public view returns (uint256) {
        return uint256(keccak256(abi.encode(MODEL_ID, creator, prompt)));
    }

    /// @inheritdoc IVerifiableOutput
    function contextOf(uint256 tokenId, address creator) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), tokenId, creator));
    }

    /// @notice Whether the collection has an interface (ERC-165).
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7007).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Mints an answer that the market has settled for a customer.
    function _addAnswered(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        private
    {
        IInferenceMarket.Request memory request = _request(proof);
        if (!_isAnswer(request, prompt, aigcData)) revert NotAnswered(abi.decode(proof, (bytes32)));
        _requireToken(tokenId, request.customer, prompt);
        _mint(request.customer, tokenId);
    }

    /// @dev Mints an answer that a proof for the token shows.
    function _addProven(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) private {
        (bool valid, address creator, bytes calldata settlement) = _decode(proof);
        if (!valid) revert ProofEncoding();
        _requireToken(tokenId, creator, prompt);
        REGISTRY.requireInference(MODEL_ID, contextOf(tokenId, creator), prompt, aigcData, settlement);
        _mint(creator, tokenId);
    }

    function _requireToken(uint256 tokenId, address creator, bytes calldata prompt) private view {
        uint256 expected = tokenIdOf(creator, prompt);
        if (tokenId != expected) revert TokenMismatch(expected, tokenId);
    }

    function _request(bytes calldata proof) private view returns (IInferenceMarket.Request memory) {
        return MARKET.requestOf(abi.decode(proof, (bytes32)));
    }

    /// @dev Whether the market has settled the request with this model's answer. An unsettled request has no answer.
    function _isAnswer(IInferenceMarket.Request memory request, bytes calldata prompt, bytes calldata aigcData)
        private
        view
        returns (bool)
    {
        bytes32 answer = keccak256(abi.encode(keccak256(prompt), keccak256(aigcData)));
        return request.modelId == MODEL_ID && request.answerHash == answer;
    }

    /// @dev Whether lack of gas may be the reason of a refusal. The registry always gives a reason, unless it ran out of
    /// gas itself.
    function _isUndecided(bytes memory reason) private pure returns (bool) {
        // The first four bytes name the error.
        // forge-lint: disable-next-line(unsafe-typecast)
        bytes4 selector = bytes4(reason);
        return reason.length == 0 || selector == IModelRegistry.VerificationGas.selector
            || selector == IModelRegistry.VerifierExhausted.selector;
    }

    /// @dev The parts of abi.encode(creator, settlement), and whether the proof is exactly that. Solidity's decoder accepts
    /// other encodings too. It also reverts in cases in which {verify} must return false.
    function _decode(bytes calldata proof)
        private
        pure
        returns (bool valid, address creator, bytes calldata settlement)
    {
        settlement = proof[:0];
        if (proof.length < HEAD) return (false, address(0), settlement);
        (uint256 account,, uint256 length) = abi.decode(proof[:HEAD], (uint256, uint256, uint256));
        if (length > proof.length - HEAD) return (false, address(0), settlement);
        settlement = proof[HEAD:HEAD + length];
        // If bits are lost here, the comparison below fails.
        // forge-lint: disable-next-line(unsafe-typecast)
        creator = address(uint160(account));
        valid = keccak256(proof) == keccak256(abi.encode(creator, settlement));
    }
}
