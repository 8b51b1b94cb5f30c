// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "./IInferenceMarket.sol";
import {IMilestone} from "./IMilestone.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IModelToken} from "./IModelToken.sol";

/// @title Initial model offering
/// @notice Sells a fixed supply of a model's token for ether, once. It pays the proceeds to the model's team in tranches. A
/// tranche is due when the token's holders have earned enough from proven inferences, or a milestone is reached, or both.
/// @dev Nobody owns an offering. Its terms are fixed when it is created, and anyone can take every step.
///
///     Pending     before `opens`
///     Open        from `opens` until before `closes`: {buy}
///     Failed      from `closes` on, if less than the minimum was raised: {refund} of all, for good
///     Succeeded   from `closes` on otherwise: {claim}, {release}, {forfeit}, {refund} of the excess and of what is forfeited
///
/// The raised sum cannot change after `closes`, so the final state cannot change either.
interface IInitialModelOffering {
    /// @notice The terms of an offering.
    struct Terms {
        /// Where the model is registered.
        IModelRegistry registry;
        /// The market whose fees the token shares.
        IInferenceMarket market;
        /// The model. Its registrant lists the token in the market.
        bytes32 modelId;
        /// The digest of the model's settlement key. Buyers compare it with the one that they derived. The id covers it
        /// too.
        bytes32 keyDigest;
        /// The token's name and symbol.
        string name;
        string symbol;
        /// The account that gets the proceeds, and the tokens that are not for sale.
        address payable team;
        /// The tokens for sale, and the tokens that the team gets if the sale succeeds. Both are in units of 10^-18 token,
        /// and together fewer than 2^95.
        uint128 tokensForSale;
        uint128 tokensForTeam;
        /// The price of a whole token, of 10^18 units, in wei. `tokensForSale` has to cost whole wei.
        uint128 price;
        /// The least sum that must be raised, in wei.
        uint128 minimum;
        /// The times when the sale begins and ends.
        uint64 opens;
        uint64 closes;
        /// The share of each fee, in hundredths of a percent, with which the market lists the token.
        uint16 holdersBps;
        /// How the proceeds are paid.
        Tranche[] tranches;
    }

    /// @notice A part of the proceeds, and its conditions. There must be at least one condition. If there are two, both
    /// must hold.
    struct Tranche {
        /// The part, in hundredths of a percent.
        uint16 bps;
        /// The least sum that the market must have credited to the token's holders since the sale was finalised, in wei. 0
        /// for no such condition.
        uint128 earned;
        /// The milestone that must be reached. 0 for no such condition.
        IMilestone milestone;
        /// The last second for {release}. After it the part goes back to the buyers.
        uint64 expires;
    }

    enum State {
        Pending,
        Open,
        Failed,
        Succeeded
    }

    enum TrancheState {
        Locked,
        Released,
        Forfeited
    }

    /// @notice An offering was created. It sells nothing before the market lists its token.
    event OfferingCreated(
        bytes32 indexed modelId, address indexed token, bytes32 indexed keyDigest, bytes32 termsDigest
    );

    /// @notice Somebody paid for tokens.
    /// @param raised The sum of all payments, including this one.
    event Bought(address indexed buyer, uint256 amount, uint256 raised);

    /// @notice The sale is over, and its tokens can move. If it failed, nothing is sold, and the team gets all tokens.
    /// @param earnedBefore The holders' credits until then. They count for no tranche.
    event Finalised(State state, uint256 raised, uint256 proceeds, uint256 sold, uint256 earnedBefore);

    /// @notice A buyer got its tokens.
    /// @param repaid The ether that was paid back with the tokens. 0 if none was due, or if the buyer refused it.
    event Claimed(address indexed buyer, uint256 tokens, uint256 repaid);

    /// @notice A buyer got ether back. After a failed sale it is everything. Otherwise it is the excess above the cap, and
    /// a part of forfeited tranches.
    event RefundClaimed(address indexed buyer, address indexed to, uint256 amount);

    /// @notice The team was paid a tranche.
    event TrancheReleased(uint256 indexed tranche, address indexed team, uint256 amount);

    /// @notice A tranche goes back to the buyers.
    event TrancheForfeited(uint256 indexed tranche, uint256 amount);

    /// @notice The model's settlement key is not that of the terms.
    error OtherKey(bytes32 expected, bytes32 found);

    /// @notice Nobody has shown that the registrant has the model: see {IModelRegistry-provePossession}.
    error PossessionUnproven(bytes32 modelId);

    /// @notice The market uses another registry.
    error MarketOfAnotherRegistry(IModelRegistry registry);

    /// @notice The team is the address 0, or a contract of the offering.
    error TeamInvalid(address team);

    /// @notice There are no tokens for sale, or their price is 0.
    error NothingForSale();

    /// @notice `tokensForSale` does not cost a whole number of wei.
    error CapNotWhole(uint256 remainder);

    /// @notice The minimum buys nothing, or is more than the cap.
    error MinimumOutOfRange(uint256 minimum, uint256 cap);

    /// @notice The sale ends before it begins, is over already, or ends later than an offering may.
    error ScheduleInvalid(uint256 opens, uint256 closes);

    /// @notice The holders' share is nothing, or more than everything.
    error HoldersShareOutOfRange(uint256 holdersBps);

    /// @notice There are no tranches, or too many.
    error TrancheCountOutOfRange(uint256 count);

    /// @notice The tranches do not add up to the whole proceeds.
    error TranchesNotWhole(uint256 sumOfBps);

    /// @notice A tranche has no part of the proceeds.
    error TrancheEmpty(uint256 tranche);

    /// @notice A tranche has no condition. Proceeds are paid only for proven inferences or milestones.
    error TrancheUnconditional(uint256 tranche);

    /// @notice A tranche expires before the sale is over, or later than one may.
    error TrancheExpiryOutOfRange(uint256 tranche, uint256 expires);

    /// @notice This is not possible in the present state.
    error WrongState(State found);

    /// @notice The market does not list the token by the terms, so fees would miss it. The arguments are what the market
    /// lists.
    error NotListed(address holders, uint256 holdersBps);

    /// @notice The buyer expects other terms than these.
    error OtherTerms(bytes32 expected, bytes32 found);

    /// @notice A purchase of nothing.
    error NothingPaid();

    /// @notice The account bought no tokens, or has them already.
    error NothingToClaim(address buyer);

    /// @notice There is nothing to pay back to the account, or not yet: see {refundable}.
    error NothingToRefund(address buyer);

    /// @notice The account's payment above the cap is bound until then.
    error ExcessBound(address buyer, uint256 until);

    /// @notice There is no such tranche.
    error TrancheUnknown(uint256 tranche);

    /// @notice The tranche was paid to the team, or went back to the buyers already.
    error TrancheSettled(uint256 tranche, TrancheState found);

    /// @notice The tranche's conditions don't hold.
    error TrancheNotReached(uint256 tranche);

    /// @notice The tranche has expired, and belongs to the buyers.
    error TrancheExpired(uint256 tranche, uint256 expires);

    /// @notice The tranche has not expired.
    error TrancheNotExpired(uint256 tranche, uint256 expires);

    /// @notice Pays for tokens, while the sale is open. Payments of an account add up. Above the cap, every buyer gets the
    /// same part of the tokens that it paid for, and the rest of its payment back. Reverts if the market does not list the
    /// token by the terms.
    /// @dev An address from CREATE is not bound to terms. If blocks are dropped, its deployer can put another offering
    /// there. So a buyer names the terms that it has read. A contract that is no offering could ignore them and keep the
    /// ether. To exclude that, compute the address from the terms and the offering's creation code.
    /// @param expected The {termsDigest} of the terms that the buyer accepts.
    function buy(bytes32 expected) external payable;

    /// @notice Gives a buyer its tokens after a successful sale, and pays back what is {refundable}, unless the buyer
    /// refuses it. Anyone may call. A buyer that claims late loses no revenue.
    function claim(address buyer) external;

    /// @notice Pays back to a buyer what is {refundable}. Anyone may call. After a failed sale that is everything, without
    /// a time limit. After a successful sale it is the excess, once it is no longer bound, and a part of each forfeited
    /// tranche.
    function refund(address buyer) external;

    /// @notice The same for the caller, to an account of its choice. A contract that takes no ether needs this.
    function refundTo(address payable to) external;

    /// @notice Opens the token when the sale is over, and begins to count the holders' earnings. It destroys the unsold
    /// tokens and gives the team its tokens. After a failed sale the team gets all tokens. Anyone may call. {claim} does
    /// this if nobody has.
    function finalise() external;

    /// @notice Pays a tranche to the team, if its conditions hold and it has not expired. Anyone may call.
    function release(uint256 tranche) external;

    /// @notice Returns an expired tranche to the buyers, by what they paid. Anyone may call.
    function forfeit(uint256 tranche) external;

    /// @notice The terms.
    function terms() external view returns (Terms memory);

    /// @notice `keccak256(abi.encode(terms()))`.
    function termsDigest() external view returns (bytes32);

    /// @notice The token, which the offering created.
    function token() external view returns (IModelToken);

    /// @notice The price of all tokens for sale, in wei.
    function cap() external view returns (uint256);

    /// @notice The sum of all payments, in wei, including the excess above the cap.
    function raised() external view returns (uint256);

    /// @notice The part of it that is paid in tranches: everything up to the cap.
    function proceeds() external view returns (uint256);

    /// @notice The state of the offering.
    function state() external view returns (State);

    /// @notice The sum of an account's payments, in wei. Claims and refunds do not change it.
    function contributionOf(address buyer) external view returns (uint256);

    /// @notice The tokens that an account gets for its payments, and the ether that it gets back, whether it has them or
    /// not. While the sale is open, the answer assumes that it closed now and the minimum were met.
    function allocationOf(address buyer) external view returns (uint256 tokens, uint256 excess);

    /// @notice Whether a buyer has its tokens.
    function hasClaimed(address buyer) external view returns (bool);

    /// @notice The amount that {refund} would pay back to a buyer now, in wei.
    function refundable(address buyer) external view returns (uint256);

    /// @notice The amount that was paid back to a buyer, in wei.
    function repaidTo(address buyer) external view returns (uint256);

    /// @notice The time from which the excess of a buyer can be paid back. It is the last purchase plus the duration of the
    /// sale, at most 30 days, and not before the end of the sale.
    function excessFrom(address buyer) external view returns (uint256);

    /// @notice Whether the token is open.
    function isFinalised() external view returns (bool);

    /// @notice The sold tokens. While the sale is open, the answer assumes that it closed now and the minimum were met.
    function sold() external view returns (uint256);

    /// @notice The credits of the token's holders at the market since the sale was finalised, in wei.
    function earnedSinceClose() external view returns (uint256);

    /// @notice The sum of the tranches that went back to the buyers.
    function forfeited() external view returns (uint256);

    /// @notice How many tranches there are.
    function trancheCount() external view returns (uint256);

    /// @notice The state of a tranche, and its amount in wei, from the present proceeds.
    function trancheOf(uint256 tranche) external view returns (TrancheState found, uint256 amount);

    /// @notice Whether a tranche's conditions hold. A milestone that reverts, gives an invalid answer or takes too much gas
    /// is not reached.
    function isReached(uint256 tranche) external view returns (bool);
}
