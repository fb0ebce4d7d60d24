// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {ICustody} from "./ICustody.sol";

/// @notice A contract that operators bond to. It alone knows how much of a bond stands behind open claims.
interface ILocker {
    /// @notice Part of the operator's bond that stands behind open claims.
    function lockedOf(address operator) external view returns (uint256);
}

/// @notice Sole custodian of bonds. A bond belongs to a pair (operator, jobs registry): bonding is the operator's
/// consent that this registry, with the one game it is bound to for ever, may slash that bond. No other contract can
/// touch it, so a faulty or hostile registry endangers only the bonds of those who chose it.
///
/// The jobs registry counts its locks itself (ILocker), beside the account it credits in the same step; this contract
/// asks for them before anything is paid out. What is locked never leaves, exiting or not.
interface IStakeRegistry is ICustody {
    /// @notice One operator's bond to one jobs registry.
    struct Bond {
        /// All of it, exiting part included; the whole is slashable.
        uint96 bonded;
        /// Part that is leaving: no new claim may be locked on it.
        uint96 exiting;
        /// From here on the exiting part may be withdrawn, as far as nothing is locked on it.
        uint40 exitAt;
    }

    /// @notice Not a contract that answers `lockedOf`.
    error NotAJobsRegistry(address jobs);
    error ExitTooLarge(uint256 bonded, uint256 amount);
    error NothingToWithdraw(uint256 exiting, uint256 locked);
    error ExitNotDue(uint256 exitAt);
    error CreditTooLow(address account, uint256 credit, uint256 amount);
    error NothingToBurn();
    /// @notice A constructor parameter is out of its range.
    error ParameterOutOfRange(string name, uint256 value, uint256 min, uint256 max);

    event Bonded(address indexed operator, address indexed jobs, uint256 amount);
    event ExitRequested(address indexed operator, address indexed jobs, uint256 exiting, uint256 exitAt);
    event ExitCancelled(address indexed operator, address indexed jobs);
    event BondWithdrawn(address indexed operator, address indexed jobs, uint256 amount);
    event Slashed(
        address indexed operator,
        address indexed jobs,
        address indexed requester,
        uint256 amount,
        uint256 compensation,
        uint256 reward
    );
    event CreditTransferred(address indexed from, address indexed to, uint256 amount);
    event CreditWithdrawn(address indexed account, address indexed to, uint256 amount);
    event Burned(uint256 amount);

    /// @notice Bond `amount` of the caller's OPG to `jobs`, accounted at what arrives. This is the opt-in.
    function bond(address jobs, uint256 amount) external returns (uint256 received);

    /// @notice As `bond`, after an ERC-2612 permit by the caller.
    function bondWithPermit(address jobs, uint256 amount, uint256 permitDeadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint256 received);

    /// @notice Start the exit of `amount` in all, which replaces an earlier request; the delay starts anew. May cover
    /// what is locked: that part leaves once it is free.
    function requestExit(address jobs, uint256 amount) external;

    /// @notice Put the exiting part to work again.
    function cancelExit(address jobs) external;

    /// @notice After the delay, send the exiting part to `to`, less what is locked.
    function withdrawBond(address jobs, address to) external returns (uint256 amount);

    /// @notice Slash the operator's bond to the calling jobs registry. No token moves, so nothing can block it.
    /// @param amount What stands behind the claim; never more than the bond is taken.
    /// @param requester Credited with the compensation.
    /// @param game Credited with the reward, which it passes on to whoever has earned it.
    /// @return taken What was slashed: `amount`, or all that was bonded if that was less.
    /// @return reward `rewardFor(taken)`.
    /// @dev compensation and reward round down, the burned rest takes the remainder.
    function slash(address operator, uint256 amount, address requester, address game)
        external
        returns (uint256 taken, uint256 reward);

    /// @notice Pass credit of the caller on to another account. No token moves, so no receiver can block it.
    function transferCredit(address to, uint256 amount) external;

    /// @notice Send credit of the caller to `to`.
    function withdrawCredit(address to, uint256 amount) external;

    /// @notice Send everything slashed for burning to the dead address. Anyone may.
    function burn() external returns (uint256 amount);

    /// @notice Bond of the operator to the registry.
    function bondOf(address operator, address jobs) external view returns (Bond memory);

    /// @notice Upper limit of what the registry may have locked: the bond without its exiting part.
    function lockableOf(address operator, address jobs) external view returns (uint256);

    /// @notice Compensations and rewards that the account may withdraw or pass on.
    function creditOf(address account) external view returns (uint256);

    /// @notice Reward of a slash that took so much.
    function rewardFor(uint256 taken) external view returns (uint256);

    /// @notice All bonds together.
    function totalBonded() external view returns (uint128);

    /// @notice Slashed OPG waiting to be burned.
    function burnable() external view returns (uint128);

    /// @notice Seconds between an exit request and its withdrawal.
    function exitDelay() external view returns (uint256);

    /// @notice Requester's part of a slash, in basis points.
    function compensationBps() external view returns (uint256);

    /// @notice Challenger's part of a slash, in basis points; less than half.
    function rewardBps() external view returns (uint256);
}
