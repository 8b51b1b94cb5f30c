// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev What the offering needs of the registry.
interface IModelRegistry {
    function registrantOf(bytes32 modelId) external view returns (address);
}
