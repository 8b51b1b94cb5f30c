// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInferenceCallback, IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {Batches, Items} from "./libraries/Batches.sol";
import {CappedCall} from "./libraries/CappedCall.sol";
import {Head, Record} from "./libraries/Requests.sol";

/// @title A market of proven inferences
/// @dev Ether comes in by {request}, {requestHashed} and {lock}. At any time, every wei of it is the fee of one open
/// request, the bond of one lock, or part of one credit. It goes out only by {withdraw} and {withdrawTo}. Ether that is
/// forced on the market belongs to nobody, and no rule reads the balance.
///
/// Foreign code runs in two places. The callback runs when everything else is done, with the ordered gas, and may fail. A
/// withdrawal runs the receiver's code, which can spoil only its own payment. The market asks the registry and its verifier
/// by static calls.
contract InferenceMarket is IInferenceMarket, ERC165, ReentrancyGuardTransient {
    /// @dev How a model is listed, in two words.
    struct Listed {
        address holders;
        uint16 holdersBps;
        uint48 settled;
        /// The model's place in the list of models.
        uint32 model;
        uint128 earned;
    }

    /// @dev What a call settles for one model, before it is booked. So a batch writes the model's words once.
    struct Tally {
        bytes32 modelId;
        uint32 model;
        uint16 holdersBps;
        address payee;
        uint256 settled;
        uint256 toHolders;
        bool hasCallbacks;
    }

    /// @dev Where a call is in a batch.
    struct Cursor {
        Items inputs;
        Items outputs;
        uint256 index;
        bool[] settled;
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

    bytes32[] private _models;
    mapping(bytes32 modelId => Listed) private _listings;
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
        _listings[modelId] = Listed({
            holders: holders, holdersBps: holdersBps, settled: 0, model: SafeCast.toUint32(_models.length), earned: 0
        });
        _models.push(modelId);
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
        Head memory head = record.head;
        // No operator is 0. So a running lock is an obstacle, even for its holder.
        _requireNone(record.obstacle(head, requestId, address(0)));
        uint128 bond = record.bond;
        if (bond == 0) revert LocksNotOffered(requestId);
        if (msg.value != bond) revert WrongBond(bond, msg.value);
        _forfeitBond(requestId, record, head);
        uint40 until = SafeCast.toUint40(Math.min(block.timestamp + head.lockSeconds, head.deadline));
        (record.lockedBy, record.head.lockedUntil) = (msg.sender, until);
        emit Locked(requestId, msg.sender, until);
    }

    /// @inheritdoc IInferenceMarket
    function fulfil(Fulfilment calldata f) external nonReentrant {
        Record storage record = _records[f.requestId];
        Head memory head = record.head;
        _requireNone(record.obstacle(head, f.requestId, f.payee));
        _settle(f, record, head);
        _callBack(f.requestId, f.output);
    }

    /// @inheritdoc IInferenceMarket
    function fulfilMany(Fulfilment[] calldata fs) external nonReentrant returns (bool[] memory settled) {
        settled = new bool[](fs.length);
        for (uint256 index; index < fs.length; ++index) {
            Fulfilment calldata f = fs[index];
            Record storage record = _records[f.requestId];
            Head memory head = record.head;
            settled[index] = record.obstacle(head, f.requestId, f.payee).length == 0;
            if (settled[index]) _settle(f, record, head);
        }
        // Callbacks come last, so that none runs before all requests are settled.
        for (uint256 index; index < fs.length; ++index) {
            if (settled[index]) _callBack(fs[index].requestId, fs[index].output);
        }
    }

    /// @inheritdoc IInferenceMarket
    function fulfilBatch(Batch calldata b) external nonReentrant returns (bool[] memory settled) {
        Tally memory tally = _tally(b.modelId);
        uint256 count = Batches.count(b.parts);
        if (count == 0 || count > b.size) revert BatchCount(count, b.size);
        settled = new bool[](count);
        uint256 earned_ = _settleParts(b, tally, settled);
        if (tally.settled == 0) revert NothingToSettle();
        // The check of the proof is what a batch costs most for. So it comes after this.
        if (earned_ < b.leastEarned) revert TooLittleEarned(earned_, b.leastEarned);
        _requireAnswers(b, count);
        _book(tally);
        if (tally.hasCallbacks) _callBackParts(b, settled);
    }

    /// @inheritdoc IInferenceMarket
    function refund(bytes32 requestId) external nonReentrant {
        Record storage record = _records[requestId];
        Head memory head = record.head;
        if (head.state != State.Open) revert NotOpen(requestId, head.state);
        if (block.timestamp <= head.deadline) revert DeadlineNotPassed(head.deadline);
        record.head.state = State.Refunded;
        _forfeitBond(requestId, record, head);
        address customer = record.customer;
        _credits[customer] += head.fee;
        emit Refunded(requestId, customer, head.fee);
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
        Listed storage terms = _listings[modelId];
        return
            Listing({
                holders: terms.holders, holdersBps: terms.holdersBps, settled: terms.settled, earned: terms.earned
            });
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
        return _records[requestId].toRequest(_models);
    }

    /// @inheritdoc IInferenceMarket
    function nonceOf(address customer) external view returns (uint256) {
        return _nonces[customer];
    }

    /// @inheritdoc IInferenceMarket
    function context(bytes32 requestId, address payee) external view returns (bytes32) {
        Head memory head = _records[requestId].head;
        if (head.state == State.None) revert UnknownRequest(requestId);
        return _context(requestId, _models[head.model], payee, head.deadline);
    }

    /// @inheritdoc IInferenceMarket
    function batchContext(bytes32 modelId, uint256 size, Part[] calldata parts) external view returns (bytes32) {
        return Batches.context(modelId, size, parts);
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
        if (msg.value > type(uint88).max) revert FeeTooLarge(msg.value);
        uint88 fee = uint88(msg.value);
        // The nonce makes the id new, and the rest binds it to the terms. So even if blocks are dropped, an answer to this
        // id is never paid by the terms of another request.
        uint256 nonce = _nonces[msg.sender]++;
        requestId = keccak256(abi.encode(block.chainid, address(this), msg.sender, nonce, order, fee));
        _records[requestId].open(order, _listings[order.modelId].model, fee);
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

    /// @dev Settles a request that has no obstacle.
    function _settle(Fulfilment calldata f, Record storage record, Head memory head) private {
        Tally memory tally = _tally(_models[head.model]);
        bytes32 inputHash = record.content;
        _requireInput(inputHash, f.input);
        _requirePayee(f.payee);
        tally.payee = f.payee;
        bytes32 purpose = _context(f.requestId, tally.modelId, f.payee, head.deadline);
        REGISTRY.requireInference(tally.modelId, purpose, f.input, f.output, f.proof);
        uint256 owed = _conclude(tally, record, head, f.requestId, inputHash, f.output);
        _credits[f.payee] += owed;
        _book(tally);
    }

    /// @dev Settles the requests of a batch that have no obstacle. The proof is checked afterwards.
    /// @return earned_ What all payees get.
    function _settleParts(Batch calldata b, Tally memory tally, bool[] memory settled)
        private
        returns (uint256 earned_)
    {
        Cursor memory cursor = Cursor({
            inputs: Batches.split(b.inputs, settled.length),
            outputs: Batches.split(b.outputs, settled.length),
            index: 0,
            settled: settled
        });
        for (uint256 place; place < b.parts.length; ++place) {
            Part calldata part = b.parts[place];
            _requirePayee(part.payee);
            tally.payee = part.payee;
            // A bond that is forfeited meanwhile may be the payee's too. So its credit is read afterwards.
            uint256 owed = _settlePart(tally, cursor, part.requestIds);
            _credits[part.payee] += owed;
            earned_ += owed;
        }
    }

    /// @dev Settles the requests of one payee.
    /// @return owed What the payee gets.
    function _settlePart(Tally memory tally, Cursor memory cursor, bytes32[] calldata requestIds)
        private
        returns (uint256 owed)
    {
        // A batch is not longer than its calldata, and all fees together are ether that came in.
        unchecked {
            for (uint256 member; member < requestIds.length; ++member) {
                owed += _settleMember(tally, cursor, requestIds[member]);
                ++cursor.index;
            }
        }
    }

    /// @dev Settles a request of a batch, unless there is an obstacle.
    /// @return owed What the payee gets for it.
    function _settleMember(Tally memory tally, Cursor memory cursor, bytes32 requestId) private returns (uint256 owed) {
        bytes calldata input = cursor.inputs.take();
        bytes calldata output = cursor.outputs.take();
        Record storage record = _records[requestId];
        Head memory head = record.head;
        if (record.obstacle(head, requestId, tally.payee).length != 0) return 0;
        if (head.model != tally.model) revert OtherModel(requestId, _models[head.model]);
        bytes32 inputHash = record.content;
        _requireInput(inputHash, input);
        cursor.settled[cursor.index] = true;
        return _conclude(tally, record, head, requestId, inputHash, output);
    }

    /// @dev Records an answer, and shares its fee between payee and holders.
    /// @return owed What the payee gets: its share, and the bond of its lock.
    function _conclude(
        Tally memory tally,
        Record storage record,
        Head memory head,
        bytes32 requestId,
        bytes32 inputHash,
        bytes calldata output
    ) private returns (uint256 owed) {
        record.head.state = State.Fulfilled;
        record.content = Hashes.efficientKeccak256(inputHash, keccak256(output));
        // Only the operator of a running lock gets here.
        if (head.isLocked()) owed = _returnBond(requestId, record);
        else _forfeitBond(requestId, record, head);
        // A fee has 88 bits, and a share is at most the fee. So nothing overflows.
        unchecked {
            uint256 toHolders = uint256(head.fee) * tally.holdersBps / WHOLE;
            uint256 paid = head.fee - toHolders;
            owed += paid;
            ++tally.settled;
            tally.toHolders += toHolders;
            if (head.hasCallback) tally.hasCallbacks = true;
            // forge-lint: disable-next-item(unsafe-typecast)
            emit Fulfilled(
                requestId, tally.modelId, tally.payee, inputHash, output, uint88(paid), uint88(toHolders), msg.sender
            );
        }
    }

    /// @dev Books what was settled for a model.
    function _book(Tally memory tally) private {
        Listed storage terms = _listings[tally.modelId];
        terms.settled += SafeCast.toUint48(tally.settled);
        terms.earned += SafeCast.toUint128(tally.toHolders);
        _credits[terms.holders] += tally.toHolders;
    }

    /// @dev Ends a lock in time: its operator gets the bond.
    function _returnBond(bytes32 requestId, Record storage record) private returns (uint128 bond) {
        bond = record.bond;
        emit BondReturned(requestId, record.lockedBy, bond);
        (record.lockedBy, record.head.lockedUntil) = (address(0), 0);
    }

    /// @dev Ends a lock that ran out, if there is one: the customer gets the bond.
    function _forfeitBond(bytes32 requestId, Record storage record, Head memory head) private {
        if (head.lockedUntil == 0) return;
        (address operator, address customer, uint128 bond) = (record.lockedBy, record.customer, record.bond);
        (record.lockedBy, record.head.lockedUntil) = (address(0), 0);
        _credits[customer] += bond;
        emit BondForfeited(requestId, operator, customer, bond);
    }

    function _withdraw(address account, address payable to) private {
        uint256 amount = _credits[account];
        if (amount == 0) revert NothingToWithdraw(account);
        _credits[account] = 0;
        emit Withdrawn(account, to, amount);
        Address.sendValue(to, amount);
    }

    /// @dev The callbacks of what a batch has settled.
    function _callBackParts(Batch calldata b, bool[] memory settled) private {
        Items memory outputs = Batches.split(b.outputs, settled.length);
        uint256 index;
        for (uint256 place; place < b.parts.length; ++place) {
            bytes32[] calldata requestIds = b.parts[place].requestIds;
            for (uint256 member; member < requestIds.length; ++member) {
                bytes calldata output = outputs.take();
                if (settled[index]) _callBack(requestIds[member], output);
                ++index;
            }
        }
    }

    /// @dev Gives the output to the callback, with all the ordered gas, so that the submitter cannot make it fail. The
    /// market only records a failure.
    function _callBack(bytes32 requestId, bytes calldata output) private {
        Record storage record = _records[requestId];
        Head memory head = record.head;
        if (!head.hasCallback) return;
        (address target, uint256 needed) = (record.callback, record.callbackGas);
        bytes memory message = abi.encodeCall(IInferenceCallback.onInference, (requestId, _models[head.model], output));
        uint256 given = CappedCall.givable(gasleft());
        if (given < needed) revert CallbackGas(needed, given);
        if (!CappedCall.tryCall(target, needed, message)) emit CallbackFailed(requestId, target);
    }

    /// @dev The proof is about as many inputs as its key takes. What no request asked for is a copy of the last.
    function _requireAnswers(Batch calldata b, uint256 count) private view {
        REGISTRY.requireBatchInference(
            b.modelId,
            b.size,
            Batches.context(b.modelId, b.size, b.parts),
            Batches.fill(b.inputs, count, b.size),
            Batches.fill(b.outputs, count, b.size),
            b.proof
        );
    }

    /// @dev Nothing is settled yet for this model.
    function _tally(bytes32 modelId) private view returns (Tally memory tally) {
        Listed storage terms = _listings[modelId];
        if (terms.holders == address(0)) revert NotListed(modelId);
        (tally.modelId, tally.model, tally.holdersBps) = (modelId, terms.model, terms.holdersBps);
    }

    function _requireTerms(Order calldata order) private view {
        if (!_isListed(order.modelId)) revert NotListed(order.modelId);
        if (order.deadline < block.timestamp) revert DeadlinePassed(order.deadline);
        uint256 latest = block.timestamp + MAX_DURATION;
        if (order.deadline > latest) revert DeadlineTooFar(order.deadline, latest);
        if ((order.bond == 0) != (order.lockSeconds == 0)) revert LockTermsInvalid(order.bond, order.lockSeconds);
        if (order.bond > type(uint88).max) revert BondTooLarge(order.bond);
        bool hasCallback = order.callback != address(0);
        if (hasCallback != (order.callbackGas != 0) || order.callbackGas > MAX_CALLBACK_GAS) {
            revert CallbackTermsInvalid(order.callback, order.callbackGas);
        }
    }

    function _isListed(bytes32 modelId) private view returns (bool) {
        return _listings[modelId].holders != address(0);
    }

    function _context(bytes32 requestId, bytes32 modelId, address payee, uint64 deadline)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), requestId, modelId, payee, deadline));
    }

    function _requirePayee(address payee) private view {
        if (payee == address(0) || payee == address(this)) revert PayeeInvalid(payee);
    }

    function _requireInput(bytes32 expected, bytes calldata input) private pure {
        bytes32 found = keccak256(input);
        if (found != expected) revert InputMismatch(expected, found);
    }

    function _requireNone(bytes memory obstacle) private pure {
        if (obstacle.length != 0) LowLevelCall.bubbleRevert(obstacle);
    }
}
