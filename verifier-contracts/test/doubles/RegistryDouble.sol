// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev What an offering needs of a registry.
contract RegistryDouble {
    mapping(bytes32 modelId => address) public registrantOf;

    function register(bytes32 modelId, address registrant) external {
        registrantOf[modelId] = registrant;
    }
}
