// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICustody} from "../interfaces/ICustody.sol";

/// @notice The only place where tokens move. Everything else is arithmetic on what is owed to whom.
abstract contract Custody is ICustody {
    using SafeERC20 for IERC20;

    /// @inheritdoc ICustody
    address public immutable opg;

    bool private transient _pulling;

    constructor(address opg_) {
        if (opg_.code.length == 0) revert NoToken(opg_);
        opg = opg_;
    }

    /// @dev Pulls `amount` and returns what arrived.
    /// INVARIANT: between the two readings of the balance nothing else is counted as received. A nested pull would be
    /// counted twice, so it reverts; a nested payment only lessens what the caller is credited with.
    function _pull(address from, uint256 amount) internal returns (uint256 received) {
        if (_pulling) revert TransferReentered();
        _pulling = true;
        uint256 before = IERC20(opg).balanceOf(address(this));
        IERC20(opg).safeTransferFrom(from, address(this), amount);
        received = IERC20(opg).balanceOf(address(this)) - before;
        _pulling = false;
    }

    /// @dev INVARIANT: the caller has already been debited; a call from within the transfer finds nothing left.
    function _push(address to, uint256 amount) internal {
        IERC20(opg).safeTransfer(to, amount);
    }

    /// @dev A permit may be used by anybody who sees it; then this fails and the allowance is there all the same.
    function _tryPermit(uint256 amount, uint256 permitDeadline, uint8 v, bytes32 r, bytes32 s) internal {
        try IERC20Permit(opg).permit(msg.sender, address(this), amount, permitDeadline, v, r, s) {} catch {}
    }
}
