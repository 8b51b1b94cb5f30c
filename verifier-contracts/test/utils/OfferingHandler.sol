// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {InitialModelOffering} from "../../src/InitialModelOffering.sol";
import {ModelToken} from "../../src/ModelToken.sol";
import {IInitialModelOffering} from "../../src/interfaces/IInitialModelOffering.sol";
import {Forcer, Refuser} from "../doubles/Accounts.sol";
import {MarketDouble} from "../doubles/MarketDouble.sol";
import {MilestoneDouble} from "../doubles/MilestoneDouble.sol";
import {PlainToken} from "../doubles/Tokens.sol";
import {Test} from "./Test.sol";

/// @dev What people may do with an offering and its token, in any order. It keeps books of its own: all payments go
/// through here, so it knows what came in and what went out without asking the contracts.
contract OfferingHandler is Test {
    IERC20 private constant ETHER = IERC20(address(0));

    InitialModelOffering public immutable OFFERING;
    ModelToken public immutable TOKEN;
    MarketDouble private immutable MARKET;
    MilestoneDouble private immutable MILESTONE;
    PlainToken public immutable PLAIN = new PlainToken();

    /// @dev The team is the first, and the last takes no ether most of the time.
    address[] public people;
    Refuser private immutable REFUSER = new Refuser();

    uint256 public bought;
    uint256 public refunded;
    uint256 public tranchesPaid;
    uint256 public forfeited;
    uint256 public forcedOnOffering;
    uint256 public forcedOnToken;
    uint256 public burned;
    mapping(IERC20 asset => uint256) public earned;
    mapping(IERC20 asset => uint256) public paid;
    mapping(IERC20 asset => mapping(uint256 id => uint256)) public claimed;
    mapping(address person => uint256) public boughtBy;
    mapping(address person => uint256) public refundedTo;

    IInitialModelOffering.State public lastState;
    mapping(uint256 tranche => IInitialModelOffering.TrancheState) public lastTranche;
    uint256 public broken;

    uint256 private _time;

    constructor(
        InitialModelOffering offering,
        MarketDouble market,
        MilestoneDouble milestone,
        address[] memory people_
    ) {
        OFFERING = offering;
        TOKEN = ModelToken(payable(address(offering.token())));
        (MARKET, MILESTONE) = (market, milestone);
        people = people_;
        people.push(address(REFUSER));
        _time = offering.terms().opens;
        vm.warp(_time);
    }

    function count() external view returns (uint256) {
        return people.length;
    }

    /// @dev Everything that went one way has to stay there; checked after each step.
    modifier forward() {
        _;
        IInitialModelOffering.State state = OFFERING.state();
        if (state < lastState || (lastState >= IInitialModelOffering.State.Failed && state != lastState)) ++broken;
        lastState = state;
        for (uint256 index; index < 3; ++index) {
            (IInitialModelOffering.TrancheState found,) = OFFERING.trancheOf(index);
            IInitialModelOffering.TrancheState last = lastTranche[index];
            if (last != IInitialModelOffering.TrancheState.Locked && found != last) ++broken;
            lastTranche[index] = found;
        }
    }

    function _person(uint256 seed) private view returns (address) {
        return people[seed % people.length];
    }

    /// @dev Calls as somebody, and says whether it went through.
    function _as(address person, address to, uint256 value, bytes memory data) private returns (bool done) {
        if (value != 0) vm.deal(person, person.balance + value);
        vm.prank(person);
        (done,) = to.call{value: value}(data);
        if (!done && value != 0) vm.deal(person, person.balance - value);
    }

    function _call(address person, address to, bytes memory data) private returns (bool) {
        return _as(person, to, 0, data);
    }

    function buy(uint256 seed, uint256 amount) external forward {
        amount = bound(amount, 1, 60 ether);
        address person = _person(seed);
        if (!_as(person, address(OFFERING), amount, abi.encodeCall(OFFERING.buy, (OFFERING.termsDigest())))) return;
        bought += amount;
        boughtBy[person] += amount;
    }

    function pass(uint256 time) external forward {
        _passTo(_time + bound(time, 1, 3 days));
    }

    function passBlock() external forward {
        _passTo(_time + 12);
    }

    function endSale() external forward {
        uint256 closes = OFFERING.terms().closes;
        if (_time < closes) _passTo(closes);
    }

    /// @dev Now and then all tranches that are left expire.
    function expire(uint256 seed) external forward {
        if (seed % 8 == 0 && lastState >= IInitialModelOffering.State.Failed) _passTo(_time + 91 days);
    }

    function _passTo(uint256 time) private {
        _time = time;
        vm.warp(_time);
    }

    function claim(uint256 seed, uint256 caller) external forward {
        address person = _person(seed);
        uint256 before = person.balance;
        _call(_person(caller), address(OFFERING), abi.encodeCall(OFFERING.claim, (person)));
        _bookRefund(person, person.balance - before);
    }

    function refund(uint256 seed, uint256 caller) external forward {
        address person = _person(seed);
        uint256 before = person.balance;
        _call(_person(caller), address(OFFERING), abi.encodeCall(OFFERING.refund, (person)));
        _bookRefund(person, person.balance - before);
    }

    function refundTo(uint256 seed, uint256 to) external forward {
        address person = _person(seed);
        address payable receiver = payable(_person(to));
        uint256 before = receiver.balance;
        _call(person, address(OFFERING), abi.encodeCall(OFFERING.refundTo, (receiver)));
        _bookRefund(person, receiver.balance - before);
    }

    function _bookRefund(address person, uint256 amount) private {
        refunded += amount;
        refundedTo[person] += amount;
    }

    function finalise(uint256 caller) external forward {
        _call(_person(caller), address(OFFERING), abi.encodeCall(OFFERING.finalise, ()));
    }

    function release(uint256 tranche) external forward {
        address team = people[0];
        uint256 before = team.balance;
        _call(team, address(OFFERING), abi.encodeCall(OFFERING.release, (tranche % 4)));
        tranchesPaid += team.balance - before;
    }

    function forfeit(uint256 tranche) external forward {
        (, uint256 amount) = OFFERING.trancheOf(tranche % 3);
        if (_call(_person(tranche), address(OFFERING), abi.encodeCall(OFFERING.forfeit, (tranche % 3)))) {
            forfeited += amount;
        }
    }

    function progress(uint128 amount, uint256 answer) external forward {
        MARKET.earn(OFFERING.terms().modelId, amount % 20 ether);
        MILESTONE.set(MilestoneDouble.Answer(answer % 8));
    }

    /// @dev A fee waits for the token in the market.
    function owe(uint256 amount) external forward {
        amount = bound(amount, 1, 10 ether);
        vm.deal(address(this), amount);
        MARKET.owe{value: amount}(address(TOKEN));
        earned[ETHER] += amount;
    }

    function collect(uint256 seed) external forward {
        if (!_call(_person(seed), address(TOKEN), abi.encodeCall(TOKEN.collect, ()))) ++broken;
    }

    function earn(uint256 seed, uint256 amount) external forward {
        amount = bound(amount, 1, 10 ether);
        if (_as(_person(seed), address(TOKEN), amount, "")) earned[ETHER] += amount;
    }

    function earnERC20(uint256 seed, uint256 amount) external forward {
        amount = bound(amount, 1, 1e24);
        address person = _person(seed);
        PLAIN.mint(person, amount);
        vm.prank(person);
        PLAIN.approve(address(TOKEN), amount);
        if (_call(person, address(TOKEN), abi.encodeCall(TOKEN.depositERC20, (PLAIN, amount)))) {
            earned[PLAIN] += amount;
        }
    }

    function snapshot(uint256 seed) external forward {
        _call(_person(seed), address(TOKEN), abi.encodeCall(TOKEN.snapshot, ()));
    }

    function claimRevenue(uint256 seed, uint256 id) external forward {
        address person = _person(seed);
        id = _id(id);
        uint256 before = person.balance;
        _call(person, address(TOKEN), abi.encodeCall(TOKEN.claim, (id)));
        _book(ETHER, id, person.balance - before);
    }

    function claimTo(uint256 seed, uint256 id, uint256 to) external forward {
        address payable receiver = payable(_person(to));
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (_id(id), _id(id));
        uint256 before = receiver.balance;
        _call(_person(seed), address(TOKEN), abi.encodeCall(TOKEN.claimMany, (ids, receiver)));
        _book(ETHER, ids[0], receiver.balance - before);
    }

    function claimERC20(uint256 seed, uint256 id) external forward {
        address person = _person(seed);
        id = _id(id);
        uint256 before = PLAIN.balanceOf(person);
        _call(person, address(TOKEN), abi.encodeCall(TOKEN.claimERC20, (id, PLAIN)));
        _book(PLAIN, id, PLAIN.balanceOf(person) - before);
    }

    function _id(uint256 seed) private view returns (uint256) {
        return seed % (TOKEN.snapshotCount() + 2);
    }

    function _book(IERC20 asset, uint256 id, uint256 amount) private {
        claimed[asset][id] += amount;
        paid[asset] += amount;
    }

    function transfer(uint256 seed, uint256 to, uint256 amount) external forward {
        address from = _person(seed);
        amount = bound(amount, 0, TOKEN.balanceOf(from));
        _call(from, address(TOKEN), abi.encodeCall(TOKEN.transfer, (_person(to), amount)));
    }

    function burn(uint256 seed, uint256 amount) external forward {
        address person = _person(seed);
        amount = bound(amount, 0, TOKEN.balanceOf(person)) / 2;
        IERC20[] memory tokens = new IERC20[](amount % 2);
        if (tokens.length == 1) tokens[0] = PLAIN;
        (uint256 ether_, uint256 plain) = (person.balance, PLAIN.balanceOf(person));
        if (!_call(person, address(TOKEN), abi.encodeCall(TOKEN.burnAndRedeem, (amount, tokens)))) return;
        burned += amount;
        paid[ETHER] += person.balance - ether_;
        paid[PLAIN] += PLAIN.balanceOf(person) - plain;
    }

    function force(uint256 amount) external forward {
        amount = bound(amount, 1, 10 ether);
        bool isToken = amount % 2 == 0;
        vm.deal(address(this), amount);
        new Forcer{value: amount}(payable(isToken ? address(TOKEN) : address(OFFERING)));
        if (isToken) forcedOnToken += amount;
        else forcedOnOffering += amount;
    }

    function takeEther(bool takes) external forward {
        REFUSER.take(takes);
    }
}
