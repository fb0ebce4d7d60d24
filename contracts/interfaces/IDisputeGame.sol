// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Job} from "../types/Job.sol";
import {JobId} from "../types/JobId.sol";
import {ILedger} from "./ILedger.sol";

/// @notice The dispute over one submitted output. With `s` the time of submission and `c` that of the first challenge,
///
///     s ≤ c < s + window                                 anyone may challenge; challenges are independent
///     c … c + openPeriod                                 the operator opens its trace; afterwards anyone may time it out
///     … D = s + window + openPeriod + provePeriod        once it is open, anyone may convict by proof
///     … D − revealPeriod                                 once it is open, anyone may demand parts of the trace
///     demand … demand + revealPeriod                     the parts are revealed; afterwards silence convicts
///     after D                                            anyone may have it upheld, if every demand was answered
///
/// A trace is the values of all tensors of one run. Opening it commits the operator to its root.
///
/// Nothing resets or extends a clock, however many join: every verdict can be had by D. A conviction takes effect at
/// once. Its reward is held for `rewardPeriod`. A commitment is a hash that names a challenger and a proof. It counts if
/// it was made after the submission and strictly before the second of the conviction. One half of the reward belongs to
/// the earliest commitment that counts, the other to the latest. The first to convict holds both halves, until somebody
/// with a better claim to one of them brings a valid proof of its own. A copied proof has no commitment that counts, so
/// copying gains nothing. A liar knows the proof beforehand; but if a challenger commits and convicts in the next block,
/// the challenger's commitment is the latest.
///
/// The verifier that the job's version names judges, and no other.
///
/// Fees and rewards: a challenge costs `challengeFee`, for the operator's gas, and a part of the bond, for the time that
/// the bond is held. A demanded part costs `demandFee` and a deposit in proportion to the bond. Both come from the
/// caller's balance here (ILedger). A conviction gives everything back to all who paid; otherwise the operator gets the
/// fees, and the deposits are burned. The reward of a conviction is credit in the StakeRegistry.
///
/// Each part of a trace is demanded at most once, and at most `maxOpenDemands` parts wait for an answer in one dispute.
/// So an honest operator can always answer. To keep all places taken, so that nobody else gets one, costs deposits of at
/// least twice the bond (see the constructor). This is meant above all against the operator itself.
interface IDisputeGame is ILedger {
    enum DisputeStatus {
        /// Never challenged.
        None,
        /// Waiting for the operator to open.
        Challenged,
        /// Opened: one inadmissible element convicts.
        Opened,
        /// Ended without a conviction.
        Upheld,
        /// Convicted by proof, or by default: because the operator did not open or did not answer a demand.
        Convicted
    }

    struct Dispute {
        /// The first challenger. After a conviction by proof, the account that gets the earlier half of the reward,
        /// which rounds down; after one by default, the account that gets all of it.
        address beneficiary;
        /// Time of the first challenge; after a conviction, the time of the conviction.
        uint40 since;
        /// Number of challengers.
        uint24 challengers;
        DisputeStatus status;
        /// Time of the beneficiary's commitment; an earlier one takes the earlier half over. If the beneficiary has none,
        /// the time of the conviction, so that any commitment that counts takes both halves. Zero after a default:
        /// nothing is earlier.
        uint40 priority;
        /// The account that gets the later half; the beneficiary until the halves part.
        address laterBeneficiary;
        /// Time of its commitment; a later one takes the later half over.
        uint40 laterPriority;
        /// Commitment to the operator's trace; zero until opened.
        bytes32 traceRoot;
    }

    /// @notice The part of a reward that changes hands.
    enum RewardPart {
        /// Both halves, from a holder that has no commitment that counts.
        Whole,
        /// The earlier half, to an earlier commitment.
        Earlier,
        /// The later half, to a later commitment.
        Later
    }

    /// @dev The demands of one dispute.
    struct Demands {
        /// Number of parts that are demanded and not revealed yet.
        uint32 open;
        /// Number of all parts that were demanded so far, each for `demandPrice`.
        uint64 made;
        /// The version's verifier, which gives the parts their names.
        address verifier;
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
    /// @notice The proof is well-formed, but the element that it shows is admissible.
    error ElementAdmissible(JobId id);
    /// @notice The proof goes on from another result than the caller's last piece in this dispute gave: send the pieces again,
    /// in order.
    error ProgressMismatch(JobId id, bytes32 held, bytes32 given);
    error ZeroTraceRoot();
    error AlreadyCommitted(bytes32 commitment);
    /// @notice The commitment takes nothing over. To do so it must be made after the submission and before the second of
    /// the conviction, and be earlier than `earlier` or later than `later`.
    error NoPriority(JobId id, uint256 committedAt, uint256 earlier, uint256 later);
    error RewardPeriodOver(JobId id, uint256 collectableAt);
    error RewardPeriodNotOver(JobId id, uint256 collectableAt);
    error NothingToCollect(JobId id);
    error NothingToReclaim(JobId id, address challenger);
    /// @notice A constructor parameter is out of its range.
    error ParameterOutOfRange(string name, uint256 value, uint256 min, uint256 max);

    error DemandPeriodOver(JobId id, uint256 demandBy);
    /// @notice All these parts were demanded before.
    error NothingToDemand(JobId id);
    error TooManyDemands(JobId id, uint256 open, uint256 more, uint256 max);
    /// @notice None of the shown parts waits for an answer.
    error NothingToReveal(JobId id);
    error NotDemanded(JobId id, bytes32 item);
    error RevealPeriodOver(JobId id, bytes32 item, uint256 revealBy);
    error RevealPeriodNotOver(JobId id, bytes32 item, uint256 revealBy);
    /// @notice Demands wait for an answer: either it comes in time, or silence convicts.
    error DemandsUnanswered(JobId id, uint256 open);
    error NothingToBurn();

    event Bound(address indexed jobs);
    /// @param index 1 for the first challenger of the job.
    event Challenged(JobId indexed jobId, address indexed challenger, uint256 index, uint256 openBy, uint256 deadline);
    /// @param shown The part of the trace that the opening publishes, in the verifier's encoding.
    /// @param uri Where the operator serves the tensors and their roots.
    event Opened(JobId indexed jobId, address indexed operator, bytes32 traceRoot, bytes shown, string uri);
    event Committed(bytes32 indexed commitment, address indexed by);
    event ConvictedByProof(JobId indexed jobId, address indexed challenger, uint256 reward, uint256 collectableAt);
    event ConvictedByDefault(JobId indexed jobId, address indexed challenger, uint256 reward, uint256 collectableAt);
    event RewardTakenOver(JobId indexed jobId, address indexed from, address indexed to, RewardPart part);
    /// @dev Once, or once for each half.
    event RewardCollected(JobId indexed jobId, address indexed beneficiary, uint256 amount);
    event FeeReclaimed(JobId indexed jobId, address indexed challenger, uint256 amount);
    event Resolved(JobId indexed jobId, address indexed operator, uint256 fees);
    /// @param items Names, in the verifier, of the parts that nobody had demanded before.
    /// @param wanted In the verifier's encoding.
    event Demanded(JobId indexed jobId, address indexed demander, bytes32[] items, uint256 revealBy, bytes wanted);
    /// @param items Names of the demanded parts that it answers.
    /// @param shown In the verifier's encoding.
    event Revealed(JobId indexed jobId, bytes32[] items, bytes shown);
    event Silent(JobId indexed jobId, bytes32 item);
    /// @param carried The intermediate result, in the verifier's encoding.
    event Advanced(JobId indexed jobId, address indexed challenger, uint256 until, bytes carried);
    event Burned(uint256 amount);

    /// @notice The constructor of the JobRegistry that this game judges for calls this, once.
    function bind() external;

    /// @notice Challenge a submitted output within its window, for `challengePrice`. Once per address and job.
    function challenge(Job calldata job) external;

    /// @notice Commit to the value of every tensor of the run. Only the operator may, once, within `openPeriod`.
    /// @param opening In the verifier's encoding. The trace must begin with the job's input and end with its output.
    /// @param uri Where the tensors are served.
    function open(Job calldata job, bytes calldata opening, string calldata uri) external;

    /// @notice Record the time of a commitment to a proof, see `commitmentOf`. It is free, shows nothing of the proof, and
    /// is final. It counts for a job that was submitted before that second and is convicted after it.
    function commit(bytes32 commitment) external;

    /// @notice Convict by proof. The caller need not have challenged. If the job is already convicted by proof, take over
    /// one half of its reward, or both, if the caller's commitment has the better claim.
    /// @param salt The salt of the caller's commitment to this proof, if it made one in an earlier second.
    function convict(Job calldata job, bytes calldata proof, bytes32 salt) external;

    /// @notice Compute a part of an element that is too long for one transaction. The caller's later `convict` goes on from
    /// it. Every caller has one such computation per dispute. It ends with the dispute, and a new one replaces it. No
    /// caller's computation affects another's.
    /// @param until How far to compute, in the verifier's measure.
    /// @param piece In the verifier's encoding.
    function advance(Job calldata job, uint256 until, bytes calldata piece) external;

    /// @notice Demand parts of the opened trace, for `demandPrice` each. Parts that were demanded before cost nothing and
    /// are left out: everybody can read their answer, now or soon.
    /// @param wanted In the verifier's encoding.
    function demand(Job calldata job, bytes calldata wanted) external;

    /// @notice Show demanded parts of the opened trace, each within `revealPeriod` of its demand. Anyone who has them may.
    /// @param shown In the verifier's encoding. Parts that nobody demanded, or that were shown before, are skipped.
    function reveal(JobId id, bytes calldata shown) external;

    /// @notice Convict an operator that did not reveal a demanded part in time. Anyone may. The account that demanded the part
    /// gets the reward.
    function silence(Job calldata job, bytes32 item) external;

    /// @notice Burn the deposits of demands in disputes that were upheld. Anyone may.
    function burn() external returns (uint256 amount);

    /// @notice Convict an operator that did not open in time. Anyone may. The first challenger gets the reward.
    function timeout(Job calldata job) external;

    /// @notice Uphold the output and credit the fees to the operator. Possible after the verdict deadline, if there was no
    /// conviction and every demand was answered.
    function resolve(Job calldata job) external;

    /// @notice After a conviction, return to the caller's balance its challenge fee and its payments for demands.
    function reclaim(Job calldata job) external;

    /// @notice After the reward period, credit the reward to its holder, or each half to its holder, in the StakeRegistry.
    /// Anyone may.
    function collect(Job calldata job) external;

    /// @notice `keccak(chainid, game, jobId, challenger, keccak(proof), salt)`, each a 32-byte word.
    function commitmentOf(JobId id, address challenger, bytes32 proofHash, bytes32 salt)
        external
        view
        returns (bytes32);

    /// @notice The second in which the commitment was recorded, or zero.
    function committedAt(bytes32 commitment) external view returns (uint256);

    /// @notice The dispute over a job; all zero before the first challenge.
    function disputeOf(JobId id) external view returns (Dispute memory);

    /// @notice Reward of a conviction that is not yet collected, if the struct is the job's.
    function rewardOf(Job calldata job) external view returns (uint256);

    /// @notice The challenger's number in the dispute, from 1. Zero if it did not challenge or has reclaimed its fee.
    function challengerIndex(JobId id, address challenger) external view returns (uint256);

    /// @notice Sums of the demands in a dispute.
    function demandsOf(JobId id) external view returns (Demands memory);

    /// @notice The account that demanded an item, and the time until which it must be revealed; both zero if nobody did.
    function demandOf(JobId id, bytes32 item) external view returns (address demander, uint256 revealBy, bool revealed);

    /// @notice The sum that an account paid for demands in a dispute and has not reclaimed.
    function paidOf(JobId id, address demander) external view returns (uint256);

    /// @notice Fee for challenging a job with this bond: `challengeFee` and `challengeFeeBps` of the bond, rounded up.
    function challengePrice(uint256 bond) external view returns (uint256);

    /// @notice Fee and deposit for one demanded item of a job with this bond. The deposit is rounded up.
    function demandPrice(uint256 bond) external view returns (uint256 fee, uint256 deposit);

    /// @notice Hash of the state of a challenger's computation of a long element; zero before it began.
    function progressOf(JobId id, address challenger) external view returns (bytes32);

    /// @notice The constant clocks of a submitted job: the end of challenging (exclusive) and of convicting (inclusive).
    function clocksOf(Job calldata job) external view returns (uint256 challengeBefore, uint256 verdictDeadline);

    /// @notice Longest time from the end of a window to the verdict.
    function maxDuration() external view returns (uint256);

    /// @notice The model registry, which names the verifier of a version.
    function models() external view returns (address);
    /// @notice The job registry that this game judges for.
    function jobs() external view returns (address);
    /// @notice The stake registry, in which rewards are credited.
    function stakes() external view returns (address);
    /// @notice The fixed part of the fee of a challenge.
    function challengeFee() external view returns (uint256);
    /// @notice The part of the fee of a challenge that grows with the bond, in basis points of it.
    function challengeFeeBps() external view returns (uint256);
    /// @notice Seconds after the first challenge in which the operator has to open its trace.
    function openPeriod() external view returns (uint256);
    /// @notice Seconds that the verdict deadline lies behind the window and one `openPeriod`.
    function provePeriod() external view returns (uint256);
    /// @notice Seconds after a conviction by proof in which its reward may be taken over.
    function rewardPeriod() external view returns (uint256);
    /// @notice Seconds after a demand in which the operator has to reveal.
    function revealPeriod() external view returns (uint256);
    /// @notice Demanded items that may wait for an answer in one dispute.
    function maxOpenDemands() external view returns (uint256);
    /// @notice Fee for one demanded item.
    function demandFee() external view returns (uint256);
    /// @notice Deposit for one demanded item, in basis points of the bond.
    function demandDepositBps() external view returns (uint256);
}
