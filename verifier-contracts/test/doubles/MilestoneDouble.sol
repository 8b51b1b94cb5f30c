// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInitialModelOffering} from "../../src/interfaces/IInitialModelOffering.sol";

/// @dev A milestone that answers in every way there is.
contract MilestoneDouble {
    enum Answer {
        No,
        Yes,
        Nothing,
        Short,
        Long,
        Two,
        HighBit,
        Reverts,
        EatsGas,
        ReturnsMuch,
        Writes,
        Releases
    }

    Answer public answer;
    bytes32 public lastModel;

    function set(Answer next) external {
        answer = next;
    }

    function isReached(bytes32 modelId) external {
        if (answer == Answer.No) _return(0, 32);
        if (answer == Answer.Yes) _return(1, 32);
        if (answer == Answer.Nothing) _return(1, 0);
        if (answer == Answer.Short) _return(1, 31);
        if (answer == Answer.Long) _return(1, 64);
        if (answer == Answer.Two) _return(2, 32);
        if (answer == Answer.HighBit) _return(1 << 255 | 1, 32);
        if (answer == Answer.Reverts) _revertWithYes();
        if (answer == Answer.EatsGas) while (true) {}
        if (answer == Answer.ReturnsMuch) _return(1, 200_000);
        if (answer == Answer.Writes) lastModel = modelId;
        if (answer == Answer.Releases) IInitialModelOffering(msg.sender).release(0);
        _return(1, 32);
    }

    function _return(uint256 word, uint256 length) private pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, word)
            return(free, length)
        }
    }

    function _revertWithYes() private pure {
        assembly ("memory-safe") {
            mstore(0, 1)
            revert(0, 0x20)
        }
    }
}
