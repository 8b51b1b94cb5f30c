// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC7641AltRevToken} from "./IERC7641.sol";
import {IInferenceMarket} from "./IInferenceMarket.sol";

/// @title The token of a model
/// @notice Shares in the revenue of one model: ERC-7641 with a supply that can only fall.
/// @dev All tokens are minted to the distributor, which is the offering. It opens the token once, and hands tokens out. It
/// has no other right, and nobody else has any right. The token also takes approvals by signature (ERC-2612).
///
/// ERC-7641 leaves two questions open. Here, a snapshot ends a period. The period's revenue is shared by token-seconds:
/// balances summed over the seconds of the period. And {redeemableOnBurn} is the amount that the caller would get.
interface IModelToken is IERC7641AltRevToken {
    /// @notice A snapshot: the period that it ended, and the token-seconds that share the period's revenue.
    struct Snapshot {
        uint128 tokenSeconds;
        uint64 start;
        uint64 end;
    }

    /// @notice Ether came in, by a plain transfer or an empty call. Forced ether is not revenue, and is lost.
    event RevenueReceived(address indexed from, uint256 amount);

    /// @notice Revenue in another token came in. The amount is the sum that arrived.
    event RevenueReceivedERC20(IERC20 indexed token, address indexed from, uint256 amount);

    /// @notice The distributor opened the token, and destroyed what had not been sold.
    event Opened(uint256 unsold);

    /// @notice A snapshot was taken. The revenue is its ether. It also records revenue in other tokens: see {revenueAt}.
    event SnapshotTaken(uint256 indexed snapshotId, uint256 tokenSeconds, uint256 revenue);

    /// @notice A share of a snapshot's revenue was paid. The token zero is ether.
    event RevenueClaimed(
        address indexed account, uint256 indexed snapshotId, IERC20 indexed token, address to, uint256 amount
    );

    /// @notice A burn paid a share of revenue that no snapshot had recorded. The token zero is ether.
    event Redeemed(address indexed account, IERC20 indexed token, uint256 burned, uint256 amount);

    /// @notice The supply would be 2^95 units or more.
    error SupplyTooLarge(uint256 supply);

    /// @notice Only the distributor opens the token.
    error NotDistributor(address caller);

    /// @notice The token is open already.
    error AlreadyOpen();

    /// @notice The token is not open. Before that nothing is handed out, burned or recorded, since unsold tokens would
    /// share the revenue.
    error NotOpen();

    /// @notice The last snapshot, or the opening, is too recent.
    /// @param next The time from which another snapshot is possible.
    error SnapshotTooEarly(uint256 next);

    /// @notice No such snapshot has been taken.
    error SnapshotUnknown(uint256 snapshotId);

    /// @notice There is nothing to claim for the account.
    error NothingToClaim(address account);

    /// @notice The last tokens outside of the distributor cannot be burned, since nobody could claim later revenue.
    error LastTokens();

    /// @notice Tokens to redeem must be in ascending order, so that no token occurs twice.
    error TokensNotAscending(IERC20 token);

    /// @notice The model whose revenue the token shares.
    function modelId() external view returns (bytes32);

    /// @notice The digest of the settlement key that the model's id stands for.
    function keyDigest() external view returns (bytes32);

    /// @notice The market that credits the token with its part of the fees.
    function market() external view returns (IInferenceMarket);

    /// @notice The account that got the supply and hands it out: the offering.
    function distributor() external view returns (address);

    /// @notice Whether the distributor has opened the token. Until then revenue waits.
    function isOpen() external view returns (bool);

    /// @notice The least length of a period, in seconds.
    function snapshotDistance() external view returns (uint256);

    /// @notice The number of snapshots, which is also the number of the last.
    function snapshotCount() external view returns (uint256);

    /// @notice A snapshot by its number.
    function snapshotOf(uint256 snapshotId) external view returns (Snapshot memory);

    /// @notice The token-seconds by which an account shares the revenue of a snapshot. They include tokens that the
    /// distributor has handed to it later. The distributor itself has none.
    function sharesOf(address account, uint256 snapshotId) external view returns (uint256);

    /// @notice The whole revenue of a snapshot, or the revenue so far for the next one. The token zero is ether.
    function revenueAt(uint256 snapshotId, IERC20 token) external view returns (uint256);

    /// @notice The amount that an account has claimed of a snapshot's revenue. The token zero is ether.
    function paidOf(address account, uint256 snapshotId, IERC20 token) external view returns (uint256);

    /// @notice The ether so far for the next snapshot, including what waits in the market.
    function revenueWaiting() external view returns (uint256);

    /// @notice The amount that an account would get now for burning so many of its tokens. The token zero is ether.
    function redeemableBy(address account, uint256 amount, IERC20 token) external view returns (uint256);

    /// @notice Fetches what the market owes to the token. Anyone may call. {snapshot} and burns do it too.
    function collect() external returns (uint256 amount);

    /// @notice Pays the caller's shares of the ether of several snapshots in one payment, to an account of its choice.
    function claimMany(uint256[] calldata snapshotIds, address payable to) external;

    /// @notice Pays the caller's share of a snapshot's revenue in a token.
    function claimERC20(uint256 snapshotId, IERC20 token) external;

    /// @notice Destroys tokens of the caller. It pays their share of the ether and of the listed tokens that no snapshot
    /// has recorded yet. {burn} is the same without a list. It leaves revenue in tokens to the other holders.
    /// @param tokens The tokens to redeem, in ascending order.
    function burnAndRedeem(uint256 amount, IERC20[] calldata tokens) external;

    /// @notice Takes an approved amount of a token from the caller, as revenue for the next snapshot. A plain transfer of a
    /// token to this contract is not revenue, and is lost.
    function depositERC20(IERC20 token, uint256 amount) external;

    /// @notice Destroys the unsold tokens, without a payment, and allows the distributor to hand tokens out. Only the
    /// distributor may call, once.
    function open(uint256 unsold) external;
}
