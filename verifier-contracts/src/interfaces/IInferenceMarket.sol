// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev What the offering needs of the market.
interface IInferenceMarket {
    struct Listing {
        address holders;
        uint16 holdersBps;
        uint64 settled;
    }

    function listing(bytes32 modelId) external view returns (Listing memory);

    function settledCount(bytes32 modelId) external view returns (uint64);
}
