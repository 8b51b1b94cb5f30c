// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @dev Contracts with the code of `artifacts/`, which is what is deployed, however the tests are compiled.
library Artifacts {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotDeployed(string name);

    /// @dev The creation code.
    function code(string memory name) internal view returns (bytes memory) {
        string memory digits = vm.trim(vm.readFile(string.concat("artifacts/", name, ".bin")));
        return vm.parseBytes(string.concat("0x", digits));
    }

    function deploy(string memory name, bytes memory arguments) internal returns (address account) {
        bytes memory creation = bytes.concat(code(name), arguments);
        assembly ("memory-safe") {
            account := create(0, add(creation, 0x20), mload(creation))
        }
        if (account == address(0)) revert NotDeployed(name);
    }
}
