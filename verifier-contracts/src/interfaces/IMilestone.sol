// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A milestone of a model
/// @notice The interface of a contract that a tranche of an offering can depend on. An example is a proven score.
interface IMilestone {
    /// @notice Whether the model has reached the milestone.
    /// @dev The offering calls it statically, with bounded gas. The milestone is reached only if the answer is one word
    /// with the value 1. If the call reverts or needs more gas, it is not reached. Buyers must read the milestone's code as
    /// they read the terms. The offering cannot tell whether the milestone always says yes, or whether somebody can change
    /// it.
    function isReached(bytes32 modelId) external view returns (bool);
}
