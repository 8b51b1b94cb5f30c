// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IERC7641, IERC7641AltRevToken} from "./interfaces/IERC7641.sol";
import {IModelToken} from "./interfaces/IModelToken.sol";

/// @title The token of a model
/// @notice Shares in the revenue of one model, by ERC-7641.
/// @dev Revenue belongs to the number of the next snapshot when it comes in. Let a snapshot with number k be of the supply
/// S_k, and R_k its revenue in ether or in a token. An account can claim
///
///     floor(R_k * b_k / S_k) - what it has claimed of it,    b_k = {balanceOfAt}
///
/// and a burn of n tokens before the next snapshot redeems floor(R * n / S) of the next one's revenue R, and leaves the
/// rest to the others: their parts per token don't fall. Everything rounds down, and what a payment makes of R or of a
/// claim is recorded before it is made; so the contract owes no more than came in. Claims don't expire.
///
/// When balances count. A snapshot divides the revenue that is there when it is taken, by the balances at the end of its
/// block: whoever lends tokens within a transaction has them back by then, so a flash loan has no share. It is not
/// prevented that somebody has tokens across the end of one block only, and pays for that what they are worth with the
/// revenue. The supply has to be the same at both points, so burns wait for the next block after a snapshot.
/// Where several blocks have one number, as on some chains of the second layer, the last of them counts.
///
/// When a snapshot is taken is anyone's choice, but not more often than once a day: more would not take anything from
/// anybody, but everybody would have to claim more often.
///
/// Tokens that the offering keeps for buyers. The offering hands them out when buyers, or others for them, ask it to, and
/// there may be snapshots before that. The offering itself has no share in them. Instead, what it hands out counts for the
/// receiver as if it had had it since the token was opened:
///
///     b_k = balance at the end of the snapshot's block + what the distributor has handed to the account since
///
/// Each unit leaves the distributor once, so the sum of all b_k never exceeds S_k. Therefore nobody loses revenue by
/// claiming late, no snapshot has to wait for a buyer, and nobody can make others lose anything. An account that has
/// claimed before it gets such tokens can claim the difference. Before the token is open it isn't known what is sold:
/// revenue waits, and the first snapshot divides it.
///
/// What is lost: forced ether, tokens that are transferred here without {depositERC20}, the remainders of divisions, and
/// the shares of contracts that hold tokens but can't claim, such as pools of an exchange. If all tokens are burned, there
/// is nobody to take revenue, and it is refused.
///
/// Tokens in which revenue comes in are anybody's choice, so they may be hostile. Only calls that name one run its code or
/// touch its accounts. A token that takes fees counts by what arrives. One that takes balances away leaves those who claim
/// last with nothing of this token.
contract ModelToken is ERC20, ReentrancyGuardTransient, IModelToken {
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev Short against the months in which revenue adds up, and long against the cost of a claim.
    uint256 private constant SNAPSHOT_DISTANCE = 1 days;

    /// @dev In the place of a token.
    IERC20 private constant ETHER = IERC20(address(0));

    /// @inheritdoc IModelToken
    bytes32 public immutable modelId;

    /// @inheritdoc IModelToken
    address public immutable distributor;

    /// @dev The last snapshot, in one word with what transfers need.
    bool private _isOpen;
    uint48 private _count;
    uint48 private _lastBlock;
    uint64 private _lastTime;

    /// @dev By number.
    mapping(uint256 snapshotId => Snapshot) private _snapshots;

    /// @dev What came in for a snapshot. Of the next one, less what burns have redeemed.
    mapping(IERC20 token => mapping(uint256 snapshotId => uint256)) private _revenue;

    /// @dev What was paid to an account of it.
    mapping(IERC20 token => mapping(uint256 snapshotId => mapping(address account => uint256))) private _paid;

    /// @dev Balances by the number of the first snapshot that they count for.
    mapping(address account => Checkpoints.Trace208) private _balances;

    /// @dev What the distributor has handed to an account since the first snapshot, in sum, by the same numbers.
    mapping(address account => Checkpoints.Trace208) private _handedLate;

    /// @param name_ The token's name.
    /// @param symbol_ Its symbol.
    /// @param modelId_ The model.
    /// @param supply All tokens there will ever be, in units of 10^-18 token.
    /// @param to The distributor.
    constructor(string memory name_, string memory symbol_, bytes32 modelId_, uint256 supply, address to)
        ERC20(name_, symbol_)
    {
        modelId = modelId_;
        distributor = to;
        // No later sum of balances overflows what a checkpoint holds.
        _mint(to, supply.toUint208());
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
        _burn(distributor, unsold);
        emit Opened(unsold);
    }

    /// @inheritdoc IERC7641
    function snapshot() external nonReentrant returns (uint256 snapshotId) {
        if (!_isOpen) revert NotOpen();
        uint256 next = _lastTime + SNAPSHOT_DISTANCE;
        if (block.timestamp < next) revert SnapshotTooEarly(next);

        snapshotId = _nextSnapshot();
        (_count, _lastBlock, _lastTime) = (snapshotId.toUint48(), block.number.toUint48(), block.timestamp.toUint64());
        uint256 supply = totalSupply();
        _snapshots[snapshotId] = Snapshot({supply: supply.toUint208(), blockNumber: _lastBlock});
        emit SnapshotTaken(snapshotId, supply, _revenue[ETHER][snapshotId]);
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
        return _redeemable(ETHER, amount, totalSupply());
    }

    /// @inheritdoc IERC7641AltRevToken
    function redeemableERC20OnBurn(uint256 amount, address token) external view returns (uint256) {
        return _redeemable(IERC20(token), amount, totalSupply());
    }

    /// @inheritdoc IModelToken
    function isOpen() external view returns (bool) {
        return _isOpen;
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
    function snapshotOf(uint256 snapshotId) public view returns (Snapshot memory found) {
        if (snapshotId == 0 || snapshotId > _count) revert SnapshotUnknown(snapshotId);
        return _snapshots[snapshotId];
    }

    /// @inheritdoc IModelToken
    function balanceOfAt(address account, uint256 snapshotId) external view returns (uint256 balance) {
        (balance,) = _sharesAt(account, snapshotId);
    }

    /// @inheritdoc IModelToken
    function revenueAt(uint256 snapshotId, IERC20 token) external view returns (uint256) {
        return _revenue[token][snapshotId];
    }

    /// @dev The number of the snapshot that divides revenue that comes in now.
    function _nextSnapshot() private view returns (uint256) {
        return uint256(_count) + 1;
    }

    /// @dev The number of the first snapshot that balances count for as they are at the end of this block.
    function _balanceSnapshot() private view returns (uint48) {
        return block.number == _lastBlock ? _count : _count + 1;
    }

    function _addRevenue(IERC20 token, uint256 amount) private {
        if (totalSupply() == 0) revert NoHolders();
        _revenue[token][_nextSnapshot()] += amount;
    }

    /// @dev The tokens of an account that share a snapshot's revenue, and all that do.
    function _sharesAt(address account, uint256 snapshotId) private view returns (uint256 balance, uint256 supply) {
        Snapshot memory found = snapshotOf(snapshotId);
        if (block.number == found.blockNumber) revert SnapshotUnsettled(snapshotId);
        if (account == distributor) return (0, found.supply);
        uint48 key = snapshotId.toUint48();
        Checkpoints.Trace208 storage late = _handedLate[account];
        balance = _balances[account].upperLookupRecent(key) + late.latest() - late.upperLookupRecent(key);
        supply = found.supply;
    }

    function _claimable(IERC20 token, address account, uint256 snapshotId) private view returns (uint256) {
        (uint256 balance, uint256 supply) = _sharesAt(account, snapshotId);
        // The balance only grows as the distributor hands out more, so what was paid is never more. And it is at most
        // the supply, which is not zero if there is revenue.
        if (balance == 0) return 0;
        return Math.mulDiv(_revenue[token][snapshotId], balance, supply) - _paid[token][snapshotId][account];
    }

    /// @dev Records that the caller's claim is paid, and says how much that is.
    function _take(IERC20 token, uint256 snapshotId, address to) private returns (uint256 amount) {
        amount = _claimable(token, msg.sender, snapshotId);
        _paid[token][snapshotId][msg.sender] += amount;
        emit RevenueClaimed(msg.sender, snapshotId, token, to, amount);
    }

    /// @dev The same for a claim by itself, which is a mistake if there is nothing.
    function _takeSome(IERC20 token, uint256 snapshotId) private returns (uint256 amount) {
        amount = _take(token, snapshotId, msg.sender);
        if (amount == 0) revert NothingToClaim(msg.sender);
    }

    function _redeemable(IERC20 token, uint256 amount, uint256 supply) private view returns (uint256) {
        return supply == 0 ? 0 : Math.mulDiv(_revenue[token][_nextSnapshot()], amount, supply);
    }

    /// @dev Records that a burn is paid its share, and says how much that is.
    function _redeem(IERC20 token, uint256 amount, uint256 supply) private returns (uint256 share) {
        share = _redeemable(token, amount, supply);
        _revenue[token][_nextSnapshot()] -= share;
        emit Redeemed(msg.sender, token, amount, share);
    }

    function _burnAndRedeem(uint256 amount, IERC20[] memory tokens) private {
        if (block.number == _lastBlock) revert BurnAfterSnapshot(_count);
        uint256 supply = totalSupply();
        _burn(msg.sender, amount);
        uint256 share = _redeem(ETHER, amount, supply);
        uint256[] memory shares = _redeemTokens(tokens, amount, supply);

        for (uint256 index; index < tokens.length; ++index) {
            tokens[index].safeTransfer(msg.sender, shares[index]);
        }
        _payEther(payable(msg.sender), share);
    }

    /// @dev Ether comes before all tokens in their order, so a list can't name it again.
    function _redeemTokens(IERC20[] memory tokens, uint256 amount, uint256 supply)
        private
        returns (uint256[] memory shares)
    {
        shares = new uint256[](tokens.length);
        IERC20 last = ETHER;
        for (uint256 index; index < tokens.length; ++index) {
            IERC20 token = tokens[index];
            if (address(token) <= address(last)) revert TokensNotAscending(token);
            shares[index] = _redeem(token, amount, supply);
            last = token;
        }
    }

    /// @dev A contract that takes no ether can still burn for nothing.
    function _payEther(address payable to, uint256 amount) private {
        if (amount != 0) Address.sendValue(to, amount);
    }

    /// @dev Keeps balances by snapshots. The distributor needs none, and neither it nor this contract takes tokens back:
    /// their shares would be lost.
    function _update(address from, address to, uint256 value) internal override {
        if (to == address(this) || (to == distributor && from != address(0))) revert ERC20InvalidReceiver(to);
        if (from == distributor && !_isOpen) revert NotOpen();
        super._update(from, to, value);

        uint48 key = _balanceSnapshot();
        if (from == distributor) _recordLate(to, value, key);
        else _recordBalance(from, key);
        _recordBalance(to, key);
    }

    /// @dev Nobody's balance, of mints and burns, and the distributor's don't count.
    function _recordBalance(address account, uint48 key) private {
        if (account == address(0) || account == distributor) return;
        _balances[account].push(key, balanceOf(account).toUint208());
    }

    /// @dev There was no snapshot before the first for which tokens could come late.
    function _recordLate(address account, uint256 value, uint48 key) private {
        if (key == 1 || account == address(0)) return;
        Checkpoints.Trace208 storage late = _handedLate[account];
        late.push(key, late.latest() + value.toUint208());
    }
}
