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
/// @notice Holds exactly Σ balances + Σ fees of challengers and payments for demands not yet decided or reclaimed.
contract DisputeGame is IDisputeGame, Ledger {
    using SafeCast for uint256;

    /// @notice Clocks and price of a deployment; periods in seconds.
    struct Config {
        uint256 challengeFee;
        uint256 challengeFeeBps;
        uint256 openPeriod;
        uint256 provePeriod;
        uint256 rewardPeriod;
        uint256 revealPeriod;
        uint256 maxOpenDemands;
        uint256 demandFee;
        uint256 demandDepositBps;
    }

    /// @notice Where burned OPG goes; a plain transfer, so every ERC-20 can be burned.
    address public constant DEAD = 0x000000000000000000000000000000000000dEaD;

    uint256 private constant BPS = 10_000;
    /// @dev Demand and answer, this often at least, fit into a prove period.
    uint256 private constant MIN_ROUNDS = 8;
    /// @dev A challenge stays in reach: no liar can price its challengers out by a bond a hundred times what they have.
    uint256 private constant MAX_CHALLENGE_BPS = 100;
    /// @dev State of an item that was revealed. A pending one is demander:160 ‖ revealBy:40.
    uint256 private constant REVEALED = 1;

    /// @inheritdoc IDisputeGame
    address public immutable verifier;
    /// @inheritdoc IDisputeGame
    address public immutable models;
    /// @inheritdoc IDisputeGame
    address public immutable stakes;
    /// @inheritdoc IDisputeGame
    uint256 public immutable challengeFee;
    /// @inheritdoc IDisputeGame
    uint256 public immutable challengeFeeBps;
    /// @inheritdoc IDisputeGame
    uint256 public immutable openPeriod;
    /// @inheritdoc IDisputeGame
    uint256 public immutable provePeriod;
    /// @inheritdoc IDisputeGame
    uint256 public immutable rewardPeriod;
    /// @inheritdoc IDisputeGame
    uint256 public immutable revealPeriod;
    /// @inheritdoc IDisputeGame
    uint256 public immutable maxOpenDemands;
    /// @inheritdoc IDisputeGame
    uint256 public immutable demandFee;
    /// @inheritdoc IDisputeGame
    uint256 public immutable demandDepositBps;

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
    mapping(JobId id => Demands) private _demands;
    mapping(bytes32 key => uint256) private _items;
    /// @inheritdoc IDisputeGame
    mapping(JobId id => mapping(address demander => uint256)) public paidOf;
    /// @inheritdoc IDisputeGame
    mapping(JobId id => mapping(address challenger => bytes32)) public progressOf;
    mapping(address account => uint256) private _balances;

    constructor(address verifier_, address models_, IStakeRegistry stakes_, Config memory c) Custody(stakes_.opg()) {
        _inRange("challengeFee", c.challengeFee, 1, type(uint96).max);
        _inRange("challengeFeeBps", c.challengeFeeBps, 0, MAX_CHALLENGE_BPS);
        _inRange("openPeriod", c.openPeriod, 10, 30 days);
        _inRange("provePeriod", c.provePeriod, 10, 30 days);
        _inRange("rewardPeriod", c.rewardPeriod, 10, 30 days);
        _inRange("revealPeriod", c.revealPeriod, 1, c.provePeriod / MIN_ROUNDS);
        _inRange("maxOpenDemands", c.maxOpenDemands, 16, 1024);
        _inRange("demandFee", c.demandFee, 1, type(uint64).max);
        // INVARIANT: nobody can afford to keep all places for demands taken. A place is free again after `revealPeriod`
        // at the latest, and each demand costs a deposit of at least bond · bps / 10,000. From an opening at the last
        // moment to the end of demands there are provePeriod − revealPeriod seconds, and
        //
        //     places · (provePeriod − revealPeriod) / revealPeriod · bond · bps / 10,000  ≥  2 · bond
        uint256 fillings = c.maxOpenDemands * (c.provePeriod - c.revealPeriod);
        uint256 minBps = (2 * BPS * c.revealPeriod + fillings - 1) / fillings;
        _inRange("demandDepositBps", c.demandDepositBps, minBps, BPS);
        verifier = verifier_;
        models = models_;
        stakes = address(stakes_);
        challengeFee = c.challengeFee;
        challengeFeeBps = c.challengeFeeBps;
        openPeriod = c.openPeriod;
        provePeriod = c.provePeriod;
        rewardPeriod = c.rewardPeriod;
        revealPeriod = c.revealPeriod;
        maxOpenDemands = c.maxOpenDemands;
        demandFee = c.demandFee;
        demandDepositBps = c.demandDepositBps;
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
        _debit(msg.sender, challengePrice(job.terms.bond()));
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
        (bytes32 traceRoot, bytes memory shown) =
            IVerifier(verifier).traceOf(programRoot, job.input, job.output, opening);
        if (traceRoot == 0) revert ZeroTraceRoot();
        d.status = DisputeStatus.Opened;
        d.traceRoot = traceRoot;
        emit Opened(id, operator, traceRoot, shown, uri);
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
        _requireBeforeDeadline(job);
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
    function advance(Job calldata job, uint256 until, bytes calldata piece) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status == DisputeStatus.Opened) {
            _requireBeforeDeadline(job);
        } else if (d.status != DisputeStatus.Convicted || d.priority == 0 || block.timestamp >= d.since + rewardPeriod) {
            // Whoever was overtaken in mid-computation goes on to its own last step, which takes the reward over.
            revert WrongDisputeStatus(id, d.status);
        }
        _authenticate(job);
        bytes32 programRoot = IModelRegistry(models).programRootOf(job.version);
        // INVARIANT: a computation belongs to one dispute and one caller.
        (bytes32 next, bytes memory carried) =
            IVerifier(verifier).advance(programRoot, d.traceRoot, progressOf[id][msg.sender], until, piece);
        progressOf[id][msg.sender] = next;
        emit Advanced(id, msg.sender, until, carried);
    }

    /// @inheritdoc IDisputeGame
    function demand(Job calldata job, bytes calldata wanted) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Opened) revert WrongDisputeStatus(id, d.status);
        _authenticate(job);
        (, uint256 deadline) = clocksOf(job);
        uint256 revealBy = block.timestamp + revealPeriod;
        // INVARIANT: every demand falls due by the verdict deadline, so demands delay nothing.
        if (revealBy > deadline) revert DemandPeriodOver(id, deadline - revealPeriod);

        bytes32 programRoot = IModelRegistry(models).programRootOf(job.version);
        bytes32[] memory items = IVerifier(verifier).demanded(programRoot, wanted);
        uint256 count = _claimItems(id, items, (uint256(uint160(msg.sender)) << 40) | revealBy);
        if (count == 0) revert NothingToDemand(id);

        _charge(id, count, job.terms.bond());
        emit Demanded(id, msg.sender, items, revealBy, wanted);
    }

    /// @dev Counts new demands as open and takes their price from the caller.
    function _charge(JobId id, uint256 count, uint256 bond) private {
        Demands memory demands = _demands[id];
        // INVARIANT: what waits for an answer at any time is bounded, so an honest operator can always answer.
        if (demands.open + count > maxOpenDemands) {
            revert TooManyDemands(id, demands.open, count, maxOpenDemands);
        }
        (uint256 fee, uint256 deposit) = demandPrice(bond);
        demands.open += uint32(count);
        demands.fees += (fee * count).toUint96();
        demands.deposits += (deposit * count).toUint96();
        _demands[id] = demands;
        uint256 price = (fee + deposit) * count;
        paidOf[id][msg.sender] += price;
        _debit(msg.sender, price);
    }

    /// @dev Marks the items that nobody demanded before, and shortens the list to them.
    function _claimItems(JobId id, bytes32[] memory items, uint256 pending) private returns (uint256 count) {
        for (uint256 i = 0; i < items.length; ++i) {
            bytes32 key = _itemKey(id, items[i]);
            if (_items[key] != 0) continue;
            _items[key] = pending;
            items[count++] = items[i];
        }
        _shorten(items, count);
    }

    function _shorten(bytes32[] memory items, uint256 count) private pure {
        assembly ("memory-safe") {
            mstore(items, count)
        }
    }

    /// @inheritdoc IDisputeGame
    function reveal(JobId id, bytes calldata shown) external {
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Opened) revert WrongDisputeStatus(id, d.status);
        bytes32[] memory items = IVerifier(verifier).revealed(d.traceRoot, shown);
        uint256 count;
        for (uint256 i = 0; i < items.length; ++i) {
            bytes32 key = _itemKey(id, items[i]);
            uint256 pending = _items[key];
            if (pending <= REVEALED) continue;
            uint256 revealBy = uint40(pending);
            // INVARIANT: an answer comes in time or never: nothing can be put before a conviction that is due.
            if (block.timestamp > revealBy) revert RevealPeriodOver(id, items[i], revealBy);
            _items[key] = REVEALED;
            items[count++] = items[i];
        }
        if (count == 0) revert NothingToReveal(id);
        _shorten(items, count);
        _demands[id].open -= uint32(count);
        emit Revealed(id, items, shown);
    }

    /// @inheritdoc IDisputeGame
    function silence(Job calldata job, bytes32 item) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Opened) revert WrongDisputeStatus(id, d.status);
        uint256 pending = _items[_itemKey(id, item)];
        if (pending <= REVEALED) revert NotDemanded(id, item);
        uint256 revealBy = uint40(pending);
        if (block.timestamp <= revealBy) revert RevealPeriodNotOver(id, item, revealBy);
        emit Silent(id, item);
        _setBeneficiary(id, d, address(uint160(pending >> 40)));
        _convictByDefault(job, d);
    }

    /// @inheritdoc IDisputeGame
    function timeout(Job calldata job) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Challenged) revert WrongDisputeStatus(id, d.status);
        uint256 openBy = d.since + openPeriod;
        if (block.timestamp <= openBy) revert OpenPeriodNotOver(id, openBy);
        // The beneficiary is the first challenger since the challenge.
        _convictByDefault(job, d);
    }

    /// @dev With priority 0 nobody can take the reward over.
    function _convictByDefault(Job calldata job, Record storage d) private {
        uint256 reward = _registry().convict(job);
        d.status = DisputeStatus.Convicted;
        d.since = uint40(block.timestamp);
        emit ConvictedByDefault(job.id, d.beneficiary, reward, block.timestamp);
    }

    /// @inheritdoc IDisputeGame
    function resolve(Job calldata job) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Opened) revert WrongDisputeStatus(id, d.status);
        (, uint256 deadline) = clocksOf(job);
        if (block.timestamp <= deadline) revert VerdictDeadlineNotPassed(id, deadline);
        Demands memory demands = _demands[id];
        // INVARIANT: silence convicts. A demand that is due before the deadline and unanswered cannot be outrun.
        if (demands.open != 0) revert DemandsUnanswered(id, demands.open);
        _registry().uphold(job);

        d.status = DisputeStatus.Upheld;
        address operator = job.claim.operator();
        uint256 fees = challengePrice(job.terms.bond()) * (_laterChallengers[id] + 1) + demands.fees;
        _credit(operator, fees);
        if (demands.deposits != 0) _credit(DEAD, demands.deposits);
        emit Resolved(id, operator, fees);
    }

    /// @inheritdoc IDisputeGame
    function reclaim(Job calldata job) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Convicted) revert WrongDisputeStatus(id, d.status);
        // INVARIANT: the bond of the struct is the bond that the challenge was priced by.
        _authenticate(job);
        uint256 amount = paidOf[id][msg.sender];
        if (amount != 0) paidOf[id][msg.sender] = 0;
        if (challengerIndex(id, msg.sender) != 0) {
            if (d.isFirst && d.beneficiary == msg.sender) d.isFirst = false;
            else _index[id][msg.sender] = 0;
            amount += challengePrice(job.terms.bond());
        }
        if (amount == 0) revert NothingToReclaim(id, msg.sender);
        _credit(msg.sender, amount);
        emit FeeReclaimed(id, msg.sender, amount);
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

    /// @inheritdoc IDisputeGame
    function burn() external returns (uint256 amount) {
        amount = _balances[DEAD];
        if (amount == 0) revert NothingToBurn();
        _balances[DEAD] = 0;
        emit Burned(amount);
        _push(DEAD, amount);
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
    function demandsOf(JobId id) external view returns (Demands memory) {
        return _demands[id];
    }

    /// @inheritdoc IDisputeGame
    function demandOf(JobId id, bytes32 item)
        external
        view
        returns (address demander, uint256 revealBy, bool isRevealed)
    {
        uint256 pending = _items[_itemKey(id, item)];
        if (pending == REVEALED) return (address(0), 0, true);
        return (address(uint160(pending >> 40)), uint40(pending), false);
    }

    /// @inheritdoc IDisputeGame
    function challengePrice(uint256 bond) public view returns (uint256) {
        return challengeFee + (bond * challengeFeeBps + BPS - 1) / BPS;
    }

    /// @inheritdoc IDisputeGame
    function demandPrice(uint256 bond) public view returns (uint256 fee, uint256 deposit) {
        return (demandFee, (bond * demandDepositBps + BPS - 1) / BPS);
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

    function _itemKey(JobId id, bytes32 item) private pure returns (bytes32) {
        return keccak256(abi.encode(id, item));
    }

    function _requireBeforeDeadline(Job calldata job) private view {
        (, uint256 deadline) = clocksOf(job);
        if (block.timestamp > deadline) revert VerdictDeadlinePassed(job.id, deadline);
    }

    /// @dev Reverts unless the struct is the job's.
    function _authenticate(Job calldata job) private view {
        _registry().read(job);
    }

    function _requireConvicts(Job calldata job, bytes calldata proof, bytes32 traceRoot) private view {
        bytes32 programRoot = IModelRegistry(models).programRootOf(job.version);
        if (!IVerifier(verifier).convicts(programRoot, traceRoot, progressOf[job.id][msg.sender], proof)) {
            revert ElementAdmissible(job.id);
        }
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
