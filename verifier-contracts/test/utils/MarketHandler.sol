// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InferenceMarket} from "../../src/InferenceMarket.sol";
import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {Forcer, Refuser, Saboteur} from "./Hostile.sol";
import {Test} from "./Test.sol";
import {VerifierDouble} from "../doubles/VerifierDouble.sol";

/// @dev Does with a market what customers, operators and others may, in any order, and keeps account of what has to come of
/// it. Some calls are made that have to fail.
contract MarketHandler is Test {
    bytes private constant INPUT = "input";
    uint256 private constant ACTORS = 5;
    uint256 private constant RECENT = 10;

    /// @dev The size of batches: more than their requests, so that some are filled up.
    uint256 private constant SIZE = 4;

    VerifierDouble private immutable VERIFIER;
    InferenceMarket private immutable MARKET;
    bytes32 private immutable KEY_DIGEST;
    bytes32 private immutable BATCH_DIGEST;

    bytes32[] public requests;
    bytes32[] private _models;
    address[] private _accounts;
    address[] private _callbacks;

    /// @dev What the state of a request was when it was last seen, and how often it was settled or refunded.
    mapping(bytes32 => IInferenceMarket.State) public seen;
    mapping(bytes32 => uint256) public endings;
    mapping(bytes32 => uint256) public payments;

    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public forced;
    /// @dev How often what was tried came about.
    uint256 public fulfilled;
    uint256 public batches;
    uint256 public locked;
    uint256 public refunded;
    uint256 public withdrawn;
    /// @dev Calls that worked though they must not.
    uint256 public breaches;

    constructor(
        InferenceMarket market,
        VerifierDouble verifier,
        bytes32[] memory models,
        bytes32 keyDigest,
        bytes32 batchDigest
    ) {
        (MARKET, VERIFIER, KEY_DIGEST, BATCH_DIGEST, _models) = (market, verifier, keyDigest, batchDigest, models);
        for (uint256 index; index < ACTORS; ++index) {
            _accounts.push(address(uint160(0xac7000 + index)));
        }
        _accounts.push(address(new Refuser()));
        _callbacks.push(address(0));
        _callbacks.push(address(new Saboteur(Saboteur.Mood.Revert)));
        _callbacks.push(address(new Saboteur(Saboteur.Mood.Burn)));
        for (uint256 index; index < models.length; ++index) {
            _accounts.push(market.listing(models[index]).holders);
        }
    }

    function requestCount() external view returns (uint256) {
        return requests.length;
    }

    function accounts() external view returns (address[] memory) {
        return _accounts;
    }

    function order(uint256 who, uint128 fee, uint64 duration, uint128 bond, uint32 lockSeconds, uint8 kind) external {
        IInferenceMarket.Order memory terms;
        terms.modelId = _models[kind % _models.length];
        terms.inputHash = keccak256(INPUT);
        terms.deadline = uint64(block.timestamp + bound(duration, 0, 1 hours));
        if (kind % 2 == 0) {
            (terms.bond, terms.lockSeconds) = (uint128(bound(bond, 1, 10 ether)), uint32(bound(lockSeconds, 1, 2000)));
        }
        terms.callback = _callbacks[uint256(kind / 2) % _callbacks.length];
        terms.callbackGas = terms.callback == address(0) ? 0 : 20_000;
        fee = uint128(bound(fee, 0, 100 ether));
        _actAs(_someone(who), fee);
        bytes32 requestId =
            kind % 3 == 0 ? MARKET.request{value: fee}(terms, INPUT) : MARKET.requestHashed{value: fee}(terms);
        requests.push(requestId);
        paidIn += fee;
    }

    function lock(uint256 who, uint256 which) external {
        if (requests.length == 0) return;
        bytes32 requestId = _some(which);
        IInferenceMarket.Request memory r = MARKET.requestOf(requestId);
        bool allowed = _isOpen(r) && r.bond != 0 && !_isLocked(r);
        _actAs(_someone(who), r.bond);
        try MARKET.lock{value: r.bond}(requestId) {
            if (!allowed) ++breaches;
            paidIn += r.bond;
            ++locked;
        } catch {
            if (allowed) ++breaches;
        }
    }

    function fulfil(uint256 who, uint256 payee, uint256 which) external {
        if (requests.length == 0) return;
        IInferenceMarket.Fulfilment memory f = _answer(_some(which), _payee(which, payee));
        bool allowed = _isAllowed(f);
        _actAs(_someone(who), 0);
        try MARKET.fulfil(f) {
            if (!allowed) ++breaches;
            _paid(f.requestId);
        } catch {
            if (allowed) ++breaches;
        }
    }

    function fulfilMany(uint256 who, uint256 payee, uint256[4] calldata which) external {
        if (requests.length == 0) return;
        IInferenceMarket.Fulfilment[] memory fs = new IInferenceMarket.Fulfilment[](4);
        bool[4] memory allowed;
        for (uint256 index; index < 4; ++index) {
            fs[index] = _answer(_some(which[index]), _payee(which[index], payee));
            allowed[index] = _isAllowed(fs[index]);
            for (uint256 before; before < index; ++before) {
                if (fs[before].requestId == fs[index].requestId && allowed[before]) allowed[index] = false;
            }
        }
        _actAs(_someone(who), 0);
        bool[] memory done = MARKET.fulfilMany(fs);
        for (uint256 index; index < 4; ++index) {
            if (done[index] != allowed[index]) ++breaches;
            if (done[index]) _paid(fs[index].requestId);
        }
    }

    /// @dev Three requests with one proof, in two parts. Requests of other models go alone.
    function fulfilBatch(uint256 who, uint256[2] calldata payees, uint256[3] calldata which) external {
        if (requests.length == 0) return;
        IInferenceMarket.Batch memory b = _batch(payees, which);
        (bool[3] memory allowed, bool any) = _areAllowed(b);
        _actAs(_someone(who), 0);
        try MARKET.fulfilBatch(b) returns (bool[] memory done) {
            ++batches;
            for (uint256 index; index < 3; ++index) {
                if (done[index] != allowed[index]) ++breaches;
                if (done[index]) _paid(_member(b, index));
            }
        } catch {
            if (any) ++breaches;
        }
    }

    /// @dev Batches with a change that the proof does not cover.
    function cheatBatch(uint256 who, uint256[2] calldata payees, uint256[3] calldata which, uint8 kind) external {
        if (requests.length == 0) return;
        IInferenceMarket.Batch memory b = _batch(payees, which);
        if (kind % 5 == 0) (b.parts[0].payee, b.parts[1].payee) = (b.parts[1].payee, address(0xbad));
        if (kind % 5 == 1) b.parts[0].requestIds = new bytes32[](0);
        if (kind % 5 == 2) (b.parts[0], b.parts[1]) = (b.parts[1], b.parts[0]);
        if (kind % 5 == 3) b.outputs[kind % b.outputs.length] ^= 0x01;
        if (kind % 5 == 4) b.proof = "";
        // Exchanged parts with the same payee and the same requests are the same.
        if (kind % 5 == 2 && keccak256(abi.encode(b.parts[0])) == keccak256(abi.encode(b.parts[1]))) return;
        _actAs(_someone(who), 0);
        try MARKET.fulfilBatch(b) {
            ++breaches;
        } catch {}
    }

    /// @dev Proofs that were made for another payee, request or output.
    function cheat(uint256 who, uint256 which, uint256 other, uint8 kind) external {
        if (requests.length == 0) return;
        who = who % _accounts.length;
        address thief = _someone(who);
        IInferenceMarket.Fulfilment memory f = _answer(_some(which), _someone(who + 1));
        if (kind % 4 == 0) f.payee = thief;
        if (kind % 4 == 1) f.output = "other";
        if (kind % 4 == 2) f.proof = "";
        if (kind % 4 == 3) {
            f.requestId = _some(other);
            if (f.requestId == _some(which)) return;
        }
        _actAs(thief, 0);
        try MARKET.fulfil(f) {
            ++breaches;
        } catch {}
    }

    function refund(uint256 who, uint256 which) external {
        if (requests.length == 0) return;
        bytes32 requestId = _some(which);
        IInferenceMarket.Request memory r = MARKET.requestOf(requestId);
        bool allowed = r.state == IInferenceMarket.State.Open && block.timestamp > r.deadline;
        _actAs(_someone(who), 0);
        try MARKET.refund(requestId) {
            if (!allowed) ++breaches;
            ++endings[requestId];
            ++refunded;
        } catch {
            if (allowed) ++breaches;
        }
    }

    function withdraw(uint256 who, uint256 whose) external {
        address account = _someone(whose);
        uint256 owed = MARKET.credit(account);
        uint256 before = account.balance;
        _actAs(_someone(who), 0);
        try MARKET.withdraw(payable(account)) {
            if (account.balance - before != owed && account != _someone(who)) ++breaches;
            paidOut += owed;
            ++withdrawn;
        } catch {
            if (owed != 0 && account.code.length == 0) ++breaches;
        }
    }

    function force(uint256 amount) external {
        amount = bound(amount, 1, 1 ether);
        vm.deal(address(this), amount);
        Forcer.force(address(MARKET), amount);
        forced += amount;
    }

    function wait(uint256 duration) external {
        vm.warp(block.timestamp + bound(duration, 1, 20 minutes));
    }

    /// @dev Keeps the states, after having compared them with those of the last time.
    function look() external returns (bool oneWay) {
        oneWay = true;
        for (uint256 index; index < requests.length; ++index) {
            IInferenceMarket.State state = MARKET.requestOf(requests[index]).state;
            IInferenceMarket.State last = seen[requests[index]];
            bool ended = last == IInferenceMarket.State.Fulfilled || last == IInferenceMarket.State.Refunded;
            if (state == IInferenceMarket.State.None || (ended && state != last)) oneWay = false;
            seen[requests[index]] = state;
        }
    }

    function _paid(bytes32 requestId) private {
        ++endings[requestId];
        ++payments[requestId];
        ++fulfilled;
    }

    /// @dev A batch whose first part has one request and whose second part has two.
    function _batch(uint256[2] calldata payees, uint256[3] calldata which)
        private
        view
        returns (IInferenceMarket.Batch memory b)
    {
        b.parts = new IInferenceMarket.Part[](2);
        (b.parts[0].requestIds, b.parts[1].requestIds) = (new bytes32[](1), new bytes32[](2));
        bytes32 first = _some(which[0]);
        (b.modelId, b.size) = (MARKET.requestOf(first).modelId, SIZE);
        (b.parts[0].payee, b.parts[0].requestIds[0]) = (_payee(which[0], payees[0]), first);
        b.parts[1].payee = _payee(which[1], payees[1]);
        for (uint256 index; index < 2; ++index) {
            bytes32 other = _some(which[1 + index]);
            b.parts[1].requestIds[index] = MARKET.requestOf(other).modelId == b.modelId ? other : first;
        }
        for (uint256 index; index < 3; ++index) {
            b.inputs = bytes.concat(b.inputs, INPUT);
            b.outputs = bytes.concat(b.outputs, abi.encode(_member(b, index)));
        }
        bytes memory filled = bytes.concat(b.outputs, abi.encode(_member(b, 2)));
        b.proof = VERIFIER.proofOf(BATCH_DIGEST, _contextOf(b), bytes.concat(b.inputs, INPUT), filled);
    }

    function _contextOf(IInferenceMarket.Batch memory b) private view returns (bytes32) {
        bytes32 tag = "hallmark market batch 1";
        return keccak256(abi.encode(tag, block.chainid, MARKET, b.modelId, b.size, b.parts));
    }

    function _member(IInferenceMarket.Batch memory b, uint256 index) private pure returns (bytes32) {
        return index == 0 ? b.parts[0].requestIds[0] : b.parts[1].requestIds[index - 1];
    }

    /// @dev Which requests of a batch can be paid: a request that comes twice can be paid once.
    function _areAllowed(IInferenceMarket.Batch memory b) private view returns (bool[3] memory allowed, bool any) {
        for (uint256 index; index < 3; ++index) {
            IInferenceMarket.Fulfilment memory f;
            (f.requestId, f.payee) = (_member(b, index), b.parts[index == 0 ? 0 : 1].payee);
            allowed[index] = _isAllowed(f);
            for (uint256 before; before < index; ++before) {
                if (_member(b, before) == f.requestId && allowed[before]) allowed[index] = false;
            }
            any = any || allowed[index];
        }
    }

    function _isAllowed(IInferenceMarket.Fulfilment memory f) private view returns (bool) {
        IInferenceMarket.Request memory r = MARKET.requestOf(f.requestId);
        return _isOpen(r) && (!_isLocked(r) || r.lockedBy == f.payee);
    }

    function _isOpen(IInferenceMarket.Request memory r) private view returns (bool) {
        return r.state == IInferenceMarket.State.Open && block.timestamp <= r.deadline;
    }

    function _isLocked(IInferenceMarket.Request memory r) private view returns (bool) {
        return r.lockedBy != address(0) && block.timestamp <= r.lockedUntil;
    }

    function _answer(bytes32 requestId, address payee) private view returns (IInferenceMarket.Fulfilment memory f) {
        IInferenceMarket.Request memory r = MARKET.requestOf(requestId);
        bytes32 context = keccak256(abi.encode(block.chainid, MARKET, requestId, r.modelId, payee, r.deadline));
        (f.requestId, f.payee, f.input, f.output) = (requestId, payee, INPUT, abi.encode(requestId));
        f.proof = VERIFIER.proofOf(KEY_DIGEST, context, INPUT, f.output);
    }

    /// @dev Often the operator of a lock, so that locks are made use of.
    function _payee(uint256 which, uint256 who) private view returns (address) {
        address operator = MARKET.requestOf(_some(which)).lockedBy;
        return operator != address(0) && who % 2 == 0 ? operator : _someone(who);
    }

    /// @dev Mostly one of the last few, which are rather open than others.
    function _some(uint256 which) private view returns (bytes32) {
        uint256 count = requests.length;
        uint256 range = which % 4 == 0 || count < RECENT ? count : RECENT;
        return requests[count - 1 - which / 4 % range];
    }

    function _someone(uint256 who) private view returns (address) {
        return _accounts[who % _accounts.length];
    }

    function _actAs(address account, uint256 value) private {
        vm.deal(account, account.balance + value);
        vm.prank(account);
    }
}
