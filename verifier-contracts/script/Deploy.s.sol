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
/// @notice What is deployed is the code in `artifacts/`, which follows from the sources whatever they are compiled with. The
/// registry's setup comes from the environment, as numbers in decimal or with 0x:
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

    error NotDeployed(string name);
    error WordCount(string variable, uint256 expected, uint256 found);

    function run() external returns (address verifier, address registry, address market) {
        IModelRegistry.Setup memory setup = _setup();
        VM.startBroadcast();
        verifier = _deploy("HallmarkVerifier", "");
        // Who sets this flag says that it is for tests, and the event of the registry says so to everyone.
        registry = _deploy("ModelRegistry", abi.encode(verifier, setup, setup.development));
        market = _deploy("InferenceMarket", abi.encode(registry));
        VM.stopBroadcast();
        _print(_json(verifier, registry, market));
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
        assembly ("memory-safe") {
            deployed := create(0, add(creation, 0x20), mload(creation))
        }
        if (deployed == address(0)) revert NotDeployed(name);
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
