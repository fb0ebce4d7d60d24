// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Claim} from "../types/Claim.sol";
import {Job, JobStatus} from "../types/Job.sol";
import {JobId} from "../types/JobId.sol";
import {Terms} from "../types/Terms.sol";
import {ILedger} from "./ILedger.sol";
import {ILocker} from "./IStakeRegistry.sol";

/// @notice Requests, escrow, results and callbacks. The chain keeps one word per job: a digest of its `Job`, and the
/// status. Every later call brings the whole struct. The events are enough to rebuild it:
///
/// - `JobRequested` gives id, version, terms, claim, and the input whose commitment is `keccak(0x00 ‖ input)` (or
///   `keccak(0x01 ‖ root …)` of `JobRequestedByRoots`); output is zero;
/// - `JobAccepted` replaces the claim;
/// - `JobSubmitted` replaces the claim and sets the output commitment `keccak(0x00 ‖ output)`; `JobSubmittedByRoots` does so
///   with the roots as the output, one after the other.
///
/// The word is erased when the callback has delivered the result. Fees are taken from the requester's prepaid balance
/// (ILedger). Every payout is a credit to such a balance.
///
/// A requester may cancel until its job is accepted or submitted. A pending submission is public, so a requester could read
/// the result there and cancel. An operator that fears this accepts the job first.
interface IJobRegistry is ILedger, ILocker {
    /// @notice A request.
    struct Request {
        bytes32 version;
        /// The only operator that may serve it; zero permits any.
        address operator;
        /// The requester's payment; at least the version's price.
        uint96 fee;
        /// The operator's stake; at least the version's minimum.
        uint96 bond;
        /// Gas of the callback to the requester; zero means no callback.
        uint24 callbackGas;
        /// Seconds in which the result may be challenged; at least the version's minimum.
        uint24 window;
        /// Last second in which a result may be submitted.
        uint40 deadline;
    }

    /// @notice The least terms of a request of a version.
    struct Quote {
        uint96 price;
        uint96 minBond;
        uint24 minWindow;
        uint16 shareBps;
        /// False for an unknown or deprecated version.
        bool open;
    }

    /// @notice The passed struct is not the job's; or the job does not exist; or its result was delivered.
    error JobMismatch(JobId id);
    error WrongStatus(JobId id, JobStatus status);
    error VersionNotOpen(bytes32 version);
    error FeeBelowPrice(uint256 fee, uint256 price);
    error BondBelowMinimum(uint256 bond, uint256 minBond);
    error WindowOutOfRange(uint256 window, uint256 min, uint256 max);
    error CallbackGasTooHigh(uint256 callbackGas, uint256 max);
    error DeadlineOutOfRange(uint256 deadline, uint256 min, uint256 max);
    error InputTooLong(uint256 length, uint256 max);
    error OutputTooLong(uint256 length, uint256 max);
    error NoInput();
    error NotRequester(JobId id, address caller);
    /// @notice The job is reserved to another operator.
    error NotTheOperator(JobId id, address operator, address caller);
    error DeadlinePassed(JobId id, uint256 deadline);
    error DeadlineNotPassed(JobId id, uint256 deadline);
    error StakeTooLow(address operator, uint256 lockable, uint256 needed);
    error NotFinalYet(JobId id, uint256 finalizesAt);
    error WindowOver(JobId id, uint256 finalizesAt);
    error OutputMismatch(JobId id);
    /// @notice The transaction has too little gas to give the callback the agreed gas.
    error CallbackNeedsMoreGas(uint256 available, uint256 needed);
    error CallbackFailed(JobId id);
    error NotTheGame(address caller);
    error NotPublisher(bytes32 version, address caller);
    /// @notice A constructor parameter is out of its range.
    error ParameterOutOfRange(string name, uint256 value, uint256 min, uint256 max);

    event JobRequested(
        JobId indexed jobId,
        bytes32 indexed version,
        address indexed requester,
        Terms terms,
        Claim claim,
        bytes input
    );
    event JobRequestedByRoots(
        JobId indexed jobId,
        bytes32 indexed version,
        address indexed requester,
        Terms terms,
        Claim claim,
        bytes32[] roots,
        string uri
    );
    event JobAccepted(JobId indexed jobId, address indexed operator, Claim claim);
    event JobSubmitted(JobId indexed jobId, address indexed operator, Claim claim, bytes output);
    /// @param uri The address at which the values are served.
    event JobSubmittedByRoots(
        JobId indexed jobId,
        address indexed operator,
        Claim claim,
        bytes32[] roots,
        string uri
    );
    event JobChallenged(JobId indexed jobId, address indexed operator);
    event JobUpheld(JobId indexed jobId, address indexed operator);
    event JobConvicted(JobId indexed jobId, address indexed operator, uint256 slashed);
    /// @param delivered False when a callback was asked for and failed.
    event JobFinalized(JobId indexed jobId, address indexed operator, bool delivered);
    event CallbackDelivered(JobId indexed jobId);
    event JobCancelled(JobId indexed jobId);
    event JobRefunded(JobId indexed jobId);
    event PublisherPaid(bytes32 indexed version, address indexed publisher, uint256 amount);

    // ── requester ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Ask for an inference. The fee leaves the caller's balance into escrow.
    /// @param input Graph inputs: elements little-endian, row-major, concatenated in order.
    function request(Request calldata r, bytes calldata input) external returns (JobId);

    /// @notice Ask for an inference whose input is too large for calldata, by its tensor roots.
    /// @param uri The address at which the input is served.
    function requestByRoots(Request calldata r, bytes32[] calldata roots, string calldata uri)
        external
        returns (JobId);

    /// @notice Withdraw a job that nobody has reserved or served. Only its requester may.
    function cancel(Job calldata job) external;

    /// @notice Return the fee of a job that was not served by its deadline. Anyone may.
    function refund(Job calldata job) external;

    // ── operator ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Reserve a job for `acceptPeriod` seconds, once per job. This locks the bond. When the reservation lapses,
    /// anyone may serve the job again.
    function accept(Job calldata job) external;

    /// @notice Submit the output. Locks the bond unless `accept` did.
    function submit(Job calldata job, bytes calldata output) external;

    /// @notice Submit an output that is too large for calldata, by its tensor roots. The program decides which outputs are
    /// (docs/protocol.md §1.7): an output in the wrong form is a wrong one.
    /// @param roots Of the graph outputs; together they are the job's output.
    /// @param uri The address at which the values are served.
    function submitByRoots(Job calldata job, bytes32[] calldata roots, string calldata uri) external;

    // ── anyone ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Settle a result whose window is over, or that was upheld. Then call the requester back.
    /// @param output The output as it was submitted; it is ignored, and may be empty, if no callback was asked for.
    /// @dev The callback gets exactly `callbackGas`. If it fails, the job becomes FinalUndelivered.
    function finalize(Job calldata job, bytes calldata output) external;

    /// @notice Repeat a failed callback with all the gas of the transaction, at least `callbackGas`. Reverts if it fails
    /// again.
    function retryCallback(Job calldata job, bytes calldata output) external;

    /// @notice Move the publisher's shares of a version to the balance of the caller, which must own the model now. Shares
    /// that are not collected pass to a buyer with the model.
    function collectShare(bytes32 version) external returns (uint256 amount);

    // ── the game ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Submitted → Challenged, within the window.
    function hold(Job calldata job) external;

    /// @notice Challenged → Upheld.
    function uphold(Job calldata job) external;

    /// @notice Challenged → Convicted: the fee goes back to the requester, the bond is slashed.
    /// @return taken The slashed amount.
    /// @return reward The game's credit in the StakeRegistry for it.
    function convict(Job calldata job) external returns (uint256 taken, uint256 reward);

    // ── views ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Status of a job by its id alone.
    function statusOf(JobId id) external view returns (JobStatus);

    /// @notice Status of a job by its struct, and the time at which its result is final: zero before submission.
    /// @dev Reverts with JobMismatch unless the struct is the job's, so the caller may trust every field. If a job's
    /// callback was delivered, its word is erased: `statusOf` says Final, and this reverts. A job without a callback keeps
    /// its word, so its result can be proved to any contract at any time.
    function read(Job calldata job) external view returns (JobStatus status, uint256 finalizesAt);

    /// @notice Least terms of a version.
    function quote(bytes32 version) external view returns (Quote memory);

    /// @notice Nonce of the account's next request: the next job id is `account << 64 | nonce`.
    function nonceOf(address account) external view returns (uint64);

    /// @notice Publisher's shares of a version that are not collected yet.
    function shareOf(bytes32 version) external view returns (uint256);

    /// @notice The model registry, which says what a version is and who owns its model.
    function models() external view returns (address);
    /// @notice The stake registry, which holds the bonds.
    function stakes() external view returns (address);
    /// @notice The dispute game, which alone may hold, uphold and convict jobs.
    function game() external view returns (address);
    /// @notice Longest challenge window.
    function maxWindow() external view returns (uint256);
    /// @notice Longest time between a request and its deadline.
    function maxServePeriod() external view returns (uint256);
    /// @notice Seconds for which an acceptance reserves a job.
    function acceptPeriod() external view returns (uint256);
    /// @notice Longest input of `request`.
    function maxInputBytes() external view returns (uint256);
    /// @notice Longest output of `submit`.
    function maxOutputBytes() external view returns (uint256);
    /// @notice Most gas that a request may ask for its callback.
    function maxCallbackGas() external view returns (uint256);
}
