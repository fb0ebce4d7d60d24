// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {Callback} from "../../../contracts/jobs/Callback.sol";
import {MockConsumer} from "../../../contracts/mocks/MockConsumer.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev Every limit is inclusive on the side that its name says, to the second and to the wei.
contract JobEdgesTest is ProtocolTest {
    // ── request ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_request_atEveryLowerLimit() public {
        IJobRegistry.Request memory r = _terms();
        (r.fee, r.bond, r.window, r.deadline) = (PRICE, 1e18, 60, uint40(block.timestamp));
        _status(_request(r), JobStatus.Requested);
    }

    function test_request_atEveryUpperLimit() public {
        IJobRegistry.Request memory r = _terms();
        (r.window, r.callbackGas, r.deadline) = (3600, 2_000_000, uint40(block.timestamp + 1 days));
        r.fee = uint96(jobs.balanceOf(requester));
        Job memory job = _expected(requester, r, new bytes(1024));
        _jobs(requester).request(r, new bytes(1024));
        _status(job, JobStatus.Requested);
        eq(jobs.balanceOf(requester), 0, "all of it");
    }

    function test_request_deadlineOutOfRange_saysTheRange() public {
        IJobRegistry.Request memory r = _terms();
        uint256 last = block.timestamp + 1 days;
        r.deadline = uint40(last + 1);
        vm.prank(requester);
        vm.expectRevert(
            abi.encodeWithSelector(IJobRegistry.DeadlineOutOfRange.selector, last + 1, block.timestamp, last)
        );
        jobs.request(r, INPUT);
    }

    function test_quote_isTheOffer_openUntilDeprecated() public {
        IJobRegistry.Quote memory q = jobs.quote(version);
        eq(q.price, PRICE, "price");
        eq(q.minBond, 1e18, "bond");
        eq(q.minWindow, 60, "window");
        eq(q.shareBps, SHARE_BPS, "share");
        yes(q.open, "open");
        _models(publisher).deprecate(version, 0);
        yes(!jobs.quote(version).open, "deprecated");
        yes(!jobs.quote(keccak256("no version")).open, "unknown");
    }

    // ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_reservation_holdsThroughItsLastSecond() public {
        Job memory job = _accept(_request(), operator);
        _skip(ACCEPT_PERIOD);
        vm.prank(requester);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Accepted));
        jobs.cancel(job);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheOperator.selector, job.id, operator, other));
        jobs.submit(job, OUTPUT);
        _skip(1);
        _submit(job, other, OUTPUT);
    }

    function test_reservation_endsWithTheDeadline() public {
        Job memory job = _request();
        vm.warp(job.claim.deadline() - 1);
        job = _accept(job, operator);
        eq(job.claim.time(), job.claim.deadline(), "no longer than the deadline");
        jobs.read(job);
    }

    function test_acceptAndSubmit_inTheDeadlinesSecond() public {
        Job memory job = _request();
        vm.warp(job.claim.deadline());
        job = _accept(job, operator);
        _status(_submit(job, operator, OUTPUT), JobStatus.Submitted);
    }

    function test_submit_ofTheLongestOutput() public {
        _status(_submit(_request(), operator, new bytes(1024)), JobStatus.Submitted);
    }

    // ── bonds ────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_submit_byTheNamedOperator_locksItsBond() public {
        IJobRegistry.Request memory r = _terms();
        r.operator = operator;
        _submit(_request(r), operator, OUTPUT);
        eq(jobs.lockedOf(operator), BOND, "locked");
    }

    /// What is locked for a reservation serves it, also when the operator has asked for all of its stake since.
    function test_submit_ofAReservedJob_needsNoFreshStake() public {
        Job memory job = _accept(_request(), operator);
        _stakes(operator).requestExit(address(jobs), 1_000e18);
        _submit(job, operator, OUTPUT);
        eq(jobs.lockedOf(operator), BOND, "the same bond");
    }

    // ── shares and balances ──────────────────────────────────────────────────────────────────────────────────────

    function test_shares_addUp_fromASingleWei() public {
        IModelRegistry.Version memory v = _version(modelId, keccak256("cheap"));
        v.price = 0;
        version = _models(publisher).publish(v);
        // 19 → 0, 20 → 1, 40 → 2 wei at 5 %.
        eq(_shareAfter(19), 0, "rounded down");
        eq(_shareAfter(20), 1, "a wei");
        eq(_shareAfter(40), 3, "added");
    }

    function _shareAfter(uint96 fee) private returns (uint256) {
        IJobRegistry.Request memory r = _terms();
        r.fee = fee;
        Job memory job = _submit(_request(r), operator, OUTPUT);
        vm.warp(job.claim.time() + WINDOW);
        jobs.finalize(job, "");
        return jobs.shareOf(version);
    }

    function test_withdraw_leavesLocksAndRefusesMoreThanTheBalance() public {
        _honestJob();
        uint256 balance = jobs.balanceOf(operator);
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(ILedger.BalanceTooLow.selector, operator, balance, balance + 1));
        jobs.withdraw(operator, balance + 1);
        jobs.withdraw(operator, 1e18);
        eq(jobs.balanceOf(operator), balance - 1e18, "balance");
        eq(jobs.lockedOf(operator), BOND, "locked");
        jobs.withdraw(operator, balance - 1e18);
        eq(jobs.balanceOf(operator), 0, "to the last wei");
        vm.stopPrank();
    }

    // ── states ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_retry_ofAJobWithoutFailedCallback_reverts() public {
        Job memory job = _honestJob();
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Submitted));
        jobs.retryCallback(job, OUTPUT);
    }

    /// The game itself can't take a job out of turn.
    function test_game_movesOnlyFromTheRightState() public {
        Job memory job = _honestJob();
        vm.startPrank(address(game));
        bytes memory err = abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Submitted);
        vm.expectRevert(err);
        jobs.uphold(job);
        vm.expectRevert(err);
        jobs.convict(job);
        jobs.hold(job);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Challenged));
        jobs.hold(job);
        vm.stopPrank();
    }

    // ── callback gas ─────────────────────────────────────────────────────────────────────────────────────────────

    /// The least whole number of which 63/64 exceed what was promised or equal it, and what a call costs before.
    function testFuzz_callback_needsNoMoreGasThanTheRuleOf64(uint24 promised) public pure {
        uint256 left = Callback.needed(promised) - Callback.CALL_COST;
        yes(left * 63 >= uint256(promised) * 64, "enough");
        yes((left - 1) * 63 <= uint256(promised) * 64, "no more than enough");
    }

    function test_callback_shortOfGas_saysHowMuchIsNeeded() public {
        MockConsumer consumer = MockConsumer(_create("MockConsumer", ""));
        _jobs(requester).deposit(address(consumer), 100e18);
        IJobRegistry.Request memory r = _terms();
        r.callbackGas = 1_000_000;
        Job memory job = _expected(address(consumer), r, INPUT);
        consumer.act(address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
        job = _submit(job, operator, OUTPUT);
        _skip(WINDOW);
        (bool ok, bytes memory err) = address(jobs).call{gas: 900_000}(abi.encodeCall(jobs.finalize, (job, OUTPUT)));
        yes(!ok && bytes4(err) == IJobRegistry.CallbackNeedsMoreGas.selector, "refused");
        uint256 left;
        uint256 needed;
        assembly ("memory-safe") {
            left := mload(add(err, 0x24))
            needed := mload(add(err, 0x44))
        }
        yes(left < 900_000, "left");
        eq(needed, Callback.needed(1_000_000), "needed");
    }
}
