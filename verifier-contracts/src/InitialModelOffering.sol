// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {IInitialModelOffering} from "./interfaces/IInitialModelOffering.sol";
import {IMilestone} from "./interfaces/IMilestone.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IModelToken} from "./interfaces/IModelToken.sol";
import {ModelToken} from "./ModelToken.sol";

/// @title Initial model offering
/// @notice Sells a model's token once, and pays the proceeds as the token's holders earn and milestones are reached.
/// @dev With T tokens for sale, the cap C = T * price / 10^18 wei, R raised in all, and c from one buyer:
///
///     tokens   = floor(c * T / max(R, C))
///     excess   = floor(c * (R - C) / R) above the cap, and 0 up to it
///     repaid   = floor(c * F / R) of F in forfeited tranches
///     sold     = floor(R * T / max(R, C)), the sum of all tokens or a bit more, never above T
///     proceeds = min(R, C)
///
/// The terms make C a whole number, so up to the cap the price is exact. The sum of all excesses and the proceeds is at
/// most R. The remainders of ether stay here: fewer wei than there are buyers and tranches. Rounding can leave sold tokens
/// that belong to no buyer: fewer units than there are buyers. They stay here too. Other ether and tokens that arrive here
/// do not count.
///
/// Above the cap, a buyer that pays more gets more, at the cost of the others. So everybody pays the same price per token,
/// and the order of purchases does not matter. Nobody should take most of a sale with ether that is bound for a moment. So
/// an excess stays bound after the last purchase for as long as the sale takes, at most for BINDING. A buyer in the last
/// second waits as long as a buyer in the first. After a failed sale nobody waits.
///
/// The team may buy like everybody. It gets its payment back if the tranches are released. So a met minimum shows that
/// somebody paid ether, not who.
///
/// A tranche depends on what the market has credited to the token's holders since the sale. The holders get this ether,
/// whoever orders and answers. So a team that pays for its own requests pays the other holders. Only the part of the team's
/// own tokens comes back to it, so buyers should look at that part. An expired tranche goes back to the buyers, by what
/// they paid. It does not go to the holders, since the team is one of them.
///
/// The token shares the fees for one model id. The registrant can register the same model again, under an id whose fees go
/// elsewhere, and send customers there. The tranches protect buyers against that.
///
/// Anyone can deploy an offering, for any model. It takes no payment before the model's registrant lists its token at the
/// market, which cannot be undone. An offering's code depends only on its terms and its own address. So if CREATE2 deploys
/// it, its address commits to its terms.
///
/// The team chooses the registry and the market. Buyers must check that both are genuine, as they must read the terms. They
/// must also check that the registry is not one for tests, where proofs show nothing. {buy} checks that all fees of a
/// genuine market reach the token.
///
/// If the sale fails, everybody gets everything back. That depends on no other contract. The market's listing stays, so
/// fees for the token's holders may still come in. The team then gets all tokens. It sold nothing, and without holders
/// these fees would be lost.
contract InitialModelOffering is ERC165, ReentrancyGuardTransient, IInitialModelOffering {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev The units of a whole token. The price is for a whole token.
    uint256 private constant WHOLE_TOKEN = 1e18;

    /// @dev All, in hundredths of a percent.
    uint256 private constant WHOLE_BPS = 10_000;

    /// @dev Far more than anybody needs. The limits refuse times in milliseconds.
    uint256 private constant MAX_SALE_TIME = 365 days;
    uint256 private constant MAX_TRANCHE_TIME = 3650 days;

    /// @dev The gas of a creation is enough for many times as many.
    uint256 private constant MAX_TRANCHES = 32;

    /// @dev Enough for any milestone that looks something up, and little enough to try. That it bounds what can be returned
    /// and copied, too, is why a milestone can't take all gas of {release} or of those who only ask.
    uint256 private constant MILESTONE_GAS = 500_000;

    /// @dev Long enough to cost something, and short enough for a mistaken beginning not to bind ether for years.
    uint256 private constant BINDING = 30 days;

    /// @dev What an account paid, when it did so last, and what it has got for it.
    struct Contribution {
        uint104 amount;
        uint104 repaid;
        uint40 lastAt;
        bool hasTokens;
    }

    /// @inheritdoc IInitialModelOffering
    IModelToken public immutable token;

    /// @inheritdoc IInitialModelOffering
    uint256 public immutable cap;

    /// @inheritdoc IInitialModelOffering
    bytes32 public immutable termsDigest;

    IModelRegistry private immutable REGISTRY;
    IInferenceMarket private immutable MARKET;
    bytes32 private immutable MODEL_ID;
    bytes32 private immutable KEY_DIGEST;
    address payable private immutable TEAM;
    uint128 private immutable TOKENS_FOR_SALE;
    uint128 private immutable TOKENS_FOR_TEAM;
    uint128 private immutable PRICE;
    uint128 private immutable MINIMUM;
    uint64 private immutable OPENS;
    uint64 private immutable CLOSES;
    uint16 private immutable HOLDERS_BPS;

    uint104 private _raised;
    bool private _isFinalised;
    /// @dev What the market had credited to the holders when the sale was finalised.
    uint128 private _earnedBefore;
    /// @dev The sum of all forfeited tranches.
    uint256 private _forfeited;
    Tranche[] private _tranches;
    mapping(uint256 tranche => TrancheState) private _trancheStates;
    mapping(address buyer => Contribution) private _contributions;

    /// @dev Creates the token, which the registrant lists in the market before anything can be sold.
    /// @param terms_ What holds from now on.
    constructor(Terms memory terms_) {
        IModelRegistry registry = terms_.market.registry();
        if (address(registry) != address(terms_.registry)) revert MarketOfAnotherRegistry(registry);
        _requireModel(terms_);
        cap = _requireSale(terms_);
        _requireTranches(terms_);
        termsDigest = keccak256(abi.encode(terms_));

        REGISTRY = terms_.registry;
        MARKET = terms_.market;
        MODEL_ID = terms_.modelId;
        KEY_DIGEST = terms_.keyDigest;
        TEAM = terms_.team;
        TOKENS_FOR_SALE = terms_.tokensForSale;
        TOKENS_FOR_TEAM = terms_.tokensForTeam;
        PRICE = terms_.price;
        MINIMUM = terms_.minimum;
        OPENS = terms_.opens;
        CLOSES = terms_.closes;
        HOLDERS_BPS = terms_.holdersBps;
        for (uint256 index; index < terms_.tranches.length; ++index) {
            _tranches.push(terms_.tranches[index]);
        }
        uint256 supply = uint256(terms_.tokensForSale) + terms_.tokensForTeam;
        token = new ModelToken(
            terms_.name, terms_.symbol, terms_.modelId, terms_.keyDigest, terms_.market, supply, address(this)
        );
        // Neither can take tokens, so no sale could be finalised.
        if (TEAM == address(0) || TEAM == address(this) || TEAM == address(token)) revert TeamInvalid(TEAM);
        emit OfferingCreated(MODEL_ID, address(token), KEY_DIGEST, termsDigest);
    }

    /// @inheritdoc IInitialModelOffering
    function buy(bytes32 expected) external payable {
        if (expected != termsDigest) revert OtherTerms(expected, termsDigest);
        _requireState(State.Open);
        if (msg.value == 0) revert NothingPaid();
        _requireListed();
        uint256 raisedNow = raised() + msg.value;
        _raised = raisedNow.toUint104();
        Contribution storage contribution = _contributions[msg.sender];
        contribution.amount += msg.value.toUint104();
        contribution.lastAt = block.timestamp.toUint40();
        emit Bought(msg.sender, msg.value, raisedNow);
    }

    /// @inheritdoc IInitialModelOffering
    function claim(address buyer) external nonReentrant {
        _requireState(State.Succeeded);
        Contribution storage contribution = _contributions[buyer];
        if (contribution.amount == 0 || contribution.hasTokens) revert NothingToClaim(buyer);
        if (!_isFinalised) _finalise(State.Succeeded);

        contribution.hasTokens = true;
        (uint256 tokens,) = allocationOf(buyer);
        IERC20(token).safeTransfer(buyer, tokens);
        emit Claimed(buyer, tokens, _tryRefund(contribution, buyer));
    }

    /// @inheritdoc IInitialModelOffering
    function refund(address buyer) external nonReentrant {
        _refund(buyer, payable(buyer));
    }

    /// @inheritdoc IInitialModelOffering
    function refundTo(address payable to) external nonReentrant {
        _refund(msg.sender, to);
    }

    /// @inheritdoc IInitialModelOffering
    function finalise() external nonReentrant {
        State found = state();
        if (found < State.Failed || _isFinalised) revert WrongState(found);
        _finalise(found);
    }

    /// @inheritdoc IInitialModelOffering
    function release(uint256 tranche) external nonReentrant {
        uint256 expires = _requireLocked(tranche).expires;
        if (block.timestamp > expires) revert TrancheExpired(tranche, expires);
        if (!isReached(tranche)) revert TrancheNotReached(tranche);
        uint256 amount = _settle(tranche, TrancheState.Released);
        emit TrancheReleased(tranche, TEAM, amount);
        Address.sendValue(TEAM, amount);
    }

    /// @inheritdoc IInitialModelOffering
    function forfeit(uint256 tranche) external nonReentrant {
        uint256 expires = _requireLocked(tranche).expires;
        if (block.timestamp <= expires) revert TrancheNotExpired(tranche, expires);
        uint256 amount = _settle(tranche, TrancheState.Forfeited);
        _forfeited += amount;
        emit TrancheForfeited(tranche, amount);
    }

    /// @inheritdoc IInitialModelOffering
    function terms() external view returns (Terms memory) {
        IERC20Metadata metadata = IERC20Metadata(address(token));
        return Terms({
            registry: REGISTRY,
            market: MARKET,
            modelId: MODEL_ID,
            keyDigest: KEY_DIGEST,
            name: metadata.name(),
            symbol: metadata.symbol(),
            team: TEAM,
            tokensForSale: TOKENS_FOR_SALE,
            tokensForTeam: TOKENS_FOR_TEAM,
            price: PRICE,
            minimum: MINIMUM,
            opens: OPENS,
            closes: CLOSES,
            holdersBps: HOLDERS_BPS,
            tranches: _tranches
        });
    }

    /// @inheritdoc IInitialModelOffering
    function contributionOf(address buyer) external view returns (uint256) {
        return _contributions[buyer].amount;
    }

    /// @inheritdoc IInitialModelOffering
    function hasClaimed(address buyer) external view returns (bool) {
        return _contributions[buyer].hasTokens;
    }

    /// @inheritdoc IInitialModelOffering
    function repaidTo(address buyer) external view returns (uint256) {
        return _contributions[buyer].repaid;
    }

    /// @inheritdoc IInitialModelOffering
    function isFinalised() external view returns (bool) {
        return _isFinalised;
    }

    /// @inheritdoc IInitialModelOffering
    function sold() external view returns (uint256) {
        return state() == State.Failed ? 0 : _tokensFor(raised());
    }

    /// @inheritdoc IInitialModelOffering
    function forfeited() external view returns (uint256) {
        return _forfeited;
    }

    /// @inheritdoc IInitialModelOffering
    function trancheCount() external view returns (uint256) {
        return _tranches.length;
    }

    /// @inheritdoc IInitialModelOffering
    function trancheOf(uint256 tranche) external view returns (TrancheState found, uint256 amount) {
        return (_trancheStates[tranche], _amountOf(_tranche(tranche)));
    }

    /// @inheritdoc IInitialModelOffering
    function raised() public view returns (uint256) {
        return _raised;
    }

    /// @inheritdoc IInitialModelOffering
    function proceeds() public view returns (uint256) {
        return state() == State.Failed ? 0 : Math.min(raised(), cap);
    }

    /// @inheritdoc IInitialModelOffering
    function state() public view returns (State) {
        if (block.timestamp < OPENS) return State.Pending;
        if (block.timestamp < CLOSES) return State.Open;
        return raised() < MINIMUM ? State.Failed : State.Succeeded;
    }

    /// @inheritdoc IInitialModelOffering
    function allocationOf(address buyer) public view returns (uint256 tokens, uint256 excess) {
        uint256 paid = _contributions[buyer].amount;
        if (state() == State.Failed) return (0, paid);
        tokens = _tokensFor(paid);
        if (raised() > cap) excess = Math.mulDiv(paid, raised() - cap, raised());
    }

    /// @inheritdoc IInitialModelOffering
    function excessFrom(address buyer) public view returns (uint256) {
        return Math.max(CLOSES, _contributions[buyer].lastAt + Math.min(CLOSES - OPENS, BINDING));
    }

    /// @inheritdoc IInitialModelOffering
    function refundable(address buyer) public view returns (uint256) {
        State found = state();
        if (found < State.Failed) return 0;
        Contribution storage contribution = _contributions[buyer];
        if (found == State.Failed) return contribution.amount - contribution.repaid;
        // The raised sum is not zero, since the minimum is above zero.
        uint256 due = Math.mulDiv(_forfeited, contribution.amount, raised());
        (, uint256 excess) = allocationOf(buyer);
        if (block.timestamp >= excessFrom(buyer)) due += excess;
        return due - contribution.repaid;
    }

    /// @inheritdoc IInitialModelOffering
    function earnedSinceClose() public view returns (uint256) {
        return _isFinalised ? MARKET.earned(MODEL_ID) - _earnedBefore : 0;
    }

    /// @inheritdoc IInitialModelOffering
    function isReached(uint256 tranche) public view returns (bool) {
        Tranche memory conditions = _tranche(tranche);
        if (earnedSinceClose() < conditions.earned) return false;
        return address(conditions.milestone) == address(0) || _saysReached(conditions.milestone);
    }

    /// @notice Whether the offering has an interface (ERC-165).
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IInitialModelOffering).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Requires that the terms name the registered key, and that its registrant has shown that it has the model.
    function _requireModel(Terms memory terms_) private view {
        bytes32 found = terms_.registry.model(terms_.modelId).keyDigest;
        if (found != terms_.keyDigest) revert OtherKey(terms_.keyDigest, found);
        if (terms_.registry.provenAt(terms_.modelId) == 0) revert PossessionUnproven(terms_.modelId);
    }

    /// @dev Returns the cap. Reverts unless something is for sale, at a time that is valid.
    function _requireSale(Terms memory terms_) private view returns (uint256 cap_) {
        // The product of two 128-bit numbers overflows nothing.
        uint256 cost = uint256(terms_.tokensForSale) * terms_.price;
        cap_ = cost / WHOLE_TOKEN;
        if (cost == 0) revert NothingForSale();
        if (cost % WHOLE_TOKEN != 0) revert CapNotWhole(cost % WHOLE_TOKEN);
        // If the minimum bought no unit, there could be no holder to share fees.
        bool isTooMuch = terms_.minimum > cap_;
        if (isTooMuch || Math.mulDiv(terms_.minimum, terms_.tokensForSale, cap_) == 0) {
            revert MinimumOutOfRange(terms_.minimum, cap_);
        }
        if (terms_.holdersBps == 0 || terms_.holdersBps > WHOLE_BPS) revert HoldersShareOutOfRange(terms_.holdersBps);
        bool isPast = terms_.closes <= block.timestamp;
        if (isPast || terms_.opens >= terms_.closes || terms_.closes > block.timestamp + MAX_SALE_TIME) {
            revert ScheduleInvalid(terms_.opens, terms_.closes);
        }
    }

    /// @dev Requires that the tranches add up to all of the proceeds.
    function _requireTranches(Terms memory terms_) private pure {
        uint256 count = terms_.tranches.length;
        if (count == 0 || count > MAX_TRANCHES) revert TrancheCountOutOfRange(count);
        uint256 sum;
        for (uint256 index; index < count; ++index) {
            _requireTranche(index, terms_.tranches[index], terms_.closes);
            sum += terms_.tranches[index].bps;
        }
        if (sum != WHOLE_BPS) revert TranchesNotWhole(sum);
    }

    function _requireTranche(uint256 index, Tranche memory tranche, uint256 closes) private pure {
        if (tranche.bps == 0) revert TrancheEmpty(index);
        if (tranche.earned == 0 && address(tranche.milestone) == address(0)) revert TrancheUnconditional(index);
        if (tranche.expires <= closes || tranche.expires > closes + MAX_TRANCHE_TIME) {
            revert TrancheExpiryOutOfRange(index, tranche.expires);
        }
    }

    function _requireState(State expected) private view {
        State found = state();
        if (found != expected) revert WrongState(found);
    }

    /// @dev A listing is permanent, so a token that is sold now shares fees permanently.
    function _requireListed() private view {
        IInferenceMarket.Listing memory found = MARKET.listing(MODEL_ID);
        if (found.holders != address(token) || found.holdersBps != HOLDERS_BPS) {
            revert NotListed(found.holders, found.holdersBps);
        }
    }

    function _tokensFor(uint256 paid) private view returns (uint256) {
        return Math.mulDiv(paid, TOKENS_FOR_SALE, Math.max(raised(), cap));
    }

    /// @dev Tokens can move from here on. The token calls no receiver, so nobody can block this.
    function _finalise(State found) private {
        _isFinalised = true;
        _earnedBefore = MARKET.earned(MODEL_ID);
        bool isSold = found == State.Succeeded;
        uint256 tokens = isSold ? _tokensFor(raised()) : 0;
        emit Finalised(found, raised(), proceeds(), tokens, _earnedBefore);
        // After a failed sale no token is destroyed: see above.
        token.open(isSold ? TOKENS_FOR_SALE - tokens : 0);
        IERC20(token).safeTransfer(TEAM, isSold ? TOKENS_FOR_TEAM : token.totalSupply());
    }

    /// @dev Pays the buyer's refund that is due now, and returns the amount. A buyer that refuses the payment gets its
    /// tokens anyway, and can call {refund} or {refundTo} later.
    function _tryRefund(Contribution storage contribution, address buyer) private returns (uint256 amount) {
        amount = refundable(buyer);
        if (amount == 0) return 0;
        contribution.repaid += amount.toUint104();
        if (LowLevelCall.callNoReturn(buyer, amount, "")) return amount;
        contribution.repaid -= amount.toUint104();
        return 0;
    }

    function _refund(address buyer, address payable to) private {
        if (state() < State.Failed) revert WrongState(state());
        uint256 amount = refundable(buyer);
        if (amount == 0) _revertWithoutRefund(buyer);
        _contributions[buyer].repaid += amount.toUint104();
        emit RefundClaimed(buyer, to, amount);
        Address.sendValue(to, amount);
    }

    function _revertWithoutRefund(address buyer) private view {
        (, uint256 excess) = allocationOf(buyer);
        uint256 from = excessFrom(buyer);
        bool isBound = state() == State.Succeeded && block.timestamp < from;
        if (isBound && excess != 0) revert ExcessBound(buyer, from);
        revert NothingToRefund(buyer);
    }

    function _tranche(uint256 tranche) private view returns (Tranche memory) {
        if (tranche >= _tranches.length) revert TrancheUnknown(tranche);
        return _tranches[tranche];
    }

    /// @dev A tranche that is still locked, after a successful sale.
    function _requireLocked(uint256 tranche) private view returns (Tranche memory found) {
        _requireState(State.Succeeded);
        found = _tranche(tranche);
        TrancheState trancheState = _trancheStates[tranche];
        if (trancheState != TrancheState.Locked) revert TrancheSettled(tranche, trancheState);
    }

    function _settle(uint256 tranche, TrancheState to) private returns (uint256 amount) {
        _trancheStates[tranche] = to;
        amount = _amountOf(_tranche(tranche));
    }

    function _amountOf(Tranche memory tranche) private view returns (uint256) {
        return proceeds() * tranche.bps / WHOLE_BPS;
    }

    /// @dev With too little gas, a milestone looks as if it were not reached. That does no harm. Only {release} depends on
    /// the answer, and its caller has to provide enough gas.
    function _saysReached(IMilestone milestone) private view returns (bool) {
        bytes memory question = abi.encodeCall(IMilestone.isReached, (MODEL_ID));
        (bool answered, bytes memory answer) = address(milestone).staticcall{gas: MILESTONE_GAS}(question);
        return answered && answer.length == 0x20 && abi.decode(answer, (uint256)) == 1;
    }
}
