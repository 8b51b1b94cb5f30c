// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";

/// @dev In the place of the verifier, for tests of what is built on it. Anyone can make its proofs, but a proof holds only for
/// the key, context, input and output that it was made for: whoever passes on the wrong ones is found out.
contract VerifierDouble is IHallmarkVerifier {
    struct Key {
        bytes32 digest;
        bytes32 architecture;
        bytes32 weights;
        bytes32 weightRows;
        bytes32 setup;
        uint256[4] tauG2;
        bool development;
    }

    mapping(address => Key) private _keys;
    mapping(address => mapping(uint256 size => bytes32)) public batchArchitecture;

    function store(address account, Key calldata key) external {
        _keys[account] = key;
    }

    /// @dev From now on the key lists an architecture for batches of a size.
    function offer(address account, uint256 size, bytes32 architecture) external {
        batchArchitecture[account][size] = architecture;
    }

    function verify(
        address key,
        bytes32 digest,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view virtual {
        Key storage stored = _key(key);
        if (stored.digest != digest) revert KeyDigestMismatch(digest, stored.digest);
        if (keccak256(proof) != keccak256(proofOf(digest, context, input, output))) revert ProofRejected();
    }

    function keyDigest(address key) external view returns (bytes32) {
        return _key(key).digest;
    }

    function architectureKeyDigest(address key) external view returns (bytes32) {
        return _key(key).architecture;
    }

    function weightDigest(address key) external view returns (bytes32) {
        return _key(key).weights;
    }

    function weightRowsDigest(address key) external view returns (bytes32) {
        return _key(key).weightRows;
    }

    function setup(address key) external view returns (bytes32, uint256[4] memory, bool) {
        Key storage stored = _key(key);
        return (stored.setup, stored.tauG2, stored.development);
    }

    function proofOf(bytes32 digest, bytes32 context, bytes memory input, bytes memory output)
        public
        pure
        returns (bytes memory)
    {
        return abi.encode(keccak256(abi.encode(digest, context, input, output)));
    }

    function _key(address account) private view returns (Key storage stored) {
        stored = _keys[account];
        if (stored.digest == 0) revert KeyMissing(account);
    }
}

/// @dev Accepts everything at once, so that a measurement is of what calls it.
contract FreeVerifier is VerifierDouble {
    function verify(address, bytes32, bytes32, bytes calldata, bytes calldata, bytes calldata) external view override {}
}

/// @dev A verifier that answers with more than anyone wants to copy, or runs until the gas is gone.
contract HostileVerifier {
    enum Mood {
        AcceptWithBomb,
        Burn
    }

    uint256 private constant BOMB = 1 << 19;

    Mood private immutable MOOD;

    constructor(Mood mood) {
        MOOD = mood;
    }

    fallback() external {
        if (MOOD == Mood.Burn) while (true) {}
        assembly ("memory-safe") {
            return(0, BOMB)
        }
    }
}
