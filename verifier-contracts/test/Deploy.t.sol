// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deploy} from "../script/Deploy.s.sol";
import {InferenceMarket} from "../src/InferenceMarket.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {Artifacts} from "./utils/Artifacts.sol";
import {Setups} from "./utils/Setups.sol";
import {Test} from "./utils/Test.sol";

contract DeployTest is Test {
    uint256 private constant MAX_CODE = 24_576;

    /// @dev The proxy's code, as it is on all chains.
    bytes private constant PROXY_CODE =
        hex"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

    function _set(IModelRegistry.Setup memory setup) private {
        string memory first = string.concat(vm.toString(setup.tauG2[0]), ",", vm.toString(setup.tauG2[1]));
        string memory second = string.concat(vm.toString(setup.tauG2[2]), ",", vm.toString(setup.tauG2[3]));
        vm.setEnv("HALLMARK_DEVELOPMENT", setup.development ? "true" : "false");
        vm.setEnv("HALLMARK_TAU_G1", string.concat(vm.toString(setup.tauG1[0]), ",", vm.toString(setup.tauG1[1])));
        vm.setEnv("HALLMARK_TAU_G2", string.concat(first, ",", second));
    }

    /// @dev One test only, as tests run at the same time and share an environment.
    function test_deploysWhatIsInArtifacts() external {
        IModelRegistry.Setup memory setup = Setups.known();
        _set(setup);
        Deploy first = new Deploy();
        address proxy = first.PROXY();
        vm.etch(proxy, "");
        vm.expectRevert(abi.encodeWithSelector(Deploy.ProxyMissing.selector, proxy));
        first.run();
        vm.etch(proxy, PROXY_CODE);
        (address verifier, address registry, address market) = new Deploy().run();
        assertEq(keccak256(verifier.code), keccak256(Artifacts.code("HallmarkVerifier.runtime")), "verifier");
        assertTrue(address(ModelRegistry(registry).verifier()) == verifier, "the registry's verifier");
        assertEq(ModelRegistry(registry).setupDigest(), Setups.digest(setup), "setup");
        assertTrue(ModelRegistry(registry).isForTests(), "for tests");
        assertTrue(address(InferenceMarket(market).registry()) == registry, "the market's registry");

        assertTrue(verifier.code.length <= MAX_CODE && registry.code.length <= MAX_CODE, "EIP-170");
        assertTrue(market.code.length <= MAX_CODE, "EIP-170");

        _requireAddresses(first, verifier, registry, market, setup);
        (address again,, address sameMarket) = new Deploy().run();
        assertTrue(again == verifier && sameMarket == market, "what is there is used");

        setup.tauG1 = Setups.multiple(2);
        _set(setup);
        Deploy script = new Deploy();
        vm.expectRevert(abi.encodeWithSelector(Deploy.NotDeployed.selector, "ModelRegistry"));
        script.run();

        vm.setEnv("HALLMARK_TAU_G1", "1,2,3");
        vm.expectRevert(abi.encodeWithSelector(Deploy.WordCount.selector, "HALLMARK_TAU_G1", 2, 3));
        script.run();
    }

    /// @dev Each follows from code and arguments alone.
    function _requireAddresses(
        Deploy script,
        address verifier,
        address registry,
        address market,
        IModelRegistry.Setup memory setup
    ) private view {
        assertTrue(script.addressOf(Artifacts.code("HallmarkVerifier")) == verifier, "the verifier's address");
        bytes memory creation = bytes.concat(Artifacts.code("ModelRegistry"), abi.encode(verifier, setup, true));
        assertTrue(script.addressOf(creation) == registry, "the registry's address");
        creation = bytes.concat(Artifacts.code("InferenceMarket"), abi.encode(registry));
        assertTrue(script.addressOf(creation) == market, "the market's address");
    }
}
