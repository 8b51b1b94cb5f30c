// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev What forge asks of a contract whose invariants it is to try.
abstract contract InvariantTest {
    address[] private _targets;

    function target(address handler) internal {
        _targets.push(handler);
    }

    /// @dev The only contracts that are called.
    function targetContracts() external view returns (address[] memory) {
        return _targets;
    }
}
