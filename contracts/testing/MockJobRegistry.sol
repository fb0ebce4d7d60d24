// SPDX-License-Identifier: MIT
pragma solidity ^0.8.22;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {ClaimLib} from "../types/Claim.sol";
import {Job, JobStatus} from "../types/Job.sol";
import {JobId, JobIdLib} from "../types/JobId.sol";
import {TermsLib} from "../types/Terms.sol";

/// @title A job registry for the tests of consumers
/// @notice Towards a consumer it behaves as JobRegistry does: it takes the same calls, refuses them with the same errors, emits
/// the same events, and gives callbacks the same gas. There are no operators, bonds and disputes. A test says with the functions
/// `mock…` what they would have done, and moves the clock of its chain for whatever comes late:
///
/// | what a consumer must survive       | what the test calls                                                                |
/// |------------------------------------|------------------------------------------------------------------------------------|
/// | the answer, at once                | `mockAnswer`                                                                       |
/// | the answer, late                   | `mockSubmit`; after the window `finalize`                                          |
/// | a wrong answer, which is convicted | `mockSubmit`, `mockChallenge`, `mockConvict`                                       |
/// | a challenge that fails             | `mockSubmit`, `mockChallenge`, `mockUphold`, `finalize`                            |
/// | no answer                          | after the deadline `refund`                                                        |
/// | its own callback fails             | `mockAnswer` is false; once the consumer is mended, `retryCallback` by anyone      |
/// | too little gas for its callback    | a request with a small `callbackGas`, then the same                                |
///
/// Where the registry takes a `Job`, pass `mockJob(jobId)`. Never deploy this for others: anyone may answer anything.
contract MockJobRegistry {
    using SafeERC20 for IERC20;

    // Limits of a deployment: those of a development network.
    /// @notice Longest challenge window, in seconds.
    uint256 public immutable maxWindow = 1 hours;
    /// @notice Longest time between a request and its deadline, in seconds.
    uint256 public immutable maxServePeriod = 1 days;
    /// @notice Seconds for which an acceptance reserves a job.
    uint256 public immutable acceptPeriod = 60;
    /// @notice Longest input of `request`.
    uint256 public immutable maxInputBytes = 16_384;
    /// @notice Longest output of a job.
    uint256 public immutable maxOutputBytes = 32_768;
    /// @notice Most gas that a request may ask for its callback.
    uint256 public immutable maxCallbackGas = 2_000_000;
    /// @notice A requester's part of a slashed bond, in basis points.
    uint256 public immutable compensationBps = 2_000;

    /// @dev What Callback of the registry counts for a call beside the gas that it passes on.
    uint256 private constant CALL_COST = 5_400;

    /// @notice The token of deposits and withdrawals, as in the registry; zero if balances are made of nothing.
    address public immutable opg;

    /// @notice Free balance of an account, as in the registry.
    mapping(address account => uint256) public balanceOf;
    /// @notice Compensations, as in the stake registry, whose part this contract plays for its consumers.
    mapping(address account => uint256) public creditOf;
    /// @notice Number of requests of an account so far.
    mapping(address account => uint64) public nonceOf;
    /// @notice Status of a job by its id alone.
    mapping(JobId id => JobStatus) public statusOf;

    mapping(bytes32 version => IJobRegistry.Quote) private _quotes;
    mapping(JobId id => Job) private _jobs;
    mapping(JobId id => bytes) private _inputs;

    /// @param opg_ An ERC-20 token, or zero.
    constructor(address opg_) {
        opg = opg_;
    }

    // ── what a test says ─────────────────────────────────────────────────────────────────────────────────────────

    /// @notice A version, and the least terms of its requests. Unless `terms.open`, it takes none.
    function mockPublish(bytes32 version, IJobRegistry.Quote calldata terms) external {
        _quotes[version] = terms;
    }

    /// @notice An operator reserves a job.
    function mockAccept(uint256 jobId, address operator) external {
        Job memory job = _stored(jobId);
        _require(job, JobStatus.Requested);
        uint40 deadline = _inTime(job);
        uint256 until = block.timestamp + acceptPeriod;
        job.claim = ClaimLib.pack(operator, deadline, until < deadline ? uint40(until) : deadline, job.claim.named());
        _write(job, JobStatus.Accepted);
        emit IJobRegistry.JobAccepted(job.id, operator, job.claim);
    }

    /// @notice The output is submitted: by the operator that the request named or that accepted the job, or else by the caller.
    function mockSubmit(uint256 jobId, bytes calldata output) public {
        Job memory job = _stored(jobId);
        if (statusOf[job.id] != JobStatus.Accepted) _require(job, JobStatus.Requested);
        uint40 deadline = _inTime(job);
        if (output.length > maxOutputBytes) revert IJobRegistry.OutputTooLong(output.length, maxOutputBytes);
        address operator = job.claim.operator() == address(0) ? msg.sender : job.claim.operator();
        job.claim = ClaimLib.pack(operator, deadline, uint40(block.timestamp), job.claim.named());
        job.output = _commitment(output);
        _write(job, JobStatus.Submitted);
        emit IJobRegistry.JobSubmitted(job.id, operator, job.claim, output);
    }

    /// @notice Somebody challenges the submitted output.
    function mockChallenge(uint256 jobId) external {
        Job memory job = _pass(jobId, JobStatus.Submitted, JobStatus.Challenged);
        if (block.timestamp >= _finalizesAt(job)) revert IJobRegistry.WindowOver(job.id, _finalizesAt(job));
        emit IJobRegistry.JobChallenged(job.id, job.claim.operator());
    }

    /// @notice The dispute ends without conviction.
    function mockUphold(uint256 jobId) external {
        Job memory job = _pass(jobId, JobStatus.Challenged, JobStatus.Upheld);
        emit IJobRegistry.JobUpheld(job.id, job.claim.operator());
    }

    /// @notice The output is convicted: the fee goes back to the requester, with a part of the bond as compensation.
    function mockConvict(uint256 jobId) external {
        Job memory job = _pass(jobId, JobStatus.Challenged, JobStatus.Convicted);
        balanceOf[job.id.requester()] += job.terms.fee();
        creditOf[job.id.requester()] += (job.terms.bond() * compensationBps) / 10_000;
        emit IJobRegistry.JobConvicted(job.id, job.claim.operator(), job.terms.bond());
    }

    /// @notice The output is submitted and final at once, as if its window had passed.
    /// @return delivered False if a callback was asked for and failed.
    function mockAnswer(uint256 jobId, bytes calldata output) external returns (bool delivered) {
        mockSubmit(jobId, output);
        return _settle(_stored(jobId), output);
    }

    /// @notice The job as it stands, for the functions that take one. All zero once its callback was delivered.
    function mockJob(uint256 jobId) external view returns (Job memory) {
        return _jobs[JobId.wrap(jobId)];
    }

    /// @notice The input that a job was asked with; empty if it was asked by roots.
    function mockInput(uint256 jobId) external view returns (bytes memory) {
        return _inputs[JobId.wrap(jobId)];
    }

    // ── as in the registry ───────────────────────────────────────────────────────────────────────────────────────

    /// @notice As in the registry: ask for an inference.
    function request(IJobRegistry.Request calldata r, bytes calldata input) external returns (JobId) {
        if (input.length == 0) revert IJobRegistry.NoInput();
        if (input.length > maxInputBytes) revert IJobRegistry.InputTooLong(input.length, maxInputBytes);
        Job memory job = _request(r, _commitment(input));
        _inputs[job.id] = input;
        emit IJobRegistry.JobRequested(job.id, job.version, msg.sender, job.terms, job.claim, input);
        return job.id;
    }

    /// @notice As in the registry: ask with an input by its tensor roots.
    function requestByRoots(IJobRegistry.Request calldata r, bytes32[] calldata roots, string calldata uri)
        external
        returns (JobId)
    {
        if (roots.length == 0) revert IJobRegistry.NoInput();
        Job memory job = _request(r, keccak256(abi.encodePacked(uint8(1), roots)));
        emit IJobRegistry.JobRequestedByRoots(job.id, job.version, msg.sender, job.terms, job.claim, roots, uri);
        return job.id;
    }

    /// @notice As in the registry: withdraw a job that nobody has reserved or served.
    function cancel(Job calldata job) external {
        if (msg.sender != job.id.requester()) revert IJobRegistry.NotRequester(job.id, msg.sender);
        JobStatus status = _read(job);
        bool lapsed = status == JobStatus.Accepted && block.timestamp > job.claim.time();
        if (!lapsed && status != JobStatus.Requested) revert IJobRegistry.WrongStatus(job.id, status);
        statusOf[job.id] = JobStatus.Cancelled;
        balanceOf[msg.sender] += job.terms.fee();
        emit IJobRegistry.JobCancelled(job.id);
    }

    /// @notice As in the registry: return the fee of a job that was not served by its deadline.
    function refund(Job calldata job) external {
        JobStatus status = _read(job);
        if (status != JobStatus.Requested && status != JobStatus.Accepted) revert IJobRegistry.WrongStatus(job.id, status);
        uint40 deadline = job.claim.deadline();
        if (block.timestamp <= deadline) revert IJobRegistry.DeadlineNotPassed(job.id, deadline);
        statusOf[job.id] = JobStatus.Refunded;
        balanceOf[job.id.requester()] += job.terms.fee();
        emit IJobRegistry.JobRefunded(job.id);
    }

    /// @notice As in the registry: settle a result whose window is over, or that was upheld, and call the requester back.
    function finalize(Job calldata job, bytes calldata output) external {
        JobStatus status = _read(job);
        if (status == JobStatus.Submitted) {
            if (block.timestamp < _finalizesAt(job)) revert IJobRegistry.NotFinalYet(job.id, _finalizesAt(job));
        } else if (status != JobStatus.Upheld) {
            revert IJobRegistry.WrongStatus(job.id, status);
        }
        _settle(job, output);
    }

    /// @notice As in the registry: repeat a callback that failed.
    function retryCallback(Job calldata job, bytes calldata output) external {
        JobStatus status = _read(job);
        if (status != JobStatus.FinalUndelivered) revert IJobRegistry.WrongStatus(job.id, status);
        _erase(job);
        if (!_deliver(job, type(uint256).max, output)) revert IJobRegistry.CallbackFailed(job.id);
        emit IJobRegistry.CallbackDelivered(job.id);
    }

    /// @notice As in the registry: pay into the balance of an account. Without a token nothing is pulled.
    function deposit(address account, uint256 amount) external returns (uint256 received) {
        if (account == address(0)) revert ILedger.ZeroAccount();
        if (opg != address(0)) IERC20(opg).safeTransferFrom(msg.sender, address(this), amount);
        balanceOf[account] += amount;
        emit ILedger.Deposited(account, msg.sender, amount);
        return amount;
    }

    /// @notice As in the registry: take out of the caller's balance.
    function withdraw(address to, uint256 amount) external {
        uint256 balance = balanceOf[msg.sender];
        if (balance < amount) revert ILedger.BalanceTooLow(msg.sender, balance, amount);
        balanceOf[msg.sender] = balance - amount;
        emit ILedger.Withdrawn(msg.sender, to, amount);
        _push(to, amount);
    }

    /// @notice As in the stake registry.
    function withdrawCredit(address to, uint256 amount) external {
        uint256 credit = creditOf[msg.sender];
        if (credit < amount) revert IStakeRegistry.CreditTooLow(msg.sender, credit, amount);
        creditOf[msg.sender] = credit - amount;
        emit IStakeRegistry.CreditWithdrawn(msg.sender, to, amount);
        _push(to, amount);
    }

    /// @notice As in the registry: status of a job by its struct, and the time at which its result is final.
    function read(Job calldata job) external view returns (JobStatus status, uint256 finalizesAt) {
        status = _read(job);
        finalizesAt = job.output == 0 ? 0 : _finalizesAt(job);
    }

    /// @notice As in the registry: least terms of a version.
    function quote(bytes32 version) external view returns (IJobRegistry.Quote memory) {
        return _quotes[version];
    }

    /// @notice This contract plays the stake registry's part, too.
    function stakes() external view returns (address) {
        return address(this);
    }

    // ── jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function _request(IJobRegistry.Request calldata r, bytes32 input) private returns (Job memory job) {
        IJobRegistry.Quote memory q = _quotes[r.version];
        if (!q.open) revert IJobRegistry.VersionNotOpen(r.version);
        if (r.fee < q.price) revert IJobRegistry.FeeBelowPrice(r.fee, q.price);
        if (r.bond < q.minBond) revert IJobRegistry.BondBelowMinimum(r.bond, q.minBond);
        if (r.window < q.minWindow || r.window > maxWindow) revert IJobRegistry.WindowOutOfRange(r.window, q.minWindow, maxWindow);
        if (r.callbackGas > maxCallbackGas) revert IJobRegistry.CallbackGasTooHigh(r.callbackGas, maxCallbackGas);
        if (r.deadline < block.timestamp || r.deadline > block.timestamp + maxServePeriod) {
            revert IJobRegistry.DeadlineOutOfRange(r.deadline, block.timestamp, block.timestamp + maxServePeriod);
        }
        uint256 balance = balanceOf[msg.sender];
        if (balance < r.fee) revert ILedger.BalanceTooLow(msg.sender, balance, r.fee);
        balanceOf[msg.sender] = balance - r.fee;

        job.id = JobIdLib.pack(msg.sender, nonceOf[msg.sender]++);
        job.version = r.version;
        job.input = input;
        job.terms = TermsLib.pack(r.fee, r.bond, r.callbackGas, r.window, q.shareBps);
        job.claim = ClaimLib.pack(r.operator, r.deadline, 0, r.operator != address(0));
        _write(job, JobStatus.Requested);
    }

    /// @dev Operators and publishers have no accounts here: the fee of a settled job is gone.
    function _settle(Job memory job, bytes calldata output) private returns (bool delivered) {
        delivered = true;
        if (job.terms.callbackGas() == 0) {
            statusOf[job.id] = JobStatus.Final;
        } else {
            _erase(job);
            delivered = _deliver(job, job.terms.callbackGas(), output);
            if (!delivered) _write(job, JobStatus.FinalUndelivered);
        }
        emit IJobRegistry.JobFinalized(job.id, job.claim.operator(), delivered);
    }

    /// @dev Passes on `asked` gas, or what there is if that is less, but at least the gas that the request agreed on. Copies no
    /// return data.
    function _deliver(Job memory job, uint256 asked, bytes calldata output) private returns (bool ok) {
        if (_commitment(output) != job.output) revert IJobRegistry.OutputMismatch(job.id);
        bytes memory data = abi.encodeCall(IInferenceConsumer.onInferenceResult, (JobId.unwrap(job.id), output));
        address consumer = job.id.requester();
        uint256 agreed = job.terms.callbackGas();
        // (left − cost) · 63/64 ≥ agreed  ⟸  left ≥ agreed + agreed/63 + 1 + cost
        uint256 needed = agreed + agreed / 63 + 1 + CALL_COST;
        uint256 left = gasleft();
        if (left < needed) revert IJobRegistry.CallbackNeedsMoreGas(left, needed);
        assembly ("memory-safe") {
            ok := call(asked, consumer, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }

    function _pass(uint256 jobId, JobStatus from, JobStatus to) private returns (Job memory job) {
        job = _stored(jobId);
        _require(job, from);
        statusOf[job.id] = to;
    }

    function _require(Job memory job, JobStatus expected) private view {
        if (statusOf[job.id] != expected) revert IJobRegistry.WrongStatus(job.id, statusOf[job.id]);
    }

    function _stored(uint256 jobId) private view returns (Job memory job) {
        job = _jobs[JobId.wrap(jobId)];
        if (JobId.unwrap(job.id) == 0) revert IJobRegistry.JobMismatch(JobId.wrap(jobId));
    }

    function _read(Job calldata job) private view returns (JobStatus) {
        if (keccak256(abi.encode(job)) != keccak256(abi.encode(_jobs[job.id]))) revert IJobRegistry.JobMismatch(job.id);
        return statusOf[job.id];
    }

    function _write(Job memory job, JobStatus status) private {
        _jobs[job.id] = job;
        statusOf[job.id] = status;
    }

    /// @dev A delivered result leaves nothing but its status.
    function _erase(Job memory job) private {
        delete _jobs[job.id];
        statusOf[job.id] = JobStatus.Final;
    }

    function _push(address to, uint256 amount) private {
        if (opg != address(0)) IERC20(opg).safeTransfer(to, amount);
    }

    function _inTime(Job memory job) private view returns (uint40 deadline) {
        deadline = job.claim.deadline();
        if (block.timestamp > deadline) revert IJobRegistry.DeadlinePassed(job.id, deadline);
    }

    function _finalizesAt(Job memory job) private pure returns (uint256) {
        return uint256(job.claim.time()) + job.terms.window();
    }

    /// @dev keccak(0x00 ‖ data)
    function _commitment(bytes calldata data) private pure returns (bytes32) {
        return keccak256(bytes.concat(hex"00", data));
    }
}
