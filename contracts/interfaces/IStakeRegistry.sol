// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {ICustody} from "./ICustody.sol";

/// @notice A contract that operators bond to. Only it knows how much of a bond stands behind open claims (accepted or
/// submitted jobs that are not settled).
interface ILocker {
    /// @notice Part of the operator's bond that stands behind open claims.
    function lockedOf(address operator) external view returns (uint256);
}

/// @notice The only custodian of bonds. A bond belongs to a pair (operator, jobs registry). By bonding, the operator
/// consents that this registry may slash that bond, with the one game to which it is bound for ever. No other contract
/// can touch the bond. So a faulty or hostile registry endangers only the bonds of operators that chose it.
///
/// The jobs registry counts its locks itself (ILocker), in the word of the account that it credits in the same step. This
/// contract asks for them before it pays anything out. A locked part never leaves, exiting or not.
interface IStakeRegistry is ICustody {
    /// @notice One operator's bond to one jobs registry.
    struct Bond {
        /// The whole bond, including the exiting part; all of it is slashable.
        uint96 bonded;
        /// The part that is leaving: it may back no new claim.
        uint96 exiting;
        /// The time from which the exiting part may be withdrawn, as far as it is not locked.
        uint40 exitAt;
    }

    /// @notice The address is no contract that answers `lockedOf`.
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

    /// @notice Bond `amount` of the caller's OPG to `jobs`; the received amount counts. With this call an operator opts in.
    function bond(address jobs, uint256 amount) external returns (uint256 received);

    /// @notice As `bond`, after an ERC-2612 permit by the caller.
    function bondWithPermit(address jobs, uint256 amount, uint256 permitDeadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint256 received);

    /// @notice Start the exit of `amount` in all. This replaces an earlier request, and the delay starts anew. The amount may
    /// include a locked part, which leaves once it is free.
    function requestExit(address jobs, uint256 amount) external;

    /// @notice Put the exiting part to work again.
    function cancelExit(address jobs) external;

    /// @notice After the delay, send to `to` as much of the exiting part as is not locked.
    function withdrawBond(address jobs, address to) external returns (uint256 amount);

    /// @notice Slash the operator's bond to the calling jobs registry. No token moves, so no token can block it.
    /// @param amount The bond behind the claim. Never more than the whole bond is taken.
    /// @param requester It is credited with the compensation.
    /// @param game It is credited with the reward, and passes it on to the account that earned it.
    /// @return taken The slashed amount: `amount`, or the whole bond if that was less.
    /// @return reward `rewardFor(taken)`.
    /// @dev Compensation and reward round down; the rest is burned.
    function slash(address operator, uint256 amount, address requester, address game)
        external
        returns (uint256 taken, uint256 reward);

    /// @notice Pass the caller's credit on to another account. No token moves, so no receiver can block it.
    function transferCredit(address to, uint256 amount) external;

    /// @notice Send the caller's credit to `to`, in tokens.
    function withdrawCredit(address to, uint256 amount) external;

    /// @notice Send all slashed OPG that is to be burned to the dead address. Anyone may.
    function burn() external returns (uint256 amount);

    /// @notice Bond of the operator to the registry.
    function bondOf(address operator, address jobs) external view returns (Bond memory);

    /// @notice The most that the registry may lock: the bond without its exiting part.
    function lockableOf(address operator, address jobs) external view returns (uint256);

    /// @notice Compensations and rewards that the account may withdraw or pass on.
    function creditOf(address account) external view returns (uint256);

    /// @notice The reward of a slash that took this amount.
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
