// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {MockConsumer} from "../../../contracts/mocks/MockConsumer.sol";
import {ClaimLib} from "../../../contracts/types/Claim.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobId} from "../../../contracts/types/JobId.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";
import {Cheats} from "../support/Vm.sol";

/// @dev Every move of every party, legal or not: an illegal one reverts and changes nothing.
contract Handler is ProtocolTest {
    Job[] internal _list;
    address[] internal _parties;
    MockConsumer public consumer;
    uint256 internal _clock;
    uint256 internal _block;
    /// Moves that went through, so that a campaign which does nothing is noticed.
    mapping(bytes32 move => uint256) public done;

    function setUp() public override {
        if (address(opg) != address(0)) revert("set up");
        super.setUp();
        consumer = new MockConsumer();
        opg.approve(address(jobs), type(uint256).max);
        jobs.deposit(address(consumer), 1_000e18);
        _parties = [operator, other, requester, watcher, rival, publisher, address(consumer)];
        _clock = 1_000_000;
        _block = 100;
    }

    // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function pass(uint16 time) external {
        _clock += uint256(time) % 500 + 1;
        _block += 1;
        vm.warp(_clock);
        vm.roll(_block);
    }

    // ── balances and bonds ───────────────────────────────────────────────────────────────────────────────────────

    function deposit(uint8 who, uint8 forWhom, uint64 amount) external {
        vm.prank(_party(who));
        if (amount % 2 == 0) jobs.deposit(_parties[forWhom % _parties.length], amount);
        else game.deposit(_parties[forWhom % _parties.length], amount);
    }

    function withdraw(uint8 who, uint96 amount) external {
        address a = _party(who);
        if (amount % 2 == 0) {
            amount = uint96(bound(amount, 0, jobs.balanceOf(a)));
            vm.prank(a);
            jobs.withdraw(a, amount);
        } else {
            amount = uint96(bound(amount, 0, game.balanceOf(a)));
            vm.prank(a);
            game.withdraw(a, amount);
        }
    }

    function bond(uint8 who, uint96 amount) external {
        vm.prank(_party(who));
        stakes.bond(address(jobs), amount % 1_000e18);
    }

    function requestExit(uint8 who, uint96 amount) external {
        address a = _party(who);
        amount = uint96(bound(amount, 0, stakes.bondOf(a, address(jobs)).bonded));
        vm.prank(a);
        stakes.requestExit(address(jobs), amount);
    }

    function withdrawBond(uint8 who) external {
        address a = _party(who);
        IStakeRegistry.Bond memory b = stakes.bondOf(a, address(jobs));
        if (b.exiting == 0) return;
        if (_clock < b.exitAt) _jumpTo(b.exitAt);
        vm.prank(a);
        stakes.withdrawBond(address(jobs), a);
        ++done["withdrawBond"];
    }

    function credit(uint8 who, uint96 amount) external {
        address a = _party(who);
        amount = uint96(bound(amount, 0, stakes.creditOf(a)));
        vm.prank(a);
        stakes.withdrawCredit(a, amount);
    }

    function burn() external {
        stakes.burn();
    }

    // ── jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function request(uint8 who, uint96 fee, uint96 bond_, uint16 window, bool named, bool callback) external {
        IJobRegistry.Request memory r = _terms();
        r.fee = uint96(bound(fee, PRICE, 50e18));
        r.bond = uint96(bound(bond_, 1e18, 400e18));
        r.window = uint24(bound(window, 60, 3600));
        r.deadline = uint40(_clock + 1000);
        if (named) r.operator = _party(who ^ 1);
        if (callback) {
            r.callbackGas = 100_000;
            Job memory job = _expected(address(consumer), r, INPUT);
            consumer.act(address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
            _list.push(job);
        } else {
            address from = _party(who);
            Job memory job = _expected(from, r, INPUT);
            vm.prank(from);
            jobs.request(r, INPUT);
            _list.push(job);
        }
        ++done["request"];
    }

    function accept(uint8 which, uint8 who) external {
        Job memory job = _job(which);
        address a = _party(who);
        vm.prank(a);
        jobs.accept(job);
        uint40 until = uint40(_clock + ACCEPT_PERIOD);
        uint40 deadline = job.claim.deadline();
        job.claim = ClaimLib.pack(a, deadline, until < deadline ? until : deadline, job.claim.named());
        _list[which % _list.length] = job;
        ++done["accept"];
    }

    function submit(uint8 which, uint8 who, bool lie) external {
        Job memory job = _job(which);
        address a = _party(who);
        if (job.claim.operator() != address(0) && who % 4 != 0) a = job.claim.operator();
        vm.prank(a);
        jobs.submit(job, lie ? bytes("z") : OUTPUT);
        job.claim = ClaimLib.pack(a, job.claim.deadline(), uint40(_clock), job.claim.named());
        job.output = _inline(lie ? bytes("z") : OUTPUT);
        _list[which % _list.length] = job;
        ++done["submit"];
    }

    function cancel(uint8 which) external {
        Job memory job = _job(which);
        vm.prank(job.id.requester());
        jobs.cancel(job);
    }

    function refund(uint8 which) external {
        Job memory job = _job(which);
        JobStatus s = jobs.statusOf(job.id);
        if (s == JobStatus.Requested || s == JobStatus.Accepted) _jumpTo(uint256(job.claim.deadline()) + 1);
        jobs.refund(job);
        ++done["refund"];
    }

    function finalize(uint8 which, uint8 mood) external {
        Job memory job = _job(which);
        consumer.setMood(MockConsumer.Mood(mood % 4));
        if (jobs.statusOf(job.id) == JobStatus.Submitted) _jumpTo(uint256(job.claim.time()) + job.terms.window());
        jobs.finalize(job, _output(job));
        ++done["finalize"];
    }

    function retry(uint8 which) external {
        Job memory job = _job(which);
        consumer.setMood(MockConsumer.Mood.Grateful);
        jobs.retryCallback(job, _output(job));
        ++done["retry"];
    }

    function collectShare() external {
        vm.prank(publisher);
        jobs.collectShare(version);
    }

    // ── disputes ─────────────────────────────────────────────────────────────────────────────────────────────────

    function challenge(uint8 which, uint8 who) external {
        Job memory job = _job(which);
        vm.prank(_party(who));
        game.challenge(job);
        ++done["challenge"];
    }

    function open(uint8 which) external {
        Job memory job = _job(which);
        vm.prank(job.claim.operator());
        game.open(job, _trace(job), "");
        ++done["open"];
    }

    function commit(uint8 which, uint8 who) external {
        Job memory job = _job(which);
        address a = _party(who);
        vm.prank(a);
        game.commit(game.commitmentOf(job.id, a, keccak256(_proof()), 0));
    }

    function convict(uint8 which, uint8 who) external {
        Job memory job = _job(which);
        vm.prank(_party(who));
        game.convict(job, _proof(), 0);
        ++done["convict"];
    }

    function timeout(uint8 which) external {
        Job memory job = _job(which);
        IDisputeGame.Dispute memory d = game.disputeOf(job.id);
        if (d.status == IDisputeGame.DisputeStatus.Challenged) _jumpTo(d.since + OPEN_PERIOD + 1);
        game.timeout(job);
        ++done["timeout"];
    }

    function resolve(uint8 which) external {
        Job memory job = _job(which);
        if (game.disputeOf(job.id).status == IDisputeGame.DisputeStatus.Opened) {
            (, uint256 deadline) = game.clocksOf(job);
            _jumpTo(deadline + 1);
        }
        game.resolve(job);
        ++done["resolve"];
    }

    function reclaim(uint8 which, uint8 who) external {
        Job memory job = _job(which);
        vm.prank(_party(who));
        game.reclaim(job.id);
        ++done["reclaim"];
    }

    function collect(uint8 which) external {
        Job memory job = _job(which);
        IDisputeGame.Dispute memory d = game.disputeOf(job.id);
        if (d.status == IDisputeGame.DisputeStatus.Convicted) _jumpTo(d.since + REWARD_PERIOD);
        game.collect(job.id);
        ++done["collect"];
    }

    // ── what is owed ─────────────────────────────────────────────────────────────────────────────────────────────

    function jobsOwed() external view returns (uint256 held, uint256 owed) {
        held = opg.balanceOf(address(jobs));
        owed = jobs.shareOf(version);
        for (uint256 i = 0; i < _parties.length; ++i) owed += jobs.balanceOf(_parties[i]);
        for (uint256 i = 0; i < _list.length; ++i) {
            JobStatus s = jobs.statusOf(_list[i].id);
            if (s >= JobStatus.Requested && s <= JobStatus.Upheld) owed += _list[i].terms.fee();
        }
    }

    function stakesOwed() external view returns (uint256 held, uint256 owed) {
        held = opg.balanceOf(address(stakes));
        owed = stakes.burnable();
        for (uint256 i = 0; i < _list.length; ++i) owed += game.disputeOf(_list[i].id).reward;
        for (uint256 i = 0; i < _parties.length; ++i) {
            owed += stakes.bondOf(_parties[i], address(jobs)).bonded + stakes.creditOf(_parties[i]);
        }
    }

    function gameOwed() external view returns (uint256 held, uint256 owed) {
        held = opg.balanceOf(address(game));
        for (uint256 i = 0; i < _parties.length; ++i) owed += game.balanceOf(_parties[i]);
        for (uint256 i = 0; i < _list.length; ++i) {
            IDisputeGame.DisputeStatus s = game.disputeOf(_list[i].id).status;
            if (s == IDisputeGame.DisputeStatus.None || s == IDisputeGame.DisputeStatus.Upheld) continue;
            for (uint256 k = 0; k < _parties.length; ++k) {
                if (game.challengerIndex(_list[i].id, _parties[k]) != 0) owed += CHALLENGE_FEE;
            }
        }
    }

    /// @return total what the registry counts
    /// @return sum the bonds one by one
    function bonds() external view returns (uint256 total, uint256 sum) {
        total = stakes.totalBonded();
        for (uint256 i = 0; i < _parties.length; ++i) sum += stakes.bondOf(_parties[i], address(jobs)).bonded;
    }

    /// @return worst the largest of locked − Σ bonds of live claims, in either direction
    /// @return covered whether every operator's locks are covered by its bond
    function locks() external view returns (uint256 worst, bool covered) {
        covered = true;
        for (uint256 k = 0; k < _parties.length; ++k) {
            uint256 live;
            for (uint256 i = 0; i < _list.length; ++i) {
                JobStatus s = jobs.statusOf(_list[i].id);
                if (s < JobStatus.Accepted || s > JobStatus.Upheld) continue;
                if (_list[i].claim.operator() == _parties[k]) live += _list[i].terms.bond();
            }
            uint256 locked = jobs.lockedOf(_parties[k]);
            uint256 off = locked > live ? locked - live : live - locked;
            if (off > worst) worst = off;
            IStakeRegistry.Bond memory b = stakes.bondOf(_parties[k], address(jobs));
            if (locked > b.bonded || b.exiting > b.bonded) covered = false;
        }
    }

    /// @return whether a job that only ever had an honest trace was convicted by proof
    function honestConvicted() external view returns (bool) {
        for (uint256 i = 0; i < _list.length; ++i) {
            IDisputeGame.Dispute memory d = game.disputeOf(_list[i].id);
            bool byProof = d.status == IDisputeGame.DisputeStatus.Convicted && d.traceRoot != 0;
            if (byProof && _list[i].output == _inline(OUTPUT)) return true;
        }
        return false;
    }

    /// @return whether game and registry agree on every job
    function agree() external view returns (bool) {
        for (uint256 i = 0; i < _list.length; ++i) {
            IDisputeGame.DisputeStatus d = game.disputeOf(_list[i].id).status;
            JobStatus s = jobs.statusOf(_list[i].id);
            bool disputed = s == JobStatus.Challenged;
            if (disputed != (d == IDisputeGame.DisputeStatus.Challenged || d == IDisputeGame.DisputeStatus.Opened)) {
                return false;
            }
            if ((s == JobStatus.Convicted) != (d == IDisputeGame.DisputeStatus.Convicted)) return false;
        }
        return true;
    }

    // ── internals ────────────────────────────────────────────────────────────────────────────────────────────────

    function _party(uint8 who) private view returns (address) {
        // Not the consumer: it acts through requests only.
        unchecked {
            return _parties[who % (_parties.length - 1)];
        }
    }

    function _job(uint8 which) private view returns (Job memory) {
        return _list[which % _list.length];
    }

    function _output(Job memory job) private pure returns (bytes memory) {
        return job.output == _inline(OUTPUT) ? OUTPUT : bytes("z");
    }

    function _trace(Job memory job) private pure returns (bytes memory) {
        return job.output == _inline(OUTPUT) ? HONEST : LIE;
    }

    function _jumpTo(uint256 time) private {
        if (time <= _clock) return;
        _clock = time;
        _block += 1;
        vm.warp(_clock);
        vm.roll(_block);
    }
}

/// @dev After any moves of anybody, to the wei.
contract SolvencyTest is Cheats {
    Handler private handler;

    function setUp() public {
        handler = new Handler();
        handler.setUp();
        // A job in every phase to begin with, so that short campaigns reach the late moves too.
        for (uint8 i = 0; i < 8; ++i) handler.request(i, 10e18, 100e18, 600, false, i % 2 == 0);
        for (uint8 i = 1; i < 6; ++i) handler.submit(i, i, i % 2 == 1);
        handler.accept(6, 1);
        handler.accept(7, 2);
        handler.challenge(3, 3);
        handler.challenge(4, 3);
        handler.open(3);
    }

    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(handler);
    }

    function invariant_jobRegistry_holdsWhatItOwes() public view {
        (uint256 held, uint256 owed) = handler.jobsOwed();
        eq(held, owed, "JobRegistry");
    }

    function invariant_stakeRegistry_holdsWhatItOwes() public view {
        (uint256 held, uint256 owed) = handler.stakesOwed();
        eq(held, owed, "StakeRegistry");
    }

    function invariant_disputeGame_holdsWhatItOwes() public view {
        (uint256 held, uint256 owed) = handler.gameOwed();
        eq(held, owed, "DisputeGame");
    }

    function invariant_stakeRegistry_totalIsTheSumOfBonds() public view {
        (uint256 total, uint256 sum) = handler.bonds();
        eq(total, sum, "total bonded");
    }

    function invariant_locks_areTheBondsOfLiveClaims_andCovered() public view {
        (uint256 worst, bool covered) = handler.locks();
        eq(worst, 0, "locked");
        yes(covered, "locked and exiting within the bond");
    }

    function invariant_honestTrace_isNeverConvictedByProof() public view {
        yes(!handler.honestConvicted(), "honest");
    }

    function invariant_gameAndRegistry_agree() public view {
        yes(handler.agree(), "agree");
    }

    /// The campaign's first moves do lead into every phase.
    function test_campaign_reachesEveryPhase() public {
        handler.convict(3, 4);
        handler.reclaim(3, 3);
        handler.collect(3);
        handler.open(4);
        handler.resolve(4);
        handler.finalize(4, 1);
        handler.retry(4);
        handler.finalize(2, 0);
        handler.refund(0);
        handler.refund(6);
        invariant_jobRegistry_holdsWhatItOwes();
        invariant_stakeRegistry_holdsWhatItOwes();
        invariant_disputeGame_holdsWhatItOwes();
        invariant_stakeRegistry_totalIsTheSumOfBonds();
        invariant_locks_areTheBondsOfLiveClaims_andCovered();
        invariant_gameAndRegistry_agree();
        eq(handler.done("convict") + handler.done("resolve") + handler.done("retry") + handler.done("refund"), 5, "all of them");
    }
}
