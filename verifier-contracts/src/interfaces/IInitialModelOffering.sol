// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInferenceMarket} from "./IInferenceMarket.sol";
import {IMilestone} from "./IMilestone.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IModelToken} from "./IModelToken.sol";

/// @title Initial model offering
/// @notice Sells a fixed supply of a model's token for ether, once, and pays the proceeds to the model's team in tranches as
/// the token's holders earn from proven inferences and milestones are reached.
/// @dev Nobody owns an offering: its terms are fixed when it is created, and every step is anyone's to take.
///
///     Pending     before `opens`
///     Open        from `opens` until before `closes`: {buy}
///     Failed      from `closes` on, if less than the minimum was raised: {refund} of all, for good
///     Succeeded   from `closes` on otherwise: {claim}, {release}, {forfeit}, {refund} of the excess and of what is forfeited
///
/// What is raised can't change after `closes`, so neither can the last state.
interface IInitialModelOffering {
    /// @notice What holds for an offering.
    struct Terms {
        /// Where the model is registered.
        IModelRegistry registry;
        /// The market whose fees the token shares.
        IInferenceMarket market;
        /// The model. Its registrant lists the token in the market.
        bytes32 modelId;
        /// The digest of the model's settlement key, which buyers compare with what they derived. The id covers it too.
        bytes32 keyDigest;
        /// The token's name and symbol.
        string name;
        string symbol;
        /// Who gets the proceeds, and the tokens that are not for sale.
        address payable team;
        /// The tokens for sale, and those that the team gets if the sale succeeds; in units of 10^-18 token, and together
        /// fewer than 2^95.
        uint128 tokensForSale;
        uint128 tokensForTeam;
        /// The price of a whole token, of 10^18 units, in wei. `tokensForSale` has to cost whole wei.
        uint128 price;
        /// What has to be raised at least, in wei.
        uint128 minimum;
        /// When the sale begins, and when it is over.
        uint64 opens;
        uint64 closes;
        /// The share of each fee, in hundredths of a percent, by which the market lists the token.
        uint16 holdersBps;
        /// How the proceeds are paid.
        Tranche[] tranches;
    }

    /// @notice A part of the proceeds, and what it depends on. With both conditions, both have to hold; one there must be.
    struct Tranche {
        /// The part, in hundredths of a percent.
        uint16 bps;
        /// So much the market has to have credited to the token's holders since the sale was finalised, in wei. 0 if it
        /// doesn't depend on that.
        uint128 earned;
        /// This has to say that it is reached. 0 if it doesn't depend on that.
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

    /// @notice There is an offering. Nothing is sold before the market lists its token.
    event OfferingCreated(
        bytes32 indexed modelId, address indexed token, bytes32 indexed keyDigest, bytes32 termsDigest
    );

    /// @notice Somebody paid for tokens.
    /// @param raised What has been paid by all, with this.
    event Bought(address indexed buyer, uint256 amount, uint256 raised);

    /// @notice The sale is over, and its tokens can move. If it failed, nothing is sold, and all tokens are the team's.
    /// @param earnedBefore What the holders had been credited by then, which counts for no tranche.
    event Finalised(State state, uint256 raised, uint256 proceeds, uint256 sold, uint256 earnedBefore);

    /// @notice A buyer got its tokens.
    /// @param repaid The ether that was paid back with them: 0 if there was none yet, or if the buyer refused it.
    event Claimed(address indexed buyer, uint256 tokens, uint256 repaid);

    /// @notice A buyer got ether back: everything if the sale failed, else what exceeds its share of the cap, and its part
    /// of what is forfeited.
    event RefundClaimed(address indexed buyer, address indexed to, uint256 amount);

    /// @notice The team was paid a tranche.
    event TrancheReleased(uint256 indexed tranche, address indexed team, uint256 amount);

    /// @notice A tranche goes back to the buyers.
    event TrancheForfeited(uint256 indexed tranche, uint256 amount);

    /// @notice The model has another settlement key than the terms say.
    error OtherKey(bytes32 expected, bytes32 found);

    /// @notice Nobody has shown that the registrant has the model: see {IModelRegistry-provePossession}.
    error PossessionUnproven(bytes32 modelId);

    /// @notice The market's models are of another registry.
    error MarketOfAnotherRegistry(IModelRegistry registry);

    /// @notice The team is nobody, or a contract of the offering.
    error TeamInvalid(address team);

    /// @notice Nothing is for sale, or for nothing.
    error NothingForSale();

    /// @notice `tokensForSale` times `price` is no whole number of wei.
    error CapNotWhole(uint256 remainder);

    /// @notice The minimum buys nothing, or is more than the cap.
    error MinimumOutOfRange(uint256 minimum, uint256 cap);

    /// @notice The sale ends before it begins, is over already, or ends later than an offering may.
    error ScheduleInvalid(uint256 opens, uint256 closes);

    /// @notice The holders' share is nothing, or more than everything.
    error HoldersShareOutOfRange(uint256 holdersBps);

    /// @notice There are no tranches, or too many.
    error TrancheCountOutOfRange(uint256 count);

    /// @notice The tranches are not all of the proceeds, or more.
    error TranchesNotWhole(uint256 sumOfBps);

    /// @notice A tranche is of nothing.
    error TrancheEmpty(uint256 tranche);

    /// @notice A tranche depends on nothing. Proceeds are paid for proven inferences or milestones only.
    error TrancheUnconditional(uint256 tranche);

    /// @notice A tranche expires before the sale is over, or later than one may.
    error TrancheExpiryOutOfRange(uint256 tranche, uint256 expires);

    /// @notice This can't be done in the present state.
    error WrongState(State found);

    /// @notice The market doesn't list the token by the terms, so no fee would reach it. Here is what it has.
    error NotListed(address holders, uint256 holdersBps);

    /// @notice The buyer expects other terms than these.
    error OtherTerms(bytes32 expected, bytes32 found);

    /// @notice A purchase of nothing.
    error NothingPaid();

    /// @notice The account bought no tokens, or has them already.
    error NothingToClaim(address buyer);

    /// @notice There is nothing to pay back to the account, or not yet: see {refundable}.
    error NothingToRefund(address buyer);

    /// @notice What the account paid above the cap is bound until then.
    error ExcessBound(address buyer, uint256 until);

    /// @notice There is no such tranche.
    error TrancheUnknown(uint256 tranche);

    /// @notice The tranche was paid to the team, or went back to the buyers already.
    error TrancheSettled(uint256 tranche, TrancheState found);

    /// @notice The tranche's conditions don't hold.
    error TrancheNotReached(uint256 tranche);

    /// @notice The tranche is expired, and the buyers'.
    error TrancheExpired(uint256 tranche, uint256 expires);

    /// @notice The tranche isn't expired.
    error TrancheNotExpired(uint256 tranche, uint256 expires);

    /// @notice Pays for tokens, while the sale is open. Payments of an account add up. Above the cap everybody gets the same
    /// part of what it paid for, and the rest of its payment back. Reverts if the market doesn't list the token by the terms.
    /// @dev An address that was not made by CREATE2 is not bound to terms: when blocks are dropped, its deployer can put
    /// another offering there. So a buyer says what it has read. What is no offering at all takes what it gets, whatever it
    /// is told: against that helps only to compute the address from the terms and the offering's creation code.
    /// @param expected The {termsDigest} of the terms that the buyer accepts.
    function buy(bytes32 expected) external payable;

    /// @notice Hands a buyer its tokens after a successful sale, and pays back what is {refundable} if it takes it; anyone may
    /// call. A buyer that claims late loses no revenue.
    function claim(address buyer) external;

    /// @notice Pays back to a buyer what is {refundable}; anyone may call. After a failed sale that is everything, for good;
    /// after a successful one the excess, once it isn't bound any more, and its part of each forfeited tranche.
    function refund(address buyer) external;

    /// @notice The same for the caller, to an account of its choice, as for a contract that takes no ether.
    function refundTo(address payable to) external;

    /// @notice Opens the token when the sale is over, and begins to count what its holders earn: destroys what was not sold, and hands the team its tokens. After a
    /// failed sale all tokens are the team's. {claim} does this if nobody has; anyone may call.
    function finalise() external;

    /// @notice Pays a tranche to the team, if its conditions hold and it isn't expired; anyone may call.
    function release(uint256 tranche) external;

    /// @notice Has an expired tranche go back to the buyers, by what they paid; anyone may call.
    function forfeit(uint256 tranche) external;

    /// @notice The terms.
    function terms() external view returns (Terms memory);

    /// @notice `keccak256(abi.encode(terms()))`.
    function termsDigest() external view returns (bytes32);

    /// @notice The token, which the offering created.
    function token() external view returns (IModelToken);

    /// @notice What all tokens for sale cost, in wei.
    function cap() external view returns (uint256);

    /// @notice What was paid by all, in wei, with what exceeds the cap.
    function raised() external view returns (uint256);

    /// @notice What of it is paid in tranches: all up to the cap.
    function proceeds() external view returns (uint256);

    /// @notice Where the offering is.
    function state() external view returns (State);

    /// @notice What an account paid in all, in wei. It stays when it is claimed or refunded.
    function contributionOf(address buyer) external view returns (uint256);

    /// @notice What an account gets for what it paid, whether or not it has it: tokens, and ether that goes back. While the
    /// sale is open, this is what it would be if it closed now and the minimum were met.
    function allocationOf(address buyer) external view returns (uint256 tokens, uint256 excess);

    /// @notice Whether a buyer has its tokens.
    function hasClaimed(address buyer) external view returns (bool);

    /// @notice What {refund} would pay back to a buyer now.
    function refundable(address buyer) external view returns (uint256);

    /// @notice What was paid back to a buyer.
    function repaidTo(address buyer) external view returns (uint256);

    /// @notice From when on the excess of a buyer can be paid back: as long after its last purchase as the sale takes, at most
    /// 30 days, and not before it is over.
    function excessFrom(address buyer) external view returns (uint256);

    /// @notice Whether the token is open.
    function isFinalised() external view returns (bool);

    /// @notice The tokens that are sold, or would be if the sale closed now and the minimum were met.
    function sold() external view returns (uint256);

    /// @notice What the market has credited to the token's holders since the sale was finalised, in wei.
    function earnedSinceClose() external view returns (uint256);

    /// @notice The sum of the tranches that went back to the buyers.
    function forfeited() external view returns (uint256);

    /// @notice How many tranches there are.
    function trancheCount() external view returns (uint256);

    /// @notice Where a tranche is, and what is paid for it in wei, of the proceeds as they are.
    function trancheOf(uint256 tranche) external view returns (TrancheState found, uint256 amount);

    /// @notice Whether a tranche's conditions hold. A milestone that reverts, answers garbage or takes too much gas is not
    /// reached.
    function isReached(uint256 tranche) external view returns (bool);
}
