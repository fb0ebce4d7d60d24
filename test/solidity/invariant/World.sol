// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {ILocker, IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {MockConsumer} from "../../../contracts/mocks/MockConsumer.sol";
import {OPG} from "../../../contracts/token/OPG.sol";
import {ClaimLib} from "../../../contracts/types/Claim.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobId} from "../../../contracts/types/JobId.sol";
import {TermsLib} from "../../../contracts/types/Terms.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev A jobs registry that says what it likes and slashes whom it likes: its bonders only have themselves to blame.
contract HostileRegistry is ILocker {
    mapping(address operator => uint256) public lockedOf;

    function lock(address operator, uint256 amount) external {
        lockedOf[operator] = amount;
    }

    function slash(IStakeRegistry stakes, address operator, uint256 amount, address to, address game)
        external
        returns (uint256 reward)
    {
        (, reward) = stakes.slash(operator, amount, to, game);
    }
}

/// @dev Every public function of the protocol, called by every kind of party at any time; an illegal move reverts and
/// changes nothing. Two rules make it a model:
///
///   - honest operators submit and open true traces only, and are never later than their clocks: time does not pass
///     beyond a moment at which one of them must open or reveal, but it may stand still at the very last second;
///   - the honest challenger (`watcher`) sees the lies that it watches (not all), and is never later than its clocks
///     either. It knows a trace when it was served, or when a demand was answered.
///
/// Everybody else does as they please: lies, opens in time all the same or never, stays silent, serves nothing,
/// challenges from many addresses, demands, copies, donates, and bonds to a hostile registry.
contract World is ProtocolTest {
    struct Case {
        Job job;
        /// Empty until submitted.
        bytes output;
        /// What the operator opens with.
        bytes trace;
        /// The operator is an honest one.
        bool honest;
        /// The operator opens, be it in the last second.
        bool opens;
        /// No admissible trace ends in the output.
        bool lie;
        /// The honest challenger looks at it.
        bool watched;
        /// Anybody can get the trace once it is opened.
        bool served;
        /// Everybody knows the trace.
        bool known;
        bool byRoots;
        /// Zero until then.
        uint256 challengedAt;
        /// Whoever challenged or demanded.
        address[] players;
        /// Whoever convicted, in order; the first one's time.
        Claimant[] claimants;
        /// Committed to the proof before the submission.
        address puppet;
        uint256 convictedAt;
    }

    struct Claimant {
        address by;
        /// Zero where no commitment counts.
        uint256 committed;
    }

    bytes32 private constant EQUAL = "in the same second";
    bytes32 private constant PRE = "before the submission";
    uint256 private constant NEVER = type(uint256).max;
    uint256 private constant LONG = 1 << 255;
    uint256 private constant LETTERS = 26;
    uint256 private constant MAX_CASES = 20;
    uint256 private constant MAX_VERSIONS = 5;
    uint256 private constant SIGNER_KEY = 0xA11CE;
    bytes private constant ALPHABET = "abcdefghijklmnopqrstuvwxyz";
    /// Before every letter, so no trace from "a" ends in it.
    bytes private constant FALSE_OUTPUT = "A";
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    Case[] private _cases;
    /// Everyone.
    address[] private _all;
    /// Those who pay for what makes no sense.
    address[] private _spenders;
    address private _liar = address(0x10);
    address private _signer;
    MockConsumer private _consumer;
    HostileRegistry private _hostile;
    bytes32[] private _versions;
    mapping(bytes32 version => uint16) private _shares;
    mapping(address to => uint256) private _donated;
    /// @dev Credit that came to the game for no conviction.
    uint256 private _given;
    mapping(address operator => uint256) private _bondPaidIn;
    mapping(address operator => uint256) private _bondTakenOut;
    mapping(address operator => uint256) private _exitAt;
    uint256 private _clock = 1_000_000;
    mapping(bytes32 commitment => uint256) private _committed;

    /// Moves that went through.
    mapping(string move => uint256) public done;
    /// What must not happen and did.
    string public breach;

    modifier now_() {
        vm.warp(_clock);
        _;
    }

    function setUp() public override {
        require(address(opg) == address(0), "set up");
        super.setUp();
        _signer = vm.addr(SIGNER_KEY);
        _consumer = new MockConsumer();
        _hostile = new HostileRegistry();
        _fund(_liar);
        _fund(_signer);
        _all = [operator, other, watcher, address(_consumer), requester, rival, publisher, _liar, _signer];
        _spenders = [requester, rival, publisher, _liar, _signer];
        for (uint160 i = 0; i < 6; ++i) {
            _fund(address(0x2000 + i));
            _all.push(address(0x2000 + i));
            _spenders.push(address(0x2000 + i));
        }
        opg.approve(address(jobs), type(uint256).max);
        jobs.deposit(address(_consumer), 1_000e18);
        for (uint256 i = 0; i < _all.length; ++i) _bondPaidIn[_all[i]] = stakes.bondOf(_all[i], address(jobs)).bonded;
        _versions.push(version);
        _shares[version] = uint16(SHARE_BPS);

        // A job in every phase to begin with, so that short campaigns reach the late moves too. The last lie is not
        // served.
        for (uint8 i = 0; i < 8; ++i) this.request(i, 0, 10e18, 100e18 + 3, 600, i == 7 ? 1 : 0, i);
        for (uint8 i = 1; i < 7; ++i) this.submit(i, i, i == 6 ? 14 : i, i);
        this.challenge(2, 3);
        this.challenge(3, 4);
        this.open(3, 0);
        require(bytes(breach).length == 0, breach);
    }

    // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function pass(uint16 time) external now_ {
        uint256 due = time % 4 == 0 ? _nextDue() : NEVER;
        _passTo(due == NEVER ? _clock + time % 700 + 1 : due);
        ++done["pass"];
    }

    /// @dev Time stands still wherever an honest party would be late a second later.
    /// @return on Whether the move may go on: a revert after a breach would undo its record.
    function _passTo(uint256 to) private returns (bool on) {
        while (_clock < to) {
            uint256 next = _nextDue();
            if (next > to) next = to;
            if (next < _clock) {
                breach = "an honest party was already late";
                return false;
            }
            _clock = next;
            vm.warp(_clock);
            if (next == to) break;
            for (uint256 i = 0; i < _cases.length; ++i) {
                if (_due(i) > _clock) continue;
                try this.duty(i) {
                    if (_due(i) > _clock) continue;
                    breach = "an honest move changed nothing";
                } catch (bytes memory reason) {
                    breach = string.concat("an honest move was refused: ", string(reason));
                }
                return false;
            }
        }
        return true;
    }

    /// @dev Mostly until a move is due; now and then not at all, or until the second before.
    /// @return on As of `_passTo`.
    function _wait(uint8 wait, uint256 due) private returns (bool on) {
        return wait % 2 == 1 || _passTo(wait % 8 == 0 ? due - 1 : due);
    }

    function _nextDue() private view returns (uint256 next) {
        next = NEVER;
        for (uint256 i = 0; i < _cases.length; ++i) {
            uint256 due = _due(i);
            if (due < next) next = due;
        }
    }

    /// @dev The last second in which somebody who is never late must do something about a job.
    function _due(uint256 i) private view returns (uint256 due) {
        Case storage c = _cases[i];
        due = NEVER;
        if (!c.opens && !c.watched) return due;
        JobId id = c.job.id;
        JobStatus s = jobs.statusOf(id);
        if (s != JobStatus.Submitted && s != JobStatus.Challenged) return due;
        bool opened = _isOpened(c);
        if (c.opens && s == JobStatus.Challenged && !opened) due = c.challengedAt + OPEN_PERIOD;
        if (c.honest && opened) due = _firstRevealBy(id);
        if (!c.watched) return due;
        if (_isUnseen(c)) return due < _windowEnd(c) ? due : _windowEnd(c) - 1;
        if (!opened) return due;
        if (c.known) return _verdictBy(c);
        return game.demandsOf(id).open == 0 ? _verdictBy(c) - REVEAL_PERIOD - 1 : NEVER;
    }

    /// @dev The watcher can still challenge it and has not.
    function _isUnseen(Case storage c) private view returns (bool) {
        return c.watched && _clock < _windowEnd(c) && game.challengerIndex(c.job.id, watcher) == 0;
    }

    function _windowEnd(Case storage c) private view returns (uint256) {
        return uint256(c.job.claim.time()) + c.job.terms.window();
    }

    function _verdictBy(Case storage c) private view returns (uint256) {
        return _windowEnd(c) + OPEN_PERIOD + PROVE_PERIOD;
    }

    /// @dev A move that is nobody's in particular. One that is due must go through.
    function _anybody(address to, bytes memory data, bool due) private {
        (bool ok, bytes memory reason) = to.call(data);
        if (ok) return;
        if (!due) _rethrow(reason);
        breach = string.concat("a move that was due was refused: ", string(reason));
    }

    function _rethrow(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }

    /// @dev What a move that went through had to keep to, by the model's own clocks.
    function _inTime(bool kept) private {
        if (!kept) breach = "a move went through at the wrong time";
    }

    /// @dev No bond stands behind more than it covers, nor what is leaving behind anything new.
    function _covered(address a, uint256 lockedBefore) private {
        uint256 locked = jobs.lockedOf(a);
        IStakeRegistry.Bond memory b = stakes.bondOf(a, address(jobs));
        bool covered = locked <= lockedBefore || locked + b.exiting <= b.bonded;
        if (!covered) breach = "a bond does not cover what it stands behind";
    }

    function _firstRevealBy(JobId id) private view returns (uint256 first) {
        first = NEVER;
        if (game.demandsOf(id).open == 0) return first;
        for (uint256 k = 0; k < LETTERS; ++k) {
            (address demander, uint256 revealBy,) = game.demandOf(id, bytes32(k));
            if (demander != address(0) && revealBy < first) first = revealBy;
        }
    }

    /// @dev Honest parties need not wait for the last second.
    function early(uint8 which) external now_ {
        for (uint256 k = 0; k < _cases.length; ++k) {
            uint256 i = (which + k) % _cases.length;
            if (_due(i) == NEVER) continue;
            this.duty(i);
            ++done["early"];
            return;
        }
    }

    /// @dev What is done next about a job by those who are never late.
    function duty(uint256 i) external {
        require(msg.sender == address(this));
        Case storage c = _cases[i];
        JobId id = c.job.id;
        bool unopened = _isUnopened(c);
        bool unseen = _isUnseen(c);
        if (unseen) _challengeCase(c, watcher);
        if (c.opens && unopened) _openCase(c);
        if (unseen || unopened) return;
        if (c.honest) {
            _reveal(c, c.job.claim.operator(), _pending(id));
        } else if (c.known) {
            _convictHonestly(c, i % 2 == 0);
        } else {
            uint256[] memory one = new uint256[](1);
            while (_asked(id, one[0])) ++one[0];
            _demand(c, watcher, one);
        }
    }

    function _convictHonestly(Case storage c, bool inPieces) private {
        (, uint256 element) = _guilty(c.trace);
        bytes memory proof = abi.encode(inPieces ? element | LONG : element, c.trace);
        bytes32 salt = bytes32(_clock);
        _commitAs(c, watcher, proof, salt);
        _tick();
        for (uint256 k = 1; inPieces && k <= element; ++k) {
            vm.prank(watcher);
            game.advance(c.job, k, abi.encode(element, c.trace));
        }
        _convictAs(c, watcher, proof, salt);
        _inTime(_clock <= _verdictBy(c));
        ++done["convict honestly"];
    }

    function _commitAs(Case storage c, address by, bytes memory proof, bytes32 salt) private {
        bytes32 commitment = game.commitmentOf(c.job.id, by, keccak256(proof), salt);
        vm.prank(by);
        game.commit(commitment);
        _committed[commitment] = _clock;
    }

    /// @dev A second passes, where nobody who is never late is late for it.
    function _tick() private {
        if (_nextDue() > _clock) vm.warp(++_clock);
    }

    /// @dev Convicts or takes over.
    function _convictAs(Case storage c, address by, bytes memory proof, bytes32 salt) private {
        vm.prank(by);
        game.convict(c.job, proof, salt);
        _claimed(c, by, proof, salt);
    }

    function _claimed(Case storage c, address by, bytes memory proof, bytes32 salt) private {
        uint256 committed = _committed[game.commitmentOf(c.job.id, by, keccak256(proof), salt)];
        if (c.claimants.length == 0) c.convictedAt = _clock;
        bool counts = committed > c.job.claim.time() && committed < c.convictedAt;
        c.claimants.push(Claimant(by, counts ? committed : 0));
    }

    /// @dev Who the halves belong to, by everything that was ever claimed: the earliest and the latest commitment, of
    /// the same second whoever came first; where none counts, whoever convicted.
    function _halves(Case storage c) private view returns (address earlier, address later) {
        (uint256 e, uint256 l) = (NEVER, 0);
        earlier = later = c.claimants[0].by;
        for (uint256 k = 0; k < c.claimants.length; ++k) {
            Claimant storage claimant = c.claimants[k];
            if (claimant.committed == 0) continue;
            if (claimant.committed < e) (earlier, e) = (claimant.by, claimant.committed);
            if (claimant.committed > l) (later, l) = (claimant.by, claimant.committed);
        }
    }

    // ── tokens and ledgers ───────────────────────────────────────────────────────────────────────────────────────

    function deposit(uint8 who, uint8 forWhom, uint64 amount, uint8 kind) external now_ {
        address to = _all[forWhom % _all.length];
        ILedger ledger = kind % 2 == 0 ? ILedger(address(jobs)) : ILedger(address(game));
        if (kind % 4 < 2) {
            // To the burned account too.
            if (kind % 16 == 1) to = game.DEAD();
            vm.prank(_spender(who));
            ledger.deposit(to, amount);
            ++done["deposit"];
        } else {
            (uint8 v, bytes32 r, bytes32 s) = _signed(address(ledger), amount);
            vm.prank(_signer);
            ledger.depositWithPermit(to, amount, NEVER, v, r, s);
            ++done["depositWithPermit"];
        }
    }

    function withdraw(uint8 who, uint96 amount, uint8 kind) external now_ {
        address a = _all[who % _all.length];
        if (kind % 3 == 0) {
            amount = uint96(bound(amount, 0, jobs.balanceOf(a)));
            _as(a, address(jobs), abi.encodeCall(jobs.withdraw, (a, amount)));
        } else if (kind % 3 == 1) {
            // The honest challenger keeps what it needs to go on.
            if (a == watcher) return;
            amount = uint96(bound(amount, 0, game.balanceOf(a)));
            _as(a, address(game), abi.encodeCall(game.withdraw, (a, amount)));
        } else {
            amount = uint96(bound(amount, 0, stakes.creditOf(a)));
            _as(a, address(stakes), abi.encodeCall(stakes.withdrawCredit, (a, amount)));
            ++done["withdrawCredit"];
        }
        ++done["withdraw"];
    }

    /// @dev To anybody, the game too, whose rewards it must not touch.
    function transferCredit(uint8 who, uint8 to, uint96 amount) external now_ {
        address from = _spender(who);
        amount = uint96(bound(amount, 0, stakes.creditOf(from)));
        address receiver = to % 4 == 0 ? address(game) : _all[to / 4 % _all.length];
        _as(from, address(stakes), abi.encodeCall(stakes.transferCredit, (receiver, amount)));
        if (receiver == address(game)) _given += amount;
        if (amount != 0) ++done["transferCredit"];
    }

    function token(uint8 who, uint8 to, uint64 amount, uint8 kind) external now_ {
        address a = _spender(who);
        address[3] memory contracts = [address(jobs), address(stakes), address(game)];
        if (kind % 4 == 0) {
            vm.prank(a);
            opg.transfer(_all[to % _all.length], amount);
        } else if (kind % 4 == 1) {
            _donated[contracts[to % 3]] += amount;
            vm.prank(a);
            opg.transfer(contracts[to % 3], amount);
            ++done["donate"];
        } else if (kind % 4 == 2) {
            address b = _spender(to);
            vm.prank(a);
            opg.approve(b, amount);
            vm.prank(b);
            opg.transferFrom(a, b, amount / 2);
        } else {
            (uint8 v, bytes32 r, bytes32 s) = _signed(a, amount);
            OPG(address(opg)).permit(_signer, a, amount, NEVER, v, r, s);
        }
        ++done["token"];
    }

    function burn(uint8 kind) external now_ {
        if (kind % 2 == 0) game.burn();
        else stakes.burn();
        ++done[kind % 2 == 0 ? "burn deposits" : "burn"];
    }

    // ── bonds ────────────────────────────────────────────────────────────────────────────────────────────────────

    function bond(uint8 who, uint96 amount, uint8 kind) external now_ {
        amount = uint96(amount % 1_000e18);
        address a = kind % 4 == 0 ? _signer : _actor(who);
        if (kind % 4 == 0) {
            (uint8 v, bytes32 r, bytes32 s) = _signed(address(stakes), amount);
            vm.prank(a);
            stakes.bondWithPermit(address(jobs), amount, NEVER, v, r, s);
            ++done["bondWithPermit"];
        } else {
            vm.prank(a);
            stakes.bond(address(jobs), amount);
            ++done["bond"];
        }
        _bondPaidIn[a] += amount;
    }

    function exit(uint8 who, uint96 amount, uint8 kind) external now_ {
        address a = _leaver(who);
        IStakeRegistry.Bond memory b = stakes.bondOf(a, address(jobs));
        if (kind % 4 == 0) {
            vm.prank(a);
            stakes.cancelExit(address(jobs));
            ++done["cancelExit"];
        } else if (kind % 4 == 1) {
            // Often of everything, now and then of more.
            if (kind % 8 == 1) amount = b.bonded;
            else if (kind % 16 != 5) amount = uint96(bound(amount, 0, b.bonded));
            vm.prank(a);
            stakes.requestExit(address(jobs), amount);
            _exitAt[a] = _clock + EXIT_DELAY;
            ++done["requestExit"];
        } else {
            for (uint8 k = 1; b.exiting == 0 && k < _all.length; ++k) {
                a = _actor(uint8((who + uint256(k)) % _all.length));
                b = stakes.bondOf(a, address(jobs));
            }
            if (kind % 4 == 2 && !_passTo(b.exitAt)) return;
            vm.prank(a);
            uint256 paid = stakes.withdrawBond(address(jobs), a);
            _bondTakenOut[a] += paid;
            _inTime(_clock >= _exitAt[a]);
            ++done["withdrawBond"];
        }
    }

    /// @dev Bonds to a registry that lies, and its slashes, in the game's name even.
    function hostileRegistry(uint8 who, uint96 amount, uint8 kind) external now_ {
        address a = _spender(who);
        if (kind % 4 == 0) {
            vm.prank(a);
            stakes.bond(address(_hostile), amount % 100e18);
        } else if (kind % 4 == 1) {
            _hostile.lock(a, amount);
        } else {
            address victim = kind % 4 == 2 ? a : operator;
            bool ofGame = kind % 8 < 4;
            uint256 reward = _hostile.slash(stakes, victim, amount, a, ofGame ? address(game) : address(_hostile));
            if (ofGame) _given += reward;
        }
        ++done["hostileRegistry"];
    }

    // ── models ───────────────────────────────────────────────────────────────────────────────────────────────────

    function model(uint8 who, uint256 seed, uint8 kind) external now_ {
        uint256 id = 1 + seed % models.modelCount();
        address owner = models.ownerOf(id);
        address to = _spender(who);
        if (kind % 8 == 0) {
            vm.prank(to);
            models.createModel("card");
        } else if (kind % 8 == 1 || kind % 8 == 2) {
            if (_versions.length == MAX_VERSIONS) return;
            IModelRegistry.Version memory v = _version(id, bytes32(seed | 1));
            v.price = uint96(seed % 5e18);
            v.minWindow = uint24(1 + seed % 300);
            v.shareBps = uint16(seed % 5001);
            vm.prank(owner);
            bytes32 published = models.publish(v);
            _versions.push(published);
            _shares[published] = v.shareBps;
            ++done["publish"];
        } else if (kind % 8 == 3) {
            // One is left to work with.
            bytes32 old = _versions[_versions.length - 1];
            if (old == version) return;
            owner = models.publisherOf(old);
            vm.prank(owner);
            models.deprecate(old, 0);
            ++done["deprecate"];
        } else if (kind % 8 == 4) {
            vm.prank(owner);
            models.transferFrom(owner, to, id);
            ++done["transfer model"];
        } else if (kind % 8 == 5) {
            vm.prank(owner);
            if (seed % 2 == 0) models.safeTransferFrom(owner, to, id);
            else models.safeTransferFrom(owner, to, id, "data");
        } else if (kind % 8 == 6) {
            vm.prank(owner);
            models.approve(to, id);
            vm.prank(to);
            models.transferFrom(owner, to, id);
        } else {
            vm.prank(owner);
            models.setApprovalForAll(to, true);
        }
        ++done["model"];
    }

    function collectShare(uint8 which) external now_ {
        bytes32 v = _versions[which % _versions.length];
        address owner = models.publisherOf(v);
        vm.prank(owner);
        jobs.collectShare(v);
        ++done["collectShare"];
    }

    // ── jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function request(uint8 who, uint8 which, uint96 fee, uint96 bond_, uint16 window, uint8 kind, uint8 callback)
        external
        now_
    {
        if (_cases.length == MAX_CASES) return;
        IJobRegistry.Request memory r;
        r.version = _versions[which % _versions.length];
        r.fee = uint96(bound(fee, models.offerOf(r.version).price(), 50e18));
        r.bond = uint96(bound(bond_, 1e18, 400e18));
        r.window = uint24(bound(window, models.offerOf(r.version).minWindow(), 3600));
        r.deadline = uint40(_clock + 1000);
        if (kind % 4 == 1) r.operator = [operator, other, rival, _liar][who % 4];
        if (callback % 3 == 0) r.callbackGas = 100_000;
        address from = callback % 3 == 0 ? address(_consumer) : _spender(who);
        bool byRoots = kind % 8 == 2;

        Job memory job;
        job.id = JobId.wrap((uint256(uint160(from)) << 64) | jobs.nonceOf(from));
        job.version = r.version;
        job.terms = TermsLib.pack(r.fee, r.bond, r.callbackGas, r.window, _shares[r.version]);
        job.claim = ClaimLib.pack(r.operator, r.deadline, 0, r.operator != address(0));
        if (byRoots) {
            bytes32[] memory roots = new bytes32[](2);
            job.input = keccak256(abi.encodePacked(uint8(1), roots));
            _as(from, address(jobs), abi.encodeCall(jobs.requestByRoots, (r, roots, "uri")));
            ++done["requestByRoots"];
        } else {
            job.input = _inline(INPUT);
            _as(from, address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
            ++done["request"];
        }
        Case storage c = _cases.push();
        c.job = job;
        c.byRoots = byRoots;
    }

    function accept(uint8 which, uint8 who) external now_ {
        Case storage c = _find(which, 1 << uint8(JobStatus.Requested));
        address a = _operatorFor(c, who);
        Job memory job = c.job;
        uint256 locked = jobs.lockedOf(a);
        vm.prank(a);
        jobs.accept(job);
        _inTime(_clock <= job.claim.deadline());
        _covered(a, locked);
        uint40 until = uint40(_clock + ACCEPT_PERIOD);
        uint40 deadline = job.claim.deadline();
        c.job.claim = ClaimLib.pack(a, deadline, until < deadline ? until : deadline, job.claim.named());
        ++done["accept"];
    }

    function submit(uint8 which, uint8 who, uint8 how, uint8 watch) external now_ {
        Case storage c = _find(which, (1 << uint8(JobStatus.Requested)) | (1 << uint8(JobStatus.Accepted)));
        address a = _operatorFor(c, who);
        bool honest = a == operator || a == other;
        // An honest operator serves nothing that it could not open.
        if (honest && c.byRoots) return;
        bytes memory trace = _prefix(1 + how % LETTERS);
        if (!honest && how % 4 == 1) trace = "abcA";
        if (!honest && how % 4 == 2) trace = "aA";
        if (!honest && how % 4 == 3) trace = how % 8 == 3 ? bytes("axe") : bytes("azzzzA");
        bytes memory output = abi.encodePacked(trace[trace.length - 1]);
        uint256 locked = jobs.lockedOf(a);
        (bool guilty, uint256 element) = _guilty(trace);
        if (guilty && who % 2 == 0 && c.puppet == address(0)) {
            // Knows the proof of its own lie before anybody else can.
            c.puppet = a;
            _commitAs(c, a, abi.encode(element, trace), PRE);
        }
        vm.prank(a);
        jobs.submit(c.job, output);
        _inTime(_clock <= c.job.claim.deadline());
        _covered(a, locked);
        c.job.claim = ClaimLib.pack(a, c.job.claim.deadline(), uint40(_clock), c.job.claim.named());
        c.job.output = _inline(output);
        c.output = output;
        c.trace = trace;
        c.honest = honest;
        c.opens = honest || (!c.byRoots && how % 32 < 20);
        c.lie = output[0] == FALSE_OUTPUT[0];
        c.watched = c.lie && watch % 4 != 0;
        c.served = how % 16 < 8;
        ++done[honest ? "submit honestly" : c.lie ? "submit a lie" : "submit"];
    }

    function cancel(uint8 which) external now_ {
        Case storage c = _find(which, (1 << uint8(JobStatus.Requested)) | (1 << uint8(JobStatus.Accepted)));
        bool accepted = jobs.statusOf(c.job.id) == JobStatus.Accepted;
        _as(c.job.id.requester(), address(jobs), abi.encodeCall(jobs.cancel, (c.job)));
        _inTime(!accepted || _clock > c.job.claim.time());
        ++done["cancel"];
    }

    function refund(uint8 which) external now_ {
        Case storage c = _find(which, (1 << uint8(JobStatus.Requested)) | (1 << uint8(JobStatus.Accepted)));
        if (which % 4 == 0 && !_passTo(uint256(c.job.claim.deadline()) + 1)) return;
        bool due = jobs.statusOf(c.job.id) <= JobStatus.Accepted && _clock > c.job.claim.deadline();
        _anybody(address(jobs), abi.encodeCall(jobs.refund, (c.job)), due);
        _inTime(_clock > c.job.claim.deadline());
        ++done["refund"];
    }

    function finalize(uint8 which, uint8 mood) external now_ {
        Case storage c = _find(which, (1 << uint8(JobStatus.Submitted)) | (1 << uint8(JobStatus.Upheld)));
        if (mood % 5 == 4) _consumer.setReentry(address(jobs), abi.encodeCall(jobs.finalize, (c.job, c.output)));
        else _consumer.setMood(MockConsumer.Mood(mood % 5));
        if (jobs.statusOf(c.job.id) == JobStatus.Submitted && !_wait(mood, _windowEnd(c))) return;
        bool unchallenged = jobs.statusOf(c.job.id) == JobStatus.Submitted;
        bool due = jobs.statusOf(c.job.id) == JobStatus.Upheld || (unchallenged && _clock >= _windowEnd(c));
        _anybody(address(jobs), abi.encodeCall(jobs.finalize, (c.job, c.output)), due);
        _inTime(!unchallenged || _clock >= _windowEnd(c));
        ++done["finalize"];
    }

    function retryCallback(uint8 which, uint8 mood) external now_ {
        Case storage c = _find(which, 1 << uint8(JobStatus.FinalUndelivered));
        _consumer.setMood(mood % 4 == 0 ? MockConsumer.Mood.Reverting : MockConsumer.Mood.Grateful);
        jobs.retryCallback(c.job, c.output);
        ++done["retryCallback"];
    }

    // ── disputes ─────────────────────────────────────────────────────────────────────────────────────────────────

    function challenge(uint8 which, uint8 who) external now_ {
        Case storage c = _find(which, (1 << uint8(JobStatus.Submitted)) | (1 << uint8(JobStatus.Challenged)));
        _challengeCase(c, _spender(who));
    }

    /// @dev From many addresses at once.
    function spam(uint8 which, uint8 count) external now_ {
        Case storage c = _find(which, (1 << uint8(JobStatus.Submitted)) | (1 << uint8(JobStatus.Challenged)));
        for (uint8 k = 0; k < count % 6 + 1; ++k) {
            address a = _spender(uint8((uint256(count) + k) % _spenders.length));
            if (game.challengerIndex(c.job.id, a) == 0) _challengeCase(c, a);
        }
        ++done["spam"];
    }

    function open(uint8 which, uint8 how) external now_ {
        Case storage c = _findDispute(which, _isUnopened);
        address a = _spender(how);
        if (how % 8 == 7 && a != c.job.claim.operator()) {
            _mustFail(a, address(game), abi.encodeCall(game.open, (c.job, c.trace, "")), "a trace in another's mouth");
        } else {
            _openCase(c);
        }
    }

    /// @dev A commitment, and now and then the race that it is for: another, with a later commitment or none that counts,
    /// convicts before or after, and the reward is divided.
    function commit(uint8 which, uint8 who, uint8 kind) external now_ {
        Case storage c = _findDispute(which, _isGuilty);
        (, uint256 element) = _guilty(c.trace);
        bytes memory proof = abi.encode(element, c.trace);
        _commitAs(c, _spender(who), proof, 0);
        ++done["commit"];
        bool time = _nextDue() >= _clock + 3 && _clock + 2 <= _verdictBy(c) && _clock != c.job.claim.time();
        if (kind % 4 == 0 && time && _isGuilty(c)) _race(c, _spender(who), proof, kind / 4);
    }

    /// @dev `a` committed just now.
    function _race(Case storage c, address a, bytes memory proof, uint8 kind) private {
        address b = _spenders[(uint256(kind) + (a == _spenders[0] ? 1 : 0)) % _spenders.length];
        if (a == b) b = _liar == a ? rival : _liar;
        bytes32 salt = bytes32(_clock);
        _commitAs(c, a, proof, EQUAL);
        _tick();
        bool parted = kind % 2 == 0;
        if (parted) _commitAs(c, b, proof, salt);
        _tick();
        if (!parted && c.puppet != address(0)) (b, salt) = (c.puppet, PRE);
        else if (!parted) _commitAs(c, b, proof, salt);
        bool behind = parted && kind % 4 == 0;
        if (!behind) _mustConvict(c, b, proof, salt);
        _mustConvict(c, a, proof, 0);
        if (behind) _mustConvict(c, b, proof, salt);
        bytes memory again = abi.encodeCall(game.convict, (c.job, proof, EQUAL));
        _mustFail(a, address(game), again, "an equal commitment took something over");
        // Whoever reads the proof commits in the very second.
        _commitAs(c, a, proof, bytes32(_clock));
        bytes memory copied = abi.encodeCall(game.convict, (c.job, proof, bytes32(_clock)));
        _mustFail(a, address(game), copied, "a copied proof took something over");
        ++done[parted ? "part the halves" : "take over"];
    }

    /// @dev The first conviction of the guilty, or a claim that is better than all before it.
    function _mustConvict(Case storage c, address by, bytes memory proof, bytes32 salt) private {
        vm.prank(by);
        (bool ok,) = address(game).call(abi.encodeCall(game.convict, (c.job, proof, salt)));
        if (ok) _claimed(c, by, proof, salt);
        else breach = "a claim was refused";
    }

    /// @dev By whoever has the trace, guilty or not.
    function convict(uint8 which, uint8 who, uint8 element) external now_ {
        Case storage c = who % 8 < 6
            ? _findDispute(which, who % 8 < 4 ? _isGuilty : _isOpened)
            : _find(which, 1 << uint8(JobStatus.Convicted));
        (bool guilty, uint256 wrong) = _guilty(c.trace);
        if (!guilty || element % 4 == 0) wrong = 1 + element % (c.trace.length > 1 ? c.trace.length - 1 : 1);
        bool first = game.disputeOf(c.job.id).status == IDisputeGame.DisputeStatus.Opened;
        _convictAs(c, _spender(who), abi.encode(wrong, c.trace), 0);
        _inTime(!first || _clock <= _verdictBy(c));
        if (!guilty) breach = "an admissible trace was convicted";
        ++done["convict"];
    }

    function advance(uint8 which, uint8 who, uint8 until) external now_ {
        Case storage c = _findDispute(which, _isGuilty);
        (, uint256 element) = _guilty(c.trace);
        vm.prank(_spender(who));
        game.advance(c.job, until % 3 + 1, abi.encode(element, c.trace));
        ++done["advance"];
    }

    function demand(uint8 which, uint8 who, uint8 from, uint8 count) external now_ {
        Case storage c = _findDispute(which, _isOpened);
        uint256[] memory list = new uint256[](count % (MAX_OPEN_DEMANDS + 1) + 1);
        for (uint256 k = 0; k < list.length; ++k) list[k] = (from + k) % LETTERS;
        uint256 n = c.players.length;
        _demand(c, n == 0 || who % 2 == 0 ? _spender(who) : c.players[who / 2 % n], list);
    }

    function reveal(uint8 which, uint8 who, uint8 from, uint8 count) external now_ {
        Case storage c = _findDispute(which, _isAsked);
        uint256[] memory list = _pending(c.job.id);
        if (count % 2 == 0 && list.length > 1) {
            // In part.
            uint256[] memory part = new uint256[](1 + from % list.length);
            for (uint256 k = 0; k < part.length; ++k) part[k] = list[k];
            list = part;
        }
        _reveal(c, who % 4 == 0 ? _spender(who) : c.job.claim.operator(), list);
    }

    function silence(uint8 which, uint8 who, uint8 wait) external now_ {
        Case storage c = _findDispute(which, _isAsked);
        uint256[] memory list = _pending(c.job.id);
        bytes32 item = bytes32(list.length == 0 ? who % LETTERS : list[who % list.length]);
        (, uint256 revealBy,) = game.demandOf(c.job.id, item);
        if (revealBy != 0 && !_wait(wait, revealBy + 1)) return;
        // It may have been revealed in the meantime.
        (, revealBy,) = game.demandOf(c.job.id, item);
        bool due = _isOpened(c) && revealBy != 0 && _clock > revealBy;
        _anybody(address(game), abi.encodeCall(game.silence, (c.job, item)), due);
        _inTime(_clock > revealBy);
        ++done["silence"];
    }

    function timeout(uint8 which, uint8 wait) external now_ {
        Case storage c = _findDispute(which, _isUnopened);
        if (_isUnopened(c) && !_wait(wait, c.challengedAt + OPEN_PERIOD + 1)) return;
        bool due = _isUnopened(c) && _clock > c.challengedAt + OPEN_PERIOD;
        _anybody(address(game), abi.encodeCall(game.timeout, (c.job)), due);
        _inTime(_clock > c.challengedAt + OPEN_PERIOD);
        ++done["timeout"];
    }

    function resolve(uint8 which, uint8 wait) external now_ {
        Case storage c = _findDispute(which, _isOpened);
        if (_isOpened(c) && !_wait(wait, _verdictBy(c) + 1)) return;
        bool due = _isOpened(c) && !_isAsked(c) && _clock > _verdictBy(c);
        _anybody(address(game), abi.encodeCall(game.resolve, (c.job)), due);
        _inTime(_clock > _verdictBy(c));
        ++done["resolve"];
    }

    function reclaim(uint8 which, uint8 who) external now_ {
        Case storage c = _find(which, 1 << uint8(JobStatus.Convicted));
        address a = c.players.length == 0 ? _spender(who) : c.players[who % c.players.length];
        vm.prank(a);
        game.reclaim(c.job);
        ++done["reclaim"];
    }

    function collect(uint8 which, uint8 wait) external now_ {
        Case storage c = _find(which, 1 << uint8(JobStatus.Convicted));
        IDisputeGame.Dispute memory d = game.disputeOf(c.job.id);
        if (!_wait(wait, d.since + REWARD_PERIOD)) return;
        bool over = d.priority == 0 || _clock >= d.since + REWARD_PERIOD;
        bool due = over && d.status == IDisputeGame.DisputeStatus.Convicted && game.rewardOf(c.job) != 0;
        _collect(c, due);
        _inTime(over);
        ++done["collect"];
    }

    function _collect(Case storage c, bool due) private {
        IDisputeGame.Dispute memory d = game.disputeOf(c.job.id);
        uint256 reward = game.rewardOf(c.job);
        (uint256 earlier, uint256 later) = (stakes.creditOf(d.beneficiary), stakes.creditOf(d.laterBeneficiary));
        _anybody(address(game), abi.encodeCall(game.collect, (c.job)), due);
        _paid(d, reward, earlier, later);
    }

    /// @dev One half, rounded down, to one holder and the rest to the other.
    function _paid(IDisputeGame.Dispute memory d, uint256 reward, uint256 earlier, uint256 later) private {
        uint256 half = reward / 2;
        if (d.beneficiary == d.laterBeneficiary) half = reward;
        if (stakes.creditOf(d.beneficiary) != earlier + half) {
            breach = "the earlier half was not paid";
            return;
        }
        if (d.beneficiary == d.laterBeneficiary) return;
        if (stakes.creditOf(d.laterBeneficiary) != later + reward - half) breach = "the later half was not paid";
    }

    // ── what nobody may do ───────────────────────────────────────────────────────────────────────────────────────

    function outsider(uint8 who, uint8 which, uint8 kind) external now_ {
        address a = _spender(who);
        Job memory job = _cases[which % _cases.length].job;
        Job memory forged = _cases[which % _cases.length].job;
        forged.terms =
            TermsLib.pack(job.terms.fee() + 1, job.terms.bond(), job.terms.callbackGas(), job.terms.window(), 0);
        bytes[16] memory calls = [
            abi.encodeCall(jobs.hold, (job)),
            abi.encodeCall(jobs.uphold, (job)),
            abi.encodeCall(jobs.convict, (job)),
            abi.encodeCall(jobs.refund, (forged)),
            abi.encodeCall(jobs.cancel, (forged)),
            abi.encodeCall(jobs.accept, (forged)),
            abi.encodeCall(jobs.submit, (forged, "e")),
            abi.encodeCall(jobs.finalize, (forged, "e")),
            abi.encodeCall(jobs.withdraw, (a, jobs.balanceOf(a) + 1)),
            abi.encodeCall(game.bind, ()),
            abi.encodeCall(game.challenge, (forged)),
            abi.encodeCall(game.timeout, (forged)),
            abi.encodeCall(game.resolve, (forged)),
            abi.encodeCall(game.demand, (forged, abi.encode(_pending(job.id)))),
            abi.encodeCall(game.withdraw, (a, game.balanceOf(a) + 1)),
            abi.encodeCall(stakes.withdrawCredit, (a, stakes.creditOf(a) + 1))
        ];
        kind %= 16;
        address to = kind < 9 ? address(jobs) : kind < 15 ? address(game) : address(stakes);
        _mustFail(a, to, calls[kind], "an outsider's move");
        bytes memory more = abi.encodeCall(stakes.transferCredit, (a, stakes.creditOf(a) + 1));
        _mustFail(a, address(stakes), more, "an outsider's move");
        _mustFail(a, address(game), abi.encodeCall(game.collect, (forged)), "an outsider's move");
        ++done["outsider"];
    }

    function _mustFail(address from, address to, bytes memory data, string memory what) private {
        vm.prank(from);
        (bool ok,) = to.call(data);
        if (ok) breach = what;
    }

    // ── what must hold after every move ──────────────────────────────────────────────────────────────────────────

    /// @dev Each of these has a bug that it is the first to notice (`npm run seeded`).
    function check() public view {
        yes(bytes(breach).length == 0, breach);
        checkAgreement();
        checkJobRegistry();
        checkStakeRegistry();
        checkDisputeGame();
        checkLocks();
        checkJustice();
        checkRewards();
    }

    /// @dev Balance = Σ balances + Σ shares + Σ fees of unsettled jobs, and what was donated.
    function checkJobRegistry() public view {
        uint256 owed = _donated[address(jobs)];
        for (uint256 i = 0; i < _versions.length; ++i) owed += jobs.shareOf(_versions[i]);
        for (uint256 i = 0; i < _all.length; ++i) owed += jobs.balanceOf(_all[i]);
        for (uint256 i = 0; i < _cases.length; ++i) {
            JobStatus s = jobs.statusOf(_cases[i].job.id);
            if (s >= JobStatus.Requested && s <= JobStatus.Upheld) owed += _cases[i].job.terms.fee();
        }
        eq(opg.balanceOf(address(jobs)), owed, "JobRegistry");
    }

    /// @dev Balance = Σ bonds + Σ credit + burnable, and what was donated. The total is Σ bonds. The game's credit is what
    /// it owes in rewards, and what it was given.
    function checkStakeRegistry() public view {
        uint256 bonds;
        uint256 owed = stakes.burnable() + _donated[address(stakes)];
        for (uint256 i = 0; i < _all.length; ++i) {
            bonds += stakes.bondOf(_all[i], address(jobs)).bonded + stakes.bondOf(_all[i], address(_hostile)).bonded;
            owed += stakes.creditOf(_all[i]);
        }
        uint256 ofGame = stakes.creditOf(address(game));
        owed += ofGame + stakes.creditOf(address(_hostile));
        eq(stakes.totalBonded(), bonds, "total bonded");
        eq(opg.balanceOf(address(stakes)), owed + bonds, "StakeRegistry");
        uint256 rewards = _given;
        for (uint256 i = 0; i < _cases.length; ++i) rewards += game.rewardOf(_cases[i].job);
        eq(ofGame, rewards, "credit of the game");
    }

    /// @dev Balance = Σ balances + what was paid into disputes that are not upheld and not reclaimed, and donations.
    function checkDisputeGame() public view {
        uint256 owed = _donated[address(game)] + game.balanceOf(game.DEAD());
        for (uint256 i = 0; i < _all.length; ++i) owed += game.balanceOf(_all[i]);
        for (uint256 i = 0; i < _cases.length; ++i) {
            JobId id = _cases[i].job.id;
            address[] storage players = _cases[i].players;
            IDisputeGame.DisputeStatus s = game.disputeOf(id).status;
            if (s == IDisputeGame.DisputeStatus.None || s == IDisputeGame.DisputeStatus.Upheld) continue;
            uint256 paid;
            for (uint256 k = 0; k < players.length; ++k) {
                if (game.challengerIndex(id, players[k]) != 0) owed += _challengePrice(_cases[i].job.terms.bond());
                paid += game.paidOf(id, players[k]);
            }
            owed += paid;
            if (s == IDisputeGame.DisputeStatus.Convicted) continue;
            IDisputeGame.Demands memory demands = game.demandsOf(id);
            uint256 deposit_ = (uint256(_cases[i].job.terms.bond()) * DEMAND_DEPOSIT_BPS + 9_999) / 10_000;
            eq(paid, demands.made * (DEMAND_FEE + deposit_), "paid for demands");
            eq(demands.open, _pending(id).length, "open demands");
            yes(demands.open <= MAX_OPEN_DEMANDS, "places for demands");
        }
        eq(opg.balanceOf(address(game)), owed, "DisputeGame");
    }

    /// @dev Locked = Σ bonds of live claims, and no more than is bonded; so is what leaves. Of what was paid in, only
    /// what was taken out and the bonds of convicted claims is missing.
    function checkLocks() public view {
        for (uint256 k = 0; k < _all.length; ++k) {
            uint256 live;
            uint256 slashed;
            for (uint256 i = 0; i < _cases.length; ++i) {
                Job storage job = _cases[i].job;
                if (job.claim.operator() != _all[k]) continue;
                JobStatus s = jobs.statusOf(job.id);
                if (s >= JobStatus.Accepted && s <= JobStatus.Upheld) live += job.terms.bond();
                if (s == JobStatus.Convicted) slashed += job.terms.bond();
            }
            uint256 locked = jobs.lockedOf(_all[k]);
            IStakeRegistry.Bond memory b = stakes.bondOf(_all[k], address(jobs));
            eq(locked, live, "locked");
            yes(locked <= b.bonded, "locked within the bond");
            yes(b.exiting <= b.bonded, "exiting within the bond");
            eq(stakes.lockableOf(_all[k], address(jobs)), b.bonded - b.exiting, "lockable");
            eq(b.bonded + slashed + _bondTakenOut[_all[k]], _bondPaidIn[_all[k]], "bonded");
        }
    }

    /// @dev Nobody was convicted who told the truth in time, and no watched lie got through.
    function checkJustice() public view {
        for (uint256 i = 0; i < _cases.length; ++i) {
            JobStatus s = jobs.statusOf(_cases[i].job.id);
            if (_cases[i].honest) yes(s != JobStatus.Convicted, "an honest operator was convicted");
            if (_cases[i].watched) {
                bool through = s == JobStatus.Upheld || s == JobStatus.Final || s == JobStatus.FinalUndelivered;
                yes(!through, "a watched lie went through");
            }
        }
    }

    /// @dev Each half of every reward is whose claim is the best one.
    function checkRewards() public view {
        for (uint256 i = 0; i < _cases.length; ++i) {
            Case storage c = _cases[i];
            if (c.claimants.length == 0) continue;
            IDisputeGame.Dispute memory d = game.disputeOf(c.job.id);
            (address earlier, address later) = _halves(c);
            eq(d.beneficiary, earlier, "earlier half");
            eq(d.laterBeneficiary, later, "later half");
        }
    }

    /// @dev The game and the registry say the same about every job.
    function checkAgreement() public view {
        for (uint256 i = 0; i < _cases.length; ++i) {
            IDisputeGame.DisputeStatus d = game.disputeOf(_cases[i].job.id).status;
            JobStatus s = jobs.statusOf(_cases[i].job.id);
            bool live = d == IDisputeGame.DisputeStatus.Challenged || d == IDisputeGame.DisputeStatus.Opened;
            yes((s == JobStatus.Challenged) == live, "held");
            yes((s == JobStatus.Convicted) == (d == IDisputeGame.DisputeStatus.Convicted), "convicted");
            bool upheld = s == JobStatus.Upheld || s == JobStatus.Final || s == JobStatus.FinalUndelivered;
            yes(d != IDisputeGame.DisputeStatus.Upheld || upheld, "upheld");
        }
    }

    // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev All clocks run out, everybody finishes and takes what is theirs: nothing is stuck, nothing is left over.
    function drain() external now_ {
        try this.payOut() {
            ++done["drain"];
        } catch (bytes memory reason) {
            bool checked = bytes4(reason) == NotEqual.selector || bytes4(reason) == NotTrue.selector;
            yes(checked, string.concat("something is stuck: ", string(reason)));
            _rethrow(reason);
        }
    }

    function payOut() external {
        require(msg.sender == address(this));
        _passTo(_clock + 1 days);
        check();
        _consumer.setMood(MockConsumer.Mood.Grateful);
        for (uint256 i = 0; i < _cases.length; ++i) _finish(_cases[i]);
        check();
        for (uint256 i = 0; i < _cases.length; ++i) {
            JobStatus s = jobs.statusOf(_cases[i].job.id);
            yes(s == JobStatus.Final || s >= JobStatus.Cancelled, "every job reaches an end");
        }

        for (uint256 i = 0; i < _versions.length; ++i) {
            address owner = models.publisherOf(_versions[i]);
            vm.prank(owner);
            jobs.collectShare(_versions[i]);
        }
        for (uint256 i = 0; i < _all.length; ++i) {
            address a = _all[i];
            _hostile.lock(a, 0);
            _as(a, address(jobs), abi.encodeCall(jobs.withdraw, (a, jobs.balanceOf(a))));
            _as(a, address(game), abi.encodeCall(game.withdraw, (a, game.balanceOf(a))));
            _as(a, address(stakes), abi.encodeCall(stakes.withdrawCredit, (a, stakes.creditOf(a))));
            _requestWholeExit(a, address(jobs));
            _requestWholeExit(a, address(_hostile));
        }
        _passTo(_clock + EXIT_DELAY);
        for (uint256 i = 0; i < _all.length; ++i) {
            _withdrawWholeBond(_all[i], address(jobs));
            _withdrawWholeBond(_all[i], address(_hostile));
        }
        if (stakes.burnable() != 0) stakes.burn();
        if (game.balanceOf(game.DEAD()) != 0) game.burn();
        checkStakeRegistry();

        // What came to the game for no conviction, or to a hostile registry, is its own bonders' present.
        uint256 present = _donated[address(stakes)] + _given + stakes.creditOf(address(_hostile));
        eq(opg.balanceOf(address(stakes)), present, "StakeRegistry is empty");
        eq(opg.balanceOf(address(jobs)), _donated[address(jobs)], "JobRegistry is empty");
        eq(opg.balanceOf(address(game)), _donated[address(game)], "DisputeGame is empty");
        // Whoever is honest ends with no less than it began with.
        address[3] memory honest = [operator, other, watcher];
        for (uint256 i = 0; i < 3; ++i) yes(opg.balanceOf(honest[i]) >= 1_000_000e18, "an honest party lost");
    }

    function _requestWholeExit(address a, address registry) private {
        uint256 bonded = stakes.bondOf(a, registry).bonded;
        if (bonded == 0) return;
        vm.prank(a);
        stakes.requestExit(registry, bonded);
    }

    function _withdrawWholeBond(address a, address registry) private {
        if (stakes.bondOf(a, registry).bonded == 0) return;
        vm.prank(a);
        stakes.withdrawBond(registry, a);
        eq(stakes.bondOf(a, registry).bonded, 0, "the whole bond leaves");
    }

    function _finish(Case storage c) private {
        Job memory job = c.job;
        JobStatus s = jobs.statusOf(job.id);
        if (s == JobStatus.Requested || s == JobStatus.Accepted) jobs.refund(job);
        if (s == JobStatus.Challenged) {
            uint256[] memory unanswered = _pending(job.id);
            if (game.disputeOf(job.id).status == IDisputeGame.DisputeStatus.Challenged) game.timeout(job);
            else if (unanswered.length != 0) game.silence(job, bytes32(unanswered[0]));
            else game.resolve(job);
        }
        s = jobs.statusOf(job.id);
        if (s == JobStatus.Submitted || s == JobStatus.Upheld) jobs.finalize(job, c.output);
        if (s == JobStatus.FinalUndelivered) jobs.retryCallback(job, c.output);
        if (s == JobStatus.Convicted) {
            for (uint256 k = 0; k < c.players.length; ++k) {
                address a = c.players[k];
                if (game.challengerIndex(job.id, a) == 0 && game.paidOf(job.id, a) == 0) continue;
                vm.prank(a);
                game.reclaim(job);
            }
            if (game.rewardOf(job) != 0) _collect(c, true);
        }
    }

    // ── internals ────────────────────────────────────────────────────────────────────────────────────────────────

    function _spender(uint8 who) private view returns (address) {
        return _spenders[who % _spenders.length];
    }

    /// @dev Anybody but the consumer, which acts through requests only.
    function _actor(uint8 who) private view returns (address a) {
        a = _all[who % _all.length];
        return a == address(_consumer) ? operator : a;
    }

    /// @dev Mostly somebody whose bond stands behind a job.
    function _leaver(uint8 who) private view returns (address) {
        if (who % 4 == 0) return _actor(who / 4);
        address disputed = _find(who, 1 << uint8(JobStatus.Challenged)).job.claim.operator();
        return who % 4 == 1 && disputed != address(0) ? disputed : [operator, other, rival, _liar][who / 4 % 4];
    }

    /// @dev Mostly whom the job is reserved to, if by name.
    function _operatorFor(Case storage c, uint8 who) private view returns (address) {
        address reserved = c.job.claim.operator();
        if (reserved != address(0) && who % 8 < (c.job.claim.named() ? 6 : 3)) return reserved;
        return [operator, other, rival, _liar][who % 4];
    }

    /// @dev The first case from `which` on in one of the statuses, or the one that happens to be there.
    function _find(uint8 which, uint256 statuses) private view returns (Case storage) {
        uint256 n = _cases.length;
        if (which < 224) {
            for (uint256 k = 0; k < n; ++k) {
                Case storage c = _cases[(which + k) % n];
                if ((statuses >> uint8(jobs.statusOf(c.job.id))) & 1 == 1) return c;
            }
        }
        return _cases[which % n];
    }

    /// @dev The first case from `which` on whose dispute fits, or the one that happens to be there.
    function _findDispute(uint8 which, function(Case storage) view returns (bool) fits)
        private
        view
        returns (Case storage)
    {
        uint256 n = _cases.length;
        if (which < 224) {
            for (uint256 k = 0; k < n; ++k) {
                Case storage c = _cases[(which + k) % n];
                if (fits(c)) return c;
            }
        }
        return _cases[which % n];
    }

    function _isUnopened(Case storage c) private view returns (bool) {
        return game.disputeOf(c.job.id).status == IDisputeGame.DisputeStatus.Challenged;
    }

    function _isOpened(Case storage c) private view returns (bool) {
        return game.disputeOf(c.job.id).status == IDisputeGame.DisputeStatus.Opened;
    }

    function _isGuilty(Case storage c) private view returns (bool guilty) {
        (guilty,) = _guilty(c.trace);
        return guilty && _isOpened(c);
    }

    function _isAsked(Case storage c) private view returns (bool) {
        return _isOpened(c) && game.demandsOf(c.job.id).open != 0;
    }

    /// @dev Demanded and not revealed.
    function _pending(JobId id) private view returns (uint256[] memory list) {
        list = new uint256[](LETTERS);
        uint256 count;
        for (uint256 k = 0; k < LETTERS; ++k) {
            (address demander,,) = game.demandOf(id, bytes32(k));
            if (demander != address(0)) list[count++] = k;
        }
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    function _asked(JobId id, uint256 letter) private view returns (bool) {
        (address demander,, bool revealed) = game.demandOf(id, bytes32(letter));
        return demander != address(0) || revealed;
    }

    function _challengeCase(Case storage c, address by) private {
        vm.prank(by);
        game.challenge(c.job);
        if (c.challengedAt == 0) c.challengedAt = _clock;
        _inTime(_clock < _windowEnd(c) && game.disputeOf(c.job.id).since == c.challengedAt);
        _join(c, by);
        ++done["challenge"];
    }

    function _openCase(Case storage c) private {
        vm.prank(c.job.claim.operator());
        game.open(c.job, c.trace, "uri");
        _inTime(_clock <= c.challengedAt + OPEN_PERIOD);
        c.known = c.served;
        ++done["open"];
    }

    function _demand(Case storage c, address by, uint256[] memory letters) private {
        vm.prank(by);
        game.demand(c.job, abi.encode(letters));
        _inTime(_clock + REVEAL_PERIOD <= _verdictBy(c));
        if (c.honest && _firstRevealBy(c.job.id) < _clock) breach = "an honest party was already late";
        _join(c, by);
        ++done["demand"];
    }

    function _reveal(Case storage c, address by, uint256[] memory letters) private {
        uint256 until = NEVER;
        for (uint256 k = 0; k < letters.length; ++k) {
            (, uint256 revealBy,) = game.demandOf(c.job.id, bytes32(letters[k]));
            if (revealBy < until) until = revealBy;
        }
        vm.prank(by);
        game.reveal(c.job.id, abi.encode(letters, c.trace));
        _inTime(_clock <= until);
        c.known = true;
        ++done["reveal"];
    }

    function _join(Case storage c, address who) private {
        for (uint256 k = 0; k < c.players.length; ++k) if (c.players[k] == who) return;
        c.players.push(who);
    }

    function _prefix(uint256 length) private pure returns (bytes memory trace) {
        trace = new bytes(length);
        for (uint256 k = 0; k < length; ++k) trace[k] = ALPHABET[k];
    }

    /// @dev The first inadmissible letter of a trace; 1 if there is none.
    function _guilty(bytes memory trace) private pure returns (bool, uint256) {
        for (uint256 k = 1; k < trace.length; ++k) {
            if (uint8(trace[k]) != uint8(trace[k - 1]) + 1) return (true, k);
        }
        return (false, 1);
    }

    function _as(address who, address to, bytes memory data) private {
        bool ok;
        bytes memory result;
        if (who == address(_consumer)) {
            _consumer.act(to, data);
            return;
        }
        vm.prank(who);
        (ok, result) = to.call(data);
        if (!ok) _rethrow(result);
    }

    function _signed(address spender, uint256 amount) private returns (uint8, bytes32, bytes32) {
        OPG t = OPG(address(opg));
        bytes32 hash = keccak256(abi.encode(PERMIT, _signer, spender, amount, t.nonces(_signer), NEVER));
        return vm.sign(SIGNER_KEY, keccak256(abi.encodePacked(hex"1901", t.DOMAIN_SEPARATOR(), hash)));
    }
}
