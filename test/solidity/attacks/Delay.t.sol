// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {DisputeGame} from "../../../contracts/dispute/DisputeGame.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {AttackTest} from "./AttackTest.sol";

/// @dev Attacks with time: none of them moves a verdict past the published moment
/// submission + window + openPeriod + provePeriod.
contract DelayTest is AttackTest {
    /// A liar and its puppet make every move at the last second: the challenge that starts the clock, the opening, all
    /// answers. They gain time that was published beforehand, and lose the bond all the same.
    function test_attack_delayBySlowMoves() public {
        _attack(_list(operator, rival), _list(requester, watcher));
        Job memory job = _lyingJob();
        _at(job, WINDOW - 1);
        _challenge(job, rival);
        _challenge(job, watcher);
        uint256 opened = WINDOW - 1 + OPEN_PERIOD;
        _at(job, opened);
        _open(job, LIE);
        uint256 rounds;
        for (uint256 t = opened; t + REVEAL_PERIOD <= WINDOW + OPEN_PERIOD + PROVE_PERIOD; t += REVEAL_PERIOD) {
            _at(job, t);
            _demand(job, watcher, rounds, rounds + 1);
            _at(job, t + REVEAL_PERIOD);
            _reveal(job, operator, LIE, rounds, rounds + 1);
            ++rounds;
        }
        eq(rounds, 8, "as many rounds as the constructor guarantees");
        vm.warp(_deadline(job));
        _convict(job, watcher, _proof(), 0);
        _collect(job);
        _reclaim(job, watcher);
        _reclaim(job, rival);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
        eq(_gained(requester), COMPENSATION, "compensation");
    }

    /// Griefing an honest operator by a challenge in the last second of the window: its own clock starts then, whole.
    function test_attack_lastSecondChallenge() public {
        _attack(_list(rival), _list(operator));
        Job memory job = _honestJob();
        _at(job, WINDOW - 1);
        _challenge(job, rival);
        _at(job, WINDOW - 1 + OPEN_PERIOD);
        _open(job, HONEST);
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE, "fee");
        eq(_gained(operator), CHALLENGE_FEE + FEE - SHARE, "fees of the challenge and of the job");
    }

    /// As many demands as there are places in the last second for demands: a whole reveal period remains for them, and
    /// the verdict comes at the same time.
    function test_attack_lastSecondDemands() public {
        _attack(_list(rival), _list(operator));
        Job memory job = _opened(HONEST, rival);
        vm.warp(_deadline(job) - REVEAL_PERIOD);
        _demand(job, rival, 0, MAX_OPEN_DEMANDS);
        vm.warp(_deadline(job));
        _reveal(job, operator, HONEST, 0, MAX_OPEN_DEMANDS);
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE + MAX_OPEN_DEMANDS * (DEMAND_FEE + DEPOSIT), "fees and deposits");
        eq(_gained(operator), CHALLENGE_FEE + MAX_OPEN_DEMANDS * DEMAND_FEE + FEE - SHARE, "fees");
    }

    /// An operator that answers a second too late, to slip in before its conviction: refused.
    function test_attack_lateReveal() public {
        _attack(_list(operator), _list(requester, watcher));
        Job memory job = _opened(LIE, watcher);
        _demand(job, watcher, 0, 1);
        (, uint256 revealBy,) = game.demandOf(job.id, 0);
        vm.warp(revealBy + 1);
        bytes memory shown = abi.encode(_letters(0, 1), LIE);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.RevealPeriodOver.selector, job.id, bytes32(0), revealBy));
        game.reveal(job.id, shown);
        game.silence(job, 0);
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// An operator that neither answers nor lets the dispute end: past the deadline only silence is left, for ever.
    function test_attack_stallingOperator() public {
        _attack(_list(operator), _list(requester, watcher));
        Job memory job = _opened(LIE, watcher);
        vm.warp(_deadline(job) - REVEAL_PERIOD);
        _demand(job, watcher, 4, 5);
        _untilAfterDeadline(job);
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.DemandsUnanswered.selector, job.id, 1));
        game.resolve(job);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Challenged));
        jobs.finalize(job, "");
        vm.stopPrank();
        vm.warp(_deadline(job) + 365 days);
        game.silence(job, bytes32(uint256(4)));
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// An operator that never opens is convicted by default, however many puppets challenge it late to renew its clock.
    function test_attack_neverOpening() public {
        address[] memory puppets = _puppets(5);
        _attack(_list(operator), _list(requester, watcher));
        Job memory job = _lyingJob();
        _challenge(job, watcher);
        for (uint256 i = 0; i < puppets.length; ++i) {
            _at(job, 60 * (i + 1));
            _challenge(job, puppets[i]);
        }
        _at(job, OPEN_PERIOD + 1);
        game.timeout(job);
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// Two moves that exclude each other, both tried in the same second: at every moment exactly one of them is legal.
    function test_attack_deadlineRaces() public {
        // challenge | finalize
        Job memory job = _honestJob();
        _at(job, WINDOW - 1);
        _only(abi.encodeCall(game.challenge, (job)), address(jobs), abi.encodeCall(jobs.finalize, (job, "")));
        job = _honestJob();
        _at(job, WINDOW);
        _only(abi.encodeCall(jobs.finalize, (job, "")), address(game), abi.encodeCall(game.challenge, (job)));

        // open | timeout
        job = _lyingJob();
        _challenge(job, rival);
        _at(job, OPEN_PERIOD);
        _only(abi.encodeCall(game.open, (job, LIE, "")), address(game), abi.encodeCall(game.timeout, (job)));
        // reveal | silence
        _demand(job, rival, 0, 2);
        _at(job, OPEN_PERIOD + REVEAL_PERIOD);
        _only(
            abi.encodeCall(game.reveal, (job.id, abi.encode(_letters(0, 1), LIE))),
            address(game),
            abi.encodeCall(game.silence, (job, bytes32(uint256(1))))
        );
        _at(job, OPEN_PERIOD + REVEAL_PERIOD + 1);
        _only(
            abi.encodeCall(game.silence, (job, bytes32(uint256(1)))),
            address(game),
            abi.encodeCall(game.reveal, (job.id, abi.encode(_letters(1, 2), LIE)))
        );
        _reclaim(job, rival);
        _collect(job);

        job = _lyingJob();
        _challenge(job, rival);
        _at(job, OPEN_PERIOD + 1);
        _only(abi.encodeCall(game.timeout, (job)), address(game), abi.encodeCall(game.open, (job, LIE, "")));
        _reclaim(job, rival);
        _collect(job);

        // convict | resolve
        Job memory late = _opened(LIE, rival);
        job = _opened(LIE, rival);
        vm.warp(_deadline(job));
        _only(abi.encodeCall(game.convict, (job, _proof(), 0)), address(game), abi.encodeCall(game.resolve, (job)));
        vm.warp(_deadline(late) + 1);
        _only(abi.encodeCall(game.resolve, (late)), address(game), abi.encodeCall(game.convict, (late, _proof(), 0)));
    }

    /// @dev `legal` goes through, and neither before nor after it does the other.
    function _only(bytes memory legal, address otherTo, bytes memory illegal) private {
        (bool ok,) = _from(rival, otherTo, illegal);
        yes(!ok, "illegal before");
        bytes4 selector = bytes4(legal);
        bool byOperator = selector == game.open.selector || selector == game.reveal.selector;
        bytes memory result;
        (ok, result) = _from(
            byOperator ? operator : rival, selector == jobs.finalize.selector ? address(jobs) : address(game), legal
        );
        yes(ok, "legal");
        (ok,) = _from(rival, otherTo, illegal);
        yes(!ok, "illegal after");
    }

    function _from(address who, address to, bytes memory data) private returns (bool, bytes memory) {
        if (bytes4(data) == game.open.selector) who = operator;
        vm.prank(who);
        return to.call(data);
    }

    /// A censor lets honest parties through in the last second of each of their clocks only: that is enough for an
    /// operator to keep its bond and for a challenger to convict. The window is never shorter than the publisher sized
    /// it for the chain.
    function test_attack_censorship() public {
        _attack(_list(rival), _list(operator, watcher));
        Job memory job = _honestJob();
        _challenge(job, rival);
        _at(job, OPEN_PERIOD);
        _open(job, HONEST);
        _demand(job, rival, 0, 5);
        _at(job, OPEN_PERIOD + REVEAL_PERIOD);
        _reveal(job, operator, HONEST, 0, 5);
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE + 5 * (DEMAND_FEE + DEPOSIT), "the censor's challenge");

        address honest = operator;
        operator = other;
        _attack(_list(other), _list(honest, watcher));
        job = _lyingJob();
        _at(job, WINDOW - 1);
        _challenge(job, watcher);
        _at(job, WINDOW - 1 + OPEN_PERIOD);
        _open(job, LIE);
        vm.warp(_deadline(job));
        _convict(job, watcher, _proof(), 0);
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BOND, "the liar's bond");

        IJobRegistry.Request memory r = _terms();
        r.window = 59;
        vm.prank(requester);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WindowOutOfRange.selector, 59, 60, 3600));
        jobs.request(r, INPUT);
    }

    /// Fifty challengers, some of them demanding, an honest one last of all: the verdict on a lie comes by
    /// submission + window + openPeriod + provePeriod, and every clock stands where it stood with one challenger.
    function test_constantTime_fiftyChallengers_lieConvictedInTime() public {
        address[] memory puppets = _puppets(49);
        _attack(_list(operator, rival), _list(requester, watcher));
        Job memory job = _lyingJob();
        (uint256 before, uint256 deadline) = _crowd(job, puppets, LIE);
        eq(before, uint256(job.claim.time()) + WINDOW, "window");
        eq(deadline, before + OPEN_PERIOD + PROVE_PERIOD, "verdict");
        vm.warp(deadline);
        _convict(job, watcher, _proof(), 0);
        eq(game.disputeOf(job.id).since, deadline, "verdict by the published time");
        _collect(job);
        _reclaim(job, watcher);
        for (uint256 i = 0; i < puppets.length; ++i) {
            _reclaim(job, puppets[i]);
            eq(game.balanceOf(puppets[i]), 1_000e18, "whoever was right gets everything back");
        }
        eq(_lost(), BOND, "the bond");
    }

    function test_constantTime_fiftyChallengers_truthUpheldInTime() public {
        address[] memory puppets = _puppets(49);
        address[] memory crowd = new address[](50);
        for (uint256 i = 0; i < 49; ++i) crowd[i] = puppets[i];
        crowd[49] = watcher;
        _attack(crowd, _list(operator));
        Job memory job = _honestJob();
        (, uint256 deadline) = _crowd(job, puppets, HONEST);
        eq(deadline, _deadline(job), "verdict");
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.VerdictDeadlineNotPassed.selector, job.id, deadline));
        game.resolve(job);
        vm.warp(deadline + 1);
        game.resolve(job);
        jobs.finalize(job, "");
        eq(_lost(), 50 * CHALLENGE_FEE + 26 * (DEMAND_FEE + DEPOSIT), "fees and deposits");
        eq(_gained(operator), 50 * CHALLENGE_FEE + 26 * DEMAND_FEE + FEE - SHARE, "fees");
    }

    /// @dev Puppets challenge all through the window, the watcher last; the operator opens when it must; the puppets
    /// demand whatever they can whenever a place is free, and all of it is answered at the last second.
    function _crowd(Job memory job, address[] memory puppets, bytes memory trace)
        private
        returns (uint256 before, uint256 deadline)
    {
        for (uint256 i = 0; i < puppets.length; ++i) {
            _at(job, i * 6);
            _challenge(job, puppets[i]);
            eq(game.disputeOf(job.id).since, job.claim.time(), "the first challenge starts the clock, no other");
        }
        _at(job, OPEN_PERIOD);
        _open(job, trace);
        _at(job, WINDOW - 1);
        _challenge(job, watcher);
        eq(game.disputeOf(job.id).challengers, 50, "challengers");
        uint256 asked;
        for (uint256 t = WINDOW; asked < 26; t += REVEAL_PERIOD) {
            _at(job, t);
            uint256 to = asked + MAX_OPEN_DEMANDS > 26 ? 26 : asked + MAX_OPEN_DEMANDS;
            for (uint256 k = asked; k < to; ++k) _demand(job, puppets[k], k, k + 1);
            _at(job, t + REVEAL_PERIOD);
            _reveal(job, operator, trace, asked, to);
            asked = to;
        }
        return game.clocksOf(job);
    }

    /// The formula is the contract's own, and its parts cannot be changed after the deployment.
    function test_constantTime_isPublished() public {
        eq(game.maxDuration(), OPEN_PERIOD + PROVE_PERIOD, "from the end of the window");
        DisputeGame.Config memory c = _gameConfig();
        c.revealPeriod = PROVE_PERIOD / 8 + 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeGame.ParameterOutOfRange.selector, "revealPeriod", PROVE_PERIOD / 8 + 1, 1, PROVE_PERIOD / 8
            )
        );
        _newGame(c);
    }
}
