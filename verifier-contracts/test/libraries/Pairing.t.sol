// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {Pairing} from "../../src/libraries/Pairing.sol";
import {PointSum, PointSumLib} from "../../src/libraries/PointSum.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {Curve} from "../utils/Curve.sol";
import {Test} from "../utils/Test.sol";

contract PairingTest is Test {
    bytes private constant FAILED = abi.encodeWithSelector(IHallmarkVerifier.PrecompileFailed.selector, address(8));

    function check(uint256 left, uint256 right, bytes memory tau) external view {
        PointSum leftSum = PointSumLib.create(Fr.wrap(left));
        leftSum.finish();
        PointSum rightSum = PointSumLib.create(Fr.wrap(right));
        rightSum.finish();
        uint256 pointer;
        assembly ("memory-safe") {
            pointer := add(tau, 0x20)
        }
        Pairing.requireEqual(leftSum, rightSum, pointer);
    }

    /// forge-config: default.fuzz.runs = 16
    function testFuzz_accepts(uint256 left) external view {
        left %= F.R;
        this.check(left, F.mul(left, Curve.TAU), Curve.tau());
    }

    /// @dev The neutral element has no coordinate to negate.
    function test_acceptsNeutralElements() external view {
        this.check(0, 0, Curve.tau());
    }

    /// forge-config: default.fuzz.runs = 16
    function testFuzz_refuses(uint256 left, uint256 right) external {
        (left, right) = (left % F.R, right % F.R);
        vm.assume(right != F.mul(left, Curve.TAU));
        vm.expectRevert(IHallmarkVerifier.ProofRejected.selector);
        this.check(left, right, Curve.tau());
    }

    function test_refusesAnInvalidSecret() external {
        bytes memory tau = Curve.tau();
        tau[127] ^= 0x01;
        vm.expectRevert(FAILED);
        this.check(1, Curve.TAU, tau);
    }

    function test_refusesWithoutAPrecompile() external {
        vm.mockCall(address(8), "", "");
        vm.expectRevert(FAILED);
        this.check(1, Curve.TAU, Curve.tau());
    }
}
