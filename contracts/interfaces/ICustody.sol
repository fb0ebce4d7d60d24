// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice A contract that holds OPG.
interface ICustody {
    /// @notice A token transfer called back into another token transfer.
    error TransferReentered();
    /// @notice The token's address holds no code.
    error NoToken(address token);

    /// @notice The token of all fees, bonds and rewards.
    function opg() external view returns (address);
}
