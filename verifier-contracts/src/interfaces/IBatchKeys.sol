// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title The keys of batches that a model's key lists
/// @notice Implemented by verifiers whose keys list the batches that a model is offered in.
interface IBatchKeys {
    /// @notice The digest of the key for batches of a size, without its weights, as a model's key lists it.
    /// @param key The contract whose code is the model's key.
    /// @param size The number of inputs of a batch.
    /// @return The digest, or 0 if the key lists no batch of this size.
    function batchArchitecture(address key, uint256 size) external view returns (bytes32);

    /// @notice The digest of a key's commitments to weights, without anything else. The keys of a model and of its batches
    /// have it in common.
    function weightRowsDigest(address key) external view returns (bytes32);
}
