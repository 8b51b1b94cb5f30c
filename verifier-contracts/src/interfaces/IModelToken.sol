// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC7641AltRevToken} from "./IERC7641.sol";
import {IInferenceMarket} from "./IInferenceMarket.sol";

/// @title The token of a model
/// @notice Shares in the revenue of one model: ERC-7641 with a supply that only ever falls.
/// @dev All tokens are minted to the distributor, which is the offering. It opens the token once, and hands tokens out; it
/// has no other right, and nobody else has any. The token takes approvals by signature, too (ERC-2612).
///
/// What ERC-7641 leaves open: a snapshot ends a period, and its revenue is shared by token-seconds, which are balances summed
/// over the seconds of the period. {redeemableOnBurn} is what the caller would get.
interface IModelToken is IERC7641AltRevToken {
    /// @notice A snapshot: the period that it ended, and the token-seconds in it that share its revenue.
    struct Snapshot {
        uint128 tokenSeconds;
        uint64 start;
        uint64 end;
    }

    /// @notice Ether came in, by a plain transfer or an empty call. Forced ether is not revenue, and is lost.
    event RevenueReceived(address indexed from, uint256 amount);

    /// @notice Revenue in another token came in. The amount is what arrived.
    event RevenueReceivedERC20(IERC20 indexed token, address indexed from, uint256 amount);

    /// @notice The distributor opened the token, and destroyed what had not been sold.
    event Opened(uint256 unsold);

    /// @notice A snapshot was taken, of so much ether. Revenue in other tokens is recorded with it: see {revenueAt}.
    event SnapshotTaken(uint256 indexed snapshotId, uint256 tokenSeconds, uint256 revenue);

    /// @notice A share of a snapshot's revenue was paid. The token zero is ether.
    event RevenueClaimed(
        address indexed account, uint256 indexed snapshotId, IERC20 indexed token, address to, uint256 amount
    );

    /// @notice A burn paid a share of revenue that no snapshot had recorded. The token zero is ether.
    event Redeemed(address indexed account, IERC20 indexed token, uint256 burned, uint256 amount);

    /// @notice There would be 2^95 units or more.
    error SupplyTooLarge(uint256 supply);

    /// @notice Only the distributor opens the token.
    error NotDistributor(address caller);

    /// @notice The token is open already.
    error AlreadyOpen();

    /// @notice Before the token is open nothing is handed out, burned or recorded: what has not been sold would share.
    error NotOpen();

    /// @notice The last snapshot, or the opening, is too recent.
    /// @param next From when on there can be another.
    error SnapshotTooEarly(uint256 next);

    /// @notice No such snapshot has been taken.
    error SnapshotUnknown(uint256 snapshotId);

    /// @notice There is nothing to claim for the account.
    error NothingToClaim(address account);

    /// @notice The last tokens outside of the distributor can't be burned: nobody could claim later revenue.
    error LastTokens();

    /// @notice Tokens to redeem have to be in ascending order, so that none is there twice.
    error TokensNotAscending(IERC20 token);

    /// @notice The model whose revenue the token shares.
    function modelId() external view returns (bytes32);

    /// @notice The digest of the settlement key that the model's id stands for.
    function keyDigest() external view returns (bytes32);

    /// @notice The market whose fees the token gets its part of.
    function market() external view returns (IInferenceMarket);

    /// @notice Who got the supply to hand it out: the offering.
    function distributor() external view returns (address);

    /// @notice Whether the distributor has opened the token. Before, revenue waits.
    function isOpen() external view returns (bool);

    /// @notice The least length of a period, in seconds.
    function snapshotDistance() external view returns (uint256);

    /// @notice How many snapshots there are, which is the number of the last.
    function snapshotCount() external view returns (uint256);

    /// @notice A snapshot by its number.
    function snapshotOf(uint256 snapshotId) external view returns (Snapshot memory);

    /// @notice The token-seconds by which an account shares the revenue of a snapshot, with those of tokens that the
    /// distributor has handed to it since. The distributor itself has none.
    function sharesOf(address account, uint256 snapshotId) external view returns (uint256);

    /// @notice The whole revenue of a snapshot, or what has come in for the next one so far. The token zero is ether.
    function revenueAt(uint256 snapshotId, IERC20 token) external view returns (uint256);

    /// @notice What an account has claimed of a snapshot's revenue. The token zero is ether.
    function paidOf(address account, uint256 snapshotId, IERC20 token) external view returns (uint256);

    /// @notice The ether for the next snapshot so far, with what waits in the market.
    function revenueWaiting() external view returns (uint256);

    /// @notice What burning so many of its tokens would pay an account now. The token zero is ether.
    function redeemableBy(address account, uint256 amount, IERC20 token) external view returns (uint256);

    /// @notice Fetches what the market owes to the token; anyone may call. {snapshot} and burns do it too.
    function collect() external returns (uint256 amount);

    /// @notice Pays the caller's shares of the ether of several snapshots in one payment, to an account of its choice.
    function claimMany(uint256[] calldata snapshotIds, address payable to) external;

    /// @notice Pays the caller's share of a snapshot's revenue in a token.
    function claimERC20(uint256 snapshotId, IERC20 token) external;

    /// @notice Destroys tokens of the caller, and pays their share of the ether and of these tokens that no snapshot has
    /// recorded yet. {burn} is this with no tokens: it leaves revenue in tokens to the other holders.
    /// @param tokens In ascending order.
    function burnAndRedeem(uint256 amount, IERC20[] calldata tokens) external;

    /// @notice Takes an approved amount of a token from the caller, as revenue for the next snapshot. A plain transfer of a
    /// token to this contract is not revenue, and is lost.
    function depositERC20(IERC20 token, uint256 amount) external;

    /// @notice Destroys what was not sold, which redeems nothing, and lets tokens be handed out. The distributor's right,
    /// once.
    function open(uint256 unsold) external;
}
