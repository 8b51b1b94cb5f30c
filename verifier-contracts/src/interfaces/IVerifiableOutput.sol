// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC7007} from "./IERC7007.sol";
import {IModelRegistry} from "./IModelRegistry.sol";

/// @title A collection of what one model answers
/// @notice A token is a prompt of a creator's, and is minted with a proof that the model gave the content for it.
/// @dev The prompt is the model's input and the content its output, as bytes that settle. The proof of ERC-7007 is
/// abi.encode(creator, settlement proof), in just this encoding. A settlement proof is made for a token and its creator
/// ({contextOf}), so that who copies one can only mint it to its creator.
interface IVerifiableOutput is IERC7007 {
    /// @notice The token is not the creator's token for the prompt.
    error TokenMismatch(uint256 expected, uint256 found);

    /// @notice The proof is not abi.encode(creator, settlement proof).
    error ProofEncoding();

    /// @notice The register that checks proofs.
    function registry() external view returns (IModelRegistry);

    /// @notice The model whose answers these are.
    function modelId() external view returns (bytes32);

    /// @notice The token for a prompt of a creator's: keccak256(abi.encode(modelId, creator, prompt)).
    function tokenIdOf(address creator, bytes calldata prompt) external view returns (uint256);

    /// @notice The context that a proof is made with: keccak256(abi.encode(chain, collection, tokenId, creator)).
    function contextOf(uint256 tokenId, address creator) external view returns (bytes32);
}
