// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";

/// @dev Where the next of several items of the same length is in the calldata.
struct Items {
    uint256 next;
    uint256 length;
}

using Batches for Items global;

/// @title Batches: requests with one proof
/// @dev A key for n takes n inputs and gives n outputs. A batch has `count` requests, at most n. The rest is filled up with
/// copies of the last request. One input has one output, so the copies' outputs are copies too.
library Batches {
    /// @dev The word that separates contexts of batches from all others, which begin with a chain's id or another word.
    bytes32 private constant CONTEXT = "hallmark market batch 1";

    /// @dev The number of requests of all parts.
    function count(IInferenceMarket.Part[] calldata parts) internal pure returns (uint256 sum) {
        for (uint256 index; index < parts.length; ++index) {
            sum += parts[index].requestIds.length;
        }
    }

    /// @dev The context of a batch of the calling contract.
    function context(bytes32 modelId, uint256 size, IInferenceMarket.Part[] calldata parts)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(CONTEXT, block.chainid, address(this), modelId, size, parts));
    }

    /// @dev Divides bytes into items of the same length.
    function split(bytes calldata given, uint256 number) internal pure returns (Items memory items) {
        if (given.length % number != 0) revert IInferenceMarket.BatchLength(given.length, number);
        items.length = given.length / number;
        assembly ("memory-safe") {
            mstore(items, given.offset)
        }
    }

    /// @dev Takes an item. The caller takes no more than there are.
    function take(Items memory items) internal pure returns (bytes calldata item) {
        assembly ("memory-safe") {
            let start := mload(items)
            let length := mload(add(items, 0x20))
            item.offset := start
            item.length := length
            mstore(items, add(start, length))
        }
    }

    /// @dev The items, and behind them copies of the last one, until there are `size`.
    function fill(bytes calldata given, uint256 number, uint256 size) internal pure returns (bytes memory filled) {
        uint256 length = split(given, number).length;
        uint256 end = length * size;
        filled = new bytes(end);
        bytes calldata last = given[given.length - length:];
        assembly ("memory-safe") {
            let start := add(filled, 0x20)
            calldatacopy(start, given.offset, given.length)
            for { let at := given.length } lt(at, end) { at := add(at, length) } {
                calldatacopy(add(start, at), last.offset, length)
            }
        }
    }
}
