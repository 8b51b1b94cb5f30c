// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Settlement of Hallmark proofs
/// @notice Says whether a model answers an input with an output, for every model whose settlement key is code-stored.
/// @dev A caller pins the key by its digest and the proof's purpose by the context. The verifier keeps no state, so what a
/// context stands for, and that it is used once, is for the caller to see to.
interface IHallmarkVerifier {
    /// @notice No code is at the key's address.
    error KeyMissing(address key);

    /// @notice The code at the key's address is not a settlement key.
    error KeyMalformed(address key);

    /// @notice The key is another than the pinned one.
    error KeyDigestMismatch(bytes32 expected, bytes32 found);

    /// @notice The input has another number of bytes than the key says.
    error InputLength(uint256 expected, uint256 found);

    /// @notice The output has another number of bytes than the key says.
    error OutputLength(uint256 expected, uint256 found);

    /// @notice The proof has another number of bytes than the key says.
    error ProofLength(uint256 expected, uint256 found);

    /// @notice A scalar of the proof is not below the order of the group.
    /// @param index Its number among the scalars: the published ones, then the evaluations.
    error ScalarNotReduced(uint256 index);

    /// @notice A point is not on the curve, has a coordinate that is not reduced, or is the neutral element in a proof.
    error PointInvalid(uint256 x, uint256 y);

    /// @notice A challenge is a root of unity or zero. No prover can bring this about but by chance.
    error ChallengeDegenerate();

    /// @notice A precompile gave no answer: the chain has none at this address, or it was given too little gas.
    error PrecompileFailed(address precompile);

    /// @notice All is well formed, but the proof does not hold.
    error ProofRejected();

    /// @notice Returns if `output` is what the key's model answers to `input`; reverts if the proof does not show it.
    /// @dev A caller that acts on a revert has to make sure that there was enough gas: a precompile that runs out of gas
    /// looks like one that refuses a point. For a call with at least the gas of a valid proof's, errors are what they say.
    /// @param key The contract whose code is the settlement key.
    /// @param digest The pinned digest of the key.
    /// @param context What the proof is for: chain, caller, request, payee and so on, hashed by the caller.
    /// @param input The input's values in row-major order: big-endian, two's complement.
    /// @param output The output's values likewise.
    /// @param proof The settlement proof.
    function verify(
        address key,
        bytes32 digest,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view;

    /// @notice The digest that pins a key.
    function keyDigest(address key) external view returns (bytes32);

    /// @notice The digest of a key without its weights: what follows from a public architecture and the setup.
    function architectureKeyDigest(address key) external view returns (bytes32);

    /// @notice The digest of a key's model: its architecture, setup, tables and weights.
    function weightDigest(address key) external view returns (bytes32);

    /// @notice The setup that a key says it was made under. The digest is part of the model's, and [tau] is what proofs are
    /// checked with; that the one belongs to the other is for whoever registers keys to see to.
    /// @return digest The digest of the setup's points and its provenance.
    /// @return tau [tau] in G2 in the order of EIP-197: x.c1, x.c0, y.c1, y.c0.
    /// @return development Whether somebody may know the secret of the setup, and so prove anything.
    function setup(address key) external view returns (bytes32 digest, uint256[4] memory tau, bool development);
}
