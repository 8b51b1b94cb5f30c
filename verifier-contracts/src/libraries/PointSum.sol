// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, ZERO} from "./Fr.sol";
import {KeyPoint, ProofPoint} from "./Points.sol";
import {ScalarsLib} from "./Scalars.sol";

/// @dev A running sum of multiples of points: the address of six words of memory.
///
///     0x00  x of the sum
///     0x20  y of the sum
///     0x40  x of a point, then of its multiple
///     0x60  y of a point, then of its multiple
///     0x80  the scalar
///     0xa0  the scalar of the generator, which is added last
///
/// ecMul reads the three words from 0x40 on, and writes the multiple in the place of the point. There it stands beside the
/// sum, as ecAdd needs it. So a point costs two calls and one copy.
type PointSum is uint256;

using PointSumLib for PointSum global;

/// @title Multi-scalar multiplication with the precompiles of EIP-196
/// @dev Both precompiles refuse a point that is not on the curve, or has a coordinate that is not reduced. Each point here
/// is input to one of them, whatever its scalar is. They accept the neutral element (0, 0). A key may have it, for a row of
/// zeros. This library refuses it in a proof, as the verifier in Rust does, since the points of a proof are random. It is
/// the only point with y = 0. Any other such point would have order 2, which does not divide the order of the group.
///
/// Without a precompile, a call succeeds and returns nothing. So the library also checks the length of the answer.
///
/// A precompile that refuses its input takes all gas that it got. So each call has a limit, which bounds the cost of a bad
/// proof. The limits are above today's prices (EIP-1108: 150 and 6000), because an immutable contract must survive new
/// prices, such as EIP-7904's.
library PointSumLib {
    /// @dev Gas for ecAdd, at address 6.
    uint256 private constant ADD_GAS = 1500;

    /// @dev Gas for ecMul, at address 7.
    uint256 private constant MUL_GAS = 24_000;

    /// @dev The selector of {IHallmarkVerifier-PointInvalid}. The error is built in the memory of a sum. The selector goes
    /// to the last bytes of the sum's second word. The point follows, as the error's two words. A precompile that fails
    /// writes nothing, so the point is still there.
    uint256 private constant POINT_INVALID = 0xc3f840f4;

    /// @dev The selector of {IHallmarkVerifier-PrecompileFailed}.
    uint256 private constant PRECOMPILE_FAILED = 0xeb8d043a;

    /// @dev A sum without points, with a multiple of the generator that {finish} will add.
    function create(Fr generatorScalar) internal pure returns (PointSum sum) {
        assembly ("memory-safe") {
            sum := mload(0x40)
            mstore(0x40, add(sum, 0xc0)) // Allocates six words.
            mstore(sum, 0) // The sum is (0, 0), the neutral element;
            mstore(add(sum, 0x20), 0) // the words of the slot are written before they are read.
            mstore(add(sum, 0xa0), generatorScalar)
        }
    }

    /// @dev A sum that begins with a point. The caller must know that the point is valid.
    function startAt(ProofPoint point) internal pure returns (PointSum sum) {
        sum = create(ZERO);
        assembly ("memory-safe") {
            calldatacopy(sum, point, 0x40)
        }
    }

    /// @dev sum += point
    function add(PointSum sum, ProofPoint point) internal view {
        assembly ("memory-safe") {
            calldatacopy(add(sum, 0x40), point, 0x40)
            let valid := lt(0, mload(add(sum, 0x60))) // y is not zero.
            valid := and(valid, staticcall(ADD_GAS, 0x06, sum, 0x80, sum, 0x40)) // The sum and the point, to the sum.
            if iszero(and(valid, eq(returndatasize(), 0x40))) {
                if valid {
                    mstore(0x00, PRECOMPILE_FAILED)
                    mstore(0x20, 0x06)
                    revert(0x1c, 0x24)
                }
                mstore(add(sum, 0x20), POINT_INVALID)
                revert(add(sum, 0x3c), 0x44)
            }
        }
    }

    /// @dev sum += sum_i scalars[i] * point i, for points one after another
    function addMultiples(PointSum sum, ProofPoint first, Fr[] memory scalars) internal view {
        assembly ("memory-safe") {
            let scalar := add(scalars, 0x20) // The elements follow the array's length.
            for { let end := add(scalar, shl(5, mload(scalars))) } lt(scalar, end) {} {
                calldatacopy(add(sum, 0x40), first, 0x40)
                mstore(add(sum, 0x80), mload(scalar))
                let valid := lt(0, mload(add(sum, 0x60))) // y is not zero.
                valid := and(valid, staticcall(MUL_GAS, 0x07, add(sum, 0x40), 0x60, add(sum, 0x40), 0x40)) // In place,
                let multiplied := eq(returndatasize(), 0x40)
                valid := and(valid, staticcall(ADD_GAS, 0x06, sum, 0x80, sum, 0x40)) // and to the sum.
                if iszero(and(valid, and(multiplied, eq(returndatasize(), 0x40)))) {
                    if valid {
                        mstore(0x00, PRECOMPILE_FAILED)
                        mstore(0x20, sub(0x07, multiplied))
                        revert(0x1c, 0x24)
                    }
                    mstore(add(sum, 0x20), POINT_INVALID)
                    revert(add(sum, 0x3c), 0x44)
                }
                scalar := add(scalar, 0x20)
                first := add(first, 0x40)
            }
        }
    }

    /// @dev sum += sum_i scalars[i] * point i, for points one after another
    function addMultiples(PointSum sum, KeyPoint first, Fr[] memory scalars) internal view {
        assembly ("memory-safe") {
            let scalar := add(scalars, 0x20) // The elements follow the array's length.
            for { let end := add(scalar, shl(5, mload(scalars))) } lt(scalar, end) {} {
                mcopy(add(sum, 0x40), first, 0x40)
                mstore(add(sum, 0x80), mload(scalar))
                let valid := staticcall(MUL_GAS, 0x07, add(sum, 0x40), 0x60, add(sum, 0x40), 0x40) // In place,
                let multiplied := eq(returndatasize(), 0x40)
                valid := and(valid, staticcall(ADD_GAS, 0x06, sum, 0x80, sum, 0x40)) // and to the sum.
                if iszero(and(valid, and(multiplied, eq(returndatasize(), 0x40)))) {
                    if valid {
                        mstore(0x00, PRECOMPILE_FAILED)
                        mstore(0x20, sub(0x07, multiplied))
                        revert(0x1c, 0x24)
                    }
                    mstore(add(sum, 0x20), POINT_INVALID)
                    revert(add(sum, 0x3c), 0x44)
                }
                scalar := add(scalar, 0x20)
                first := add(first, 0x40)
            }
        }
    }

    /// @dev sum += scalar * generator, which is (1, 2)
    function finish(PointSum sum) internal view {
        Fr scalar;
        assembly ("memory-safe") {
            scalar := mload(add(sum, 0xa0))
        }
        Fr[] memory scalars = ScalarsLib.single(scalar);
        KeyPoint generator;
        assembly ("memory-safe") {
            generator := mload(0x40) // Used here only, and so not allocated.
            mstore(generator, 1)
            mstore(add(generator, 0x20), 2)
        }
        addMultiples(sum, generator, scalars);
    }
}
