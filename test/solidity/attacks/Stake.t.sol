// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {AttackTest} from "./AttackTest.sol";

/// @dev Attacks with money: on bonds, with sock puppets, and on oneself.
contract StakeTest is AttackTest {
    /// Challenging every result of an operator at once, to make it run out of bond: a dispute asks no further bond of
    /// it, and every challenge pays it.
    function test_attack_bondExhaustion() public {
        _attack(_list(rival), _list(operator));
        Job[10] memory list;
        for (uint256 i = 0; i < 10; ++i) {
            list[i] = _honestJob();
            _challenge(list[i], rival);
        }
        eq(jobs.lockedOf(operator), stakes.bondOf(operator, address(jobs)).bonded, "all of it is at work");
        for (uint256 i = 0; i < 10; ++i) {
            _open(list[i], HONEST);
            _demand(list[i], rival, 0, 5);
            _reveal(list[i], operator, HONEST, 0, 5);
        }
        for (uint256 i = 0; i < 10; ++i) _upholdAndFinalize(list[i]);
        eq(jobs.lockedOf(operator), 0, "free at the published time");
        eq(_lost(), 10 * (CHALLENGE_FEE + 5 * (DEMAND_FEE + DEPOSIT)), "fees and deposits");
        eq(_gained(operator), 10 * (CHALLENGE_FEE + 5 * DEMAND_FEE + FEE - SHARE), "fees");
    }

    /// Making an honest challenger run out of money: a dispute costs it one fee and what it demands, however the others
    /// play, and not a wei more is needed to convict.
    function test_attack_challengerExhaustion() public {
        address poor = address(0x99);
        game.deposit(poor, CHALLENGE_FEE + DEMAND_FEE + DEPOSIT);
        _attack(_list(operator, rival), _list(poor, requester));
        Job memory job = _lyingJob();
        _challenge(job, rival);
        _challenge(job, poor);
        _open(job, LIE);
        _demand(job, poor, 0, 1);
        eq(game.balanceOf(poor), 0, "nothing left");
        _reveal(job, operator, LIE, 0, 1);
        _convict(job, poor, _proof(), 0);
        _collect(job);
        _reclaim(job, poor);
        _reclaim(job, rival);
        eq(_lost(), BOND, "the bond");
        eq(_gained(poor), REWARD, "reward");
    }

    /// One person challenges a true result from twenty addresses: the operator opens once, its clock runs once, and all
    /// fees are its.
    function test_attack_sybilChallenges() public {
        address[] memory puppets = _puppets(20);
        _attack(puppets, _list(operator));
        Job memory job = _honestJob();
        for (uint256 i = 0; i < 20; ++i) _challenge(job, puppets[i]);
        _at(job, OPEN_PERIOD);
        _open(job, HONEST);
        _upholdAndFinalize(job);
        eq(_lost(), 20 * CHALLENGE_FEE, "fees");
        eq(_gained(operator), 20 * CHALLENGE_FEE + FEE - SHARE, "fees");
    }

    /// A puppet takes the challenger's place first and does nothing, to shield a lie: there is no such place.
    function test_attack_challengeSlotCapture() public {
        _attack(_list(operator, rival), _list(watcher, requester));
        Job memory job = _lyingJob();
        _challenge(job, rival);
        _open(job, LIE);
        _at(job, WINDOW - 1);
        _challenge(job, watcher);
        vm.warp(_deadline(job));
        _convict(job, watcher, _proof(), 0);
        _collect(job);
        _reclaim(job, watcher);
        _reclaim(job, rival);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// Operator and challenger play together and lose on purpose: a proof of an admissible element, an early verdict.
    /// Neither decides anything, and somebody who is not even registered convicts.
    function test_attack_throwingTheGame() public {
        _attack(_list(operator, rival), _list(watcher, requester));
        Job memory job = _opened(LIE, rival);
        bytes memory admissible = abi.encode(uint256(1), LIE);
        vm.startPrank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ElementAdmissible.selector, job.id));
        game.convict(job, admissible, 0);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.VerdictDeadlineNotPassed.selector, job.id, _deadline(job)));
        game.resolve(job);
        vm.expectPartialRevert(IDisputeGame.WrongDisputeStatus.selector);
        game.timeout(job);
        vm.expectPartialRevert(IDisputeGame.WrongDisputeStatus.selector);
        game.reclaim(job);
        vm.stopPrank();
        _convict(job, watcher, _proof(), 0);
        _collect(job);
        _reclaim(job, rival);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// A liar that is found out convicts itself with a proof, as requester and challenger in one: the burned part is
    /// gone.
    function test_attack_selfChallenge() public {
        _attack(_list(operator, rival, requester), _list(watcher));
        Job memory job = _opened(LIE, rival);
        _convict(job, rival, _proof(), 0);
        _collect(job);
        _reclaim(job, rival);
        eq(_lost(), BURNED, "the burned part");
        eq(stakes.burnable(), BURNED, "of nobody any more");
    }

    /// A liar that withholds the trace demands it from itself before anybody else can and stays silent, for the reward
    /// of its own conviction: what is burned and the compensation are lost; if it is the requester too, what is burned.
    function test_attack_selfConvictionBySilence() public {
        _attack(_list(operator, rival), _list(watcher, requester));
        Job memory job = _opened(LIE, watcher);
        _demand(job, rival, 0, MAX_OPEN_DEMANDS);
        _at(job, REVEAL_PERIOD + 1);
        game.silence(job, 0);
        _collect(job);
        _reclaim(job, rival);
        _reclaim(job, watcher);
        eq(_lost(), BURNED + COMPENSATION, "the burned part and the compensation");
        eq(_gained(requester), COMPENSATION, "compensation");
        eq(_gained(watcher), 0, "all of its fee is back");

        _attack(_list(operator, rival, requester), _list(watcher));
        job = _opened(LIE, rival);
        _demand(job, rival, 0, 1);
        _at(job, REVEAL_PERIOD + 1);
        game.silence(job, 0);
        _collect(job);
        _reclaim(job, rival);
        eq(_lost(), BURNED, "the burned part");
    }

    /// As before, by never opening.
    function test_attack_selfConvictionByDefault() public {
        _attack(_list(operator, rival, requester), _list(watcher));
        Job memory job = _lyingJob();
        _challenge(job, rival);
        _at(job, OPEN_PERIOD + 1);
        game.timeout(job);
        _collect(job);
        _reclaim(job, rival);
        eq(_lost(), BURNED, "the burned part");
    }

    /// Operator, requester and model owner are one person that pays itself for jobs: money goes round, nothing is paid
    /// for volume, and a lie in such a job costs the bond less what the person compensates itself with.
    function test_attack_selfDealing() public {
        _attack(_list(operator, requester, publisher), _list(watcher));
        Job memory job = _honestJob();
        _at(job, WINDOW);
        jobs.finalize(job, "");
        _jobs(publisher).collectShare(version);
        eq(_lost(), 0, "nothing gained");

        job = _opened(LIE, watcher);
        _convict(job, watcher, _proof(), 0);
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BURNED + REWARD, "all but the compensation");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// An operator that does not compute, counting on nobody to look: a requester that knows the answer is its own
    /// watcher, loses nothing by it and is paid.
    function test_attack_verifiersDilemma_lazyOperatorMeetsACanary() public {
        _attack(_list(operator), _list(requester));
        Job memory canary = _opened(LIE, requester);
        _convict(canary, requester, _proof(), 0);
        _collect(canary);
        _reclaim(canary, requester);
        eq(_lost(), BOND, "the bond");
        eq(_gained(requester), COMPENSATION + REWARD, "compensation and reward");
    }

    /// Votes decide nothing: fifty accounts say that a true result is false, and one account with a proof outweighs
    /// everybody who says nothing.
    function test_attack_voteCapture() public {
        address[] memory puppets = _puppets(50);
        _attack(puppets, _list(operator));
        Job memory job = _honestJob();
        for (uint256 i = 0; i < 50; ++i) _challenge(job, puppets[i]);
        _open(job, HONEST);
        for (uint256 i = 1; i < HONEST.length; ++i) {
            vm.prank(puppets[i]);
            vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ElementAdmissible.selector, job.id));
            game.convict(job, abi.encode(i, HONEST), 0);
        }
        _upholdAndFinalize(job);
        eq(_lost(), 50 * CHALLENGE_FEE, "fees");
    }

    // ── exit ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Leaving with the bond before the lie is found: what is locked stays, leaving or not, and is slashed.
    function test_attack_unstakeBeforeSlash() public {
        _attack(_list(operator), _list(requester, watcher));
        _stakes(operator).requestExit(address(jobs), 1_000e18);
        _stakes(operator).cancelExit(address(jobs));
        Job memory job = _lyingJob();
        vm.startPrank(operator);
        stakes.requestExit(address(jobs), 1_000e18);
        vm.expectPartialRevert(IStakeRegistry.ExitNotDue.selector);
        stakes.withdrawBond(address(jobs), operator);
        vm.stopPrank();
        _at(job, WINDOW - 1);
        _challenge(job, watcher);
        _open(job, LIE);
        vm.warp(_deadline(job));
        _convict(job, watcher, _proof(), 0);
        _bond(900e18, 900e18, 0);
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// A dispute that nobody ends for longer than the exit takes: the locked part still does not leave.
    function test_attack_exitOutlastsTheDispute() public {
        _attack(_list(operator), _list(requester, watcher));
        Job memory job = _opened(LIE, watcher);
        _demand(job, watcher, 0, 1);
        _stakes(operator).requestExit(address(jobs), 1_000e18);
        _at(job, EXIT_DELAY);
        vm.prank(operator);
        eq(stakes.withdrawBond(address(jobs), operator), 900e18, "all but the locked part");
        _bond(100e18, 100e18, 100e18);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.NothingToWithdraw.selector, 100e18, 100e18));
        stakes.withdrawBond(address(jobs), operator);
        game.silence(job, 0);
        _bond(0, 0, 0);
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BOND, "the bond");
    }

    /// The delay of an exit is longer than any window and dispute together, or the registry is not built.
    function test_exit_isLongerThanWindowAndDispute() public view {
        yes(stakes.exitDelay() > jobs.maxWindow() + game.maxDuration(), "delay");
    }

    /// Bonded, exiting, locked and lockable at every step of two jobs and an exit.
    function test_exit_addsUpAtEveryStep() public {
        _bond(1_000e18, 0, 0);
        Job memory first = _accept(_request(), operator);
        _bond(1_000e18, 0, 100e18);
        first = _submit(first, operator, "z");
        _bond(1_000e18, 0, 100e18);
        _stakes(operator).requestExit(address(jobs), 850e18);
        _bond(1_000e18, 850e18, 100e18);
        // 150 lockable, 100 of them locked.
        Job memory second = _request();
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.StakeTooLow.selector, operator, 150e18, 200e18));
        jobs.submit(second, OUTPUT);
        _stakes(operator).requestExit(address(jobs), 800e18);
        second = _submit(second, operator, OUTPUT);
        _bond(1_000e18, 800e18, 200e18);
        _challenge(first, watcher);
        _open(first, LIE);
        _convict(first, watcher, _proof(), 0);
        _bond(900e18, 800e18, 100e18);
        _at(second, WINDOW);
        jobs.finalize(second, "");
        _bond(900e18, 800e18, 0);
        _at(second, EXIT_DELAY);
        _stakes(operator).withdrawBond(address(jobs), operator);
        _bond(100e18, 0, 0);
    }

    function _bond(uint256 bonded, uint256 exiting, uint256 locked) private view {
        IStakeRegistry.Bond memory b = stakes.bondOf(operator, address(jobs));
        eq(b.bonded, bonded, "bonded");
        eq(b.exiting, exiting, "exiting");
        eq(jobs.lockedOf(operator), locked, "locked");
        eq(stakes.lockableOf(operator, address(jobs)), bonded - exiting, "lockable");
        yes(locked <= bonded, "covered");
    }

    /// More claims than the bond covers, so that lies beyond it cost nothing: the eleventh is refused, accepted or
    /// submitted, and a slash frees no room.
    function test_attack_overCommitment() public {
        _attack(_list(operator), _list(requester, watcher));
        Job[9] memory lies;
        for (uint256 i = 0; i < 9; ++i) lies[i] = _lyingJob();
        _accept(_request(), operator);
        Job memory more = _request();
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.StakeTooLow.selector, operator, 1_000e18, 1_100e18));
        jobs.submit(more, "z");
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.StakeTooLow.selector, operator, 1_000e18, 1_100e18));
        jobs.accept(more);
        vm.stopPrank();
        for (uint256 i = 0; i < 9; ++i) {
            _challenge(lies[i], watcher);
            _open(lies[i], LIE);
            _convict(lies[i], watcher, _proof(), 0);
            _reclaim(lies[i], watcher);
        }
        for (uint256 i = 0; i < 9; ++i) _collect(lies[i]);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.StakeTooLow.selector, operator, 100e18, 200e18));
        jobs.submit(more, "z");
        eq(_lost(), 9 * BOND, "a bond for every lie");
    }
}
