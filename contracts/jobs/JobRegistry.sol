// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {ILocker, IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {Custody} from "../token/Custody.sol";
import {Ledger} from "../token/Ledger.sol";
import {Account, AccountLib} from "../types/Account.sol";
import {Claim, ClaimLib} from "../types/Claim.sol";
import {Job, JobStatus} from "../types/Job.sol";
import {JobId, JobIdLib} from "../types/JobId.sol";
import {Offer, OfferLib} from "../types/Offer.sol";
import {Terms, TermsLib} from "../types/Terms.sol";
import {Callback} from "./Callback.sol";
import {Commitment} from "./Commitment.sol";

/// @title Jobs: request, submit, finalize
/// @notice Holds exactly Σ balances + Σ shares + Σ fees of jobs that are not settled yet. Every function changes state before
/// it calls an unknown contract, so no function needs a reentrancy lock.
contract JobRegistry is IJobRegistry, Ledger {
    using SafeCast for uint256;

    /// @notice Limits of a deployment.
    struct Config {
        uint256 maxWindow;
        uint256 maxServePeriod;
        uint256 acceptPeriod;
        uint256 maxInputBytes;
        uint256 maxOutputBytes;
        uint256 maxCallbackGas;
    }

    /// @notice Two contracts must share a token or registry, and do not.
    error Mismatched(address expected, address actual);

    uint256 private constant BPS = 10_000;

    /// @inheritdoc IJobRegistry
    address public immutable models;
    /// @inheritdoc IJobRegistry
    address public immutable stakes;
    /// @inheritdoc IJobRegistry
    address public immutable game;
    /// @inheritdoc IJobRegistry
    uint256 public immutable maxWindow;
    /// @inheritdoc IJobRegistry
    uint256 public immutable maxServePeriod;
    /// @inheritdoc IJobRegistry
    uint256 public immutable acceptPeriod;
    /// @inheritdoc IJobRegistry
    uint256 public immutable maxInputBytes;
    /// @inheritdoc IJobRegistry
    uint256 public immutable maxOutputBytes;
    /// @inheritdoc IJobRegistry
    uint256 public immutable maxCallbackGas;

    mapping(address account => Account) private _accounts;

    /// @dev High 31 bytes: those of the Job's hash. Low byte: its JobStatus.
    mapping(JobId id => uint256) private _jobs;

    /// @inheritdoc IJobRegistry
    mapping(bytes32 version => uint256) public shareOf;

    /// @dev Binds the game to this registry. A game judges for one registry for ever, and this registry obeys no other game.
    constructor(address models_, IStakeRegistry stakes_, IDisputeGame game_, Config memory c) Custody(stakes_.opg()) {
        _same(game_.opg(), opg);
        _same(game_.models(), models_);
        _same(game_.stakes(), address(stakes_));
        _inRange("maxWindow", c.maxWindow, 1, type(uint24).max);
        _inRange("maxServePeriod", c.maxServePeriod, 1, 365 days);
        _inRange("acceptPeriod", c.acceptPeriod, 1, c.maxServePeriod);
        _inRange("maxInputBytes", c.maxInputBytes, 1, 64 * 1024);
        _inRange("maxOutputBytes", c.maxOutputBytes, 1, 64 * 1024);
        _inRange("maxCallbackGas", c.maxCallbackGas, 0, 12_000_000);
        // INVARIANT: a bond outlives every claim that it ever stood behind. A locked bond cannot leave anyway; the delay is a
        // second barrier, and keeps a bond slashable for later rules.
        uint256 exitDelay = stakes_.exitDelay();
        _inRange("exitDelay", exitDelay, c.maxWindow + game_.maxDuration() + 1, type(uint256).max);

        models = models_;
        stakes = address(stakes_);
        game = address(game_);
        maxWindow = c.maxWindow;
        maxServePeriod = c.maxServePeriod;
        acceptPeriod = c.acceptPeriod;
        maxInputBytes = c.maxInputBytes;
        maxOutputBytes = c.maxOutputBytes;
        maxCallbackGas = c.maxCallbackGas;
        game_.bind();
    }

    // ── requester ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IJobRegistry
    function request(Request calldata r, bytes calldata input) external returns (JobId) {
        if (input.length == 0) revert NoInput();
        if (input.length > maxInputBytes) revert InputTooLong(input.length, maxInputBytes);
        Job memory job = _request(r, Commitment.inline_(input));
        emit JobRequested(job.id, job.version, msg.sender, job.terms, job.claim, input);
        return job.id;
    }

    /// @inheritdoc IJobRegistry
    function requestByRoots(Request calldata r, bytes32[] calldata roots, string calldata uri)
        external
        returns (JobId)
    {
        if (roots.length == 0) revert NoInput();
        Job memory job = _request(r, Commitment.roots_(roots));
        emit JobRequestedByRoots(job.id, job.version, msg.sender, job.terms, job.claim, roots, uri);
        return job.id;
    }

    function _request(Request calldata r, bytes32 input) private returns (Job memory job) {
        Offer offer = IModelRegistry(models).offerOf(r.version);
        if (offer.state() != OfferLib.PUBLISHED) revert VersionNotOpen(r.version);
        if (r.fee < offer.price()) revert FeeBelowPrice(r.fee, offer.price());
        if (r.bond < offer.minBond()) revert BondBelowMinimum(r.bond, offer.minBond());
        if (r.window < offer.minWindow() || r.window > maxWindow) {
            revert WindowOutOfRange(r.window, offer.minWindow(), maxWindow);
        }
        if (r.callbackGas > maxCallbackGas) revert CallbackGasTooHigh(r.callbackGas, maxCallbackGas);
        if (r.deadline < block.timestamp || r.deadline > block.timestamp + maxServePeriod) {
            revert DeadlineOutOfRange(r.deadline, block.timestamp, block.timestamp + maxServePeriod);
        }

        Account a = _accounts[msg.sender];
        uint96 balance = a.balance();
        if (balance < r.fee) revert BalanceTooLow(msg.sender, balance, r.fee);
        // INVARIANT: a nonce is used once, so an id never names two jobs.
        uint64 nonce = a.nonce();
        _accounts[msg.sender] = AccountLib.pack(balance - r.fee, a.locked(), nonce + 1);

        job.id = JobIdLib.pack(msg.sender, nonce);
        job.version = r.version;
        job.input = input;
        job.terms = TermsLib.pack(r.fee, r.bond, r.callbackGas, r.window, offer.share());
        job.claim = ClaimLib.pack(r.operator, r.deadline, 0, r.operator != address(0));
        _write(job, JobStatus.Requested);
    }

    /// @inheritdoc IJobRegistry
    function cancel(Job calldata job) external {
        if (msg.sender != job.id.requester()) revert NotRequester(job.id, msg.sender);
        JobStatus status = _read(job);
        if (status == JobStatus.Accepted && block.timestamp > job.claim.time()) {
            _unlock(job.claim.operator(), job.terms.bond());
        } else if (status != JobStatus.Requested) {
            revert WrongStatus(job.id, status);
        }
        _setStatus(job, JobStatus.Cancelled);
        _credit(msg.sender, job.terms.fee());
        emit JobCancelled(job.id);
    }

    /// @inheritdoc IJobRegistry
    function refund(Job calldata job) external {
        JobStatus status = _read(job);
        if (status == JobStatus.Accepted) _unlock(job.claim.operator(), job.terms.bond());
        else if (status != JobStatus.Requested) revert WrongStatus(job.id, status);
        uint256 deadline = job.claim.deadline();
        if (block.timestamp <= deadline) revert DeadlineNotPassed(job.id, deadline);
        _setStatus(job, JobStatus.Refunded);
        _credit(job.id.requester(), job.terms.fee());
        emit JobRefunded(job.id);
    }

    // ── operator ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IJobRegistry
    function accept(Job calldata job) external {
        JobStatus status = _read(job);
        // INVARIANT: a job is reserved at most once. So reserving and staying away delays it by at most `acceptPeriod`.
        if (status != JobStatus.Requested) revert WrongStatus(job.id, status);
        Claim claim = job.claim;
        if (claim.named() && claim.operator() != msg.sender) {
            revert NotTheOperator(job.id, claim.operator(), msg.sender);
        }
        uint40 deadline = claim.deadline();
        if (block.timestamp > deadline) revert DeadlinePassed(job.id, deadline);
        _lock(msg.sender, job.terms.bond());

        uint256 until = block.timestamp + acceptPeriod;
        Job memory next = job;
        next.claim = ClaimLib.pack(msg.sender, deadline, until < deadline ? uint40(until) : deadline, claim.named());
        _write(next, JobStatus.Accepted);
        emit JobAccepted(next.id, msg.sender, next.claim);
    }

    /// @inheritdoc IJobRegistry
    function submit(Job calldata job, bytes calldata output) external {
        Claim claim = _submit(job, output);
        emit JobSubmitted(job.id, msg.sender, claim, output);
    }

    /// @inheritdoc IJobRegistry
    function submitByRoots(Job calldata job, bytes32[] calldata roots, string calldata uri) external {
        Claim claim = _submit(job, Commitment.bytesOf(roots));
        emit JobSubmittedByRoots(job.id, msg.sender, claim, roots, uri);
    }

    function _submit(Job calldata job, bytes calldata output) private returns (Claim claim) {
        JobStatus status = _read(job);
        claim = job.claim;
        address operator = claim.operator();
        bool reserved = status == JobStatus.Accepted;
        if (!reserved && status != JobStatus.Requested) revert WrongStatus(job.id, status);
        // A name in the request holds until the deadline, a reservation until it lapses.
        bool exclusive = claim.named() || (reserved && block.timestamp <= claim.time());
        if (exclusive && operator != msg.sender) revert NotTheOperator(job.id, operator, msg.sender);
        if (block.timestamp > claim.deadline()) revert DeadlinePassed(job.id, claim.deadline());
        if (output.length > maxOutputBytes) revert OutputTooLong(output.length, maxOutputBytes);

        // INVARIANT: exactly one bond is locked behind a job that is accepted, submitted, challenged or upheld.
        if (!reserved || operator != msg.sender) {
            if (reserved) _unlock(operator, job.terms.bond());
            _lock(msg.sender, job.terms.bond());
        }
        claim = ClaimLib.pack(msg.sender, claim.deadline(), uint40(block.timestamp), claim.named());
        Job memory next = job;
        next.claim = claim;
        next.output = Commitment.inline_(output);
        _write(next, JobStatus.Submitted);
    }

    // ── anyone ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IJobRegistry
    function finalize(Job calldata job, bytes calldata output) external {
        JobStatus status = _read(job);
        if (status == JobStatus.Submitted) {
            if (block.timestamp < _finalizesAt(job)) revert NotFinalYet(job.id, _finalizesAt(job));
        } else if (status != JobStatus.Upheld) {
            revert WrongStatus(job.id, status);
        }
        uint256 callbackGas = job.terms.callbackGas();
        if (callbackGas == 0) _setStatus(job, JobStatus.Final);
        else _erase(job);

        // fee = share + earned; the share rounds down.
        Terms terms = job.terms;
        address operator = job.claim.operator();
        uint96 share = uint96(uint256(terms.fee()) * terms.share() / BPS);
        Account a = _accounts[operator];
        _accounts[operator] = AccountLib.pack(a.balance() + (terms.fee() - share), a.locked() - terms.bond(), a.nonce());
        if (share != 0) shareOf[job.version] += share;

        // Everything is settled. The requester's callback affects nobody else.
        bool delivered = true;
        if (callbackGas != 0) {
            _requireSubmitted(job, output);
            delivered = Callback.deliver(job.id.requester(), callbackGas, callbackGas, job.id, output);
            if (!delivered) _setStatus(job, JobStatus.FinalUndelivered);
        }
        emit JobFinalized(job.id, operator, delivered);
    }

    /// @inheritdoc IJobRegistry
    function retryCallback(Job calldata job, bytes calldata output) external {
        JobStatus status = _read(job);
        if (status != JobStatus.FinalUndelivered) revert WrongStatus(job.id, status);
        _erase(job);
        _requireSubmitted(job, output);
        bool delivered =
            Callback.deliver(job.id.requester(), job.terms.callbackGas(), type(uint256).max, job.id, output);
        if (!delivered) revert CallbackFailed(job.id);
        emit CallbackDelivered(job.id);
    }

    /// @dev INVARIANT: a callback gets the submitted output and no other.
    function _requireSubmitted(Job calldata job, bytes calldata output) private pure {
        if (Commitment.inline_(output) != job.output) revert OutputMismatch(job.id);
    }

    /// @inheritdoc IJobRegistry
    function collectShare(bytes32 version) external returns (uint256 amount) {
        if (IModelRegistry(models).publisherOf(version) != msg.sender) revert NotPublisher(version, msg.sender);
        amount = shareOf[version];
        shareOf[version] = 0;
        _credit(msg.sender, amount);
        emit PublisherPaid(version, msg.sender, amount);
    }

    // ── the game ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IJobRegistry
    function hold(Job calldata job) external {
        _transition(job, JobStatus.Submitted, JobStatus.Challenged);
        // INVARIANT: a result is challenged before `finalizesAt` or finalized from then on, never both.
        if (block.timestamp >= _finalizesAt(job)) revert WindowOver(job.id, _finalizesAt(job));
        emit JobChallenged(job.id, job.claim.operator());
    }

    /// @inheritdoc IJobRegistry
    function uphold(Job calldata job) external {
        _transition(job, JobStatus.Challenged, JobStatus.Upheld);
        emit JobUpheld(job.id, job.claim.operator());
    }

    /// @inheritdoc IJobRegistry
    function convict(Job calldata job) external returns (uint256 taken, uint256 reward) {
        _transition(job, JobStatus.Challenged, JobStatus.Convicted);
        uint96 bond = job.terms.bond();
        address operator = job.claim.operator();
        address requester = job.id.requester();
        _credit(requester, job.terms.fee());
        _unlock(operator, bond);
        (taken, reward) = IStakeRegistry(stakes).slash(operator, bond, requester, game);
        emit JobConvicted(job.id, operator, taken);
    }

    function _transition(Job calldata job, JobStatus from, JobStatus to) private {
        // INVARIANT: only the game that the constructor named can hold, uphold or convict.
        if (msg.sender != game) revert NotTheGame(msg.sender);
        JobStatus status = _read(job);
        if (status != from) revert WrongStatus(job.id, status);
        _setStatus(job, to);
    }

    // ── views ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IJobRegistry
    function statusOf(JobId id) external view returns (JobStatus) {
        uint256 word = _jobs[id];
        // Only words of delivered jobs are erased, and only ids with a used nonce ever had a word.
        if (word == 0 && id.nonce() < _accounts[id.requester()].nonce()) return JobStatus.Final;
        return JobStatus(uint8(word));
    }

    /// @inheritdoc IJobRegistry
    function read(Job calldata job) external view returns (JobStatus status, uint256 finalizesAt) {
        status = _read(job);
        finalizesAt = job.output == 0 ? 0 : _finalizesAt(job);
    }

    /// @inheritdoc IJobRegistry
    function quote(bytes32 version) external view returns (Quote memory) {
        Offer offer = IModelRegistry(models).offerOf(version);
        return Quote({
            price: offer.price(),
            minBond: offer.minBond(),
            minWindow: offer.minWindow(),
            shareBps: offer.share(),
            open: offer.state() == OfferLib.PUBLISHED
        });
    }

    /// @inheritdoc IJobRegistry
    function nonceOf(address account) external view returns (uint64) {
        return _accounts[account].nonce();
    }

    /// @inheritdoc ILocker
    function lockedOf(address operator) external view returns (uint256) {
        return _accounts[operator].locked();
    }

    // ── job words ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Status of the job. INVARIANT: no field of a passed struct is trusted before this has returned.
    function _read(Job calldata job) private view returns (JobStatus) {
        uint256 word = _jobs[job.id];
        if (word == 0 || (word ^ uint256(job.hash())) >> 8 != 0) revert JobMismatch(job.id);
        return JobStatus(uint8(word));
    }

    function _write(Job memory job, JobStatus status) private {
        _jobs[job.id] = (uint256(job.hashMemory()) & ~uint256(0xff)) | uint8(status);
    }

    /// @dev To be called only after `_read` of the same struct: it writes the same digest again.
    function _setStatus(Job calldata job, JobStatus status) private {
        _jobs[job.id] = (uint256(job.hash()) & ~uint256(0xff)) | uint8(status);
    }

    /// @dev For a final, delivered job: nothing can happen to it any more, and nobody needs its digest.
    function _erase(Job calldata job) private {
        delete _jobs[job.id];
    }

    function _finalizesAt(Job calldata job) private pure returns (uint256) {
        return uint256(job.claim.time()) + job.terms.window();
    }

    // ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────

    function _lock(address operator, uint96 bond) private {
        Account a = _accounts[operator];
        uint96 locked = a.locked() + bond;
        // INVARIANT: no bond stands behind more claims than it covers, and its exiting part behind no new claim.
        uint256 lockable = IStakeRegistry(stakes).lockableOf(operator, address(this));
        if (locked > lockable) revert StakeTooLow(operator, lockable, locked);
        _accounts[operator] = AccountLib.pack(a.balance(), locked, a.nonce());
    }

    function _unlock(address operator, uint96 bond) private {
        Account a = _accounts[operator];
        _accounts[operator] = AccountLib.pack(a.balance(), a.locked() - bond, a.nonce());
    }

    function _balance(address account) internal view override returns (uint256) {
        return _accounts[account].balance();
    }

    function _credit(address account, uint256 amount) internal override {
        Account a = _accounts[account];
        _accounts[account] = AccountLib.pack((a.balance() + amount).toUint96(), a.locked(), a.nonce());
    }

    function _debit(address account, uint256 amount) internal override {
        Account a = _accounts[account];
        uint256 balance = a.balance();
        if (balance < amount) revert BalanceTooLow(account, balance, amount);
        _accounts[account] = AccountLib.pack(uint96(balance - amount), a.locked(), a.nonce());
    }

    // ── construction ─────────────────────────────────────────────────────────────────────────────────────────────

    function _inRange(string memory name, uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert ParameterOutOfRange(name, value, min, max);
    }

    function _same(address actual, address expected) private pure {
        if (actual != expected) revert Mismatched(expected, actual);
    }
}
