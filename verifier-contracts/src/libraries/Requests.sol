// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";

/// @dev The word of a request that every settlement reads and writes: 31 bytes.
struct Head {
    IInferenceMarket.State state;
    /// Whether the record has a callback. Without one, its word is neither written nor read.
    bool hasCallback;
    /// The model, by its place in the market's list.
    uint32 model;
    uint32 lockSeconds;
    uint40 deadline;
    /// The last second of the lock whose bond was not credited yet, or 0.
    uint40 lockedUntil;
    /// 88 bits hold 309 million coins.
    uint88 fee;
}

/// @dev The record of a request. A plain request takes three words, a callback one more, and a lock one more.
struct Record {
    Head head;
    /// The hash of the input, and later that of the answer. So an answer needs no new word of storage.
    bytes32 content;
    address customer;
    uint88 bond;
    address callback;
    uint32 callbackGas;
    address lockedBy;
}

using Requests for Head global;
using Requests for Record global;

/// @title Requests as the market stores them
library Requests {
    /// @dev Opens a request with the terms of an order. It writes no word that has only zeros.
    function open(Record storage record, IInferenceMarket.Order calldata order, uint32 model, uint88 fee) internal {
        bool hasCallback = order.callback != address(0);
        // The market has checked that the numbers fit: see InferenceMarket._requireTerms.
        // forge-lint: disable-next-item(unsafe-typecast)
        record.head = Head({
            state: IInferenceMarket.State.Open,
            hasCallback: hasCallback,
            model: model,
            lockSeconds: order.lockSeconds,
            deadline: uint40(order.deadline),
            lockedUntil: 0,
            fee: fee
        });
        record.content = order.inputHash;
        // forge-lint: disable-next-line(unsafe-typecast)
        (record.customer, record.bond) = (msg.sender, uint88(order.bond));
        if (hasCallback) (record.callback, record.callbackGas) = (order.callback, order.callbackGas);
    }

    /// @dev What a request looks like from outside.
    /// @param models The market's list of models.
    function toRequest(Record storage record, bytes32[] storage models)
        internal
        view
        returns (IInferenceMarket.Request memory request)
    {
        Head memory head = record.head;
        if (head.state == IInferenceMarket.State.None) return request;
        bool isAnswered = head.state == IInferenceMarket.State.Fulfilled;
        request.modelId = models[head.model];
        request.inputHash = isAnswered ? bytes32(0) : record.content;
        (request.customer, request.fee, request.bond) = (record.customer, head.fee, record.bond);
        (request.deadline, request.lockSeconds) = (head.deadline, head.lockSeconds);
        (request.callback, request.callbackGas) = (record.callback, record.callbackGas);
        (request.state, request.lockedBy, request.lockedUntil) = (head.state, record.lockedBy, head.lockedUntil);
        request.answerHash = isAnswered ? record.content : bytes32(0);
    }

    /// @dev The error that says why this payee cannot fulfil the request now. Empty if it can. Settlements of one request
    /// revert with it, and those of many skip the request.
    function obstacle(Record storage record, Head memory head, bytes32 requestId, address payee)
        internal
        view
        returns (bytes memory)
    {
        if (head.state != IInferenceMarket.State.Open) {
            return abi.encodeWithSelector(IInferenceMarket.NotOpen.selector, requestId, head.state);
        }
        if (block.timestamp > head.deadline) {
            return abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, head.deadline);
        }
        if (isLocked(head) && payee != record.lockedBy) {
            return abi.encodeWithSelector(IInferenceMarket.LockHeld.selector, record.lockedBy, head.lockedUntil);
        }
        return "";
    }

    function isLocked(Head memory head) internal view returns (bool) {
        return block.timestamp <= head.lockedUntil;
    }
}
