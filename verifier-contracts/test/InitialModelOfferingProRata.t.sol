// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IInitialModelOffering} from "../src/interfaces/IInitialModelOffering.sol";
import {OfferingTest} from "./utils/OfferingTest.sol";

/// @dev Any terms, any purchases: who gets what, against the definition.
contract InitialModelOfferingProRataTest is OfferingTest {
    uint256 private constant BUYERS = 6;

    struct Sums {
        uint256 tokens;
        uint256 excess;
        uint256 tokensBefore;
        uint256 wei_;
    }

    /// @dev A number of any length up to so many bits, at least 1.
    function _draw(uint256 seed, uint256 index, uint256 bits) private pure returns (uint256) {
        uint256 word = uint256(keccak256(abi.encode(seed, index)));
        return bound(word >> 8, 1, 1 << (word % (bits + 1)));
    }

    function _buyer(uint256 index) private pure returns (address) {
        return address(uint160(0xb00000 + index));
    }

    /// @dev An offering with whole tokens or a whole price, so that the cap is whole.
    function _create(uint256 seed) private {
        IInitialModelOffering.Terms memory t = terms();
        bool isWhole = seed % 2 == 0;
        t.tokensForSale = uint128(isWhole ? _draw(seed, 100, 34) * 1e18 : _draw(seed, 100, 94));
        t.price = uint128(isWhole ? _draw(seed, 101, 127) : _draw(seed, 101, 60) * 1e18);
        t.minimum = uint128(Math.ceilDiv(uint256(t.price), 1e18));
        useOffering(create(t));
    }

    function testFuzz_proRata(uint256 seed) external {
        _create(seed);
        for (uint256 index; index < BUYERS; ++index) {
            // Together less than what an account of the tests can have, and what is raised can be.
            buy(_buyer(index), _draw(seed, index, 101));
        }
        unbind();
        if (offering.state() == IInitialModelOffering.State.Failed) return;
        Sums memory sums;
        for (uint256 index; index < BUYERS; ++index) {
            _check(_buyer(index), sums);
        }
        _checkSums(sums);
    }

    /// @dev One buyer's part, by the definition; then it claims.
    function _check(address buyer, Sums memory sums) private {
        (uint256 paid, uint256 raised, uint256 cap) =
            (offering.contributionOf(buyer), offering.raised(), offering.cap());
        (uint256 tokens, uint256 excess) = offering.allocationOf(buyer);
        uint256 forSale = offering.terms().tokensForSale;
        if (raised > cap) {
            _requireFloor(tokens, paid, forSale, raised);
            _requireFloor(excess, paid, raised - cap, raised);
        } else {
            _requireFloor(tokens, paid, 1e18, offering.terms().price);
            assertEq(excess, 0, "nothing in excess");
        }
        offering.claim(buyer);
        assertEq(token.balanceOf(buyer), tokens, "has its tokens");
        assertEq(buyer.balance, excess, "has its excess");
        sums.tokens += tokens;
        sums.excess += excess;
        sums.wei_ += paid;
    }

    /// @dev found = floor(a * b / c), by the two inequalities of a floor in 512 bits.
    function _requireFloor(uint256 found, uint256 a, uint256 b, uint256 c) private pure {
        (uint256 high, uint256 low) = _product(a, b);
        (uint256 floorHigh, uint256 floorLow) = _product(found, c);
        assertTrue(floorHigh < high || (floorHigh == high && floorLow <= low), "not more");
        (floorHigh, floorLow) = _product(found + 1, c);
        assertTrue(floorHigh > high || (floorHigh == high && floorLow > low), "not less");
    }

    /// @dev By halves, as on paper.
    function _product(uint256 a, uint256 b) private pure returns (uint256 high, uint256 low) {
        unchecked {
            uint256 mask = type(uint128).max;
            uint256 middle = (a >> 128) * (b & mask) + ((a & mask) * (b & mask) >> 128);
            uint256 carry = (middle & mask) + (a & mask) * (b >> 128);
            high = (a >> 128) * (b >> 128) + (middle >> 128) + (carry >> 128);
            low = a * b;
        }
    }

    function _checkSums(Sums memory sums) private view {
        assertEq(sums.wei_, offering.raised(), "everything was counted");
        assertTrue(sums.tokens <= offering.terms().tokensForSale, "not more than there is");
        uint256 left = token.balanceOf(address(offering));
        assertTrue(left < BUYERS, "less than a unit a buyer is left");
        assertEq(sums.tokens + left + FOR_TEAM, token.totalSupply(), "all others are gone");
        assertEq(address(offering).balance + sums.excess, offering.raised(), "all ether is there");
        uint256 rest = address(offering).balance - offering.proceeds();
        assertTrue(rest < BUYERS, "less than a wei a buyer is left");
    }

    /// @dev The tranches of any proceeds are paid, and no more is left than their remainders.
    function testFuzz_tranches(uint256 amount, uint256 cut) external {
        IInitialModelOffering.Terms memory t = terms();
        t.tranches[0].bps = uint16(bound(cut, 1, 9998));
        t.tranches[1].bps = uint16(bound(cut >> 16, 1, 9999 - t.tranches[0].bps));
        t.tranches[2].bps = 10_000 - t.tranches[0].bps - t.tranches[1].bps;
        useOffering(create(t));
        buy(ALICE, bound(amount, MINIMUM, 2 * CAP));
        vm.warp(EXPIRES + 1);
        offering.claim(ALICE);
        assertTrue(address(offering).balance == offering.proceeds(), "the proceeds");
        for (uint256 index; index < 3; ++index) {
            offering.forfeit(index);
        }
        offering.refund(ALICE);
        assertTrue(address(offering).balance < 3, "less than a wei a tranche is left");
        assertEq(ALICE.balance + address(offering).balance, offering.raised(), "the others are the buyer's");
    }
}
