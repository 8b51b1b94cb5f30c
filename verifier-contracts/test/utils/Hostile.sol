// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceCallback, IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";

/// @dev Takes no ether.
contract Refuser {
    error Refused();

    receive() external payable {
        revert Refused();
    }
}

/// @dev Forces ether on an account that did not ask for it.
library Forcer {
    function force(address target, uint256 amount) internal {
        // PUSH20 target, SELFDESTRUCT
        bytes memory code = abi.encodePacked(hex"73", target, hex"ff");
        address created;
        assembly ("memory-safe") {
            created := create(amount, add(code, 0x20), mload(code))
        }
        require(created != address(0), "create");
    }
}

/// @dev Tries calls to the market when it is called, and counts those that work and those that the guard refuses.
contract Intruder is IInferenceCallback {
    address private immutable TARGET;
    bytes[] private _calls;
    uint256 public succeeded;
    uint256 public repelled;
    uint256 public creditWhenPaid = type(uint256).max;

    constructor(address target) {
        TARGET = target;
    }

    function prepare(bytes calldata data) external {
        _calls.push(data);
    }

    function onInference(bytes32, bytes32, bytes calldata) external {
        _intrude();
    }

    receive() external payable {
        creditWhenPaid = IInferenceMarket(TARGET).credit(address(this));
        _intrude();
    }

    function _intrude() private {
        for (uint256 index; index < _calls.length; ++index) {
            (bool success, bytes memory reason) = TARGET.call(_calls[index]);
            if (success) ++succeeded;
            else if (bytes4(reason) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector) ++repelled;
        }
    }
}

/// @dev Keeps what it is called with.
contract Recorder is IInferenceCallback {
    uint256 public calls;
    uint256 public gasGiven;
    address public sender;
    bytes32 public callHash;
    uint256 public creditOfPayee;
    address public payee;

    function watch(address account) external {
        payee = account;
    }

    function onInference(bytes32 requestId, bytes32 modelId, bytes calldata output) external {
        gasGiven = gasleft();
        ++calls;
        sender = msg.sender;
        callHash = keccak256(abi.encode(requestId, modelId, output));
        creditOfPayee = IInferenceMarket(msg.sender).credit(payee);
    }
}

/// @dev Fails in one way or another, or returns more than anyone wants to copy.
contract Saboteur is IInferenceCallback {
    enum Mood {
        Revert,
        RevertWithBomb,
        ReturnBomb,
        Burn,
        Invalid
    }

    uint256 private constant BOMB = 1 << 17;

    Mood private immutable MOOD;

    constructor(Mood mood) {
        MOOD = mood;
    }

    function onInference(bytes32, bytes32, bytes calldata) external view {
        Mood mood = MOOD;
        if (mood == Mood.Revert) revert("no");
        if (mood == Mood.Burn) while (true) {}
        assembly ("memory-safe") {
            if eq(mood, 1) { revert(0, BOMB) }
            if eq(mood, 2) { return(0, BOMB) }
            invalid()
        }
    }
}
