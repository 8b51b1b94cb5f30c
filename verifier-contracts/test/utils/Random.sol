// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NaiveField} from "../reference/NaiveField.sol";

/// @dev A stream of numbers that follows from its seed.
struct Random {
    uint256 seed;
    uint256 drawn;
}

using RandomLib for Random global;

library RandomLib {
    function create(uint256 seed) internal pure returns (Random memory) {
        return Random({seed: seed, drawn: 0});
    }

    function word(Random memory random) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(random.seed, random.drawn++)));
    }

    function element(Random memory random) internal pure returns (uint256) {
        return random.word() % NaiveField.R;
    }

    function elements(Random memory random, uint256 count) internal pure returns (uint256[] memory all) {
        all = new uint256[](count);
        for (uint256 index; index < count; ++index) {
            all[index] = random.element();
        }
    }

    function text(Random memory random, uint256 length) internal pure returns (bytes memory all) {
        all = new bytes(length);
        for (uint256 index; index < length; ++index) {
            all[index] = bytes1(uint8(random.word()));
        }
    }
}
