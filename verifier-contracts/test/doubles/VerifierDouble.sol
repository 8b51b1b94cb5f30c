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
        bytes32 setup;
        uint256[4] tauG2;
        bool development;
    }

    mapping(address => Key) private _keys;

    function store(address account, Key calldata key) external {
        _keys[account] = key;
    }

    function verify(
        address key,
        bytes32 digest,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view {
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

    function batchArchitecture(address, uint256) external pure returns (bytes32) {
        return 0;
    }

    function weightRowsDigest(address key) external view returns (bytes32) {
        return _key(key).weights;
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
