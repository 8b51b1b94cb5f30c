// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "./IModelRegistry.sol";

/// @title A receiver of answers
/// @notice Implemented by contracts that ask for inferences and want to act on the answers.
interface IInferenceCallback {
    /// @notice A request was fulfilled with this output.
    /// @dev The market calls it after everything else, with the ordered gas. Check that the sender is the market and that
    /// the request is yours: anyone can order an inference with your contract as its callback. If the call fails, the
    /// request stays fulfilled and there is no second call. The market cannot be re-entered during the call.
    function onInference(bytes32 requestId, bytes32 modelId, bytes calldata output) external;
}

/// @title A market of proven inferences
/// @notice A customer pays a fee for an answer of a registered model. Whoever proves the answer before the deadline gets
/// the fee, less the part of the holders of the model's token. If nobody does, the customer gets the fee back.
/// @dev A request moves in one direction: None, Open, then either Fulfilled or Refunded. Its model, fee, deadline and all
/// other terms are fixed when it is made. Nobody owns the market, and nothing can be paused.
///
/// Inputs, outputs and proofs are public once they are sent, even in a transaction that fails or waits. So an operator
/// should know:
///   - A proof is for one request and one payee ({context}). So a copy of it pays the same payee.
///   - Without locks (`bond` is 0), only another operator with its own proof can be faster.
///   - If locks are offered, lock before you show the answer. Otherwise somebody can read the answer and place a lock
///     before your fulfilment, which then reverts. The customer could do that at no cost.
///   - Lock only requests that you can answer. There may be no input with the ordered hash, or none that the model takes.
///     The customer would get the bond.
///   - Look at `callback` and `callbackGas`. The submitter pays for the callback.
///   - A batch loses only the requests that cannot be fulfilled any more. Simulate it just before you send it.
///
/// All payments are credits, which accounts withdraw. A refund is the whole fee. The market and the model keep nothing.
interface IInferenceMarket {
    /// @notice The state of a request. A lock is a property of an open request.
    enum State {
        None,
        Open,
        Fulfilled,
        Refunded
    }

    /// @notice How a model's fees are shared.
    struct Listing {
        /// The account that gets a part of each fee: the model's token. It is not 0 if the model is listed.
        address holders;
        /// That part, in ten-thousandths.
        uint16 holdersBps;
        /// The number of fulfilled requests for the model, for any fee.
        uint64 settled;
        /// What the holders have been credited in all, in wei.
        uint128 earned;
    }

    /// @notice An order of a customer.
    struct Order {
        /// The model, which has to be listed.
        bytes32 modelId;
        /// keccak256 of the input.
        bytes32 inputHash;
        /// The last second in which the request can be fulfilled.
        uint64 deadline;
        /// The bond, in wei, of at most 88 bits. An operator that locks and does not deliver in time loses it. 0 if locks are
        /// not offered.
        uint128 bond;
        /// How long a lock holds. 0 if and only if `bond` is.
        uint32 lockSeconds;
        /// An {IInferenceCallback} that gets the answer, or 0.
        address callback;
        /// The gas for the callback, at most MAX_CALLBACK_GAS; 0 if there is none.
        uint32 callbackGas;
    }

    /// @notice The record of a request.
    struct Request {
        bytes32 modelId;
        /// keccak256 of the input; 0 once the request is fulfilled.
        bytes32 inputHash;
        address customer;
        uint128 fee;
        uint128 bond;
        uint64 deadline;
        uint32 lockSeconds;
        address callback;
        uint32 callbackGas;
        State state;
        /// The operator of the last lock whose bond was not credited yet, or 0. The lock may have run out.
        address lockedBy;
        /// The last second of that lock.
        uint64 lockedUntil;
        /// keccak256(abi.encode(keccak256(input), keccak256(output))) once the request is fulfilled, and 0 before.
        bytes32 answerHash;
    }

    /// @notice An answer with its proof.
    struct Fulfilment {
        bytes32 requestId;
        /// The account that is paid. The proof must be made for it.
        address payee;
        bytes input;
        bytes output;
        bytes proof;
    }

    /// @notice Requests of a batch that pay the same account, in the order of the batch.
    struct Part {
        /// The account that is paid. The proof must be made for it.
        address payee;
        bytes32[] requestIds;
    }

    /// @notice Answers of one model with one proof.
    struct Batch {
        bytes32 modelId;
        /// The number of inputs that the proof is about: the size of a recorded key ({IModelRegistry.addBatchKey}).
        uint256 size;
        /// The requests: at least one, and at most `size`.
        Part[] parts;
        /// Their inputs, one behind the other. The market fills up with copies of the last one.
        bytes inputs;
        /// Their outputs in the same order. The market fills up with copies of the last one.
        bytes outputs;
        bytes proof;
        /// What the payees must get by this call, in wei: their shares of the fees, and the bonds of their locks. If others
        /// have settled too many of the requests, the call reverts before the proof is checked. The proof does not cover this
        /// amount: the submitter chooses it. 0 asks for nothing.
        uint256 leastEarned;
    }

    /// @notice A model has been listed.
    event ModelListed(bytes32 indexed modelId, address holders, uint16 holdersBps);

    /// @notice An inference has been ordered and paid for.
    /// @dev The event has everything that the id follows from.
    /// @param nonce The number of earlier requests of the customer.
    event Requested(
        bytes32 indexed requestId,
        bytes32 indexed modelId,
        address indexed customer,
        uint256 nonce,
        bytes32 inputHash,
        uint128 fee,
        uint128 bond,
        uint64 deadline,
        uint32 lockSeconds,
        address callback,
        uint32 callbackGas
    );

    /// @notice The input of a request. Without this event, the customer hands it out in another way.
    event InputPublished(bytes32 indexed requestId, bytes input);

    /// @notice A request has been locked.
    event Locked(bytes32 indexed requestId, address indexed operator, uint64 until);

    /// @notice A request has been answered, the answer proven, and the fee credited.
    event Fulfilled(
        bytes32 indexed requestId,
        bytes32 indexed modelId,
        address indexed payee,
        bytes32 inputHash,
        bytes output,
        uint128 paid,
        uint128 toHolders,
        address submitter
    );

    /// @notice A request has run out, and the fee has been credited to the customer.
    event Refunded(bytes32 indexed requestId, address indexed customer, uint128 amount);

    /// @notice A bond has been credited to its operator, which delivered in time.
    event BondReturned(bytes32 indexed requestId, address indexed operator, uint128 amount);

    /// @notice A bond has been credited to the customer, since its operator did not deliver in time.
    event BondForfeited(bytes32 indexed requestId, address indexed operator, address customer, uint128 amount);

    /// @notice A credit has been paid out.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice A request was fulfilled, and its callback failed.
    event CallbackFailed(bytes32 indexed requestId, address indexed callback);

    /// @notice There is no code at the registry's address.
    error RegistryMissing(address registry);

    /// @notice Only the registrant of a model may list it.
    error NotRegistrant(bytes32 modelId, address registrant);

    /// @notice The model is listed already.
    error AlreadyListed(bytes32 modelId);

    /// @notice The holders' account is 0 or the market.
    error HoldersInvalid(address holders);

    /// @notice More than the whole fee would go to the holders.
    error ShareTooLarge(uint16 holdersBps);

    /// @notice The model is not listed, so nothing can be ordered from it.
    error NotListed(bytes32 modelId);

    /// @notice The input is not the one that was ordered.
    error InputMismatch(bytes32 expected, bytes32 found);

    /// @notice The fee has more than 88 bits.
    error FeeTooLarge(uint256 fee);

    /// @notice The bond has more than 88 bits.
    error BondTooLarge(uint128 bond);

    /// @notice A request can stay open for MAX_DURATION seconds.
    error DeadlineTooFar(uint64 deadline, uint256 latest);

    /// @notice The order has a bond but no time for a lock, or the other way round.
    error LockTermsInvalid(uint128 bond, uint32 lockSeconds);

    /// @notice The order has gas but no callback, or more than MAX_CALLBACK_GAS.
    error CallbackTermsInvalid(address callback, uint32 callbackGas);

    /// @notice There is no such request.
    error UnknownRequest(bytes32 requestId);

    /// @notice The request does not exist, or has been fulfilled or refunded.
    error NotOpen(bytes32 requestId, State state);

    /// @notice The deadline has passed.
    error DeadlinePassed(uint64 deadline);

    /// @notice The request cannot be refunded yet: it can still be fulfilled.
    error DeadlineNotPassed(uint64 deadline);

    /// @notice Somebody has the exclusive right to fulfil the request.
    error LockHeld(address operator, uint64 until);

    /// @notice The request does not offer locks.
    error LocksNotOffered(bytes32 requestId);

    /// @notice A lock costs exactly the bond.
    error WrongBond(uint128 expected, uint256 found);

    /// @notice The account to pay is 0 or the market.
    error PayeeInvalid(address payee);

    /// @notice The callback would get less gas than was ordered.
    error CallbackGas(uint256 needed, uint256 given);

    /// @notice A batch has between one request and its size.
    error BatchCount(uint256 count, uint256 size);

    /// @notice The inputs or the outputs of a batch do not have the same length.
    error BatchLength(uint256 length, uint256 count);

    /// @notice The request is for another model than the batch.
    error OtherModel(bytes32 requestId, bytes32 modelId);

    /// @notice No request of the batch can be fulfilled now.
    error NothingToSettle();

    /// @notice The payees would get less than the submitter asks for.
    error TooLittleEarned(uint256 earned, uint256 least);

    /// @notice Nothing is owed to the account.
    error NothingToWithdraw(address account);

    /// @notice Offers a model for requests, and fixes how its fees are shared. The registrant can do this once. It cannot
    /// be changed.
    /// @param holders The model's token, or another account that gets a part of each fee.
    /// @param holdersBps The part, in ten-thousandths. Amounts are rounded down to the wei.
    function list(bytes32 modelId, address holders, uint16 holdersBps) external;

    /// @notice Orders an inference with a public input. The value sent is the fee.
    function request(Order calldata order, bytes calldata input) external payable returns (bytes32 requestId);

    /// @notice Orders an inference with an input that operators get in another way. The value sent is the fee.
    /// @dev The input becomes public when the request is fulfilled. Operators that do not get the input cannot answer.
    function requestHashed(Order calldata order) external payable returns (bytes32 requestId);

    /// @notice Takes the exclusive right to fulfil a request, for lockSeconds or until the deadline. The value sent is the
    /// bond.
    /// @dev The operator gets the bond back if the request is fulfilled while the lock holds. In all other cases the
    /// customer gets it: when somebody locks the request again, when anyone fulfils it later, and when it is refunded. A
    /// lock cannot be prolonged. After it ran out, it can be taken again with another bond.
    function lock(bytes32 requestId) external payable;

    /// @notice Answers a request. The fee is credited to the payee and the holders.
    /// @dev Anyone may submit. The proof names the payee. While a lock holds, the payee must be the lock's operator.
    function fulfil(Fulfilment calldata f) external;

    /// @notice Answers several requests. It skips requests that are not open, have run out, or are locked by another
    /// operator. A wrong input or proof reverts all.
    /// @return settled Which requests this call has fulfilled.
    function fulfilMany(Fulfilment[] calldata fs) external returns (bool[] memory settled);

    /// @notice Answers several requests for one model with one proof. It skips the same requests as {fulfilMany}, although
    /// the proof is about them too. It reverts if it would skip all. A wrong input or proof reverts all.
    /// @dev Each answer has its own {Fulfilled} event, as if it had come alone. A payee is credited once for each part.
    /// @return settled Which requests this call has fulfilled, in the order of the batch.
    function fulfilBatch(Batch calldata b) external returns (bool[] memory settled);

    /// @notice Credits the fee to the customer, and a bond if there is one. Anyone may call, after the deadline.
    function refund(bytes32 requestId) external;

    /// @notice Pays an account its credit. Anyone may call. Reverts if the account refuses the payment.
    function withdraw(address payable account) external;

    /// @notice Pays the caller's credit to an account of its choice. A contract that takes no ether needs this.
    function withdrawTo(address payable to) external;

    /// @notice The registry, which has the models' records and checks proofs.
    function registry() external view returns (IModelRegistry);

    /// @notice How a model is listed; zeros if it is not.
    function listing(bytes32 modelId) external view returns (Listing memory);

    /// @notice How many requests for a model have been fulfilled.
    /// @dev Anyone can order and answer requests alone. So a number shows that fees were paid, not that there is demand.
    function settledCount(bytes32 modelId) external view returns (uint64);

    /// @notice What the holders of a model have been credited in all, in wei.
    /// @dev Whoever orders and answers alone pays this too. It goes to the holders, whoever they are.
    function earned(bytes32 modelId) external view returns (uint128);

    /// @notice A request. Zeros if it does not exist.
    function requestOf(bytes32 requestId) external view returns (Request memory);

    /// @notice How many requests a customer has made.
    function nonceOf(address customer) external view returns (uint256);

    /// @notice The context of a proof for a request and a payee.
    /// @dev keccak256(abi.encode(chain, market, requestId, modelId, payee, deadline)).
    function context(bytes32 requestId, address payee) external view returns (bytes32);

    /// @notice The context of a proof for a batch. It covers the order of the requests and the payee of each.
    /// @dev keccak256(abi.encode(bytes32("hallmark market batch 1"), chain, market, modelId, size, parts)). The ids cover the
    /// terms of the requests.
    function batchContext(bytes32 modelId, uint256 size, Part[] calldata parts) external view returns (bytes32);

    /// @notice The amount that an account can withdraw, in wei.
    function credit(address account) external view returns (uint256);
}
