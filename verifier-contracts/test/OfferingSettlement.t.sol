// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InferenceMarket} from "../src/InferenceMarket.sol";
import {InitialModelOffering} from "../src/InitialModelOffering.sol";
import {IInferenceMarket} from "../src/interfaces/IInferenceMarket.sol";
import {IInitialModelOffering} from "../src/interfaces/IInitialModelOffering.sol";
import {IMilestone} from "../src/interfaces/IMilestone.sol";
import {IModelToken} from "../src/interfaces/IModelToken.sol";
import {RegistryTest} from "./utils/RegistryTest.sol";

/// @dev All contracts together, from the record of a model to the last share of a fee. The verifier is a double.
contract OfferingSettlementTest is RegistryTest {
    address payable private constant TEAM = payable(address(0x7ea3));
    address payable private constant ALICE = payable(address(0xa11ce));
    address payable private constant BOB = payable(address(0xb0b));
    address private constant CUSTOMER = address(0xc0570);
    address payable private constant OPERATOR = payable(address(0x09e6));

    uint64 private constant CLOSES = START + 7 days;
    uint64 private constant EXPIRES = CLOSES + 90 days;
    uint16 private constant HOLDERS_BPS = 2500;
    uint256 private constant FEE = 4 ether;
    bytes private constant INPUT = "input";
    bytes private constant OUTPUT = "output";

    InferenceMarket private market = new InferenceMarket(registry);
    bytes32 private modelId;
    bytes32 private keyDigest;
    InitialModelOffering private offering;
    IModelToken private token;

    function setUp() public {
        vm.warp(START);
        (modelId, keyDigest) = registerModel("model");
        // Who has the weights shows it; anyone can send that.
        bytes memory proof = verifier.proofOf(keyDigest, registry.possessionContext(modelId), INPUT, OUTPUT);
        registry.provePossession(modelId, INPUT, OUTPUT, proof);
        offering = new InitialModelOffering(_terms());
        token = offering.token();
    }

    /// @dev 100 tokens for 10 ether, and 100 for the team. One tranche, for two ether of the holders'.
    function _terms() private view returns (IInitialModelOffering.Terms memory t) {
        (t.registry, t.market, t.modelId, t.keyDigest) = (registry, market, modelId, keyDigest);
        (t.name, t.symbol, t.team) = ("Model", "MDL", TEAM);
        (t.tokensForSale, t.tokensForTeam, t.price, t.minimum) = (100e18, 100e18, 0.1 ether, 1 ether);
        (t.opens, t.closes, t.holdersBps) = (START, CLOSES, HOLDERS_BPS);
        t.tranches = new IInitialModelOffering.Tranche[](1);
        t.tranches[0] = IInitialModelOffering.Tranche(10_000, 2 ether, IMilestone(address(0)), EXPIRES);
    }

    function _list() private {
        vm.prank(REGISTRANT);
        market.list(modelId, address(token), HOLDERS_BPS);
    }

    function _buy(address buyer, uint256 amount) private {
        bytes32 digest = offering.termsDigest();
        vm.deal(buyer, amount);
        vm.prank(buyer);
        offering.buy{value: amount}(digest);
    }

    /// @dev A request that is answered.
    function _settle() private {
        IInferenceMarket.Order memory order;
        (order.modelId, order.inputHash) = (modelId, keccak256(INPUT));
        order.deadline = uint64(block.timestamp + 1 hours);
        vm.deal(CUSTOMER, FEE);
        vm.prank(CUSTOMER);
        bytes32 requestId = market.request{value: FEE}(order, INPUT);
        bytes32 context = market.context(requestId, OPERATOR);
        bytes memory proof = verifier.proofOf(keyDigest, context, INPUT, OUTPUT);
        market.fulfil(IInferenceMarket.Fulfilment(requestId, OPERATOR, INPUT, OUTPUT, proof));
    }

    function _isRefused(address target, bytes memory data) private returns (bool) {
        (bool accepted,) = target.call(data);
        return !accepted;
    }

    function test_nothingIsSoldBeforeTheMarketPaysTheToken() external {
        bytes memory purchase = abi.encodeCall(IInitialModelOffering.buy, (offering.termsDigest()));
        vm.deal(ALICE, 1 ether);
        vm.prank(ALICE);
        (bool accepted,) = address(offering).call{value: 1 ether}(purchase);
        assertTrue(!accepted, "not listed");
        _list();
        _buy(ALICE, 1 ether);
        assertEq(offering.raised(), 1 ether, "raised");
    }

    function test_fromRecordToRevenue() external {
        _list();
        _buy(ALICE, 7.5 ether);
        _buy(BOB, 2.5 ether);
        vm.warp(CLOSES);
        offering.claim(ALICE);
        assertEq(token.balanceOf(ALICE), 75e18, "Alice's tokens");

        // The team has to show that the model works before it is paid.
        bytes memory release = abi.encodeCall(IInitialModelOffering.release, (0));
        _settle();
        assertTrue(_isRefused(address(offering), release), "one ether is not two");
        _settle();
        offering.release(0);
        assertEq(TEAM.balance, 10 ether, "proceeds");

        // Of each fee, a quarter is the holders', which waits in the market.
        market.withdraw(OPERATOR);
        assertEq(OPERATOR.balance, 2 * FEE * 3 / 4, "the operator's part");
        uint256 revenue = 2 * FEE / 4;
        assertEq(token.revenueWaiting(), revenue, "the holders' part");

        // The snapshot fetches it, a week after the token was opened at the earliest.
        vm.warp(CLOSES + 7 days);
        uint256 id = token.snapshot();
        // Bob fetches his tokens after the snapshot and loses nothing by it.
        offering.claim(BOB);
        assertEq(token.claimableRevenue(ALICE, id), revenue * 75 / 200, "Alice's revenue");
        assertEq(token.claimableRevenue(BOB, id), revenue * 25 / 200, "Bob's revenue");
        assertEq(token.claimableRevenue(TEAM, id), revenue / 2, "the team's revenue");
        for (uint256 index; index < 3; ++index) {
            vm.prank([ALICE, BOB, TEAM][index]);
            token.claim(id);
        }
        assertEq(address(token).balance, 0, "all of it is paid");
        assertEq(address(market).balance, 0, "the market keeps nothing");
        assertEq(address(offering).balance, 0, "nor does the offering");
    }
}
