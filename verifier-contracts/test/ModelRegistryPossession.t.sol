// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {RegistryTest} from "./utils/RegistryTest.sol";
import {Setups} from "./utils/Setups.sol";
import {VerifierDouble} from "./doubles/VerifierDouble.sol";

/// @dev An account with code, which signs what it is told to.
contract SigningAccount {
    bytes32 private _signed;

    function signs(bytes32 digest) external {
        _signed = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == _signed ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @dev Who registers a model, and who shows that it has the model.
contract ModelRegistryPossessionTest is RegistryTest {
    address private constant SOMEBODY = address(0x50be);
    uint256 private constant KEY = 0x5ec3e7;
    bytes private constant INPUT = "input";
    bytes private constant OUTPUT = "output";

    function _signature(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _registerFor(address registrant, string memory name, bytes memory signature)
        private
        returns (bytes memory call)
    {
        (address account, VerifierDouble.Key memory key) = storeKey(name);
        return abi.encodeCall(IModelRegistry.registerFor, (registrant, account, key.digest, 0, name, signature));
    }

    function _invalid(address registrant) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IModelRegistry.SignatureInvalid.selector, registrant);
    }

    function _refused(address registrant, string memory name, bytes memory signature) private {
        requireRevert(SOMEBODY, address(registry), _registerFor(registrant, name, signature), _invalid(registrant));
    }

    function test_anyoneSendsWhatARegistrantHasSigned() external {
        address registrant = vm.addr(KEY);
        (address account, VerifierDouble.Key memory key) = storeKey("model");
        bytes memory signature = _signature(KEY, registry.registrationDigest(key.digest, 0, "model"));
        vm.prank(SOMEBODY);
        bytes32 modelId = registry.registerFor(registrant, account, key.digest, 0, "model", signature);
        assertEq(modelId, registry.idOf(registrant, key.digest, 0, "model"), "id");
        assertEq(registry.registrantOf(modelId), registrant, "registrant");
        assertTrue(registry.isRegistered(modelId), "registered");
        assertEq(uint256(registry.provenAt(modelId)), 0, "a signature proves no possession");
    }

    function test_aSignatureIsOfOneAccountAndOneRegistration() external {
        address registrant = vm.addr(KEY);
        (, VerifierDouble.Key memory key) = storeKey("model");
        bytes memory signature = _signature(KEY, registry.registrationDigest(key.digest, 0, "model"));
        _refused(SOMEBODY, "model", signature);
        _refused(registrant, "another", signature);
        _refused(registrant, "model", _signature(KEY + 1, registry.registrationDigest(key.digest, 0, "model")));
        _refused(registrant, "model", _signature(KEY, registry.registrationDigest(key.digest, 0, "another text")));
        _refused(registrant, "model", _signature(KEY, registry.registrationDigest(key.digest, key.digest, "model")));
        _refused(registrant, "model", "");
        // Nor is it one for another registry, or another chain.
        ModelRegistry other = new ModelRegistry(verifier, Setups.known(), true);
        _refused(registrant, "model", _signature(KEY, other.registrationDigest(key.digest, 0, "model")));
        vm.chainId(block.chainid + 1);
        _refused(registrant, "model", signature);
    }

    function test_accountsWithCodeSignToo() external {
        SigningAccount multisig = new SigningAccount();
        (, VerifierDouble.Key memory key) = storeKey("model");
        _refused(address(multisig), "model", "");
        multisig.signs(registry.registrationDigest(key.digest, 0, "model"));
        (bool success,) = address(registry).call(_registerFor(address(multisig), "model", ""));
        assertTrue(success, "registered");
        assertEq(
            registry.registrantOf(registry.idOf(address(multisig), key.digest, 0, "model")), address(multisig), "who"
        );
    }

    function _prove(bytes32 modelId, bytes memory proof) private pure returns (bytes memory) {
        return abi.encodeCall(IModelRegistry.provePossession, (modelId, INPUT, OUTPUT, proof));
    }

    function _rejected(bytes32 modelId, bytes memory proof) private {
        bytes memory expected = abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector);
        requireRevert(SOMEBODY, address(registry), _prove(modelId, proof), expected);
        assertEq(uint256(registry.provenAt(modelId)), 0, "not proven");
    }

    function _proof(bytes32 keyDigest, bytes32 context) private view returns (bytes memory) {
        return verifier.proofOf(keyDigest, context, INPUT, OUTPUT);
    }

    function test_possessionIsProvenOnceAndKept() external {
        vm.warp(START);
        (bytes32 modelId, bytes32 digest) = registerModel("model");
        assertEq(uint256(registry.provenAt(modelId)), 0, "not yet");
        bytes memory proof = _proof(digest, registry.possessionContext(modelId));
        vm.expectEmit(address(registry));
        emit IModelRegistry.PossessionProven(modelId, REGISTRANT, digest);
        vm.prank(SOMEBODY);
        registry.provePossession(modelId, INPUT, OUTPUT, proof);
        assertEq(uint256(registry.provenAt(modelId)), START, "time");
        assertEq(uint256(registry.model(modelId).provenAt), START, "record");
        bytes memory again = abi.encodeWithSelector(IModelRegistry.AlreadyProven.selector, modelId);
        requireRevert(SOMEBODY, address(registry), _prove(modelId, proof), again);
    }

    function test_aProofOfPossessionIsForOneRecord() external {
        (bytes32 modelId, bytes32 digest) = registerModel("model");
        // Somebody else's record of the same published key.
        (address account,) = storeKey("model");
        vm.prank(SOMEBODY);
        bytes32 copy = registry.register(account, digest, 0, "model");
        _rejected(copy, _proof(digest, registry.possessionContext(modelId)));
        // What was proved for an answer, for another model, for another registry or another chain.
        _rejected(copy, _proof(digest, keccak256("a request")));
        _rejected(copy, _proof(keccak256("another key"), registry.possessionContext(copy)));
        ModelRegistry other = new ModelRegistry(verifier, Setups.known(), true);
        _rejected(copy, _proof(digest, other.possessionContext(copy)));
        bytes memory proof = _proof(digest, registry.possessionContext(copy));
        vm.chainId(block.chainid + 1);
        _rejected(copy, proof);
        _rejected(copy, "");
    }

    function test_possessionOfAnUnknownModelIsNothing() external {
        bytes memory unknown = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("model"));
        requireRevert(SOMEBODY, address(registry), _prove("model", ""), unknown);
        requireRevert(SOMEBODY, address(registry), abi.encodeCall(IModelRegistry.provenAt, (bytes32("model"))), unknown);
        assertTrue(!registry.isRegistered("model"), "not registered");
    }

    function test_interfacesAreTold() external view {
        assertTrue(registry.supportsInterface(type(IModelRegistry).interfaceId), "its own");
        assertTrue(registry.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        assertTrue(!registry.supportsInterface(0xffffffff), "none");
    }
}
