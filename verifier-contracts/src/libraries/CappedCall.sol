// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Calls that cost the caller no more than the gas that they are given
/// @dev Solidity copies whatever a callee returns to memory, at the caller's expense. Here nothing is copied.
library CappedCall {
    /// @dev What a call takes before it forwards gas: an account and what it delegates to, both cold (EIP-2929, EIP-7702),
    /// and pushing the arguments.
    uint256 internal constant OVERHEAD = 6000;

    /// @dev Calls with exactly this much gas, if {givable} is as much, and else with less.
    function tryCall(address target, uint256 gasLimit, bytes memory data) internal returns (bool success) {
        assembly ("memory-safe") {
            success := call(gasLimit, target, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }

    /// @dev The same, without effects.
    function tryStaticCall(address target, uint256 gasLimit, bytes memory data) internal view returns (bool success) {
        assembly ("memory-safe") {
            success := staticcall(gasLimit, target, add(data, 0x20), mload(data), 0, 0)
        }
    }

    /// @dev How much a call can be given for certain, when so much is left: all but the overhead and a 64th (EIP-150).
    function givable(uint256 left) internal pure returns (uint256) {
        return left < OVERHEAD ? 0 : (left - OVERHEAD) / 64 * 63;
    }
}
