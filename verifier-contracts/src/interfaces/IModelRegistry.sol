// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "./IHallmarkVerifier.sol";

/// @title A registry of models, each pinned by its weights permanently
/// @notice Gives every model an id. An id stands for one settlement key, and so for one set of weights. The registry checks
/// proofs that the model with an id answers an input with an output.
/// @dev Nobody owns a registry, and no record ever changes, except that {provePossession} sets its time once. A new version
/// of a model is a new model with a new id. It may name the old one as its predecessor. The verifier, its code and the
/// setup are fixed at construction.
///
/// Anyone may register any key, even one without a model. A record says which bytes are pinned, and who pinned them. It
/// does not say that the architecture digest is that of a correct circuit, or that the weight digest is that of the
/// promised model. Before you rely on an id, derive both again (`hallmark setup`) and compare.
///
/// Keys are public, so anyone can also register the key of somebody else's model. A record says whether it was proven that
/// its registrant has the model. A registration does not require this proof, since an answer is equally good whoever
/// registered its key. A sale of the model's tokens does.
interface IModelRegistry {
    /// @notice The part of the structured reference string that pairings need.
    /// @dev In the encoding of EIP-196 and EIP-197.
    struct Setup {
        /// Whether somebody may know tau. Whoever knows it can prove anything.
        bool development;
        /// [tau] in G1: x, y.
        uint256[2] tauG1;
        /// [tau] in G2: x.c1, x.c0, y.c1, y.c0.
        uint256[4] tauG2;
    }

    /// @notice The record of a model.
    struct Model {
        /// The account that registered it. It may name the model as a predecessor and list it in a market, and has no other
        /// right.
        address registrant;
        /// The contract whose code is the settlement key.
        address key;
        /// The pinned digest of that key.
        bytes32 keyDigest;
        /// The digest of the key without its weights.
        bytes32 architectureDigest;
        /// The digest of the model: architecture, setup, tables and weights.
        bytes32 weightDigest;
        /// The model that this one succeeds, or 0.
        bytes32 predecessor;
        /// The time of the registration.
        uint64 registeredAt;
        /// When it was proven that the registrant has the model; 0 if it was not.
        uint64 provenAt;
        /// The address of a description. The id covers this text, but not the description.
        string uri;
    }

    /// @notice The key for batches of one size.
    struct BatchKey {
        /// The contract whose code is the settlement key.
        address key;
        /// The digest of that key.
        bytes32 keyDigest;
    }

    /// @notice A registry has been deployed.
    /// @dev It has the points, so that an auditor can compare them with those of a ceremony.
    event RegistryDeployed(
        address indexed verifier,
        bytes32 verifierCodeHash,
        bytes32 indexed setupDigest,
        uint256[2] tauG1,
        uint256[4] tauG2,
        bool development
    );

    /// @notice A model has been registered.
    event ModelRegistered(
        bytes32 indexed modelId,
        address indexed registrant,
        bytes32 indexed keyDigest,
        bytes32 architectureDigest,
        bytes32 weightDigest,
        address key,
        bytes32 predecessor,
        string uri
    );

    /// @notice It has been proven that the registrant of a model has its weights, or that somebody with the weights acts
    /// for the registrant.
    event PossessionProven(bytes32 indexed modelId, address indexed registrant, bytes32 indexed keyDigest);

    /// @notice The key for batches of one size has been recorded.
    event BatchKeyAdded(bytes32 indexed modelId, uint256 indexed size, address key, bytes32 keyDigest);

    /// @notice There is no code at the verifier's address.
    error VerifierMissing(address verifier);

    /// @notice The code at the verifier's address has changed since the registry was deployed.
    error VerifierChanged(bytes32 expected, bytes32 found);

    /// @notice The setup is for development and the registry is not for tests, or the reverse.
    error SetupFlag(bool setup, bool registry);

    /// @notice Tau is 0 or 1, so nobody has contributed to this setup.
    error SetupTrivial();

    /// @notice A point of the setup is invalid, or G1 and G2 have different taus.
    error SetupInconsistent();

    /// @notice No model has this id.
    error UnknownModel(bytes32 modelId);

    /// @notice The same record exists already.
    error AlreadyRegistered(bytes32 modelId);

    /// @notice The signature is not the registrant's for this record.
    error SignatureInvalid(address registrant);

    /// @notice It is proven already that the registrant has the model.
    error AlreadyProven(bytes32 modelId);

    /// @notice The predecessor was registered by somebody else.
    error ForeignPredecessor(bytes32 predecessor, address registrant);

    /// @notice The code at the key's address is not the key to pin.
    error KeyMismatch(bytes32 expected, bytes32 found);

    /// @notice The key's setup is not the registry's.
    error SetupMismatch(bytes32 expected, bytes32 found);

    /// @notice The key names the registry's setup, but has another tau or another development flag.
    error SetupMisnamed(address key);

    /// @notice The model's key lists no batches of this size.
    error BatchSizeNotOffered(bytes32 modelId, uint256 size);

    /// @notice The key is not the one for this size: the model's key lists another architecture.
    error BatchArchitectureMismatch(bytes32 expected, bytes32 found);

    /// @notice The key has the weights of another model.
    error BatchWeightsMismatch(bytes32 expected, bytes32 found);

    /// @notice The key for this size is recorded already.
    error BatchKeyKnown(bytes32 modelId, uint256 size, address key);

    /// @notice No key for batches of this size is recorded. Add it with {addBatchKey}.
    error UnknownBatchKey(bytes32 modelId, uint256 size);

    /// @notice The verifier refused the proof, but had too little gas for a valid verdict. Try again with more.
    /// @param needed The gas that the verifier must get for a refusal to count.
    /// @param given The gas that it could get, which is less.
    error VerificationGas(uint256 needed, uint256 given);

    /// @notice The verifier used all of the largest amount of gas that it ever gets, and gave no reason. It cannot check
    /// any proof of this model.
    error VerifierExhausted(uint256 given);

    /// @notice Pins a model: from now on its id stands for this key.
    /// @dev The sender is the registrant. The key must be deployed, and must have the registry's setup.
    /// @param key The contract whose code is the settlement key.
    /// @param keyDigest The digest that the key must have.
    /// @param predecessor The sender's model that this one succeeds, or 0.
    /// @param uri The address of a description.
    /// @return modelId The id, which is that of {idOf} for the same arguments.
    function register(address key, bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        external
        returns (bytes32 modelId);

    /// @notice Pins a model for a registrant that has signed for it. The registrant is an account with a private key, or a
    /// contract by ERC-1271, such as a multisig. Anyone may send it.
    /// @param signature The registrant's signature of {registrationDigest} for the same arguments.
    function registerFor(
        address registrant,
        address key,
        bytes32 keyDigest,
        bytes32 predecessor,
        string calldata uri,
        bytes calldata signature
    ) external returns (bytes32 modelId);

    /// @notice Records the key for batches of one size. Anyone may call it, since the model's key allows exactly one key for
    /// each size that it offers.
    /// @dev The model's key lists the architecture digest, and the weights are the model's. So every byte of the key is
    /// given. If a recorded key has lost its code, the function records another copy of it.
    /// @param size The number of inputs of a batch.
    /// @param key The contract whose code is the key for this size.
    function addBatchKey(bytes32 modelId, uint256 size, address key) external;

    /// @notice Shows that the registrant has the model, by a proof of any inference for this record. Only somebody with the
    /// weights can make it. Anyone may send it. The public key file is enough to register a model, but not for this.
    /// @dev The proof shows that somebody with the weights chose this registrant. Others may have the weights too.
    /// @param proof A settlement proof with {possessionContext} for its context.
    function provePossession(bytes32 modelId, bytes calldata input, bytes calldata output, bytes calldata proof)
        external;

    /// @notice The contract that checks proofs.
    function verifier() external view returns (IHallmarkVerifier);

    /// @notice The hash of the verifier's code.
    function verifierCodeHash() external view returns (bytes32);

    /// @notice The setup of all models of this registry, as given at deployment.
    function setup() external view returns (Setup memory);

    /// @notice The digest of the setup of all models of this registry.
    /// @dev keccak256("hallmark opening key v1" || flag || [1]_1 || [tau]_1 || [1]_2 || [tau]_2), with a flag of one byte.
    function setupDigest() external view returns (bytes32);

    /// @notice Whether the setup is for development, so that proofs show nothing.
    function isForTests() external view returns (bool);

    /// @notice The id of a model, whether it is registered or not.
    /// @dev keccak256(abi.encode(chain, registry, registrant, keyDigest, predecessor, keccak256(uri))): It follows from the
    /// record. So nobody can take it before its registrant, and no reorganisation gives it to another model.
    function idOf(address registrant, bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        external
        view
        returns (bytes32);

    /// @notice The digest that a registrant signs for {registerFor}, by EIP-712.
    /// @dev The structure Registration(bytes32 keyDigest,bytes32 predecessor,string uri), in the domain of
    /// "Hallmark ModelRegistry", version "1", with chain and registry.
    function registrationDigest(bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        external
        view
        returns (bytes32);

    /// @notice The context of a proof for {provePossession}. The id covers the registrant, and is known before the
    /// registration. So the proof can be made before the registration.
    /// @dev keccak256(abi.encode(bytes32("hallmark possession 1"), chain, registry, modelId)). No other contract's context
    /// begins with this word, since they begin with a chain's id. A service that proves inferences for contexts that others
    /// choose must refuse this one.
    function possessionContext(bytes32 modelId) external view returns (bytes32);

    /// @notice Whether a model is registered.
    function isRegistered(bytes32 modelId) external view returns (bool);

    /// @notice When it was proven that the registrant has the model; 0 if it was not. Reverts with {UnknownModel} if there is
    /// no such model.
    function provenAt(bytes32 modelId) external view returns (uint64);

    /// @notice The record of a model. Reverts with {UnknownModel} if there is none.
    function model(bytes32 modelId) external view returns (Model memory);

    /// @notice The registrant of a model. Reverts with {UnknownModel} if there is none.
    function registrantOf(bytes32 modelId) external view returns (address);

    /// @notice The recorded key for batches of a size. Zeros if there is none.
    function batchKey(bytes32 modelId, uint256 size) external view returns (BatchKey memory);

    /// @notice Returns if the proof shows that the model answers `input` with `output`. Reverts otherwise.
    /// @dev The function passes on the verifier's error. If lack of gas may be the reason of a refusal, the error is
    /// {VerificationGas} instead. The caller must give contexts a meaning, and make sure that each is used once.
    /// @param modelId The id of a registered model.
    /// @param context What the proof is for: chain, caller, request, payee and so on, hashed by the caller.
    /// @param input The input's values in row-major order: big-endian, two's complement.
    /// @param output The output's values in the same encoding.
    /// @param proof The settlement proof.
    function requireInference(
        bytes32 modelId,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view;

    /// @notice Returns if the proof shows that the model answers each of `size` inputs with the output of the same place.
    /// Reverts otherwise, as {requireInference} does.
    /// @param size A size whose key is recorded.
    /// @param input The inputs, one behind the other, each as in {requireInference}.
    /// @param output The outputs in the same order.
    function requireBatchInference(
        bytes32 modelId,
        uint256 size,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view;
}
