// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";

/// @dev What an offering needs of a registry.
contract RegistryDouble {
    mapping(bytes32 modelId => bytes32) private _keys;
    mapping(bytes32 modelId => uint64) public provenAt;

    function register(bytes32 modelId, bytes32 keyDigest, uint64 proven) external {
        (_keys[modelId], provenAt[modelId]) = (keyDigest, proven);
    }

    function model(bytes32 modelId) external view returns (IModelRegistry.Model memory record) {
        if (_keys[modelId] == 0) revert IModelRegistry.UnknownModel(modelId);
        record.keyDigest = _keys[modelId];
    }
}
