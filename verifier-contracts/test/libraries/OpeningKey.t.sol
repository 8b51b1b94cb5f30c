// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {OpeningKey} from "../../src/libraries/OpeningKey.sol";
import {Curve} from "../utils/Curve.sol";
import {Setups} from "../utils/Setups.sol";
import {Test} from "../utils/Test.sol";

contract OpeningKeyTest is Test {
    function requireValid(IModelRegistry.Setup memory setup) external view {
        OpeningKey.requireValid(setup);
    }

    function _refuse(IModelRegistry.Setup memory setup, bytes4 expected) private {
        vm.expectRevert(expected);
        this.requireValid(setup);
    }

    function test_acceptsPointsOfOneTau() external view {
        OpeningKey.requireValid(Setups.known());
    }

    function test_digestCoversPointsAndProvenance() external view {
        IModelRegistry.Setup memory setup = Setups.known();
        assertEq(OpeningKey.digest(setup), Setups.digest(setup), "by its definition");
        setup.development = false;
        assertEq(OpeningKey.digest(setup), Setups.digest(setup), "not for development");
        assertTrue(Setups.digest(setup) != Setups.digest(Setups.known()), "the flag");
    }

    function testFuzz_digest(bool development, uint256[2] calldata tauG1, uint256[4] calldata tauG2) external pure {
        IModelRegistry.Setup memory setup = IModelRegistry.Setup({development: development, tauG1: tauG1, tauG2: tauG2});
        assertEq(OpeningKey.digest(setup), Setups.digest(setup), "digest");
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_refusesDifferentTaus(uint256 scalar) external {
        IModelRegistry.Setup memory setup = Setups.known();
        setup.tauG1 = Setups.multiple(bound(scalar, 2, 1 << 250));
        _refuse(setup, IModelRegistry.SetupInconsistent.selector);
    }

    function test_refusesTrivialTaus() external {
        IModelRegistry.Setup memory setup = Setups.known();
        setup.tauG1 = [uint256(1), 2];
        _refuse(setup, IModelRegistry.SetupTrivial.selector);
        setup.tauG2 = abi.decode(Setups.generator(), (uint256[4]));
        _refuse(setup, IModelRegistry.SetupTrivial.selector);
        (setup.tauG1, setup.tauG2) = ([uint256(0), 0], [uint256(0), 0, 0, 0]);
        _refuse(setup, IModelRegistry.SetupTrivial.selector);
    }

    /// @dev A coordinate of the generator's alone makes no setup trivial. Here tau is -1.
    function test_takesAnAbscissaOfTheGenerator() external view {
        IModelRegistry.Setup memory setup = Setups.known();
        setup.tauG1 = [uint256(1), Curve.Q - 2];
        uint256[4] memory generator = abi.decode(Setups.generator(), (uint256[4]));
        setup.tauG2 = [generator[0], generator[1], Curve.Q - generator[2], Curve.Q - generator[3]];
        OpeningKey.requireValid(setup);
    }

    function test_refusesInvalidPoints() external {
        bytes4 inconsistent = IModelRegistry.SetupInconsistent.selector;
        IModelRegistry.Setup memory setup = Setups.known();
        setup.tauG1[1] ^= 1;
        _refuse(setup, inconsistent);
        setup = Setups.known();
        setup.tauG1[0] += Curve.Q;
        _refuse(setup, inconsistent);
        for (uint256 index; index < 4; ++index) {
            setup = Setups.known();
            setup.tauG2[index] ^= 1;
            _refuse(setup, inconsistent);
            setup = Setups.known();
            setup.tauG2[index] += Curve.Q;
            _refuse(setup, inconsistent);
        }
        setup = Setups.known();
        setup.tauG2 = [uint256(0), 0, 0, 0];
        _refuse(setup, inconsistent);
    }

    function test_refusesWithoutPrecompile() external {
        vm.mockCall(address(8), "", "");
        _refuse(Setups.known(), IModelRegistry.SetupInconsistent.selector);
    }
}
