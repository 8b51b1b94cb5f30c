// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A milestone of a model
/// @notice What a contract has to answer so that a tranche of an offering can depend on it: a proven score, for one.
interface IMilestone {
    /// @notice Whether the model has reached the milestone.
    /// @dev Called with bounded gas and without the right to change anything. Whoever reverts, answers anything but one
    /// word that is 1, or needs more gas has not reached it. Buyers have to read the milestone as they read the terms: the
    /// offering can't tell if it says yes to everything, or can be changed by somebody.
    function isReached(bytes32 modelId) external view returns (bool);
}
