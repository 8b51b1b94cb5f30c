// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InitialModelOffering} from "../src/InitialModelOffering.sol";
import {IInitialModelOffering} from "../src/interfaces/IInitialModelOffering.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {IModelToken} from "../src/interfaces/IModelToken.sol";
import {RegistryDouble} from "./doubles/RegistryDouble.sol";
import {OfferingTest} from "./utils/OfferingTest.sol";
import {Vm} from "./utils/Vm.sol";

/// @dev What offerings can be created.
contract InitialModelOfferingTermsTest is OfferingTest {
    /// @dev Registry, market, milestone and an offering are there.
    uint8 private constant NEXT = 5;

    IInitialModelOffering.Terms private t;

    function setUp() public override {
        super.setUp();
        t = terms();
    }

    function _expect(bytes memory reason) private {
        IInitialModelOffering.Terms memory copy = t;
        vm.expectRevert(reason);
        new InitialModelOffering(copy);
        t = terms();
    }

    function _expect(bytes4 selector, uint256 data) private {
        _expect(abi.encodeWithSelector(selector, data));
    }

    function _expect(bytes4 selector, uint256 first, uint256 second) private {
        _expect(abi.encodeWithSelector(selector, first, second));
    }

    function test_terms() external view {
        assertEq(keccak256(abi.encode(offering.terms())), keccak256(abi.encode(terms())), "as given");
        assertEq(offering.termsDigest(), keccak256(abi.encode(terms())), "digest");
        assertEq(offering.cap(), CAP, "cap");
        assertEq(token.modelId(), MODEL, "model");
        assertEq(token.keyDigest(), KEY, "key");
        assertTrue(address(token.market()) == address(market), "market");
        assertEq(offering.trancheCount(), 3, "tranches");
        assertTrue(token.distributor() == address(offering), "distributor");
        assertEq(token.balanceOf(address(offering)), FOR_SALE + FOR_TEAM, "supply");
        assertTrue(!token.isOpen(), "closed");
    }

    /// @dev Whatever differs, so does the digest.
    function test_digestsCoverAllTerms() external {
        bytes32[17] memory digests;
        for (uint256 index; index < digests.length; ++index) {
            digests[index] = create(_changed(index)).termsDigest();
            for (uint256 before; before < index; ++before) {
                assertTrue(digests[before] != digests[index], "two terms of one digest");
            }
        }
    }

    function _changed(uint256 index) private returns (IInitialModelOffering.Terms memory next) {
        next = terms();
        if (index == 1) next.name = "Digit";
        if (index == 2) next.symbol = "DG";
        if (index == 3) next.team = ALICE;
        if (index == 4) next.tokensForSale *= 2;
        if (index == 5) ++next.tokensForTeam;
        if (index == 6) next.price *= 2;
        if (index == 7) ++next.minimum;
        if (index == 8) ++next.opens;
        if (index == 9) ++next.closes;
        if (index == 10) ++next.holdersBps;
        if (index == 11) ++next.tranches[0].earned;
        if (index == 12) ++next.tranches[0].expires;
        if (index == 13) next.tranches[0].milestone = next.tranches[1].milestone;
        if (index == 14) (next.tranches[0].bps, next.tranches[1].bps) = (5001, 3332);
        if (index == 15) {
            next.modelId = keccak256("another model");
            registry.register(next.modelId, KEY, 1);
        }
        if (index == 16) {
            next.keyDigest = keccak256("another key");
            registry.register(MODEL, next.keyDigest, 1);
        }
    }

    function test_modelsHaveToBeThere() external {
        t.modelId = keccak256("nobody's");
        _expect(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, t.modelId));
    }

    function test_termsNameTheModelsKey() external {
        t.keyDigest = keccak256("a hollow key");
        _expect(abi.encodeWithSelector(IInitialModelOffering.OtherKey.selector, t.keyDigest, KEY));
    }

    /// @dev Who registers a published key can't sell tokens of it.
    function test_registrantsHaveToHaveTheModel() external {
        registry.register(MODEL, KEY, 0);
        _expect(abi.encodeWithSelector(IInitialModelOffering.PossessionUnproven.selector, MODEL));
    }

    function test_offeringsAreAnnounced() external {
        vm.recordLogs();
        InitialModelOffering created = create(t);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        assertEq(last.topics[0], IInitialModelOffering.OfferingCreated.selector, "event");
        assertEq(last.topics[1], MODEL, "model");
        assertEq(uint256(last.topics[2]), uint256(uint160(address(created.token()))), "token");
        assertEq(last.topics[3], KEY, "key");
        assertEq(keccak256(last.data), keccak256(abi.encode(created.termsDigest())), "terms");
    }

    /// @dev By CREATE2 an address is a commitment to the terms, whoever sends them and whatever the chain is like.
    function test_codeFollowsFromTheTerms() external {
        bytes memory creation = abi.encodePacked(type(InitialModelOffering).creationCode, abi.encode(t));
        bytes32 hash = keccak256(abi.encodePacked(hex"ff", address(this), bytes32(0), keccak256(creation)));
        InitialModelOffering first = new InitialModelOffering{salt: 0}(t);
        assertEq(uint256(uint160(address(first))), uint256(uint160(uint256(hash))), "address");
        assertEq(uint256(uint160(address(first.token()))), uint256(uint160(_created(address(first), 1))), "token");
    }

    function test_marketsModelsAreTheRegistrys() external {
        RegistryDouble another = new RegistryDouble();
        another.register(MODEL, KEY, 1);
        t.registry = IModelRegistry(address(another));
        _expect(abi.encodeWithSelector(IInitialModelOffering.MarketOfAnotherRegistry.selector, registry));
    }

    function test_team() external {
        t.team = payable(address(0));
        _expect(abi.encodeWithSelector(IInitialModelOffering.TeamInvalid.selector, address(0)));
    }

    /// @dev The next contract that the test creates.
    function test_teamIsNotTheOffering() external {
        address payable next = payable(_created(address(this), NEXT));
        t.team = next;
        _expect(abi.encodeWithSelector(IInitialModelOffering.TeamInvalid.selector, next));
    }

    function test_teamIsNotTheToken() external {
        address payable next = payable(_created(_created(address(this), NEXT), 1));
        t.team = next;
        _expect(abi.encodeWithSelector(IInitialModelOffering.TeamInvalid.selector, next));
    }

    /// @dev The address of a contract that is created with a nonce below 128.
    function _created(address creator, uint8 nonce) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", creator, nonce)))));
    }

    function test_nothingForSale() external {
        t.tokensForSale = 0;
        _expect(abi.encodeWithSelector(IInitialModelOffering.NothingForSale.selector));
        t.price = 0;
        _expect(abi.encodeWithSelector(IInitialModelOffering.NothingForSale.selector));
    }

    function test_capIsWhole() external {
        (t.tokensForSale, t.price, t.minimum) = (15e17, 1, 1);
        _expect(IInitialModelOffering.CapNotWhole.selector, 5e17);
        (t.tokensForSale, t.price, t.minimum) = (1, 1, 1);
        _expect(IInitialModelOffering.CapNotWhole.selector, 1);
        (t.tokensForSale, t.price, t.minimum) = (1, 1e18, 1);
        assertEq(create(t).cap(), 1, "the least there is");
    }

    function test_largestNumbers() external {
        uint128 most = type(uint128).max;
        uint128 tokens = (1 << 95) - 1;
        uint128 sale = tokens / 1e18 * 1e18;
        (t.tokensForSale, t.tokensForTeam, t.price, t.minimum) = (sale, tokens - sale, most, most);
        assertEq(create(t).cap(), uint256(sale / 1e18) * most, "no overflow");
        ++t.tokensForTeam;
        _expect(IModelToken.SupplyTooLarge.selector, 1 << 95);
    }

    /// @dev Else somebody could be left with nothing to share fees by.
    function test_minimumBuysAUnit() external {
        (t.tokensForSale, t.price, t.minimum) = (2, 5e18, 4);
        _expect(IInitialModelOffering.MinimumOutOfRange.selector, 4, 10);
        (t.tokensForSale, t.price, t.minimum) = (2, 5e18, 5);
        create(t);
    }

    function test_minimum() external {
        t.minimum = 0;
        _expect(IInitialModelOffering.MinimumOutOfRange.selector, 0, CAP);
        t.minimum = uint128(CAP) + 1;
        _expect(IInitialModelOffering.MinimumOutOfRange.selector, CAP + 1, CAP);
        t.minimum = uint128(CAP);
        create(t);
    }

    function test_schedule() external {
        bytes4 selector = IInitialModelOffering.ScheduleInvalid.selector;
        t.closes = t.opens;
        _expect(selector, OPENS, OPENS);
        (t.opens, t.closes) = (OPENS - 2 days, OPENS - 1 days);
        _expect(selector, OPENS - 2 days, OPENS - 1 days);
        uint64 last = OPENS - 1 days + 365 days;
        t.closes = last + 1;
        _expect(selector, OPENS, last + 1);
        t.closes = type(uint64).max;
        _expect(selector, OPENS, type(uint64).max);
        t.closes = last;
        for (uint256 index; index < 3; ++index) {
            t.tranches[index].expires = last + 1;
        }
        create(t);
    }

    function test_salesThatHaveBegun() external {
        t.opens = 0;
        create(t);
    }

    function test_holdersShare() external {
        t.holdersBps = 0;
        _expect(IInitialModelOffering.HoldersShareOutOfRange.selector, 0);
        t.holdersBps = 10_001;
        _expect(IInitialModelOffering.HoldersShareOutOfRange.selector, 10_001);
        t.holdersBps = 10_000;
        create(t);
    }

    function test_trancheCount() external {
        delete t.tranches;
        _expect(IInitialModelOffering.TrancheCountOutOfRange.selector, 0);
        _cut(33);
        _expect(IInitialModelOffering.TrancheCountOutOfRange.selector, 33);
        _cut(32);
        _requireFits(create(t));
        _cut(1);
        create(t);
    }

    /// @dev Cuts the proceeds into equal parts, and what is left over.
    function _cut(uint16 count) private {
        delete t.tranches;
        for (uint16 index; index < count; ++index) {
            uint16 rest = index == 0 ? 10_000 % count : 0;
            t.tranches.push(tranche(10_000 / count + rest, 1, address(milestone)));
        }
    }

    /// @dev EIP-170 and EIP-3860.
    function _requireFits(InitialModelOffering created) private view {
        assertTrue(address(created).code.length <= 24_576, "code");
        assertTrue(address(created.token()).code.length <= 24_576, "the token's code");
        uint256 creation = type(InitialModelOffering).creationCode.length + abi.encode(t).length;
        assertTrue(creation <= 49_152, "creation code with arguments");
    }

    function test_trancheShares() external {
        t.tranches[1].bps = 3334;
        _expect(IInitialModelOffering.TranchesNotWhole.selector, 10_001);
        t.tranches[1].bps = 3332;
        _expect(IInitialModelOffering.TranchesNotWhole.selector, 9999);
        t.tranches[2].bps = 0;
        _expect(IInitialModelOffering.TrancheEmpty.selector, 2);
    }

    function test_trancheConditions() external {
        t.tranches[0].earned = 0;
        _expect(IInitialModelOffering.TrancheUnconditional.selector, 0);
    }

    function test_trancheExpiry() external {
        bytes4 selector = IInitialModelOffering.TrancheExpiryOutOfRange.selector;
        t.tranches[1].expires = CLOSES;
        _expect(selector, 1, CLOSES);
        t.tranches[1].expires = CLOSES + 3650 days + 1;
        _expect(selector, 1, CLOSES + 3650 days + 1);
        t.tranches[1].expires = CLOSES + 1;
        t.tranches[2].expires = CLOSES + 3650 days;
        create(t);
    }
}
