// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {HallmarkVerifier} from "../src/HallmarkVerifier.sol";
import {NaivePacking} from "./reference/NaivePacking.sol";
import {Settlement, Shape, Simulator} from "./utils/Simulator.sol";
import {Test} from "./utils/Test.sol";

contract HallmarkVerifierTest is Test {
    HallmarkVerifier private verifier = new HallmarkVerifier();

    function test_accepts() public {
        Shape memory shape = Shape({
            logRows: 13,
            logCellRows: 0,
            logEntryRows: 0,
            logWeightRows: 0,
            input: NaivePacking.Runs({width: 1, runBytes: 64, runs: 1}),
            output: NaivePacking.Runs({width: 2, runBytes: 20, runs: 1})
        });
        Settlement memory s = Simulator.settle(shape, 1);
        address key = address(0x1234567);
        vm.etch(key, bytes.concat(hex"00", s.key));
        uint256 gas = gasleft();
        verifier.verify(key, keccak256(s.key), s.context, s.input, s.output, s.proof);
        vm.snapshotValue("verifier", "first", gas - gasleft());
    }
}
