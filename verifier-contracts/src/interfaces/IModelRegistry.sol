// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "./IHallmarkVerifier.sol";

/// @title A register of models, each pinned by its weights for good
/// @notice Gives every model an id that stands for one settlement key, and so for one set of weights, and says whether a
/// model with such an id answers an input with an output.
/// @dev Nobody owns a registry, and no record ever changes: a new version of a model is a new model with a new id, which may
/// name the old one as its predecessor. The verifier, its code and the setup are those of the registry's construction.
///
/// Anyone may register a key, also one that no model belongs to. A record says which bytes are pinned and who pinned them;
/// that the architecture digest is that of a sensible circuit, and the weight digest that of the promised model, anyone can
/// find by deriving both again (`hallmark setup`), and has to find before an id is worth anything to them.
///
/// Keys are public, so anyone can also register the key of another's model. A record says whether it was proven that its
/// registrant has the model. That is not asked for at registration, since an answer is worth the same whoever registered its
/// key, but it is before tokens of a model are sold.
interface IModelRegistry {
    /// @notice The part of the structured reference string that pairings need.
    /// @dev In the encoding of EIP-196 and EIP-197.
    struct Setup {
        /// Whether somebody may know tau, and so prove anything.
        bool development;
        /// [tau] in G1: x, y.
        uint256[2] tauG1;
        /// [tau] in G2: x.c1, x.c0, y.c1, y.c0.
        uint256[4] tauG2;
    }

    /// @notice What is recorded of a model.
    struct Model {
        /// Who registered it: may name it as a predecessor and list it in a market, and has no other right.
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
        /// When it was registered.
        uint64 registeredAt;
        /// When it was proven that the registrant has the model; 0 if it was not.
        uint64 provenAt;
        /// Where a description is. The id covers the text, and not what is found there.
        string uri;
    }

    /// @notice A registry has been deployed.
    /// @dev With the points, so that an auditor can compare them with those of a ceremony.
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

    /// @notice It has been proven that the registrant of a model has its weights, or that who has them speaks for him.
    event PossessionProven(bytes32 indexed modelId, address indexed registrant, bytes32 indexed keyDigest);

    /// @notice There is no code at the verifier's address.
    error VerifierMissing(address verifier);

    /// @notice The code at the verifier's address is not what it was when the registry was deployed.
    error VerifierChanged(bytes32 expected, bytes32 found);

    /// @notice The setup is for development and the registry is not said to be for tests, or the other way round.
    error SetupFlag(bool setup, bool registry);

    /// @notice Tau is 0 or 1: nobody has contributed to this setup.
    error SetupTrivial();

    /// @notice A point of the setup is invalid, or G1 and G2 have different taus.
    error SetupInconsistent();

    /// @notice No model has this id.
    error UnknownModel(bytes32 modelId);

    /// @notice The same record is there already.
    error AlreadyRegistered(bytes32 modelId);

    /// @notice The signature is not the registrant's for this record.
    error SignatureInvalid(address registrant);

    /// @notice That the registrant has the model is proven already.
    error AlreadyProven(bytes32 modelId);

    /// @notice The predecessor was registered by somebody else.
    error ForeignPredecessor(bytes32 predecessor, address registrant);

    /// @notice The code at the key's address is another key than the one to pin.
    error KeyMismatch(bytes32 expected, bytes32 found);

    /// @notice The key was made for another setup than the registry's.
    error SetupMismatch(bytes32 expected, bytes32 found);

    /// @notice The key names the registry's setup, but has another tau, or says otherwise whether it is for development.
    error SetupMisnamed(address key);

    /// @notice The proof was refused, but with less gas than a refusal needs to mean that it is bad. Try again with more.
    /// @param needed The gas that the verifier has to be given for a refusal to count.
    /// @param given What it could be given, which is less.
    error VerificationGas(uint256 needed, uint256 given);

    /// @notice The verifier took all of the most gas that it is ever given, and said nothing: no proof of this model can be
    /// refused for a reason, or accepted.
    error VerifierExhausted(uint256 given);

    /// @notice Pins a model: from now on its id stands for this key.
    /// @dev The sender is the registrant. The key has to be deployed and to be of the registry's setup.
    /// @param key The contract whose code is the settlement key.
    /// @param keyDigest The digest that the key has to have.
    /// @param predecessor The sender's model that this one succeeds, or 0.
    /// @param uri Where a description is.
    /// @return modelId What {idOf} gives for the same.
    function register(address key, bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        external
        returns (bytes32 modelId);

    /// @notice Pins a model for somebody who has signed for it, and is its registrant: an account with a private key, or a
    /// contract by ERC-1271, such as a multisig. Anyone may send it.
    /// @param signature Of {registrationDigest} for the same.
    function registerFor(
        address registrant,
        address key,
        bytes32 keyDigest,
        bytes32 predecessor,
        string calldata uri,
        bytes calldata signature
    ) external returns (bytes32 modelId);

    /// @notice Shows that the registrant has the model: by a proof of any inference, which only who has the weights can make,
    /// for this record. Anyone may send it. The public key file is enough to register a model, but not for this.
    /// @dev A registrant that has shown it is whoever had the weights chose to name. Others may have them too.
    /// @param proof A settlement proof with {possessionContext} for its context.
    function provePossession(bytes32 modelId, bytes calldata input, bytes calldata output, bytes calldata proof)
        external;

    /// @notice The contract that checks proofs.
    function verifier() external view returns (IHallmarkVerifier);

    /// @notice The hash of the verifier's code.
    function verifierCodeHash() external view returns (bytes32);

    /// @notice The setup that all models of this registry have in common, as it was deployed with.
    function setup() external view returns (Setup memory);

    /// @notice The digest of the setup that all models of this registry have in common.
    /// @dev keccak256("hallmark opening key v1" || flag || [1]_1 || [tau]_1 || [1]_2 || [tau]_2), with a flag of one byte.
    function setupDigest() external view returns (bytes32);

    /// @notice Whether the setup is for development, so that proofs show nothing.
    function isForTests() external view returns (bool);

    /// @notice The id of a model, whether it is registered or not.
    /// @dev keccak256(abi.encode(chain, registry, registrant, keyDigest, predecessor, keccak256(uri))): it follows from the
    /// record, so nobody can take it before its registrant, and no reorganisation puts another model behind it.
    function idOf(address registrant, bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        external
        view
        returns (bytes32);

    /// @notice What a registrant signs for {registerFor}, by EIP-712.
    /// @dev The structure Registration(bytes32 keyDigest,bytes32 predecessor,string uri), in the domain of
    /// "Hallmark ModelRegistry", version "1", with chain and registry.
    function registrationDigest(bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        external
        view
        returns (bytes32);

    /// @notice The context of a proof for {provePossession}. The id covers the registrant, and is known before the model is
    /// registered, so the proof can be made before, too.
    /// @dev keccak256(abi.encode(bytes32("hallmark possession 1"), chain, registry, modelId)). No other contract's context
    /// begins with this word: they begin with a chain's id. Whoever proves inferences for contexts that others choose must
    /// refuse this one.
    function possessionContext(bytes32 modelId) external view returns (bytes32);

    /// @notice Whether a model is registered.
    function isRegistered(bytes32 modelId) external view returns (bool);

    /// @notice When it was proven that the registrant has the model; 0 if it was not. Reverts with {UnknownModel} if there is
    /// no such model.
    function provenAt(bytes32 modelId) external view returns (uint64);

    /// @notice The record of a model. Reverts with {UnknownModel} if there is none.
    function model(bytes32 modelId) external view returns (Model memory);

    /// @notice Who registered a model. Reverts with {UnknownModel} if there is none.
    function registrantOf(bytes32 modelId) external view returns (address);

    /// @notice Returns if `output` is what the model answers to `input`; reverts if the proof does not show it.
    /// @dev The verifier's error is passed on. It means what it says: where lack of gas may be the reason of a refusal, the
    /// error is {VerificationGas} instead. What the context stands for, and that it is used once, is for the caller.
    /// @param modelId The id of a registered model.
    /// @param context What the proof is for: chain, caller, request, payee and so on, hashed by the caller.
    /// @param input The input's values in row-major order: big-endian, two's complement.
    /// @param output The output's values likewise.
    /// @param proof The settlement proof.
    function requireInference(
        bytes32 modelId,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view;
}
