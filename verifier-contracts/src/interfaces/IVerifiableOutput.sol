// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC7007} from "./IERC7007.sol";
import {IInferenceMarket} from "./IInferenceMarket.sol";
import {IModelRegistry} from "./IModelRegistry.sol";

/// @title A collection of the answers of one model
/// @notice A token stands for a prompt of a creator. It is minted with a proof that the model answered the prompt with the
/// content.
/// @dev The prompt is the model's input, and the content its output, in the encoding of settlements. The proof of ERC-7007
/// is one of two things, in exactly this encoding:
///
///     abi.encode(creator, settlement proof)   a proof that was made for a token and its creator ({contextOf}), so that who
///                                             copies one can only mint it to its creator
///     abi.encode(requestId)                   a request that the market has settled: it has checked the proof. The creator
///                                             is the customer
interface IVerifiableOutput is IERC7007 {
    /// @notice The token is not the creator's token for the prompt.
    error TokenMismatch(uint256 expected, uint256 found);

    /// @notice The proof is neither abi.encode(creator, settlement proof) nor abi.encode(requestId).
    error ProofEncoding();

    /// @notice The market has not settled this request with this model's answer.
    error NotAnswered(bytes32 requestId);

    /// @notice The registry that checks proofs.
    function registry() external view returns (IModelRegistry);

    /// @notice The market whose settled requests count as proofs.
    function market() external view returns (IInferenceMarket);

    /// @notice The model that gives the answers.
    function modelId() external view returns (bytes32);

    /// @notice The token for a prompt of a creator: keccak256(abi.encode(modelId, creator, prompt)).
    function tokenIdOf(address creator, bytes calldata prompt) external view returns (uint256);

    /// @notice The context of a proof: keccak256(abi.encode(chain, collection, tokenId, creator)).
    function contextOf(uint256 tokenId, address creator) external view returns (bytes32);
}
