// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Job} from "../types/Job.sol";
import {JobId} from "../types/JobId.sol";
import {ILedger} from "./ILedger.sol";

/// @notice The dispute over one submitted output. With `s` the time of submission and `c` that of the first challenge,
///
///     s ≤ c < s + window                                 challenges are accepted, any number, independent
///     c … c + openPeriod                                 the operator opens, or anyone has it convicted by default
///     … D = s + window + openPeriod + provePeriod        anyone may convict by proof once it is open
///     … D − revealPeriod                                 anyone may demand parts of the trace once it is open
///     demand … demand + revealPeriod                     they are revealed, or anyone has it convicted by default
///     after D                                            anyone may have it upheld, if every demand was answered
///
/// No clock is ever reset or extended, whoever joins: every verdict can be had by D. A conviction takes effect at once;
/// its reward is held for `rewardPeriod`. One half of it belongs to the earliest commitment to a valid proof, the other
/// to the latest, of those made after the submission and strictly before the second of the conviction. Who convicts
/// first holds both until somebody with a better claim to either brings a valid proof of its own. A copied proof has no
/// commitment that counts, so copying gains nothing; who knows the proof beforehand, as the liar does, is not the latest
/// beside a challenger that commits and convicts in the next block.
///
/// The judge is the verifier that the job's version names, and none other.
///
/// Fees and rewards: a challenge costs `challengeFee` for the operator's gas and a part of the bond for the time that it
/// is held, a demanded part `demandFee` and a deposit in proportion to the bond, all from the caller's balance here
/// (ILedger). Conviction gives everything back to all who paid; otherwise the fees go to the operator and the deposits
/// are burned. The reward of a conviction is credit in the StakeRegistry.
///
/// Parts of a trace are demanded once at most, and only `maxOpenDemands` of them at a time in one dispute, so that an
/// honest operator can always answer. Whoever wants to keep all places taken so that nobody else gets one, the operator
/// above all, pays more in deposits than the bond, twice over (see the constructor).
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
        /// Convicted by proof, or by default for want of an opening or of an answer to a demand.
        Convicted
    }

    struct Dispute {
        /// The first challenger; once convicted by proof, who the earlier half of the reward goes to, which rounds down;
        /// by default, the whole.
        address beneficiary;
        /// Time of the first challenge; once convicted, time of the conviction.
        uint40 since;
        /// Number of challengers.
        uint24 challengers;
        DisputeStatus status;
        /// Time of the beneficiary's commitment, which another must precede to take the earlier half over; that of the
        /// conviction where it has none, so that any that counts takes both. Zero on a default: nothing precedes it.
        uint40 priority;
        /// Who the later half goes to; the beneficiary as long as the halves have not parted.
        address laterBeneficiary;
        /// Time of its commitment, which another must follow to take the later half over.
        uint40 laterPriority;
        /// Commitment to the operator's trace; zero until opened.
        bytes32 traceRoot;
    }

    /// @notice What of a reward changes hands.
    enum RewardPart {
        /// To a commitment, from somebody who has none that counts.
        Whole,
        /// To an earlier commitment.
        Earlier,
        /// To a later commitment.
        Later
    }

    /// @dev What was demanded in one dispute.
    struct Demands {
        /// Parts that are demanded and not revealed yet.
        uint32 open;
        /// All parts that were demanded so far, each for `demandPrice`.
        uint64 made;
        /// The version's, which knows what they are called.
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
    /// @notice The proof is well-formed and the element it shows is admissible.
    error ElementAdmissible(JobId id);
    /// @notice The proof goes on with what the caller's pieces in this dispute did not come to: send them again in order.
    error ProgressMismatch(JobId id, bytes32 held, bytes32 given);
    error ZeroTraceRoot();
    error AlreadyCommitted(bytes32 commitment);
    /// @notice The commitment takes nothing over: it must be made after the submission and before the second of the
    /// conviction, and be earlier than `earlier` or later than `later`.
    error NoPriority(JobId id, uint256 committedAt, uint256 earlier, uint256 later);
    error RewardPeriodOver(JobId id, uint256 collectableAt);
    error RewardPeriodNotOver(JobId id, uint256 collectableAt);
    error NothingToCollect(JobId id);
    error NothingToReclaim(JobId id, address challenger);
    /// @notice A constructor parameter is out of its range.
    error ParameterOutOfRange(string name, uint256 value, uint256 min, uint256 max);

    error DemandPeriodOver(JobId id, uint256 demandBy);
    /// @notice Everything that is asked for has been asked for before.
    error NothingToDemand(JobId id);
    error TooManyDemands(JobId id, uint256 open, uint256 more, uint256 max);
    /// @notice Nothing of what is shown is waited for.
    error NothingToReveal(JobId id);
    error NotDemanded(JobId id, bytes32 item);
    error RevealPeriodOver(JobId id, bytes32 item, uint256 revealBy);
    error RevealPeriodNotOver(JobId id, bytes32 item, uint256 revealBy);
    /// @notice Demands wait for an answer: it comes in time, or silence convicts.
    error DemandsUnanswered(JobId id, uint256 open);
    error NothingToBurn();

    event Bound(address indexed jobs);
    /// @param index 1 for the first challenger of the job.
    event Challenged(JobId indexed jobId, address indexed challenger, uint256 index, uint256 openBy, uint256 deadline);
    /// @param shown What of the trace everybody knows with it, in the verifier's encoding.
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
    /// @param items Those that nobody had demanded before, by their names in the verifier.
    /// @param wanted In the verifier's encoding.
    event Demanded(JobId indexed jobId, address indexed demander, bytes32[] items, uint256 revealBy, bytes wanted);
    /// @param items Those that are answered by it.
    /// @param shown In the verifier's encoding.
    event Revealed(JobId indexed jobId, bytes32[] items, bytes shown);
    event Silent(JobId indexed jobId, bytes32 item);
    /// @param carried The intermediate result, in the verifier's encoding.
    event Advanced(JobId indexed jobId, address indexed challenger, uint256 until, bytes carried);
    event Burned(uint256 amount);

    /// @notice Called once, by the constructor of the JobRegistry that this game judges for.
    function bind() external;

    /// @notice Challenge a submitted output within its window, for `challengePrice`; once per address and job.
    function challenge(Job calldata job) external;

    /// @notice Commit to the value of every tensor of the run. Only the operator, once, within its clock.
    /// @param opening In the verifier's encoding; must end in the job's input and output.
    /// @param uri Where the tensors are served.
    function open(Job calldata job, bytes calldata opening, string calldata uri) external;

    /// @notice Record the time of a commitment to a proof, see `commitmentOf`. Free, opaque, and final. It counts for a
    /// job submitted before and convicted after that second.
    function commit(bytes32 commitment) external;

    /// @notice Convict by proof; no registration needed. On a job already convicted by proof, take over the half of its
    /// reward, or both, that the caller's commitment has the better claim to.
    /// @param salt The salt of the caller's commitment to this very proof, if it made one in an earlier second.
    function convict(Job calldata job, bytes calldata proof, bytes32 salt) external;

    /// @notice Compute a part of an element that is too long for one transaction; the caller's last call of `convict`
    /// rests on it. Every caller has one such computation per dispute, which ends with the dispute; starting anew
    /// replaces it. Nobody's touches another's.
    /// @param until How far, in the verifier's measure.
    /// @param piece In the verifier's encoding.
    function advance(Job calldata job, uint256 until, bytes calldata piece) external;

    /// @notice Demand parts of the opened trace, for `demandPrice` each. Parts that were demanded before cost nothing
    /// and are left out: their answer is, or will be, there for all.
    /// @param wanted In the verifier's encoding.
    function demand(Job calldata job, bytes calldata wanted) external;

    /// @notice Show demanded parts of the opened trace, each within its clock. Anyone who has them may.
    /// @param shown In the verifier's encoding. Parts that nobody demanded or that were shown before are passed over.
    function reveal(JobId id, bytes calldata shown) external;

    /// @notice Convict an operator that left a demanded part unanswered. Anyone may; who demanded it gets the reward.
    function silence(Job calldata job, bytes32 item) external;

    /// @notice Burn the deposits of demands that led to nothing. Anyone may.
    function burn() external returns (uint256 amount);

    /// @notice Convict an operator that did not open in time. Anyone may; the first challenger gets the reward.
    function timeout(Job calldata job) external;

    /// @notice After the verdict deadline without conviction and with no demand unanswered: uphold the output, credit
    /// the fees to the operator.
    function resolve(Job calldata job) external;

    /// @notice After a conviction, return the caller's challenge fee and what it paid for demands to its balance.
    function reclaim(Job calldata job) external;

    /// @notice After the reward period, credit the reward to who holds it, or each half to its holder, in the
    /// StakeRegistry. Anyone may.
    function collect(Job calldata job) external;

    /// @notice `keccak(chainid, game, jobId, challenger, keccak(proof), salt)`, each a 32-byte word.
    function commitmentOf(JobId id, address challenger, bytes32 proofHash, bytes32 salt)
        external
        view
        returns (bytes32);

    /// @notice Second in which the commitment was recorded, or zero.
    function committedAt(bytes32 commitment) external view returns (uint256);

    function disputeOf(JobId id) external view returns (Dispute memory);

    /// @notice Reward of a conviction that is not yet collected, if the struct is the job's.
    function rewardOf(Job calldata job) external view returns (uint256);

    /// @notice 1-based place of the challenger in the dispute; zero when not in it or when its fee is reclaimed.
    function challengerIndex(JobId id, address challenger) external view returns (uint256);

    function demandsOf(JobId id) external view returns (Demands memory);

    /// @notice Who demanded an item and until when it must be revealed; both zero if nobody did.
    function demandOf(JobId id, bytes32 item) external view returns (address demander, uint256 revealBy, bool revealed);

    /// @notice What an account paid for demands in a dispute and has not reclaimed.
    function paidOf(JobId id, address demander) external view returns (uint256);

    /// @notice Fee for challenging a job with this bond: `challengeFee` and `challengeFeeBps` of the bond, rounded up.
    function challengePrice(uint256 bond) external view returns (uint256);

    /// @notice Fee and deposit for one demanded item of a job with this bond. The deposit is rounded up.
    function demandPrice(uint256 bond) external view returns (uint256 fee, uint256 deposit);

    /// @notice Stands for how far a challenger's computation of a long element has come; zero before it began.
    function progressOf(JobId id, address challenger) external view returns (bytes32);

    /// @notice Constant clocks of a submitted job: last moments of challenging (exclusive) and convicting (inclusive).
    function clocksOf(Job calldata job) external view returns (uint256 challengeBefore, uint256 verdictDeadline);

    /// @notice Longest time from the end of a window to the verdict.
    function maxDuration() external view returns (uint256);

    function models() external view returns (address);
    function jobs() external view returns (address);
    function stakes() external view returns (address);
    function challengeFee() external view returns (uint256);
    function challengeFeeBps() external view returns (uint256);
    function openPeriod() external view returns (uint256);
    function provePeriod() external view returns (uint256);
    function rewardPeriod() external view returns (uint256);
    function revealPeriod() external view returns (uint256);
    function maxOpenDemands() external view returns (uint256);
    function demandFee() external view returns (uint256);
    function demandDepositBps() external view returns (uint256);
}
