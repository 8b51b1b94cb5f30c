// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Calls that cost the caller no more than the gas that they get
/// @dev Solidity copies everything that a callee returns to memory, at the caller's expense. These calls copy nothing.
library CappedCall {
    /// @dev The gas that a call takes before it forwards gas: for an account and its delegate, both cold (EIP-2929,
    /// EIP-7702), and for pushing the arguments.
    uint256 internal constant OVERHEAD = 6000;

    /// @dev Calls with exactly this much gas if {givable} is at least as much, and otherwise with less.
    function tryCall(address target, uint256 gasLimit, bytes memory data) internal returns (bool success) {
        assembly ("memory-safe") {
            success := call(gasLimit, target, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }

    /// @dev The same as a static call.
    function tryStaticCall(address target, uint256 gasLimit, bytes memory data) internal view returns (bool success) {
        assembly ("memory-safe") {
            success := staticcall(gasLimit, target, add(data, 0x20), mload(data), 0, 0)
        }
    }

    /// @dev The gas that a call can surely get when so much is left: everything but the overhead and a 64th (EIP-150).
    function givable(uint256 left) internal pure returns (uint256) {
        return left < OVERHEAD ? 0 : (left - OVERHEAD) / 64 * 63;
    }
}
