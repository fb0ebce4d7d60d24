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
/// @notice Holds exactly Σ balances + Σ fees of challengers and payments for demands that are not decided or reclaimed yet.
contract DisputeGame is IDisputeGame, Ledger {
    using SafeCast for uint256;

    /// @notice Clocks and prices of a deployment; periods in seconds.
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

    /// @notice The address that gets burned OPG. Burning is a plain transfer, so it works with every ERC-20.
    address public constant DEAD = 0x000000000000000000000000000000000000dEaD;

    uint256 private constant BPS = 10_000;
    /// @dev At least so many rounds of demand and answer fit into a prove period.
    uint256 private constant MIN_ROUNDS = 8;
    /// @dev Besides the fixed fee a challenger needs at most a hundredth of a bond, so no large bond prices challengers out.
    uint256 private constant MAX_CHALLENGE_BPS = 100;
    /// @dev State of an item that was revealed. A pending one is demander:160 ‖ revealBy:40.
    uint256 private constant REVEALED = 1;

    /// @dev Mark of a record: the beneficiary is the first challenger and has not reclaimed its fee.
    uint8 private constant FIRST = 1;
    /// @dev Mark: the halves of the reward have parted.
    uint8 private constant PARTED = 2;
    /// @dev Mark: the slash took less than the job's bond.
    uint8 private constant CUT = 4;
    /// @dev Mark: the reward has been passed on.
    uint8 private constant COLLECTED = 8;
    /// @dev Place of the proof, beginning with its length word, in the encoded question: after selector, two roots, an offset.
    uint256 private constant PROOF_OFFSET = 4 + 3 * 32;

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

    /// @dev A dispute in two words. The first challenger is the beneficiary until somebody else is. Only then does it have an
    /// index in storage; later challengers always have one.
    struct Record {
        address beneficiary;
        uint40 since;
        uint40 priority;
        DisputeStatus status;
        uint8 marks;
        bytes32 traceRoot;
    }

    /// @dev The owner of the later half of a reward, once this is not the beneficiary.
    struct LaterHalf {
        address beneficiary;
        uint40 priority;
    }

    mapping(JobId id => Record) private _disputes;
    /// @dev Empty until the halves of a reward part.
    mapping(JobId id => LaterHalf) private _laterHalves;
    /// @dev The amount that a conviction's slash took, if it is not the job's bond.
    mapping(JobId id => uint256) private _taken;
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

    constructor(address models_, IStakeRegistry stakes_, Config memory c) Custody(stakes_.opg()) {
        _inRange("challengeFee", c.challengeFee, 1, type(uint96).max);
        _inRange("challengeFeeBps", c.challengeFeeBps, 0, MAX_CHALLENGE_BPS);
        _inRange("openPeriod", c.openPeriod, 10, 30 days);
        _inRange("provePeriod", c.provePeriod, 10, 30 days);
        _inRange("rewardPeriod", c.rewardPeriod, 10, 30 days);
        _inRange("revealPeriod", c.revealPeriod, 1, c.provePeriod / MIN_ROUNDS);
        _inRange("maxOpenDemands", c.maxOpenDemands, 16, 1024);
        _inRange("demandFee", c.demandFee, 1, type(uint64).max);
        // INVARIANT: it costs two bonds to keep all places for demands taken. A place is free again after at most
        // `revealPeriod`, and each demand costs a deposit of at least bond · bps / 10,000. From an opening at the last
        // moment to the end of demands there are provePeriod − revealPeriod seconds. So it is required that
        //
        //     places · (provePeriod − revealPeriod) / revealPeriod · bond · bps / 10,000  ≥  2 · bond
        uint256 fillings = c.maxOpenDemands * (c.provePeriod - c.revealPeriod);
        uint256 minBps = (2 * BPS * c.revealPeriod + fillings - 1) / fillings;
        _inRange("demandDepositBps", c.demandDepositBps, minBps, BPS);
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
        // INVARIANT: it is bound once. A stranger that binds it first only makes it useless for the intended registry, whose
        // constructor then reverts. Nothing is at stake in either yet.
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
            d.marks = FIRST;
        } else {
            if (status > DisputeStatus.Opened) revert WrongDisputeStatus(id, status);
            _authenticate(job);
            if (block.timestamp >= before) revert IJobRegistry.WindowOver(id, before);
            if (challengerIndex(id, msg.sender) != 0) revert AlreadyChallenger(id, msg.sender);
            // INVARIANT: any number may challenge. No challenger moves a clock or takes another's place.
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
        // INVARIANT: nobody else can open in the operator's name, for example with a false trace.
        if (msg.sender != operator) revert NotOperator(id, operator, msg.sender);
        uint256 openBy = d.since + openPeriod;
        if (block.timestamp > openBy) revert OpenPeriodOver(id, openBy);

        (bytes32 traceRoot, bytes memory shown) = _traceOf(job, opening);
        if (traceRoot == 0) revert ZeroTraceRoot();
        d.status = DisputeStatus.Opened;
        d.traceRoot = traceRoot;
        emit Opened(id, operator, traceRoot, shown, uri);
    }

    function _traceOf(Job calldata job, bytes calldata opening) private view returns (bytes32, bytes memory) {
        (bytes32 programRoot, IVerifier verifier) = _programOf(job);
        return verifier.traceOf(programRoot, job.input, job.output, opening);
    }

    /// @inheritdoc IDisputeGame
    function commit(bytes32 commitment) external {
        // INVARIANT: the earliest time counts, and cannot be overwritten by a later one.
        if (committedAt[commitment] != 0) revert AlreadyCommitted(commitment);
        committedAt[commitment] = block.timestamp;
        emit Committed(commitment, msg.sender);
    }

    /// @inheritdoc IDisputeGame
    function convict(Job calldata job, bytes calldata proof, bytes32 salt) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        DisputeStatus status = d.status;
        if (status < DisputeStatus.Opened || status == DisputeStatus.Upheld) revert WrongDisputeStatus(id, status);
        // The struct is not authenticated yet. That happens before the verifier that it names is called.
        (bytes32 programRoot, IVerifier verifier) = _programOf(job);
        // It is in memory once, so the proof that the commitment names is the one that is judged.
        bytes memory question = abi.encodeCall(IVerifier.convicts, (programRoot, d.traceRoot, proof));
        uint256 committed = committedAt[commitmentOf(id, msg.sender, _proofHash(question), salt)];

        if (status == DisputeStatus.Opened) _convictFirst(job, verifier, question, committed, d);
        else _takeOver(job, verifier, question, committed, d);
    }

    function _convictFirst(
        Job calldata job,
        IVerifier verifier,
        bytes memory question,
        uint256 committed,
        Record storage d
    ) private {
        JobId id = job.id;
        _requireBeforeDeadline(job);
        // Also authenticates the struct, before its fields are used below.
        uint256 reward = _slash(job, d);
        _requireConvicts(id, verifier, question);

        // The time of the conviction stands for "no commitment": every commitment that counts is earlier.
        uint40 priority = _counts(job, committed, block.timestamp) ? uint40(committed) : uint40(block.timestamp);
        _setBeneficiary(id, d, msg.sender);
        d.status = DisputeStatus.Convicted;
        d.since = uint40(block.timestamp);
        d.priority = priority;
        emit ConvictedByProof(id, msg.sender, reward, block.timestamp + rewardPeriod);
    }

    function _takeOver(
        Job calldata job,
        IVerifier verifier,
        bytes memory question,
        uint256 committed,
        Record storage d
    ) private {
        JobId id = job.id;
        uint40 convictedAt = d.since;
        uint256 collectableAt = convictedAt + rewardPeriod;
        if (block.timestamp >= collectableAt) revert RewardPeriodOver(id, collectableAt);
        LaterHalf memory later = _laterHalf(id, d);
        uint40 early = d.priority;
        bool unclaimed = early == convictedAt;
        bool takesEarly = committed < early;
        // After a default the priority is 0, and nothing is taken over.
        bool takesLate = early != 0 && committed > later.priority;
        // INVARIANT: the commitment is strictly earlier or strictly later than the holder's, was made between submission and
        // conviction, and names a valid proof. A copied proof is committed, if ever, when the original convicts or later.
        if (!_counts(job, committed, convictedAt) || !(takesEarly || takesLate)) {
            revert NoPriority(id, committed, early, later.priority);
        }
        _authenticate(job);
        _requireConvicts(id, verifier, question);

        uint40 priority = uint40(committed);
        if (takesEarly) {
            emit RewardTakenOver(id, d.beneficiary, msg.sender, unclaimed ? RewardPart.Whole : RewardPart.Earlier);
            // The old beneficiary keeps the later half if it holds it.
            if (!unclaimed) _part(id, d, later);
            _setBeneficiary(id, d, msg.sender);
            d.priority = priority;
        } else {
            emit RewardTakenOver(id, later.beneficiary, msg.sender, RewardPart.Later);
            _part(id, d, LaterHalf(msg.sender, priority));
        }
    }

    function _part(JobId id, Record storage d, LaterHalf memory later) private {
        d.marks |= PARTED;
        _laterHalves[id] = later;
    }

    /// @dev INVARIANT: a commitment that an operator made before it lied does not count, nor does one made once the proof can
    /// be read in a block.
    function _counts(Job calldata job, uint256 committed, uint256 convicted) private pure returns (bool) {
        return committed > job.claim.time() && committed < convicted;
    }

    function _laterHalf(JobId id, Record storage d) private view returns (LaterHalf memory) {
        return d.marks & PARTED == 0 ? LaterHalf(d.beneficiary, d.priority) : _laterHalves[id];
    }

    /// @dev INVARIANT: a first challenger that is replaced as beneficiary keeps its claim to its fee.
    function _setBeneficiary(JobId id, Record storage d, address to) private {
        if (d.beneficiary == to) return;
        if (d.marks & FIRST != 0) {
            _index[id][d.beneficiary] = 1;
            d.marks &= ~FIRST;
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
            // A challenger that was overtaken during its computation may finish it, and take the reward over.
            revert WrongDisputeStatus(id, d.status);
        }
        _authenticate(job);
        (bytes32 programRoot, IVerifier verifier) = _programOf(job);
        (bytes32 progress, bytes32 next, bytes memory carried) =
            verifier.advance(programRoot, d.traceRoot, until, piece);
        _requireProgress(id, progress);
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

        (bytes32 programRoot, IVerifier verifier) = _programOf(job);
        bytes32[] memory items = verifier.demanded(programRoot, wanted);
        uint256 count = _claimItems(id, items, (uint256(uint160(msg.sender)) << 40) | revealBy);
        if (count == 0) revert NothingToDemand(id);

        _charge(id, count, job.terms.bond(), verifier);
        emit Demanded(id, msg.sender, items, revealBy, wanted);
    }

    /// @dev Counts new demands as open and takes their price from the caller.
    function _charge(JobId id, uint256 count, uint256 bond, IVerifier verifier) private {
        Demands memory demands = _demands[id];
        // INVARIANT: at any time a bounded number of parts waits for an answer, so an honest operator can always answer.
        if (demands.open + count > maxOpenDemands) {
            revert TooManyDemands(id, demands.open, count, maxOpenDemands);
        }
        demands.open += uint32(count);
        demands.made += uint64(count);
        demands.verifier = address(verifier);
        _demands[id] = demands;
        (uint256 fee, uint256 deposit) = demandPrice(bond);
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
        Demands memory demands = _demands[id];
        if (demands.open == 0) revert NothingToReveal(id);
        bytes32[] memory items = IVerifier(demands.verifier).revealed(d.traceRoot, shown);
        uint256 count;
        for (uint256 i = 0; i < items.length; ++i) {
            bytes32 key = _itemKey(id, items[i]);
            uint256 pending = _items[key];
            if (pending <= REVEALED) continue;
            uint256 revealBy = uint40(pending);
            // INVARIANT: a late answer does not count, so nobody can outrun a conviction that is due.
            if (block.timestamp > revealBy) revert RevealPeriodOver(id, items[i], revealBy);
            _items[key] = REVEALED;
            items[count++] = items[i];
        }
        if (count == 0) revert NothingToReveal(id);
        _shorten(items, count);
        demands.open -= uint32(count);
        _demands[id] = demands;
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
        // The beneficiary has been the first challenger since the challenge.
        _convictByDefault(job, d);
    }

    /// @dev With priority 0 nobody can take the reward over.
    function _convictByDefault(Job calldata job, Record storage d) private {
        uint256 reward = _slash(job, d);
        d.status = DisputeStatus.Convicted;
        d.since = uint40(block.timestamp);
        emit ConvictedByDefault(job.id, d.beneficiary, reward, block.timestamp);
    }

    /// @dev Authenticates the struct as well.
    function _slash(Job calldata job, Record storage d) private returns (uint256 reward) {
        uint256 taken;
        (taken, reward) = _registry().convict(job);
        // INVARIANT: no more is passed on for a job than was credited for it. If locks are right, a slash takes the whole
        // bond. If they are not, there is still a verdict, and no reward is paid out of another job's.
        if (taken != job.terms.bond()) {
            d.marks |= CUT;
            _taken[job.id] = taken;
        }
    }

    /// @inheritdoc IDisputeGame
    function resolve(Job calldata job) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Opened) revert WrongDisputeStatus(id, d.status);
        (, uint256 deadline) = clocksOf(job);
        if (block.timestamp <= deadline) revert VerdictDeadlineNotPassed(id, deadline);
        Demands memory demands = _demands[id];
        // INVARIANT: silence convicts. Nobody can uphold a result while a demand is unanswered.
        if (demands.open != 0) revert DemandsUnanswered(id, demands.open);
        _registry().uphold(job);

        d.status = DisputeStatus.Upheld;
        address operator = job.claim.operator();
        uint256 bond = job.terms.bond();
        (uint256 fee, uint256 deposit) = demandPrice(bond);
        uint256 fees = challengePrice(bond) * (_laterChallengers[id] + 1) + fee * demands.made;
        _credit(operator, fees);
        uint256 deposits = deposit * demands.made;
        if (deposits != 0) _credit(DEAD, deposits);
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
            if (_isFirst(d, msg.sender)) d.marks &= ~FIRST;
            else _index[id][msg.sender] = 0;
            amount += challengePrice(job.terms.bond());
        }
        if (amount == 0) revert NothingToReclaim(id, msg.sender);
        _credit(msg.sender, amount);
        emit FeeReclaimed(id, msg.sender, amount);
    }

    /// @inheritdoc IDisputeGame
    function collect(Job calldata job) external {
        JobId id = job.id;
        Record storage d = _disputes[id];
        if (d.status != DisputeStatus.Convicted) revert WrongDisputeStatus(id, d.status);
        uint256 collectableAt = d.priority == 0 ? d.since : d.since + rewardPeriod;
        if (block.timestamp < collectableAt) revert RewardPeriodNotOver(id, collectableAt);
        // INVARIANT: the bond of the struct is the bond that was slashed.
        _authenticate(job);
        uint256 reward = rewardOf(job);
        if (reward == 0) revert NothingToCollect(id);
        d.marks |= COLLECTED;
        if (d.marks & PARTED == 0) {
            _payReward(id, d.beneficiary, reward);
        } else {
            // The earlier half rounds down. Both are credits, so neither can block the other.
            _payReward(id, d.beneficiary, reward / 2);
            _payReward(id, _laterHalves[id].beneficiary, reward - reward / 2);
        }
    }

    function _payReward(JobId id, address to, uint256 amount) private {
        emit RewardCollected(id, to, amount);
        IStakeRegistry(stakes).transferCredit(to, amount);
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
        LaterHalf memory later = _laterHalf(id, d);
        return Dispute({
            beneficiary: d.beneficiary,
            since: d.since,
            challengers: d.status == DisputeStatus.None ? 0 : (_laterChallengers[id] + 1).toUint24(),
            status: d.status,
            priority: d.priority,
            laterBeneficiary: later.beneficiary,
            laterPriority: later.priority,
            traceRoot: d.traceRoot
        });
    }

    /// @inheritdoc IDisputeGame
    function rewardOf(Job calldata job) public view returns (uint256) {
        Record storage d = _disputes[job.id];
        if (d.status != DisputeStatus.Convicted || d.marks & COLLECTED != 0) return 0;
        uint256 taken = d.marks & CUT == 0 ? job.terms.bond() : _taken[job.id];
        return IStakeRegistry(stakes).rewardFor(taken);
    }

    /// @inheritdoc IDisputeGame
    function challengerIndex(JobId id, address challenger) public view returns (uint256) {
        Record storage d = _disputes[id];
        return _isFirst(d, challenger) ? 1 : _index[id][challenger];
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

    /// @dev Asks the verifier the encoded question. If the verifier reverts, its revert data are passed on.
    function _requireConvicts(JobId id, IVerifier verifier, bytes memory question) private view {
        bool guilty;
        bytes32 progress;
        assembly ("memory-safe") {
            let answered := staticcall(gas(), verifier, add(question, 32), mload(question), 0, 64)
            // An address that is no verifier may answer with too little data.
            if or(iszero(answered), lt(returndatasize(), 64)) {
                let reason := mload(0x40)
                let size := mul(iszero(answered), returndatasize())
                returndatacopy(reason, 0, size)
                revert(reason, size)
            }
            guilty := iszero(iszero(mload(0)))
            progress := mload(32)
        }
        _requireProgress(id, progress);
        if (!guilty) revert ElementAdmissible(id);
    }

    /// @dev INVARIANT: an intermediate result is accepted only if the verifier itself computed it, over this element, for this
    /// caller and dispute.
    function _requireProgress(JobId id, bytes32 progress) private view {
        if (progress == 0) return;
        bytes32 held = progressOf[id][msg.sender];
        if (held != progress) revert ProgressMismatch(id, held, progress);
    }

    function _proofHash(bytes memory question) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let proof := add(add(question, 32), PROOF_OFFSET)
            hash := keccak256(add(proof, 32), mload(proof))
        }
    }

    /// @dev The program and its verifier. The version, to which the operator agreed, fixes both.
    function _programOf(Job calldata job) private view returns (bytes32 root, IVerifier verifier) {
        address judge;
        (root, judge) = IModelRegistry(models).programOf(job.version);
        verifier = IVerifier(judge);
    }

    function _isFirst(Record storage d, address challenger) private view returns (bool) {
        return d.marks & FIRST != 0 && d.beneficiary == challenger;
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
