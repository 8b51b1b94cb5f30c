// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev A token that anybody can make.
contract PlainToken is ERC20("Plain", "PLN") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @dev A token of which a tenth is lost on the way.
contract FeeToken is ERC20("Fee", "FEE") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(to, address(0), amount / 10);
    }
}

/// @dev A token that says what it likes, and calls whom it likes when it is moved.
contract HostileToken {
    uint256 public balance;
    uint256 public step;
    bool public answer = true;
    address private _target;
    bytes private _data;
    bool public hasTried;
    bool public hasSucceeded;

    function set(uint256 balance_, uint256 step_, bool answer_) external {
        (balance, step, answer) = (balance_, step_, answer_);
    }

    function prepare(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function balanceOf(address) external view returns (uint256) {
        return balance;
    }

    function transferFrom(address, address, uint256) external returns (bool) {
        return _move();
    }

    function transfer(address, uint256) external returns (bool) {
        return _move();
    }

    function _move() private returns (bool) {
        unchecked {
            balance += step;
        }
        if (_data.length != 0) {
            hasTried = true;
            (hasSucceeded,) = _target.call(_data);
        }
        return answer;
    }
}
