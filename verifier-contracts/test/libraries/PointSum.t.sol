// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {KeyPoint, ProofPoint} from "../../src/libraries/Points.sol";
import {PointSum, PointSumLib} from "../../src/libraries/PointSum.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {Curve} from "../utils/Curve.sol";
import {Random, RandomLib} from "../utils/Random.sol";
import {Test} from "../utils/Test.sol";
import {Words} from "../utils/Words.sol";

contract PointSumTest is Test {
    using Words for bytes;

    function addMultiples(bytes calldata points, uint256[] memory scalars) external view returns (bytes memory) {
        PointSum sum = PointSumLib.create(Fr.wrap(0));
        sum.addMultiples(_proofPoint(points), _elements(scalars));
        return _result(sum);
    }

    function addKeyMultiples(bytes memory points, uint256[] memory scalars) external view returns (bytes memory) {
        KeyPoint first;
        assembly ("memory-safe") {
            first := add(points, 0x20)
        }
        PointSum sum = PointSumLib.create(Fr.wrap(0));
        sum.addMultiples(first, _elements(scalars));
        return _result(sum);
    }

    function add(bytes calldata points, uint256 scalar) external view returns (bytes memory) {
        PointSum sum = PointSumLib.create(Fr.wrap(scalar));
        sum.add(_proofPoint(points));
        sum.add(_proofPoint(points).next(1));
        sum.finish();
        return _result(sum);
    }

    function addOne(bytes calldata points) external view returns (bytes memory) {
        PointSum sum = PointSumLib.create(Fr.wrap(0));
        sum.add(_proofPoint(points));
        return _result(sum);
    }

    function startAt(bytes calldata points) external view returns (bytes memory) {
        PointSum sum = PointSumLib.startAt(_proofPoint(points));
        sum.add(_proofPoint(points).next(1));
        return _result(sum);
    }

    function _proofPoint(bytes calldata points) private pure returns (ProofPoint point) {
        assembly ("memory-safe") {
            point := points.offset
        }
    }

    function _elements(uint256[] memory words) private pure returns (Fr[] memory elements) {
        assembly ("memory-safe") {
            elements := words // Both are arrays of words.
        }
    }

    function _result(PointSum sum) private pure returns (bytes memory result) {
        result = new bytes(64);
        assembly ("memory-safe") {
            mcopy(add(result, 0x20), sum, 0x40)
        }
    }

    function _requireEqual(bytes memory found, uint256 logarithm) private view {
        assertEq(keccak256(found), keccak256(Curve.point(logarithm)), "sum");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_addMultiples(uint256 seed, uint256 count) external view {
        Random memory random = RandomLib.create(seed);
        count = bound(count, 0, 12);
        uint256[] memory logarithms = random.elements(count);
        uint256[] memory scalars = random.elements(count);
        uint256 sum;
        for (uint256 index; index < count; ++index) {
            sum = F.add(sum, F.mul(logarithms[index], scalars[index]));
        }
        bytes memory points = Curve.points(logarithms);
        _requireEqual(this.addMultiples(points, scalars), sum);
        _requireEqual(this.addKeyMultiples(points, scalars), sum);
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_add(uint256 first, uint256 second, uint256 scalar) external view {
        (first, second, scalar) = (bound(first, 1, F.R - 1), bound(second, 1, F.R - 1), bound(scalar, 0, F.R - 1));
        bytes memory points = bytes.concat(Curve.point(first), Curve.point(second));
        _requireEqual(this.add(points, scalar), F.add(F.add(first, second), scalar));
        _requireEqual(this.startAt(points), F.add(first, second));
    }

    /// @dev Sums that meet their own summands or their negatives, and scalars without effect.
    function test_specialCases() external view {
        uint256[] memory scalars = new uint256[](3);
        (scalars[0], scalars[1], scalars[2]) = (1, 1, F.R - 2);
        bytes memory point = Curve.point(7);
        _requireEqual(this.addMultiples(bytes.concat(point, point, point), scalars), 0);
        scalars[2] = 0;
        _requireEqual(this.addMultiples(bytes.concat(point, point, point), scalars), 14);
    }

    function test_keysMayHaveTheNeutralElement() external view {
        uint256[] memory scalars = new uint256[](2);
        (scalars[0], scalars[1]) = (5, 3);
        _requireEqual(this.addKeyMultiples(bytes.concat(new bytes(64), Curve.point(2)), scalars), 6);
    }

    /// @dev No ordinate but 0 is special.
    function test_takesAPointWithAnOrdinateOfOne() external view {
        bytes memory point =
            abi.encode(uint256(0x2409ed9a7b7567337c6bfd3b97e9703c9deffb228c6c7324d8a447837238b15e), uint256(1));
        uint256[] memory scalars = new uint256[](1);
        scalars[0] = 1;
        assertEq(keccak256(this.addMultiples(point, scalars)), keccak256(point), "a multiple");
        assertEq(keccak256(this.addOne(point)), keccak256(point), "a sum");
    }

    /// @dev What memory held before is no part of a sum.
    function test_beginsAtTheNeutralElement() external view {
        bytes memory point = Curve.point(7);
        assembly ("memory-safe") {
            let free := mload(0x40)
            for { let end := add(free, 0x400) } lt(free, end) { free := add(free, 0x20) } { mstore(free, not(0)) }
        }
        PointSum sum = PointSumLib.create(Fr.wrap(0));
        _requireEqual(_result(sum), 0);
        _requireEqual(this.addOne(point), 7);
    }

    function test_namesAMissingPrecompile() external {
        bytes memory points = bytes.concat(Curve.point(3), Curve.point(4));
        uint256[] memory scalars = new uint256[](2);
        (scalars[0], scalars[1]) = (5, 6);
        for (uint160 precompile = 6; precompile < 8; ++precompile) {
            vm.mockCall(address(precompile), "", "");
            bytes memory expected =
                abi.encodeWithSelector(IHallmarkVerifier.PrecompileFailed.selector, address(precompile));
            _refuse(abi.encodeCall(this.addMultiples, (points, scalars)), expected);
            _refuse(abi.encodeCall(this.addKeyMultiples, (points, scalars)), expected);
            if (precompile == 6) _refuse(abi.encodeCall(this.addOne, (points)), expected);
            vm.clearMockedCalls();
        }
    }

    /// @dev A precompile that fails refuses the point, whatever else it returns.
    function test_refusesPointsThatAPrecompileRefuses() external {
        bytes memory points = Curve.point(3);
        uint256[] memory scalars = new uint256[](1);
        scalars[0] = 5;
        for (uint160 precompile = 6; precompile < 8; ++precompile) {
            vm.mockCallRevert(address(precompile), "", new bytes(64));
            (bool first,) = address(this).staticcall(abi.encodeCall(this.addMultiples, (points, scalars)));
            (bool second,) = address(this).staticcall(abi.encodeCall(this.addKeyMultiples, (points, scalars)));
            assertTrue(!first && !second, "accepted");
            vm.clearMockedCalls();
        }
    }

    /// @dev To the last byte, which expectRevert does not tell.
    function _refuse(bytes memory data, bytes memory expected) private view {
        (bool success, bytes memory found) = address(this).staticcall(data);
        assertTrue(!success, "accepted");
        assertEq(keccak256(found), keccak256(expected), "the error");
    }

    function test_refusesInvalidPoints() external view {
        bytes memory valid = Curve.point(3);
        (uint256 x, uint256 y) = (valid.get(0), valid.get(1));
        uint256[2][6] memory invalid =
            [[x, y + 1], [x + 1, y], [x + Curve.Q, y], [x, y + Curve.Q], [uint256(0), 0], [Curve.Q, Curve.Q]];
        uint256[] memory scalars = new uint256[](2);
        for (uint256 index; index < 6; ++index) {
            bytes memory bad = abi.encode(invalid[index][0], invalid[index][1]);
            bytes memory expected = bytes.concat(IHallmarkVerifier.PointInvalid.selector, bad);
            bytes memory points = bytes.concat(valid, bad);
            _refuse(abi.encodeCall(this.addMultiples, (points, scalars)), expected);
            _refuse(abi.encodeCall(this.add, (points, 1)), expected);
            if (index == 4) continue;
            _refuse(abi.encodeCall(this.addKeyMultiples, (points, scalars)), expected);
        }
    }
}
