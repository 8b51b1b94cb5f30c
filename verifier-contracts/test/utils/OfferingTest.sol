// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InitialModelOffering} from "../../src/InitialModelOffering.sol";
import {ModelToken} from "../../src/ModelToken.sol";
import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {IInitialModelOffering} from "../../src/interfaces/IInitialModelOffering.sol";
import {IMilestone} from "../../src/interfaces/IMilestone.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {MarketDouble} from "../doubles/MarketDouble.sol";
import {MilestoneDouble} from "../doubles/MilestoneDouble.sol";
import {RegistryDouble} from "../doubles/RegistryDouble.sol";
import {Test} from "./Test.sol";

/// @dev An offering, its surroundings, and people. The cap is 100 ether for 1000 tokens; the team gets 500.
abstract contract OfferingTest is Test {
    bytes32 internal constant MODEL = keccak256("a model");
    bytes32 internal constant KEY = keccak256("its key");
    uint64 internal constant OPENS = 1_000_000;
    uint64 internal constant CLOSES = OPENS + 7 days;
    uint64 internal constant EXPIRES = CLOSES + 90 days;
    uint256 internal constant FOR_SALE = 1000e18;
    uint256 internal constant FOR_TEAM = 500e18;
    uint256 internal constant CAP = 100 ether;
    uint256 internal constant MINIMUM = 20 ether;

    address payable internal constant TEAM = payable(address(0x7ea3));
    address payable internal constant ALICE = payable(address(0xa11ce));
    address payable internal constant BOB = payable(address(0xb0b));
    address payable internal constant CAROL = payable(address(0xca401));

    RegistryDouble internal registry = new RegistryDouble();
    MarketDouble internal market = new MarketDouble(address(registry));
    MilestoneDouble internal milestone = new MilestoneDouble();
    InitialModelOffering internal offering;
    ModelToken internal token;
    bytes32 internal digest;

    /// @dev Before the sale, with the token listed.
    function setUp() public virtual {
        vm.warp(OPENS - 1 days);
        vm.roll(100);
        registry.register(MODEL, KEY, 1);
        useOffering(create(terms()));
    }

    /// @dev Terms by which an offering can be created: half after 10 ether for the holders, a third at a milestone, the rest
    /// for both.
    function terms() internal view returns (IInitialModelOffering.Terms memory t) {
        t.registry = IModelRegistry(address(registry));
        t.market = IInferenceMarket(address(market));
        (t.modelId, t.keyDigest) = (MODEL, KEY);
        (t.name, t.symbol) = ("Digits", "DGT");
        t.team = TEAM;
        (t.tokensForSale, t.tokensForTeam) = (uint128(FOR_SALE), uint128(FOR_TEAM));
        (t.price, t.minimum) = (0.1 ether, uint128(MINIMUM));
        (t.opens, t.closes, t.holdersBps) = (OPENS, CLOSES, 3000);
        t.tranches = new IInitialModelOffering.Tranche[](3);
        t.tranches[0] = tranche(5000, 10 ether, address(0));
        t.tranches[1] = tranche(3333, 0, address(milestone));
        t.tranches[2] = tranche(1667, 100 ether, address(milestone));
    }

    function tranche(uint16 bps, uint128 earned, address depends)
        internal
        pure
        returns (IInitialModelOffering.Tranche memory)
    {
        return IInitialModelOffering.Tranche(bps, earned, IMilestone(depends), EXPIRES);
    }

    /// @dev By anyone.
    function create(IInitialModelOffering.Terms memory t) internal returns (InitialModelOffering) {
        return new InitialModelOffering(t);
    }

    /// @dev Takes an offering for the test, and lists its token.
    function useOffering(InitialModelOffering next) internal {
        offering = next;
        token = ModelToken(payable(address(next.token())));
        digest = next.termsDigest();
        market.list(MODEL, address(token), 3000);
    }

    /// @dev A purchase in the middle of the sale.
    function buy(address buyer, uint256 amount) internal {
        vm.warp(OPENS + 1 days);
        vm.deal(buyer, amount);
        vm.prank(buyer);
        offering.buy{value: amount}(digest);
    }

    /// @dev To the end of the sale.
    function close() internal {
        vm.warp(CLOSES);
    }

    /// @dev To when nothing is bound any more that was paid in the sale.
    function unbind() internal {
        vm.warp(CLOSES + 7 days);
    }

    /// @dev A week passes since the sale, at least, which is a period of the token; then there is a snapshot.
    function record() internal returns (uint256) {
        unbind();
        return token.snapshot();
    }

    /// @dev Alice has a quarter of the sold tokens, Bob the rest, and nothing is in excess.
    function sell() internal {
        buy(ALICE, 10 ether);
        buy(BOB, 30 ether);
        close();
    }

    function requireState(IInitialModelOffering.State expected) internal view {
        assertEq(uint256(offering.state()), uint256(expected), "state");
    }

    function expectWrongState(IInitialModelOffering.State found) internal {
        vm.expectRevert(abi.encodeWithSelector(IInitialModelOffering.WrongState.selector, found));
    }
}
