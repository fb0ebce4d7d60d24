// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Job} from "../types/Job.sol";
import {JobId} from "../types/JobId.sol";
import {ILedger} from "./ILedger.sol";

/// @notice The dispute over one submitted output. With `s` the time of submission and `c` that of the first challenge,
///
///     s ≤ c < s + window                                 challenges are accepted, any number, independent
///     c … c + openPeriod                                 the operator opens, or anyone has it convicted by default
///     … D = s + window + openPeriod + provePeriod        anyone may convict by proof once it is open
///     after D                                            anyone may have it upheld
///
/// No clock is ever reset or extended, whoever joins. A conviction takes effect at once; its reward is held for
/// `rewardPeriod`, in which whoever committed earlier to a valid proof of its own takes it over. A copied proof has no
/// earlier commitment, so copying gains nothing.
///
/// Fees and rewards: a challenge costs `challengeFee` from the challenger's balance here (ILedger). Conviction gives
/// every challenger its fee back; otherwise all fees go to the operator. The reward of a conviction is credit in the
/// StakeRegistry.
interface IDisputeGame is ILedger {
    enum DisputeStatus {
        /// Never challenged.
        None,
        /// Waiting for the operator to open.
        Challenged,
        /// Opened: one inadmissible element convicts.
        Opened,
        /// Ended without conviction.
        Upheld,
        /// Convicted by proof, or by default for want of an opening.
        Convicted
    }

    struct Dispute {
        /// The first challenger; once convicted by proof, who the reward goes to.
        address beneficiary;
        /// Time of the first challenge; once convicted, time of the conviction.
        uint40 since;
        /// Number of challengers.
        uint24 challengers;
        DisputeStatus status;
        /// Block that a commitment must precede to take the reward over. Zero on a default: nothing precedes it.
        uint64 priority;
        /// Reward not yet collected.
        uint96 reward;
        /// Root over the operator's tensor roots; zero until opened.
        bytes32 traceRoot;
    }

    error AlreadyBound(address jobs);
    error NotBound();
    error WrongDisputeStatus(JobId id, DisputeStatus status);
    error AlreadyChallenger(JobId id, address challenger);
    error NotOperator(JobId id, address operator, address caller);
    error OpenPeriodOver(JobId id, uint256 openBy);
    error OpenPeriodNotOver(JobId id, uint256 openBy);
    error VerdictDeadlinePassed(JobId id, uint256 deadline);
    error VerdictDeadlineNotPassed(JobId id, uint256 deadline);
    /// @notice The proof is well-formed and the element it shows is admissible.
    error ElementAdmissible(JobId id);
    error ZeroTraceRoot();
    error AlreadyCommitted(bytes32 commitment);
    /// @notice No earlier commitment to this proof than the present beneficiary's.
    error NoPriority(JobId id, uint256 committedAt, uint256 priority);
    error RewardPeriodOver(JobId id, uint256 collectableAt);
    error RewardPeriodNotOver(JobId id, uint256 collectableAt);
    error NothingToCollect(JobId id);
    error NothingToReclaim(JobId id, address challenger);
    /// @notice A constructor parameter is out of its range.
    error ParameterOutOfRange(string name, uint256 value, uint256 min, uint256 max);

    event Bound(address indexed jobs);
    /// @param index 1 for the first challenger of the job.
    event Challenged(JobId indexed jobId, address indexed challenger, uint256 index, uint256 openBy, uint256 deadline);
    /// @param opening In the verifier's encoding.
    /// @param uri Where the operator serves the tensors.
    event Opened(JobId indexed jobId, address indexed operator, bytes32 traceRoot, bytes opening, string uri);
    event Committed(bytes32 indexed commitment, address indexed by);
    event ConvictedByProof(JobId indexed jobId, address indexed challenger, uint256 reward, uint256 collectableAt);
    event ConvictedByDefault(JobId indexed jobId, address indexed challenger, uint256 reward, uint256 collectableAt);
    event RewardTakenOver(JobId indexed jobId, address indexed from, address indexed to);
    event RewardCollected(JobId indexed jobId, address indexed beneficiary, uint256 amount);
    event FeeReclaimed(JobId indexed jobId, address indexed challenger, uint256 amount);
    event Resolved(JobId indexed jobId, address indexed operator, uint256 fees);

    /// @notice Called once, by the constructor of the JobRegistry that this game judges for.
    function bind() external;

    /// @notice Challenge a submitted output within its window, for the fixed fee; once per address and job.
    function challenge(Job calldata job) external;

    /// @notice Commit to the value of every tensor of the run. Only the operator, once, within its clock.
    /// @param opening In the verifier's encoding; must end in the job's input and output.
    /// @param uri Where the tensors are served.
    function open(Job calldata job, bytes calldata opening, string calldata uri) external;

    /// @notice Record the block of a commitment to a proof, see `commitmentOf`. Free, opaque, and final.
    function commit(bytes32 commitment) external;

    /// @notice Convict by proof; no registration needed. On a job already convicted by proof, take its reward over by
    /// an earlier commitment.
    /// @param salt The salt of the caller's commitment to this very proof, if it made one in an earlier block.
    function convict(Job calldata job, bytes calldata proof, bytes32 salt) external;

    /// @notice Convict an operator that did not open in time. Anyone may; the first challenger gets the reward.
    function timeout(Job calldata job) external;

    /// @notice After the verdict deadline without conviction: uphold the output, credit the fees to the operator.
    function resolve(Job calldata job) external;

    /// @notice After a conviction, return the caller's challenge fee to its balance.
    function reclaim(JobId id) external;

    /// @notice After the reward period, credit the reward to its beneficiary in the StakeRegistry. Anyone may.
    function collect(JobId id) external;

    /// @notice `keccak(chainid, game, jobId, challenger, keccak(proof), salt)`, each a 32-byte word.
    function commitmentOf(JobId id, address challenger, bytes32 proofHash, bytes32 salt)
        external
        view
        returns (bytes32);

    /// @notice Block in which the commitment was recorded, or zero.
    function committedAt(bytes32 commitment) external view returns (uint256);

    function disputeOf(JobId id) external view returns (Dispute memory);

    /// @notice 1-based place of the challenger in the dispute; zero when not in it or when its fee is reclaimed.
    function challengerIndex(JobId id, address challenger) external view returns (uint256);

    /// @notice Constant clocks of a submitted job: last moments of challenging (exclusive) and convicting (inclusive).
    function clocksOf(Job calldata job) external view returns (uint256 challengeBefore, uint256 verdictDeadline);

    /// @notice Longest time from the end of a window to the verdict.
    function maxDuration() external view returns (uint256);

    function verifier() external view returns (address);
    function models() external view returns (address);
    function jobs() external view returns (address);
    function stakes() external view returns (address);
    function challengeFee() external view returns (uint256);
    function openPeriod() external view returns (uint256);
    function provePeriod() external view returns (uint256);
    function rewardPeriod() external view returns (uint256);
}
