// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {ICustody} from "./ICustody.sol";

/// @notice A contract that holds OPG for accounts. An account pays it in beforehand, or the protocol credits it. Only the
/// account itself takes it out, so no recipient and no token can block another party's settlement.
///
/// Assumption about the token: an ERC-20 whose balances change only by transfers. If it takes a fee on transfer, the
/// received amount counts. If it blocks an address, this blocks only that address's withdrawals.
interface ILedger is ICustody {
    /// @notice The account does not hold `amount`.
    error BalanceTooLow(address account, uint256 balance, uint256 amount);
    /// @notice The zero address holds no balance.
    error ZeroAccount();

    event Deposited(address indexed account, address indexed from, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice Pull `amount` of OPG from the caller and add the received amount to the balance of `account`.
    /// @return received The received amount.
    function deposit(address account, uint256 amount) external returns (uint256 received);

    /// @notice As `deposit`, after an ERC-2612 permit by the caller. If somebody else already used the permit, the allowance
    /// is enough.
    function depositWithPermit(
        address account,
        uint256 amount,
        uint256 permitDeadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 received);

    /// @notice Send `amount` of the caller's balance to `to`.
    function withdraw(address to, uint256 amount) external;

    /// @notice Free balance of an account.
    function balanceOf(address account) external view returns (uint256);
}
