// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILocker, IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {Custody} from "../token/Custody.sol";

/// @title Custody of all bonds
/// @notice Holds exactly Σ bonded + Σ credit + burnable.
contract StakeRegistry is IStakeRegistry, Custody {
    using SafeCast for uint256;

    /// @notice The address that gets burned OPG. Burning is a plain transfer, so it works with every ERC-20.
    address public constant DEAD = 0x000000000000000000000000000000000000dEaD;

    uint256 private constant BPS = 10_000;
    uint256 private constant MIN_EXIT_DELAY = 1 minutes;
    uint256 private constant MAX_EXIT_DELAY = 365 days;

    /// @inheritdoc IStakeRegistry
    uint256 public immutable exitDelay;
    /// @inheritdoc IStakeRegistry
    uint256 public immutable compensationBps;
    /// @inheritdoc IStakeRegistry
    uint256 public immutable rewardBps;

    mapping(address operator => mapping(address jobs => Bond)) private _bonds;

    /// @inheritdoc IStakeRegistry
    mapping(address account => uint256) public creditOf;

    /// @inheritdoc IStakeRegistry
    /// @dev Shares a word with `burnable`: a slash moves an amount from one to the other, and writes no fresh slot.
    uint128 public totalBonded;
    /// @inheritdoc IStakeRegistry
    uint128 public burnable;

    /// @param compensationBps_ Requester's part of a slash.
    /// @param rewardBps_ Challenger's part of a slash: less than half. At least a tenth remains to be burned. So no operator
    /// gets a whole slash back, not even as its own requester and challenger.
    constructor(address opg_, uint256 exitDelay_, uint256 compensationBps_, uint256 rewardBps_) Custody(opg_) {
        if (exitDelay_ < MIN_EXIT_DELAY || exitDelay_ > MAX_EXIT_DELAY) {
            revert ParameterOutOfRange("exitDelay", exitDelay_, MIN_EXIT_DELAY, MAX_EXIT_DELAY);
        }
        if (rewardBps_ == 0 || rewardBps_ >= BPS / 2) {
            revert ParameterOutOfRange("rewardBps", rewardBps_, 1, BPS / 2 - 1);
        }
        if (compensationBps_ > BPS - BPS / 10 - rewardBps_) {
            revert ParameterOutOfRange("compensationBps", compensationBps_, 0, BPS - BPS / 10 - rewardBps_);
        }
        exitDelay = exitDelay_;
        compensationBps = compensationBps_;
        rewardBps = rewardBps_;
    }

    // ── operators ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStakeRegistry
    function bond(address jobs, uint256 amount) external returns (uint256) {
        return _bond(jobs, amount);
    }

    /// @inheritdoc IStakeRegistry
    function bondWithPermit(address jobs, uint256 amount, uint256 permitDeadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint256)
    {
        _tryPermit(amount, permitDeadline, v, r, s);
        return _bond(jobs, amount);
    }

    function _bond(address jobs, uint256 amount) private returns (uint256 received) {
        // INVARIANT: a bond can leave again. A withdrawal asks `jobs` for the locked part, so `jobs` must answer that now.
        _locked(jobs, msg.sender);
        received = _pull(msg.sender, amount);
        Bond storage b = _bonds[msg.sender][jobs];
        b.bonded = (b.bonded + received).toUint96();
        totalBonded += uint96(received);
        emit Bonded(msg.sender, jobs, received);
    }

    /// @inheritdoc IStakeRegistry
    function requestExit(address jobs, uint256 amount) external {
        Bond storage b = _bonds[msg.sender][jobs];
        if (amount > b.bonded) revert ExitTooLarge(b.bonded, amount);
        uint256 exitAt = block.timestamp + exitDelay;
        b.exiting = amount.toUint96();
        b.exitAt = exitAt.toUint40();
        emit ExitRequested(msg.sender, jobs, amount, exitAt);
    }

    /// @inheritdoc IStakeRegistry
    function cancelExit(address jobs) external {
        Bond storage b = _bonds[msg.sender][jobs];
        b.exiting = 0;
        b.exitAt = 0;
        emit ExitCancelled(msg.sender, jobs);
    }

    /// @inheritdoc IStakeRegistry
    function withdrawBond(address jobs, address to) external returns (uint256 amount) {
        Bond storage b = _bonds[msg.sender][jobs];
        if (block.timestamp < b.exitAt) revert ExitNotDue(b.exitAt);
        // INVARIANT: locked ≤ bonded, also after this withdrawal.
        uint256 locked = _locked(jobs, msg.sender);
        uint256 free = b.bonded > locked ? b.bonded - locked : 0;
        amount = b.exiting < free ? b.exiting : free;
        if (amount == 0) revert NothingToWithdraw(b.exiting, locked);
        // amount ≤ exiting ≤ bonded, each in 96 bits.
        b.exiting -= uint96(amount);
        b.bonded -= uint96(amount);
        totalBonded -= uint96(amount);
        emit BondWithdrawn(msg.sender, jobs, amount);
        _push(to, amount);
    }

    // ── the jobs registry ────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStakeRegistry
    function slash(address operator, uint256 amount, address requester, address game)
        external
        returns (uint256 taken, uint256 reward)
    {
        // INVARIANT: a registry reaches only bonds that operators gave to it, because the caller is the key.
        Bond storage b = _bonds[operator][msg.sender];
        taken = amount < b.bonded ? amount : b.bonded;

        // taken = compensation + reward + burned, the first two rounded down: dust is burned.
        uint256 compensation = taken * compensationBps / BPS;
        reward = rewardFor(taken);

        uint96 left = b.bonded - uint96(taken);
        b.bonded = left;
        if (b.exiting > left) b.exiting = left;
        creditOf[requester] += compensation;
        // All rewards of a game are one account, and the game knows whose they are. A slot for each would cost as much gas as
        // the rest of the slash.
        creditOf[game] += reward;
        totalBonded -= uint96(taken);
        burnable += uint96(taken - compensation - reward);
        emit Slashed(operator, msg.sender, requester, taken, compensation, reward);
    }

    // ── credit and burning ───────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStakeRegistry
    function transferCredit(address to, uint256 amount) external {
        _debit(amount);
        creditOf[to] += amount;
        emit CreditTransferred(msg.sender, to, amount);
    }

    /// @inheritdoc IStakeRegistry
    function withdrawCredit(address to, uint256 amount) external {
        _debit(amount);
        emit CreditWithdrawn(msg.sender, to, amount);
        _push(to, amount);
    }

    function _debit(uint256 amount) private {
        // INVARIANT: an account disposes of its own credit, and of no more, because the caller is the key.
        uint256 credit = creditOf[msg.sender];
        if (credit < amount) revert CreditTooLow(msg.sender, credit, amount);
        creditOf[msg.sender] = credit - amount;
    }

    /// @inheritdoc IStakeRegistry
    function burn() external returns (uint256 amount) {
        amount = burnable;
        if (amount == 0) revert NothingToBurn();
        burnable = 0;
        emit Burned(amount);
        _push(DEAD, amount);
    }

    // ── views ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStakeRegistry
    function rewardFor(uint256 taken) public view returns (uint256) {
        return taken * rewardBps / BPS;
    }

    /// @inheritdoc IStakeRegistry
    function bondOf(address operator, address jobs) external view returns (Bond memory) {
        return _bonds[operator][jobs];
    }

    /// @inheritdoc IStakeRegistry
    function lockableOf(address operator, address jobs) external view returns (uint256) {
        Bond storage b = _bonds[operator][jobs];
        return b.bonded - b.exiting;
    }

    function _locked(address jobs, address operator) private view returns (uint256) {
        if (jobs.code.length == 0) revert NotAJobsRegistry(jobs);
        try ILocker(jobs).lockedOf(operator) returns (uint256 locked) {
            return locked;
        } catch {
            revert NotAJobsRegistry(jobs);
        }
    }
}
