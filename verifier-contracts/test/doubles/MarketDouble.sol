// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";

/// @dev What an offering needs of a market. Listings can be replaced, so that tests can have any.
contract MarketDouble {
    address public registry;
    mapping(bytes32 modelId => IInferenceMarket.Listing) private _listings;

    constructor(address registry_) {
        registry = registry_;
    }

    function list(bytes32 modelId, address holders, uint16 holdersBps) external {
        _listings[modelId].holders = holders;
        _listings[modelId].holdersBps = holdersBps;
    }

    function settle(bytes32 modelId, uint64 count) external {
        _listings[modelId].settled += count;
    }

    function listing(bytes32 modelId) external view returns (IInferenceMarket.Listing memory) {
        return _listings[modelId];
    }

    function settledCount(bytes32 modelId) external view returns (uint64) {
        return _listings[modelId].settled;
    }
}
