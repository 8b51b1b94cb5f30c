// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IERC7641, IERC7641AltRevToken} from "./interfaces/IERC7641.sol";
import {IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {IModelToken} from "./interfaces/IModelToken.sol";
import {Holding, HoldingsLib} from "./libraries/Holdings.sol";

/// @title The token of a model
/// @notice Shares in the revenue of one model, by ERC-7641.
/// @dev Time is divided into periods. The first begins when the token is opened, and each ends with a snapshot. The revenue
/// of a period is what came in during it. The snapshot also fetches what the market owes to the token. Let R be the revenue
/// of a period, in ether or in a token. Let u be the token-seconds of an account in it: the sum of its balance over all
/// seconds. Let U be the token-seconds of all accounts. The account can claim
///
///     floor(R * u / U) - what it has claimed of it
///
/// So an account that holds tokens for one block of a month has one block's share of the month's revenue, whenever the
/// snapshot is taken. An account that has sold its tokens keeps the share of the time before. A loan within a transaction
/// has no share.
///
/// A burn of n of b tokens in a period redeems floor(R * v / U) with v = floor(u * n / b). Here R is the revenue up to
/// then, including what waits in the market. R falls by the payment, and u and U fall by v. The other accounts' revenue per
/// token-second does not fall. Everything rounds down, and a payment is recorded before it is made. So the contract owes no
/// more than came in. Claims do not expire.
///
/// Anyone can take a snapshot, at most once a week. More snapshots would take nothing from anybody, but everybody would
/// have to claim more often. {claimMany} claims from several chosen snapshots in one payment. Snapshots that are not worth
/// their gas can be left out.
///
/// The offering keeps tokens for buyers. It hands them out when buyers, or others for them, ask it to, and there may be
/// snapshots before that. The offering itself has no share in the revenue. Instead, tokens that it hands out count for the
/// receiver as if it had held them since the token was opened. Each unit leaves the distributor once, so the sum of all u
/// never exceeds U. Therefore nobody loses revenue by claiming late, no snapshot has to wait for a buyer, and nobody can
/// make others lose anything. An account that has claimed revenue before it gets such tokens can claim the difference.
/// Before the token is open, the number of sold tokens is unknown. Revenue waits until then, and belongs to the first
/// period.
///
/// The last tokens outside of the offering cannot be burned. Otherwise later fees would belong to nobody.
///
/// Some revenue is lost: forced ether, tokens that are transferred here without {depositERC20}, and the remainders of
/// divisions. The shares of contracts that hold tokens but cannot claim, such as pools of an exchange, are lost too.
///
/// Anybody can deposit revenue in any token, so such a token may be hostile. Only calls that name a token run its code or
/// touch its accounts. If a token takes a fee, the amount that arrives counts. If a token takes balances away, the last
/// claims of this token get nothing.
contract ModelToken is ERC20Permit, ERC165, ReentrancyGuardTransient, IModelToken {
    using Checkpoints for Checkpoints.Trace224;
    using HoldingsLib for Checkpoints.Trace224;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev Short compared with the months in which revenue adds up, and long compared with the cost of a claim.
    uint256 private constant SNAPSHOT_DISTANCE = 7 days;

    /// @dev Stands for ether in the place of a token.
    IERC20 private constant ETHER = IERC20(address(0));

    /// @inheritdoc IModelToken
    bytes32 public immutable modelId;

    /// @inheritdoc IModelToken
    bytes32 public immutable keyDigest;

    /// @inheritdoc IModelToken
    address public immutable distributor;

    IInferenceMarket private immutable MARKET;

    /// @dev The number of snapshots, and the beginnings of the first period and of the running one. One word has all three,
    /// since transfers read them.
    bool private _isOpen;
    uint32 private _count;
    uint64 private _openedAt;
    uint64 private _periodStart;

    /// @dev The token-seconds that burns have redeemed in the running period, and the balances that they would have had to
    /// its start: U = {totalSupply} * (now - start) + this.
    int256 private _supplyOffset;

    /// @dev By number.
    mapping(uint256 snapshotId => Snapshot) private _snapshots;

    /// @dev The revenue of a period, less what burns have redeemed.
    mapping(IERC20 token => mapping(uint256 snapshotId => uint256)) private _revenue;

    /// @dev The amount of it that was paid to an account.
    mapping(IERC20 token => mapping(uint256 snapshotId => mapping(address account => uint256))) private _paid;

    /// @dev Holdings by the number of the period. Their times count from the opening.
    mapping(address account => Checkpoints.Trace224) private _holdings;

    /// @dev The sum of what the distributor has handed to an account since the first snapshot, by the number of the period.
    mapping(address account => Checkpoints.Trace224) private _handedLate;

    /// @param name_ The token's name.
    /// @param symbol_ Its symbol.
    /// @param modelId_ The model.
    /// @param keyDigest_ The digest of the model's settlement key.
    /// @param market_ The market that credits the token with its part of the fees.
    /// @param supply The supply, which can only fall, in units of 10^-18 token.
    /// @param to The distributor.
    constructor(
        string memory name_,
        string memory symbol_,
        bytes32 modelId_,
        bytes32 keyDigest_,
        IInferenceMarket market_,
        uint256 supply,
        address to
    ) ERC20(name_, symbol_) ERC20Permit(name_) {
        // Then no later sum of token-seconds overflows a checkpoint.
        if (supply >= HoldingsLib.BALANCE_END) revert SupplyTooLarge(supply);
        (modelId, keyDigest, MARKET, distributor) = (modelId_, keyDigest_, market_, to);
        _mint(to, supply);
    }

    /// @notice Takes ether as revenue.
    receive() external payable {
        _addRevenue(ETHER, msg.value);
        emit RevenueReceived(msg.sender, msg.value);
    }

    /// @inheritdoc IModelToken
    function depositERC20(IERC20 token, uint256 amount) external nonReentrant {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 arrived = token.balanceOf(address(this)) - before;
        _addRevenue(token, arrived);
        emit RevenueReceivedERC20(token, msg.sender, arrived);
    }

    /// @inheritdoc IModelToken
    function open(uint256 unsold) external {
        if (msg.sender != distributor) revert NotDistributor(msg.sender);
        if (_isOpen) revert AlreadyOpen();
        _isOpen = true;
        _openedAt = block.timestamp.toUint64();
        _periodStart = _openedAt;
        _burn(distributor, unsold);
        emit Opened(unsold);
    }

    /// @inheritdoc IModelToken
    function collect() external nonReentrant returns (uint256) {
        return _collect();
    }

    /// @inheritdoc IERC7641
    function snapshot() external nonReentrant returns (uint256 snapshotId) {
        if (!_isOpen) revert NotOpen();
        uint256 next = _periodStart + SNAPSHOT_DISTANCE;
        if (block.timestamp < next) revert SnapshotTooEarly(next);
        _collect();

        snapshotId = _running();
        uint128 tokenSeconds = _allSeconds().toUint128();
        uint64 end = block.timestamp.toUint64();
        _snapshots[snapshotId] = Snapshot({tokenSeconds: tokenSeconds, start: _periodStart, end: end});
        (_count, _periodStart, _supplyOffset) = (snapshotId.toUint32(), end, 0);
        emit SnapshotTaken(snapshotId, tokenSeconds, _revenue[ETHER][snapshotId]);
    }

    /// @inheritdoc IERC7641
    function claim(uint256 snapshotId) external nonReentrant {
        _payEther(payable(msg.sender), _takeSome(ETHER, snapshotId));
    }

    /// @inheritdoc IModelToken
    function claimMany(uint256[] calldata snapshotIds, address payable to) external nonReentrant {
        uint256 amount;
        for (uint256 index; index < snapshotIds.length; ++index) {
            amount += _take(ETHER, snapshotIds[index], to);
        }
        if (amount == 0) revert NothingToClaim(msg.sender);
        _payEther(to, amount);
    }

    /// @inheritdoc IModelToken
    function claimERC20(uint256 snapshotId, IERC20 token) external nonReentrant {
        token.safeTransfer(msg.sender, _takeSome(token, snapshotId));
    }

    /// @inheritdoc IERC7641
    function burn(uint256 amount) external nonReentrant {
        _burnAndRedeem(amount, new IERC20[](0));
    }

    /// @inheritdoc IModelToken
    function burnAndRedeem(uint256 amount, IERC20[] calldata tokens) external nonReentrant {
        _burnAndRedeem(amount, tokens);
    }

    /// @inheritdoc IERC7641
    function claimableRevenue(address account, uint256 snapshotId) external view returns (uint256) {
        return _claimable(ETHER, account, snapshotId);
    }

    /// @inheritdoc IERC7641AltRevToken
    function claimableERC20(address account, uint256 snapshotId, address token) external view returns (uint256) {
        return _claimable(IERC20(token), account, snapshotId);
    }

    /// @inheritdoc IERC7641
    function redeemableOnBurn(uint256 amount) external view returns (uint256) {
        return redeemableBy(msg.sender, amount, ETHER);
    }

    /// @inheritdoc IERC7641AltRevToken
    function redeemableERC20OnBurn(uint256 amount, address token) external view returns (uint256) {
        return redeemableBy(msg.sender, amount, IERC20(token));
    }

    /// @inheritdoc IModelToken
    function isOpen() external view returns (bool) {
        return _isOpen;
    }

    /// @inheritdoc IModelToken
    function market() external view returns (IInferenceMarket) {
        return MARKET;
    }

    /// @inheritdoc IModelToken
    function snapshotDistance() external pure returns (uint256) {
        return SNAPSHOT_DISTANCE;
    }

    /// @inheritdoc IModelToken
    function snapshotCount() external view returns (uint256) {
        return _count;
    }

    /// @inheritdoc IModelToken
    function revenueAt(uint256 snapshotId, IERC20 token) external view returns (uint256) {
        return _revenue[token][snapshotId];
    }

    /// @inheritdoc IModelToken
    function paidOf(address account, uint256 snapshotId, IERC20 token) external view returns (uint256) {
        return _paid[token][snapshotId][account];
    }

    /// @inheritdoc IModelToken
    function redeemableBy(address account, uint256 amount, IERC20 token) public view returns (uint256) {
        uint256 revenue = address(token) == address(ETHER) ? revenueWaiting() : _revenue[token][_running()];
        return _partOf(revenue, _secondsToBurn(account, amount), _allSeconds());
    }

    /// @inheritdoc IModelToken
    function revenueWaiting() public view returns (uint256) {
        return _revenue[ETHER][_running()] + MARKET.credit(address(this));
    }

    /// @inheritdoc IModelToken
    function snapshotOf(uint256 snapshotId) public view returns (Snapshot memory found) {
        if (snapshotId == 0 || snapshotId > _count) revert SnapshotUnknown(snapshotId);
        return _snapshots[snapshotId];
    }

    /// @inheritdoc IModelToken
    function sharesOf(address account, uint256 snapshotId) public view returns (uint256) {
        Snapshot memory found = snapshotOf(snapshotId);
        (uint256 start, uint256 end) = (found.start - _openedAt, found.end - _openedAt);
        Checkpoints.Trace224 storage trace = _holdings[account];
        uint256 held = trace.heldAt(snapshotId).secondsAt(end) - trace.heldAt(snapshotId - 1).secondsAt(start);
        Checkpoints.Trace224 storage late = _handedLate[account];
        uint256 handed = late.latest() - late.upperLookupRecent(snapshotId.toUint32());
        return held + handed * (end - start);
    }

    /// @notice Whether the token has an interface (ERC-165).
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC20).interfaceId || interfaceId == type(IERC20Metadata).interfaceId
            || interfaceId == type(IERC20Permit).interfaceId || interfaceId == type(IERC7641).interfaceId
            || interfaceId == type(IERC7641AltRevToken).interfaceId || interfaceId == type(IModelToken).interfaceId
            || super.supportsInterface(interfaceId);
    }

    /// @dev The number of the running period, which is that of the next snapshot.
    function _running() private view returns (uint256) {
        return uint256(_count) + 1;
    }

    /// @dev The time, since the opening.
    function _now() private view returns (uint256) {
        return block.timestamp - _openedAt;
    }

    /// @dev The token-seconds of all accounts in the running period. 0 before the opening.
    function _allSeconds() private view returns (uint256) {
        if (!_isOpen) return 0;
        return Holding({balance: totalSupply(), offset: _supplyOffset}).secondsAt(block.timestamp - _periodStart);
    }

    /// @dev The token-seconds of an account. The distributor has none.
    function _secondsOf(address account) private view returns (uint256) {
        Checkpoints.Trace224 storage trace = _holdings[account];
        return trace.last().secondsAt(_now()) - trace.heldAt(_count).secondsAt(_periodStart - _openedAt);
    }

    /// @dev The token-seconds that belong to a part of an account's tokens.
    function _secondsToBurn(address account, uint256 amount) private view returns (uint256) {
        uint256 balance = balanceOf(account);
        if (amount > balance) revert ERC20InsufficientBalance(account, balance, amount);
        return amount == 0 ? 0 : Math.mulDiv(_secondsOf(account), amount, balance);
    }

    function _addRevenue(IERC20 token, uint256 amount) private {
        _revenue[token][_running()] += amount;
    }

    /// @dev Fetches what the market owes to the token, which comes in by {receive}.
    function _collect() private returns (uint256 amount) {
        amount = MARKET.credit(address(this));
        if (amount != 0) MARKET.withdraw(payable(address(this)));
    }

    function _claimable(IERC20 token, address account, uint256 snapshotId) private view returns (uint256) {
        // Shares only grow, when the distributor hands out more. So an account was never paid more than its share.
        uint256 share =
            _partOf(_revenue[token][snapshotId], sharesOf(account, snapshotId), snapshotOf(snapshotId).tokenSeconds);
        return share - _paid[token][snapshotId][account];
    }

    /// @dev A part of an amount. 0 if the whole is 0.
    function _partOf(uint256 amount, uint256 part, uint256 whole) private pure returns (uint256) {
        return part == 0 ? 0 : Math.mulDiv(amount, part, whole);
    }

    /// @dev Records the payment of the caller's claim, and returns the amount.
    function _take(IERC20 token, uint256 snapshotId, address to) private returns (uint256 amount) {
        amount = _claimable(token, msg.sender, snapshotId);
        _paid[token][snapshotId][msg.sender] += amount;
        emit RevenueClaimed(msg.sender, snapshotId, token, to, amount);
    }

    /// @dev The same for a single claim. Reverts if there is nothing to claim.
    function _takeSome(IERC20 token, uint256 snapshotId) private returns (uint256 amount) {
        amount = _take(token, snapshotId, msg.sender);
        if (amount == 0) revert NothingToClaim(msg.sender);
    }

    function _burnAndRedeem(uint256 amount, IERC20[] memory tokens) private {
        _collect();
        uint256 all = _allSeconds();
        uint256 part = _secondsToBurn(msg.sender, amount);
        _burn(msg.sender, amount);
        if (totalSupply() == balanceOf(distributor)) revert LastTokens();
        _forget(msg.sender, part, all);
        uint256 share = _redeem(ETHER, amount, part, all);
        uint256[] memory shares = _redeemTokens(tokens, amount, part, all);

        for (uint256 index; index < tokens.length; ++index) {
            tokens[index].safeTransfer(msg.sender, shares[index]);
        }
        _payEther(payable(msg.sender), share);
    }

    /// @dev Takes token-seconds of the running period from an account, and from the sum of all.
    function _forget(address account, uint256 part, uint256 all) private {
        Checkpoints.Trace224 storage trace = _holdings[account];
        Holding memory holding = trace.last();
        holding.offset -= part.toInt256();
        trace.record(_running(), holding);
        uint256 left = totalSupply() * (block.timestamp - _periodStart);
        _supplyOffset = (all - part).toInt256() - left.toInt256();
    }

    /// @dev Records the payment of a burn's share, and returns the amount.
    function _redeem(IERC20 token, uint256 amount, uint256 part, uint256 all) private returns (uint256 share) {
        share = _partOf(_revenue[token][_running()], part, all);
        _revenue[token][_running()] -= share;
        emit Redeemed(msg.sender, token, amount, share);
    }

    /// @dev Ether is first in the order of tokens, so a list cannot name it again.
    function _redeemTokens(IERC20[] memory tokens, uint256 amount, uint256 part, uint256 all)
        private
        returns (uint256[] memory shares)
    {
        shares = new uint256[](tokens.length);
        IERC20 last = ETHER;
        for (uint256 index; index < tokens.length; ++index) {
            IERC20 token = tokens[index];
            if (address(token) <= address(last)) revert TokensNotAscending(token);
            shares[index] = _redeem(token, amount, part, all);
            last = token;
        }
    }

    /// @dev A contract that takes no ether can still burn, without a payment.
    function _payEther(address payable to, uint256 amount) private {
        if (amount != 0) Address.sendValue(to, amount);
    }

    /// @dev Keeps holdings over time. The distributor needs none. Neither it nor this contract takes tokens back, since
    /// their shares would be lost.
    function _update(address from, address to, uint256 value) internal override {
        if (to == address(this) || (to == distributor && from != address(0))) revert ERC20InvalidReceiver(to);
        if (from == distributor && !_isOpen) revert NotOpen();
        super._update(from, to, value);
        if (!_isOpen) return;

        if (from != distributor) _recordSent(from, value, _now());
        if (to == address(0)) return;
        // Tokens from the distributor count from the start of the running period, and for all periods before.
        _recordReceived(to, value, from == distributor ? _periodStart - _openedAt : _now());
        if (from == distributor) _recordLate(to, value);
    }

    function _recordSent(address account, uint256 value, uint256 time) private {
        Checkpoints.Trace224 storage trace = _holdings[account];
        Holding memory holding = trace.last();
        holding.sendAt(value, time);
        trace.record(_running(), holding);
    }

    function _recordReceived(address account, uint256 value, uint256 time) private {
        Checkpoints.Trace224 storage trace = _holdings[account];
        Holding memory holding = trace.last();
        holding.receiveAt(value, time);
        trace.record(_running(), holding);
    }

    /// @dev Before the first snapshot, no tokens can come late.
    function _recordLate(address account, uint256 value) private {
        if (_count == 0) return;
        Checkpoints.Trace224 storage late = _handedLate[account];
        late.push(_running().toUint32(), (late.latest() + value).toUint224());
    }
}
