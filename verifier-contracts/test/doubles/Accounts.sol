// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev An account that does what it is told, and takes no ether until it is told to.
contract Refuser {
    bool private _takes;

    receive() external payable {
        require(_takes, "no ether");
    }

    function take(bool takes) external {
        _takes = takes;
    }

    function call(address target, uint256 value, bytes calldata data) external payable {
        (bool done, bytes memory answer) = target.call{value: value}(data);
        if (done) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}

/// @dev An account that calls something when it is paid, and keeps what came of it.
contract Reenterer {
    address private _target;
    bytes private _data;
    bool public hasTried;
    bool public hasSucceeded;

    receive() external payable {
        if (_data.length == 0) return;
        hasTried = true;
        (hasSucceeded,) = _target.call(_data);
    }

    function prepare(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function call(address target, uint256 value, bytes calldata data) external payable {
        (bool done,) = target.call{value: value}(data);
        require(done, "failed");
    }
}

/// @dev Pays ether to an account that isn't asked. It does so in the transaction that creates it, where this still works.
contract Forcer {
    constructor(address payable to) payable {
        selfdestruct(to);
    }
}
