// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @dev A balance, and for how long its tokens have been held, in one word of a checkpoint.
///
///     96 bits    the balance b
///     128 bits   a signed number c
///
/// Up to a time t, the holding has b t + c token-seconds. A token that comes at t adds 1 to b and -t to c. A token that
/// leaves does the opposite. So neither changes the sum at t.
struct Holding {
    uint256 balance;
    int256 offset;
}

using HoldingsLib for Holding global;

/// @title Balances over time, by the period of the last change
/// @dev With at most 2^95 tokens and 2^32 seconds, token-seconds are below 2^127, and so is b t. So the numbers fit their
/// fields.
library HoldingsLib {
    using Checkpoints for Checkpoints.Trace224;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev A bound above all balances.
    uint256 internal constant BALANCE_END = 1 << 95;

    /// @dev The width of the field of c.
    uint256 private constant OFFSET_BITS = 128;

    /// @dev The present holding.
    function last(Checkpoints.Trace224 storage trace) internal view returns (Holding memory) {
        return _unpack(trace.latest());
    }

    /// @dev The holding at the end of a period.
    function heldAt(Checkpoints.Trace224 storage trace, uint256 period) internal view returns (Holding memory) {
        return _unpack(trace.upperLookupRecent(period.toUint32()));
    }

    /// @dev Records the holding from now on, in a period that has not ended.
    function record(Checkpoints.Trace224 storage trace, uint256 period, Holding memory holding) internal {
        uint256 offset = uint128(holding.offset.toInt128());
        uint256 word = holding.balance << OFFSET_BITS | offset;
        trace.push(period.toUint32(), word.toUint224());
    }

    /// @dev The token-seconds up to a time.
    function secondsAt(Holding memory holding, uint256 time) internal pure returns (uint256) {
        return ((holding.balance * time).toInt256() + holding.offset).toUint256();
    }

    /// @dev Tokens come, and count from a time on.
    function receiveAt(Holding memory holding, uint256 amount, uint256 time) internal pure {
        holding.balance += amount;
        holding.offset -= (amount * time).toInt256();
    }

    /// @dev Tokens leave, and count up to a time.
    function sendAt(Holding memory holding, uint256 amount, uint256 time) internal pure {
        holding.balance -= amount;
        holding.offset += (amount * time).toInt256();
    }

    function _unpack(uint224 word) private pure returns (Holding memory) {
        // The low bits are the signed number.
        // forge-lint: disable-next-line(unsafe-typecast)
        return Holding({balance: word >> OFFSET_BITS, offset: int128(uint128(word))});
    }
}
