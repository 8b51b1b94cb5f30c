// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Settlement of Hallmark proofs
/// @notice Says whether a model answers an input with an output. It serves every model whose settlement key is stored as
/// code.
/// @dev A caller pins the key by its digest, and the proof's purpose by the context. The verifier keeps no state. So the
/// caller must give contexts a meaning, and make sure that each is used once.
interface IHallmarkVerifier {
    /// @notice No code is at the key's address.
    error KeyMissing(address key);

    /// @notice The code at the key's address is not a settlement key.
    error KeyMalformed(address key);

    /// @notice The key is not the pinned one.
    error KeyDigestMismatch(bytes32 expected, bytes32 found);

    /// @notice The number of input bytes differs from the key's.
    error InputLength(uint256 expected, uint256 found);

    /// @notice The number of output bytes differs from the key's.
    error OutputLength(uint256 expected, uint256 found);

    /// @notice The number of proof bytes differs from the key's.
    error ProofLength(uint256 expected, uint256 found);

    /// @notice A scalar of the proof is not below the order of the group.
    /// @param index Its number among the scalars: the published ones, then the evaluations.
    error ScalarNotReduced(uint256 index);

    /// @notice A digest of the input is not below the order of the field.
    /// @param index Its number among the digests.
    error InputDigestNotReduced(uint256 index);

    /// @notice A point is not on the curve, or a coordinate is not reduced, or a point of the proof is the neutral element.
    error PointInvalid(uint256 x, uint256 y);

    /// @notice A challenge is a root of unity or zero. A prover can bring this about by chance only.
    error ChallengeDegenerate();

    /// @notice A precompile gave no answer: the chain has none at this address, or it got too little gas.
    error PrecompileFailed(address precompile);

    /// @notice Everything is well formed, but the proof does not hold.
    error ProofRejected();

    /// @notice Returns if the proof shows that the key's model answers `input` with `output`. Reverts otherwise.
    /// @dev A caller that acts on a revert must make sure that there was enough gas. A precompile that runs out of gas
    /// looks like one that refuses a point. If the call had at least the gas that a valid proof takes, errors mean what
    /// they say.
    /// @param key The contract whose code is the settlement key.
    /// @param digest The pinned digest of the key.
    /// @param context What the proof is for: chain, caller, request, payee and so on, hashed by the caller.
    /// @param input The input's values in row-major order: big-endian, two's complement.
    /// @param output The output's values in the same encoding.
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

    /// @notice The digest of a key without its weights. It follows from a public architecture and the setup.
    function architectureKeyDigest(address key) external view returns (bytes32);

    /// @notice The digest of a key's model: its architecture, setup, tables and weights.
    function weightDigest(address key) external view returns (bytes32);

    /// @notice The digest of the key for batches of a size, without its weights, as a model's key lists it.
    /// @dev A key belongs to the batch if it has this digest, and the same commitments to weights as the model's key:
    /// compare {architectureKeyDigest} with the result, and {weightRowsDigest} of both keys.
    /// @param key The contract whose code is the model's key.
    /// @param size The number of samples of a batch.
    /// @return The digest, or 0 if the key lists no batch of this size.
    function batchArchitecture(address key, uint256 size) external view returns (bytes32);

    /// @notice The digest of a key's commitments to weights, without anything else. The keys of a model and of its batches have
    /// it in common, and their weight digests differ.
    function weightRowsDigest(address key) external view returns (bytes32);

    /// @notice The setup that a key claims. The weight digest covers the setup digest, and proofs are checked with [tau].
    /// Whoever registers keys must check that the two belong together.
    /// @return digest The digest of the setup's points and its provenance.
    /// @return tau [tau] in G2 in the order of EIP-197: x.c1, x.c0, y.c1, y.c0.
    /// @return development Whether somebody may know the secret of the setup. Whoever knows it can prove anything.
    function setup(address key) external view returns (bytes32 digest, uint256[4] memory tau, bool development);
}
