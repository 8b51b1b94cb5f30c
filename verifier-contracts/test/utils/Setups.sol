// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Curve} from "./Curve.sol";
import {Words} from "./Words.sol";

/// @dev Setups whose secret is known, and which are marked so.
library Setups {
    using Words for bytes;

    /// @dev The secret of the setup of `../fixtures/settlement`: what `prover/proving/tests/settlement/fixtures.rs` draws.
    uint256 internal constant FIXTURE_TAU = 0x2fa53043df6a1320a8b3d7f8874f4411a8842817fb0c9952652b1a02d8cfbeb5;

    /// @dev Where [tau] in G2 and the digest of the setup are in a settlement key, in words.
    uint256 internal constant TAU_WORD = 34;
    uint256 internal constant DIGEST_WORD = 41;

    /// @dev The setup of {Curve}.
    function known() internal view returns (IModelRegistry.Setup memory) {
        return IModelRegistry.Setup({
            development: true, tauG1: multiple(Curve.TAU), tauG2: abi.decode(Curve.tau(), (uint256[4]))
        });
    }

    /// @dev The setup of a key that the prover made.
    function ofFixture(bytes memory key) internal view returns (IModelRegistry.Setup memory setup) {
        (setup.development, setup.tauG1) = (true, multiple(FIXTURE_TAU));
        for (uint256 index; index < 4; ++index) {
            setup.tauG2[index] = key.get(TAU_WORD + index);
        }
    }

    /// @dev A multiple of the generator of G1.
    function multiple(uint256 scalar) internal view returns (uint256[2] memory) {
        return abi.decode(Curve.point(scalar), (uint256[2]));
    }

    /// @dev The digest by its definition.
    function digest(IModelRegistry.Setup memory setup) internal pure returns (bytes32) {
        bytes memory first = bytes.concat("hallmark opening key v1", setup.development ? bytes1(0x01) : bytes1(0x00));
        return keccak256(bytes.concat(first, abi.encode(1, 2, setup.tauG1), generator(), abi.encode(setup.tauG2)));
    }

    /// @dev The generator of G2 (EIP-197).
    function generator() internal pure returns (bytes memory) {
        return abi.encode(
            11559732032986387107991004021392285783925812861821192530917403151452391805634,
            10857046999023057135944570762232829481370756359578518086990519993285655852781,
            4082367875863433681332203403145435568316851327593401208105741076214120093531,
            8495653923123431417604973247489272438418190587263600148770280649306958101930
        );
    }
}
