// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ERC-7641: tokens that share revenue
/// @notice A token whose holders share the ether that it receives: by claims after each snapshot, and by burning.
/// @dev The functions are the standard's. The implementation documents what the standard leaves open.
interface IERC7641 is IERC20 {
    /// @notice The ether that an account can claim of a snapshot's revenue.
    function claimableRevenue(address account, uint256 snapshotId) external view returns (uint256);

    /// @notice Pays the caller's share of a snapshot's ether.
    function claim(uint256 snapshotId) external;

    /// @notice Records balances, and the revenue that came in since the last snapshot.
    /// @return The number of the snapshot. The first is 1.
    function snapshot() external returns (uint256);

    /// @notice The ether that burning so many tokens would pay now.
    function redeemableOnBurn(uint256 amount) external view returns (uint256);

    /// @notice Destroys tokens of the caller, and pays their share of the ether that no snapshot has recorded yet.
    function burn(uint256 amount) external;
}

/// @title ERC-7641's optional extension
/// @notice Revenue in other tokens too.
interface IERC7641AltRevToken is IERC7641 {
    /// @notice The amount that an account can claim of a snapshot's revenue in a token.
    function claimableERC20(address account, uint256 snapshotId, address token) external view returns (uint256);

    /// @notice The amount that burning so many tokens would pay now, of the revenue in a token.
    function redeemableERC20OnBurn(uint256 amount, address token) external view returns (uint256);
}
