// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Custody} from "../token/Custody.sol";
import {Ledger} from "../token/Ledger.sol";
import {Job} from "../types/Job.sol";
import {JobId} from "../types/JobId.sol";

/// @title One wrong number is enough
/// @notice Holds exactly Σ balances + Σ fees of challengers not yet decided or reclaimed.
contract DisputeGame is IDisputeGame, Ledger {
    using SafeCast for uint256;

    /// @notice Clocks and price of a deployment; periods in seconds.
    struct Config {
        uint256 challengeFee;
        uint256 openPeriod;
        uint256 provePeriod;
        uint256 rewardPeriod;
    }

    /// @inheritdoc IDisputeGame
    address public immutable verifier;
    /// @inheritdoc IDisputeGame
    address public immutable models;
    /// @inheritdoc IDisputeGame
    address public immutable stakes;
    /// @inheritdoc IDisputeGame
    uint256 public immutable challengeFee;
    /// @inheritdoc IDisputeGame
    uint256 public immutable openPeriod;
    /// @inheritdoc IDisputeGame
    uint256 public immutable provePeriod;
    /// @inheritdoc IDisputeGame
    uint256 public immutable rewardPeriod;

    /// @inheritdoc IDisputeGame
    address public jobs;

    /// @dev A dispute in two words. The first challenger is the beneficiary until somebody else is; only then, and for
    /// later challengers, is there an index in storage.
    struct Record {
        address beneficiary;
        uint40 since;
        uint40 priority;
        DisputeStatus status;
        /// The beneficiary is the first challenger and has not reclaimed its fee.
        bool isFirst;
        bytes32 traceRoot;
    }

    mapping(JobId id => Record) private _disputes;
    mapping(JobId id => uint256) private _laterChallengers;
    mapping(JobId id => mapping(address challenger => uint256)) private _index;
    /// @inheritdoc IDisputeGame
    mapping(bytes32 commitment => uint256) public committedAt;
    mapping(address account => uint256) private _balances;

    constructor(address verifier_, address models_, IStakeRegistry stakes_, Config memory c) Custody(stakes_.opg()) {
        _inRange("challengeFee", c.challengeFee, 1, type(uint96).max);
        _inRange("openPeriod", c.openPeriod, 10, 30 days);
        _inRange("provePeriod", c.provePeriod, 10, 30 days);
        _inRange("rewardPeriod", c.rewardPeriod, 10, 30 days);
        verifier = verifier_;
        models = models_;
        stakes = address(stakes_);
        challengeFee = c.challengeFee;
        openPeriod = c.openPeriod;
        provePeriod = c.provePeriod;
        rewardPeriod = c.rewardPeriod;
    }

    /// @inheritdoc IDisputeGame
    function bind() external {
        // INVARIANT: once. Whoever binds first only makes the game useless to the registry meant for it, whose
        // constructor then reverts; nothing was at stake in either yet.
        if (jobs != address(0)) revert AlreadyBound(jobs);
        jobs = msg.sender;
        emit Bound(msg.sender);
    }

    // ── moves ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IDisputeGame
    function challenge(Job calldata job) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        DisputeStatus status = d.status;
        (uint256 before, uint256 deadline) = clocksOf(job);
        uint256 index = 1;
        uint40 since = uint40(block.timestamp);
        if (status == DisputeStatus.None) {
            // Authenticates the struct, and stops the settlement if the window is still open.
            _registry().hold(job);
            d.beneficiary = msg.sender;
            d.since = since;
            d.status = DisputeStatus.Challenged;
            d.isFirst = true;
        } else {
            if (status > DisputeStatus.Opened) revert WrongDisputeStatus(id, status);
            _authenticate(job);
            if (block.timestamp >= before) revert IJobRegistry.WindowOver(id, before);
            if (challengerIndex(id, msg.sender) != 0) revert AlreadyChallenger(id, msg.sender);
            // INVARIANT: any number of challengers, none of whom moves a clock or stands in for another.
            index = ++_laterChallengers[id] + 1;
            _index[id][msg.sender] = index;
            since = d.since;
        }
        _debit(msg.sender, challengeFee);
        emit Challenged(id, msg.sender, index, since + openPeriod, deadline);
    }

    /// @inheritdoc IDisputeGame
    function open(Job calldata job, bytes calldata opening, string calldata uri) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Challenged) revert WrongDisputeStatus(id, d.status);
        _authenticate(job);
        address operator = job.claim.operator();
        // INVARIANT: nobody else can put a trace, a false one say, in the operator's mouth.
        if (msg.sender != operator) revert NotOperator(id, operator, msg.sender);
        uint256 openBy = d.since + openPeriod;
        if (block.timestamp > openBy) revert OpenPeriodOver(id, openBy);

        bytes32 programRoot = IModelRegistry(models).programRootOf(job.version);
        bytes32 traceRoot = IVerifier(verifier).traceOf(programRoot, job.input, job.output, opening);
        if (traceRoot == 0) revert ZeroTraceRoot();
        d.status = DisputeStatus.Opened;
        d.traceRoot = traceRoot;
        emit Opened(id, operator, traceRoot, opening, uri);
    }

    /// @inheritdoc IDisputeGame
    function commit(bytes32 commitment) external {
        // INVARIANT: the earliest block counts, and cannot be overwritten by a later one.
        if (committedAt[commitment] != 0) revert AlreadyCommitted(commitment);
        committedAt[commitment] = block.number;
        emit Committed(commitment, msg.sender);
    }

    /// @inheritdoc IDisputeGame
    function convict(Job calldata job, bytes calldata proof, bytes32 salt) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        DisputeStatus status = d.status;
        uint256 committed = committedAt[commitmentOf(id, msg.sender, keccak256(proof), salt)];

        if (status == DisputeStatus.Opened) {
            _convictFirst(job, proof, committed, d);
        } else if (status == DisputeStatus.Convicted) {
            _takeOver(job, proof, committed, d);
        } else {
            revert WrongDisputeStatus(id, status);
        }
    }

    function _convictFirst(Job calldata job, bytes calldata proof, uint256 committed, Record storage d) private {
        JobId id = job.id;
        (, uint256 deadline) = clocksOf(job);
        if (block.timestamp > deadline) revert VerdictDeadlinePassed(id, deadline);
        // Authenticates the struct too, before anything of it is used below.
        uint256 reward = _registry().convict(job);
        _requireConvicts(job, proof, d.traceRoot);

        d.status = DisputeStatus.Convicted;
        _setBeneficiary(id, d, msg.sender);
        d.since = uint40(block.timestamp);
        // A commitment counts from the block after it: one made after reading the mempool is not earlier than the proof.
        d.priority = (committed != 0 && committed < block.number ? committed : block.number).toUint40();
        emit ConvictedByProof(id, msg.sender, reward, block.timestamp + rewardPeriod);
    }

    function _takeOver(Job calldata job, bytes calldata proof, uint256 committed, Record storage d) private {
        JobId id = job.id;
        uint256 collectableAt = d.since + rewardPeriod;
        if (block.timestamp >= collectableAt) revert RewardPeriodOver(id, collectableAt);
        // INVARIANT: strictly earlier and valid. A copied proof is committed, if ever, after the original was.
        if (committed == 0 || committed >= d.priority) revert NoPriority(id, committed, d.priority);
        _authenticate(job);
        _requireConvicts(job, proof, d.traceRoot);

        emit RewardTakenOver(id, d.beneficiary, msg.sender);
        _setBeneficiary(id, d, msg.sender);
        d.priority = uint40(committed);
    }

    /// @dev INVARIANT: a first challenger whose place is taken keeps its claim to its fee.
    function _setBeneficiary(JobId id, Record storage d, address to) private {
        if (d.beneficiary == to) return;
        if (d.isFirst) {
            _index[id][d.beneficiary] = 1;
            d.isFirst = false;
        }
        d.beneficiary = to;
    }

    /// @inheritdoc IDisputeGame
    function timeout(Job calldata job) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Challenged) revert WrongDisputeStatus(id, d.status);
        uint256 openBy = d.since + openPeriod;
        if (block.timestamp <= openBy) revert OpenPeriodNotOver(id, openBy);
        uint256 reward = _registry().convict(job);

        // The beneficiary is the first challenger since the challenge; with priority 0 nobody can take over.
        d.status = DisputeStatus.Convicted;
        d.since = uint40(block.timestamp);
        emit ConvictedByDefault(id, d.beneficiary, reward, block.timestamp);
    }

    /// @inheritdoc IDisputeGame
    function resolve(Job calldata job) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Opened) revert WrongDisputeStatus(id, d.status);
        (, uint256 deadline) = clocksOf(job);
        if (block.timestamp <= deadline) revert VerdictDeadlineNotPassed(id, deadline);
        _registry().uphold(job);

        d.status = DisputeStatus.Upheld;
        address operator = job.claim.operator();
        uint256 fees = challengeFee * (_laterChallengers[id] + 1);
        _credit(operator, fees);
        emit Resolved(id, operator, fees);
    }

    /// @inheritdoc IDisputeGame
    function reclaim(JobId id) external {
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Convicted) revert WrongDisputeStatus(id, d.status);
        if (challengerIndex(id, msg.sender) == 0) revert NothingToReclaim(id, msg.sender);
        if (d.isFirst && d.beneficiary == msg.sender) d.isFirst = false;
        else _index[id][msg.sender] = 0;
        _credit(msg.sender, challengeFee);
        emit FeeReclaimed(id, msg.sender, challengeFee);
    }

    /// @inheritdoc IDisputeGame
    function collect(JobId id) external {
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Convicted) revert WrongDisputeStatus(id, d.status);
        uint256 collectableAt = d.priority == 0 ? d.since : d.since + rewardPeriod;
        if (block.timestamp < collectableAt) revert RewardPeriodNotOver(id, collectableAt);
        address beneficiary = d.beneficiary;
        uint256 reward = IStakeRegistry(stakes).payReward(JobId.unwrap(id), beneficiary);
        if (reward == 0) revert NothingToCollect(id);
        emit RewardCollected(id, beneficiary, reward);
    }

    // ── views ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IDisputeGame
    function commitmentOf(JobId id, address challenger, bytes32 proofHash, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), id, challenger, proofHash, salt));
    }

    /// @inheritdoc IDisputeGame
    function disputeOf(JobId id) external view returns (Dispute memory) {
        Record storage d = _disputes[id];
        return Dispute({
            beneficiary: d.beneficiary,
            since: d.since,
            challengers: d.status == DisputeStatus.None ? 0 : (_laterChallengers[id] + 1).toUint24(),
            status: d.status,
            priority: d.priority,
            reward: IStakeRegistry(stakes).rewardOf(address(this), JobId.unwrap(id)).toUint96(),
            traceRoot: d.traceRoot
        });
    }

    /// @inheritdoc IDisputeGame
    function challengerIndex(JobId id, address challenger) public view returns (uint256) {
        Record storage d = _disputes[id];
        return d.isFirst && d.beneficiary == challenger ? 1 : _index[id][challenger];
    }

    /// @inheritdoc IDisputeGame
    function clocksOf(Job calldata job) public view returns (uint256 challengeBefore, uint256 verdictDeadline) {
        challengeBefore = uint256(job.claim.time()) + job.terms.window();
        verdictDeadline = challengeBefore + openPeriod + provePeriod;
    }

    /// @inheritdoc IDisputeGame
    function maxDuration() external view returns (uint256) {
        return openPeriod + provePeriod;
    }

    // ── internals ────────────────────────────────────────────────────────────────────────────────────────────────

    function _registry() private view returns (IJobRegistry) {
        if (jobs == address(0)) revert NotBound();
        return IJobRegistry(jobs);
    }

    /// @dev Reverts unless the struct is the job's.
    function _authenticate(Job calldata job) private view {
        _registry().read(job);
    }

    function _requireConvicts(Job calldata job, bytes calldata proof, bytes32 traceRoot) private view {
        bytes32 programRoot = IModelRegistry(models).programRootOf(job.version);
        if (!IVerifier(verifier).convicts(programRoot, traceRoot, proof)) revert ElementAdmissible(job.id);
    }

    function _balance(address account) internal view override returns (uint256) {
        return _balances[account];
    }

    function _credit(address account, uint256 amount) internal override {
        _balances[account] += amount;
    }

    function _debit(address account, uint256 amount) internal override {
        uint256 balance = _balances[account];
        if (balance < amount) revert BalanceTooLow(account, balance, amount);
        _balances[account] = balance - amount;
    }

    function _inRange(string memory name, uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert ParameterOutOfRange(name, value, min, max);
    }
}
