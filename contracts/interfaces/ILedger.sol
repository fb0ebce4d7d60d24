// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {ICustody} from "./ICustody.sol";

/// @notice OPG held for accounts by a contract: paid in beforehand or credited by the protocol, and always pulled out
/// by the account itself, so that no recipient and no token can stand in the way of another party's settlement.
///
/// Assumptions about the token: an ERC-20 whose balances change only by transfers. One that takes a fee on transfer is
/// accounted at what arrives. One that blocks an address blocks that address's withdrawals only.
interface ILedger is ICustody {
    /// @notice The account does not hold `amount`.
    error BalanceTooLow(address account, uint256 balance, uint256 amount);
    /// @notice The zero address holds no balance.
    error ZeroAccount();

    event Deposited(address indexed account, address indexed from, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice Pull `amount` of OPG from the caller and add what arrives to the balance of `account`.
    /// @return received What arrived.
    function deposit(address account, uint256 amount) external returns (uint256 received);

    /// @notice As `deposit`, after an ERC-2612 permit by the caller. A permit that somebody else already used is no
    /// obstacle as long as the allowance is there.
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
