// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInferenceCallback, IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {CappedCall} from "./libraries/CappedCall.sol";

/// @title A market of proven inferences
/// @dev Ether comes in by {request}, {requestHashed} and {lock}. At any time, every wei of it is the fee of one open
/// request, the bond of one lock, or part of one credit. It goes out only by {withdraw} and {withdrawTo}. Ether that is
/// forced on the market belongs to nobody, and no rule reads the balance.
///
/// Foreign code runs in two places. The callback runs when everything else is done, with the ordered gas, and may fail. A
/// withdrawal runs the receiver's code, which can spoil only its own payment. The market asks the registry and its verifier
/// by static calls.
contract InferenceMarket is IInferenceMarket, ERC165, ReentrancyGuardTransient {
    /// @dev The fields of a {Request}, in an order that takes five words, and one more when it is locked.
    struct Record {
        bytes32 modelId;
        /// The hash of the input, and later that of the answer. So an answer needs no new word of storage.
        bytes32 content;
        address customer;
        uint64 deadline;
        uint32 lockSeconds;
        uint128 fee;
        uint128 bond;
        address callback;
        uint32 callbackGas;
        State state;
        address lockedBy;
        uint64 lockedUntil;
    }

    /// @notice The most gas that a callback can be ordered with.
    /// @dev The submitter has to provide it, and a transaction has 2^24 gas (EIP-7825).
    uint32 public constant MAX_CALLBACK_GAS = 1_000_000;

    /// @notice The longest time that a request can be open.
    /// @dev A fee is locked until the deadline. The limit catches deadlines in milliseconds.
    uint256 public constant MAX_DURATION = 365 days;

    /// @dev A whole fee in the unit of shares.
    uint256 private constant WHOLE = 10_000;

    IModelRegistry private immutable REGISTRY;

    mapping(bytes32 modelId => Listing) private _listings;
    mapping(bytes32 requestId => Record) private _records;
    mapping(address customer => uint256) private _nonces;
    mapping(address account => uint256) private _credits;

    /// @param registry_ The register of models, which fixes the verifier too.
    constructor(IModelRegistry registry_) {
        if (address(registry_).code.length == 0) revert RegistryMissing(address(registry_));
        REGISTRY = registry_;
    }

    /// @inheritdoc IInferenceMarket
    function list(bytes32 modelId, address holders, uint16 holdersBps) external nonReentrant {
        address registrant = REGISTRY.registrantOf(modelId);
        if (msg.sender != registrant) revert NotRegistrant(modelId, registrant);
        if (_isListed(modelId)) revert AlreadyListed(modelId);
        // The market could not withdraw a credit of its own.
        if (holders == address(0) || holders == address(this)) revert HoldersInvalid(holders);
        if (holdersBps > WHOLE) revert ShareTooLarge(holdersBps);
        _listings[modelId] = Listing({holders: holders, holdersBps: holdersBps, settled: 0, earned: 0});
        emit ModelListed(modelId, holders, holdersBps);
    }

    /// @inheritdoc IInferenceMarket
    function request(Order calldata order, bytes calldata input)
        external
        payable
        nonReentrant
        returns (bytes32 requestId)
    {
        _requireInput(order.inputHash, input);
        requestId = _open(order);
        emit InputPublished(requestId, input);
    }

    /// @inheritdoc IInferenceMarket
    function requestHashed(Order calldata order) external payable nonReentrant returns (bytes32 requestId) {
        return _open(order);
    }

    /// @inheritdoc IInferenceMarket
    function lock(bytes32 requestId) external payable nonReentrant {
        Record storage record = _records[requestId];
        // No operator is 0. So a running lock is an obstacle, even for its holder.
        _requireNone(_obstacle(requestId, record, address(0)));
        if (record.bond == 0) revert LocksNotOffered(requestId);
        if (msg.value != record.bond) revert WrongBond(record.bond, msg.value);
        _returnBond(requestId, record);
        uint64 until = SafeCast.toUint64(Math.min(block.timestamp + record.lockSeconds, record.deadline));
        (record.lockedBy, record.lockedUntil) = (msg.sender, until);
        emit Locked(requestId, msg.sender, until);
    }

    /// @inheritdoc IInferenceMarket
    function fulfil(Fulfilment calldata f) external nonReentrant {
        _requireNone(_obstacle(f.requestId, _records[f.requestId], f.payee));
        _settle(f);
        _callBack(f);
    }

    /// @inheritdoc IInferenceMarket
    function fulfilMany(Fulfilment[] calldata fs) external nonReentrant returns (bool[] memory settled) {
        settled = new bool[](fs.length);
        for (uint256 index; index < fs.length; ++index) {
            Fulfilment calldata f = fs[index];
            settled[index] = _obstacle(f.requestId, _records[f.requestId], f.payee).length == 0;
            if (settled[index]) _settle(f);
        }
        // Callbacks come last, so that none runs before all requests are settled.
        for (uint256 index; index < fs.length; ++index) {
            if (settled[index]) _callBack(fs[index]);
        }
    }

    /// @inheritdoc IInferenceMarket
    function refund(bytes32 requestId) external nonReentrant {
        Record storage record = _records[requestId];
        if (record.state != State.Open) revert NotOpen(requestId, record.state);
        if (block.timestamp <= record.deadline) revert DeadlineNotPassed(record.deadline);
        record.state = State.Refunded;
        _returnBond(requestId, record);
        _credits[record.customer] += record.fee;
        emit Refunded(requestId, record.customer, record.fee);
    }

    /// @inheritdoc IInferenceMarket
    function withdraw(address payable account) external nonReentrant {
        _withdraw(account, account);
    }

    /// @inheritdoc IInferenceMarket
    function withdrawTo(address payable to) external nonReentrant {
        _withdraw(msg.sender, to);
    }

    /// @inheritdoc IInferenceMarket
    function registry() external view returns (IModelRegistry) {
        return REGISTRY;
    }

    /// @inheritdoc IInferenceMarket
    function listing(bytes32 modelId) external view returns (Listing memory) {
        return _listings[modelId];
    }

    /// @inheritdoc IInferenceMarket
    function settledCount(bytes32 modelId) external view returns (uint64) {
        return _listings[modelId].settled;
    }

    /// @inheritdoc IInferenceMarket
    function earned(bytes32 modelId) external view returns (uint128) {
        return _listings[modelId].earned;
    }

    /// @inheritdoc IInferenceMarket
    function requestOf(bytes32 requestId) external view returns (Request memory) {
        Record storage record = _records[requestId];
        bool isAnswered = record.state == State.Fulfilled;
        return Request({
            modelId: record.modelId,
            inputHash: isAnswered ? bytes32(0) : record.content,
            customer: record.customer,
            fee: record.fee,
            bond: record.bond,
            deadline: record.deadline,
            lockSeconds: record.lockSeconds,
            callback: record.callback,
            callbackGas: record.callbackGas,
            state: record.state,
            lockedBy: record.lockedBy,
            lockedUntil: record.lockedUntil,
            answerHash: isAnswered ? record.content : bytes32(0)
        });
    }

    /// @inheritdoc IInferenceMarket
    function nonceOf(address customer) external view returns (uint256) {
        return _nonces[customer];
    }

    /// @inheritdoc IInferenceMarket
    function context(bytes32 requestId, address payee) external view returns (bytes32) {
        Record storage record = _records[requestId];
        if (record.state == State.None) revert UnknownRequest(requestId);
        return _context(requestId, record, payee);
    }

    /// @inheritdoc IInferenceMarket
    function credit(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @notice Whether the market has an interface (ERC-165).
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IInferenceMarket).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Opens a request of the sender, with the value as its fee.
    function _open(Order calldata order) private returns (bytes32 requestId) {
        _requireTerms(order);
        if (msg.value > type(uint128).max) revert FeeTooLarge(msg.value);
        uint128 fee = uint128(msg.value);
        // The nonce makes the id new, and the rest binds it to the terms. So even if blocks are dropped, an answer to this
        // id is never paid by the terms of another request.
        uint256 nonce = _nonces[msg.sender]++;
        requestId = keccak256(abi.encode(block.chainid, address(this), msg.sender, nonce, order, fee));
        _records[requestId] = Record({
            modelId: order.modelId,
            content: order.inputHash,
            customer: msg.sender,
            deadline: order.deadline,
            lockSeconds: order.lockSeconds,
            fee: fee,
            bond: order.bond,
            callback: order.callback,
            callbackGas: order.callbackGas,
            state: State.Open,
            lockedBy: address(0),
            lockedUntil: 0
        });
        _announce(requestId, nonce, order, fee);
    }

    function _announce(bytes32 requestId, uint256 nonce, Order calldata order, uint128 fee) private {
        emit Requested(
            requestId,
            order.modelId,
            msg.sender,
            nonce,
            order.inputHash,
            fee,
            order.bond,
            order.deadline,
            order.lockSeconds,
            order.callback,
            order.callbackGas
        );
    }

    /// @dev Settles a request that has no {_obstacle}.
    function _settle(Fulfilment calldata f) private {
        Record storage record = _records[f.requestId];
        bytes32 inputHash = record.content;
        _requireInput(inputHash, f.input);
        if (f.payee == address(0) || f.payee == address(this)) revert PayeeInvalid(f.payee);
        bytes32 purpose = _context(f.requestId, record, f.payee);
        REGISTRY.requireInference(record.modelId, purpose, f.input, f.output, f.proof);
        record.state = State.Fulfilled;
        record.content = keccak256(abi.encode(inputHash, keccak256(f.output)));
        _returnBond(f.requestId, record);
        _pay(f, record, inputHash);
    }

    /// @dev Shares the fee between payee and holders.
    function _pay(Fulfilment calldata f, Record storage record, bytes32 inputHash) private {
        Listing storage terms = _listings[record.modelId];
        ++terms.settled;
        uint128 fee = record.fee;
        uint128 toHolders = SafeCast.toUint128(uint256(fee) * terms.holdersBps / WHOLE);
        uint128 paid = fee - toHolders;
        _credits[f.payee] += paid;
        _credits[terms.holders] += toHolders;
        terms.earned += toHolders;
        emit Fulfilled(f.requestId, record.modelId, f.payee, inputHash, f.output, paid, toHolders, msg.sender);
    }

    /// @dev Credits the bond of a lock, if there is one. While the lock holds, its operator gets the bond, and only its
    /// operator gets here. Afterwards the customer gets the bond.
    function _returnBond(bytes32 requestId, Record storage record) private {
        address operator = record.lockedBy;
        if (operator == address(0)) return;
        bool holds = _isLocked(record);
        (record.lockedBy, record.lockedUntil) = (address(0), 0);
        _credits[holds ? operator : record.customer] += record.bond;
        if (holds) emit BondReturned(requestId, operator, record.bond);
        else emit BondForfeited(requestId, operator, record.customer, record.bond);
    }

    function _withdraw(address account, address payable to) private {
        uint256 amount = _credits[account];
        if (amount == 0) revert NothingToWithdraw(account);
        _credits[account] = 0;
        emit Withdrawn(account, to, amount);
        Address.sendValue(to, amount);
    }

    /// @dev Gives the output to the callback, with all the ordered gas, so that the submitter cannot make it fail. The
    /// market only records a failure.
    function _callBack(Fulfilment calldata f) private {
        Record storage record = _records[f.requestId];
        (address target, uint256 needed) = (record.callback, record.callbackGas);
        if (target == address(0)) return;
        bytes memory message = abi.encodeCall(IInferenceCallback.onInference, (f.requestId, record.modelId, f.output));
        uint256 given = CappedCall.givable(gasleft());
        if (given < needed) revert CallbackGas(needed, given);
        if (!CappedCall.tryCall(target, needed, message)) emit CallbackFailed(f.requestId, target);
    }

    function _requireTerms(Order calldata order) private view {
        if (!_isListed(order.modelId)) revert NotListed(order.modelId);
        if (order.deadline < block.timestamp) revert DeadlinePassed(order.deadline);
        uint256 latest = block.timestamp + MAX_DURATION;
        if (order.deadline > latest) revert DeadlineTooFar(order.deadline, latest);
        if ((order.bond == 0) != (order.lockSeconds == 0)) revert LockTermsInvalid(order.bond, order.lockSeconds);
        bool hasCallback = order.callback != address(0);
        if (hasCallback != (order.callbackGas != 0) || order.callbackGas > MAX_CALLBACK_GAS) {
            revert CallbackTermsInvalid(order.callback, order.callbackGas);
        }
    }

    /// @dev The error that says why this payee cannot fulfil the request now. Empty if it can. {fulfil} reverts with it,
    /// and {fulfilMany} skips the request.
    function _obstacle(bytes32 requestId, Record storage record, address payee) private view returns (bytes memory) {
        if (record.state != State.Open) return abi.encodeWithSelector(NotOpen.selector, requestId, record.state);
        if (block.timestamp > record.deadline) {
            return abi.encodeWithSelector(DeadlinePassed.selector, record.deadline);
        }
        if (_isLocked(record) && payee != record.lockedBy) {
            return abi.encodeWithSelector(LockHeld.selector, record.lockedBy, record.lockedUntil);
        }
        return "";
    }

    function _isLocked(Record storage record) private view returns (bool) {
        return block.timestamp <= record.lockedUntil;
    }

    function _isListed(bytes32 modelId) private view returns (bool) {
        return _listings[modelId].holders != address(0);
    }

    function _context(bytes32 requestId, Record storage record, address payee) private view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), requestId, record.modelId, payee, record.deadline));
    }

    function _requireInput(bytes32 expected, bytes calldata input) private pure {
        bytes32 found = keccak256(input);
        if (found != expected) revert InputMismatch(expected, found);
    }

    function _requireNone(bytes memory obstacle) private pure {
        if (obstacle.length != 0) LowLevelCall.bubbleRevert(obstacle);
    }
}
