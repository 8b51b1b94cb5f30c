// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";

/// @dev The cheat codes that the script uses.
interface ScriptVm {
    function envBool(string calldata name) external view returns (bool);
    function envUint(string calldata name, string calldata delimiter) external view returns (uint256[] memory);
    function readFile(string calldata path) external view returns (string memory);
    function trim(string calldata text) external pure returns (string memory);
    function parseBytes(string calldata text) external pure returns (bytes memory);
    function toString(address account) external pure returns (string memory);
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// @title Deploys the verifier, a registry and a market
/// @notice What is deployed is the code in `artifacts/`, which follows from the sources whatever they are compiled with. It is
/// deployed by CREATE2, through the proxy that most chains have: so an address is a commitment to its code and arguments,
/// anyone can compute it, and what is there already is used as it is. The registry's setup comes from the environment, as numbers in decimal or with 0x:
///
///     HALLMARK_DEVELOPMENT   true for a setup whose secret somebody may know, else false
///     HALLMARK_TAU_G1        [tau] in G1: x,y
///     HALLMARK_TAU_G2        [tau] in G2, in the order of EIP-197: x.c1,x.c0,y.c1,y.c0
///
///     forge script script/Deploy.s.sol --rpc-url URL --broadcast
///
/// prints {"verifier":"0x...","registry":"0x...","market":"0x..."}.
contract Deploy {
    ScriptVm private constant VM = ScriptVm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Where forge listens for what is to be printed.
    address private constant CONSOLE = 0x000000000000000000636F6e736F6c652e6c6f67;

    /// @notice Deploys what comes after 32 bytes of salt, by CREATE2; the same on all chains.
    address public constant PROXY = 0x4e59b44847b379578588920cA78FbF26c0B4956C;

    error NotDeployed(string name);
    error ProxyMissing(address proxy);
    error WordCount(string variable, uint256 expected, uint256 found);

    function run() external returns (address verifier, address registry, address market) {
        IModelRegistry.Setup memory setup = _setup();
        if (PROXY.code.length == 0) revert ProxyMissing(PROXY);
        VM.startBroadcast();
        verifier = _deploy("HallmarkVerifier", "");
        // Who sets this flag says that it is for tests, and the event of the registry says so to everyone.
        registry = _deploy("ModelRegistry", abi.encode(verifier, setup, setup.development));
        market = _deploy("InferenceMarket", abi.encode(registry));
        VM.stopBroadcast();
        _print(_json(verifier, registry, market));
    }

    /// @notice Where the proxy puts what this creation code makes, with a salt of 0 (EIP-1014).
    function addressOf(bytes memory creation) public pure returns (address) {
        bytes32 hash = keccak256(abi.encodePacked(hex"ff", PROXY, bytes32(0), keccak256(creation)));
        return address(uint160(uint256(hash)));
    }

    function _setup() private view returns (IModelRegistry.Setup memory setup) {
        uint256[] memory g1 = _words("HALLMARK_TAU_G1", 2);
        uint256[] memory g2 = _words("HALLMARK_TAU_G2", 4);
        setup.development = VM.envBool("HALLMARK_DEVELOPMENT");
        setup.tauG1 = [g1[0], g1[1]];
        setup.tauG2 = [g2[0], g2[1], g2[2], g2[3]];
    }

    function _words(string memory variable, uint256 count) private view returns (uint256[] memory words) {
        words = VM.envUint(variable, ",");
        if (words.length != count) revert WordCount(variable, count, words.length);
    }

    function _deploy(string memory name, bytes memory arguments) private returns (address deployed) {
        string memory code = VM.trim(VM.readFile(string.concat("artifacts/", name, ".bin")));
        bytes memory creation = bytes.concat(VM.parseBytes(string.concat("0x", code)), arguments);
        deployed = addressOf(creation);
        if (deployed.code.length != 0) return deployed;
        (bool called,) = PROXY.call(bytes.concat(bytes32(0), creation));
        if (!called || deployed.code.length == 0) revert NotDeployed(name);
    }

    function _json(address verifier, address registry, address market) private pure returns (string memory) {
        string memory head = string.concat("{\"verifier\":\"", VM.toString(verifier), "\",\"registry\":\"");
        return string.concat(head, VM.toString(registry), "\",\"market\":\"", VM.toString(market), "\"}");
    }

    function _print(string memory text) private view {
        (bool printed,) = CONSOLE.staticcall(abi.encodeWithSignature("log(string)", text));
        printed; // Where nobody listens, nothing is lost.
    }
}
