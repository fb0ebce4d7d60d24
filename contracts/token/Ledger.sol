// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILedger} from "../interfaces/ILedger.sol";
import {Custody} from "./Custody.sol";

/// @notice Deposits and withdrawals over balances that the inheriting contract stores.
abstract contract Ledger is ILedger, Custody {
    /// @inheritdoc ILedger
    function deposit(address account, uint256 amount) external returns (uint256) {
        return _deposit(account, amount);
    }

    /// @inheritdoc ILedger
    function depositWithPermit(
        address account,
        uint256 amount,
        uint256 permitDeadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256) {
        _tryPermit(amount, permitDeadline, v, r, s);
        return _deposit(account, amount);
    }

    /// @inheritdoc ILedger
    function withdraw(address to, uint256 amount) external {
        _debit(msg.sender, amount);
        emit Withdrawn(msg.sender, to, amount);
        _push(to, amount);
    }

    /// @inheritdoc ILedger
    function balanceOf(address account) external view returns (uint256) {
        return _balance(account);
    }

    function _deposit(address account, uint256 amount) private returns (uint256 received) {
        if (account == address(0)) revert ZeroAccount();
        received = _pull(msg.sender, amount);
        _credit(account, received);
        emit Deposited(account, msg.sender, received);
    }

    function _balance(address account) internal view virtual returns (uint256);

    function _credit(address account, uint256 amount) internal virtual;

    /// @dev Reverts with BalanceTooLow when the account does not hold `amount`.
    function _debit(address account, uint256 amount) internal virtual;
}
