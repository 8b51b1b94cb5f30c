// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";

/// @dev What an offering needs of a market. Listings can be replaced, so that tests can have any.
contract MarketDouble {
    address public registry;
    mapping(address account => uint256) public credit;
    mapping(bytes32 modelId => IInferenceMarket.Listing) private _listings;

    constructor(address registry_) {
        registry = registry_;
    }

    function list(bytes32 modelId, address holders, uint16 holdersBps) external {
        _listings[modelId].holders = holders;
        _listings[modelId].holdersBps = holdersBps;
    }

    /// @dev Fees came in for the holders of a model, as if by so much ether.
    function earn(bytes32 modelId, uint128 amount) external {
        _listings[modelId].earned += amount;
    }

    /// @dev An account is owed what is sent.
    function owe(address account) external payable {
        credit[account] += msg.value;
    }

    function withdraw(address payable account) external {
        uint256 amount = credit[account];
        require(amount != 0, "nothing to withdraw");
        credit[account] = 0;
        (bool taken,) = account.call{value: amount}("");
        require(taken, "refused");
    }

    function listing(bytes32 modelId) external view returns (IInferenceMarket.Listing memory) {
        return _listings[modelId];
    }

    function earned(bytes32 modelId) external view returns (uint128) {
        return _listings[modelId].earned;
    }
}
