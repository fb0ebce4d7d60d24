// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MockConsumer} from "../../../contracts/mocks/MockConsumer.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {TermsLib} from "../../../contracts/types/Terms.sol";
import {DisputeMoves} from "./DisputeMoves.sol";
import {LedgerMoves} from "./LedgerMoves.sol";

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
contract World is LedgerMoves, DisputeMoves {
    function setUp() public override {
        super.setUp();
        // A job in every phase to begin with, so that short campaigns reach the late moves too. The last lie is not
        // served.
        for (uint8 i = 0; i < 8; ++i) this.request(i, 0, 10e18, 100e18 + 3, 600, i == 7 ? 1 : 0, i);
        for (uint8 i = 1; i < 7; ++i) this.submit(i, i, i == 6 ? 14 : i, i);
        this.challenge(2, 3);
        this.challenge(3, 4);
        this.open(3, 0);
        require(bytes(breach).length == 0, breach);
    }

    // ── what nobody may do ───────────────────────────────────────────────────────────────────────────────────────

    function outsider(uint8 who, uint8 which, uint8 kind) external move("outsider") {
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
            abi.encodeCall(game.demand, (forged, abi.encode(_pending(job)))),
            abi.encodeCall(game.withdraw, (a, game.balanceOf(a) + 1)),
            abi.encodeCall(stakes.withdrawCredit, (a, stakes.creditOf(a) + 1))
        ];
        kind %= 16;
        address to = kind < 9 ? address(jobs) : kind < 15 ? address(game) : address(stakes);
        _mustFail(a, to, calls[kind], "an outsider's move");
        bytes memory more = abi.encodeCall(stakes.transferCredit, (a, stakes.creditOf(a) + 1));
        _mustFail(a, address(stakes), more, "an outsider's move");
        _mustFail(a, address(game), abi.encodeCall(game.collect, (forged)), "an outsider's move");
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
            _jobs(models.publisherOf(_versions[i])).collectShare(_versions[i]);
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
        _stakes(a).requestExit(registry, bonded);
    }

    function _withdrawWholeBond(address a, address registry) private {
        if (stakes.bondOf(a, registry).bonded == 0) return;
        _stakes(a).withdrawBond(registry, a);
        eq(stakes.bondOf(a, registry).bonded, 0, "the whole bond leaves");
    }

    function _finish(Case storage c) private {
        Job memory job = c.job;
        if (_is(c, UNSUBMITTED)) jobs.refund(job);
        if (_isUnopened(c)) game.timeout(job);
        if (_isAsked(c)) game.silence(job, bytes32(_pending(job)[0]));
        if (_isOpened(c)) game.resolve(job);
        if (_is(c, SUBMITTED | UPHELD)) jobs.finalize(job, c.output);
        if (_is(c, UNDELIVERED)) jobs.retryCallback(job, c.output);
        if (!_is(c, CONVICTED)) return;
        for (uint256 k = 0; k < c.players.length; ++k) {
            address a = c.players[k];
            if (game.challengerIndex(job.id, a) != 0 || game.paidOf(job.id, a) != 0) _game(a).reclaim(job);
        }
        if (game.rewardOf(job) != 0) _collect(c, true);
    }
}
