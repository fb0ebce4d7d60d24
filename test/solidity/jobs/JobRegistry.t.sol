// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {DisputeGame} from "../../../contracts/dispute/DisputeGame.sol";
import {JobRegistry} from "../../../contracts/jobs/JobRegistry.sol";
import {OPG} from "../../../contracts/token/OPG.sol";
import {ClaimLib} from "../../../contracts/types/Claim.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobId} from "../../../contracts/types/JobId.sol";
import {Terms, TermsLib} from "../../../contracts/types/Terms.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

contract JobRegistryTest is ProtocolTest {
    // ── request ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_request_escrowsFeeAndCountsNonce() public {
        uint256 before = jobs.balanceOf(requester);
        Job memory job = _request();
        eq(jobs.balanceOf(requester), before - FEE, "balance");
        eq(jobs.nonceOf(requester), 1, "nonce");
        _status(job, JobStatus.Requested);
        (JobStatus status, uint256 finalizesAt) = jobs.read(job);
        eq(uint256(status), uint256(JobStatus.Requested), "read");
        eq(finalizesAt, 0, "not submitted");
    }

    function test_request_byRoots_commitsToRoots() public {
        bytes32[] memory roots = new bytes32[](2);
        (roots[0], roots[1]) = (bytes32(uint256(7)), bytes32(uint256(8)));
        IJobRegistry.Request memory r = _terms();
        Job memory job = _expected(requester, r, INPUT);
        job.input = keccak256(abi.encodePacked(uint8(1), roots[0], roots[1]));
        _jobs(requester).requestByRoots(r, roots, "uri");
        jobs.read(job);
        vm.prank(requester);
        vm.expectRevert(IJobRegistry.NoInput.selector);
        jobs.requestByRoots(r, new bytes32[](0), "uri");
    }

    function test_request_belowPrice_reverts() public {
        IJobRegistry.Request memory r = _terms();
        r.fee = PRICE - 1;
        _refuses(r, abi.encodeWithSelector(IJobRegistry.FeeBelowPrice.selector, PRICE - 1, PRICE));
    }

    function test_request_bondBelowMinimum_reverts() public {
        IJobRegistry.Request memory r = _terms();
        r.bond = 1e18 - 1;
        _refuses(r, abi.encodeWithSelector(IJobRegistry.BondBelowMinimum.selector, 1e18 - 1, 1e18));
    }

    function test_request_windowOutOfRange_reverts() public {
        IJobRegistry.Request memory r = _terms();
        r.window = 59;
        _refuses(r, abi.encodeWithSelector(IJobRegistry.WindowOutOfRange.selector, 59, 60, 3600));
        r.window = 3601;
        _refuses(r, abi.encodeWithSelector(IJobRegistry.WindowOutOfRange.selector, 3601, 60, 3600));
    }

    function test_request_deadlineOutOfRange_reverts() public {
        IJobRegistry.Request memory r = _terms();
        r.deadline = uint40(block.timestamp - 1);
        _refusesAny(r, IJobRegistry.DeadlineOutOfRange.selector);
        r.deadline = uint40(block.timestamp + 1 days + 1);
        _refusesAny(r, IJobRegistry.DeadlineOutOfRange.selector);
    }

    function test_request_callbackGasTooHigh_reverts() public {
        IJobRegistry.Request memory r = _terms();
        r.callbackGas = 2_000_001;
        _refuses(r, abi.encodeWithSelector(IJobRegistry.CallbackGasTooHigh.selector, 2_000_001, 2_000_000));
    }

    function test_request_unknownOrDeprecatedVersion_reverts() public {
        IJobRegistry.Request memory r = _terms();
        r.version = bytes32(uint256(99));
        _refuses(r, abi.encodeWithSelector(IJobRegistry.VersionNotOpen.selector, r.version));
        _models(publisher).deprecate(version, 0);
        _refuses(_terms(), abi.encodeWithSelector(IJobRegistry.VersionNotOpen.selector, version));
    }

    function test_request_inputLength_reverts() public {
        IJobRegistry.Request memory r = _terms();
        vm.prank(requester);
        vm.expectRevert(IJobRegistry.NoInput.selector);
        jobs.request(r, "");
        vm.prank(requester);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.InputTooLong.selector, 1025, 1024));
        jobs.request(r, new bytes(1025));
    }

    function test_request_overBalance_reverts() public {
        IJobRegistry.Request memory r = _terms();
        r.fee = 10_001e18;
        _refuses(r, abi.encodeWithSelector(ILedger.BalanceTooLow.selector, requester, 10_000e18, 10_001e18));
    }

    function _refuses(IJobRegistry.Request memory r, bytes memory err) private {
        vm.prank(requester);
        vm.expectRevert(err);
        jobs.request(r, INPUT);
    }

    function _refusesAny(IJobRegistry.Request memory r, bytes4 err) private {
        vm.prank(requester);
        vm.expectPartialRevert(err);
        jobs.request(r, INPUT);
    }

    // ── the happy path ───────────────────────────────────────────────────────────────────────────────────────────

    function test_submit_locksBondOnce_finalizeFreesIt() public {
        Job memory job = _honestJob();
        eq(jobs.lockedOf(operator), BOND, "locked");
        (, uint256 finalizesAt) = jobs.read(job);
        eq(finalizesAt, block.timestamp + WINDOW, "finalizesAt");
        _skip(WINDOW);
        uint256 before = jobs.balanceOf(operator);
        jobs.finalize(job, "");
        eq(jobs.lockedOf(operator), 0, "unlocked");
        eq(jobs.balanceOf(operator), before + FEE - FEE * SHARE_BPS / 10_000, "earned");
        eq(jobs.shareOf(version), FEE * SHARE_BPS / 10_000, "share");
        _status(job, JobStatus.Final);
        jobs.read(job);
    }

    function testFuzz_finalize_splitsFeeToTheWei(uint96 fee) public {
        fee = uint96(bound(fee, PRICE, 10_000e18));
        IJobRegistry.Request memory r = _terms();
        r.fee = fee;
        Job memory job = _submit(_request(r), operator, OUTPUT);
        _skip(WINDOW);
        uint256 before = jobs.balanceOf(operator);
        jobs.finalize(job, "");
        uint256 earned = jobs.balanceOf(operator) - before;
        eq(earned + jobs.shareOf(version), fee, "fee = earned + share");
        // The share rounds down, the operator keeps the dust.
        eq(jobs.shareOf(version), uint256(fee) * SHARE_BPS / 10_000, "share");
    }

    function test_finalize_beforeWindowEnds_reverts() public {
        Job memory job = _honestJob();
        _skip(WINDOW - 1);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotFinalYet.selector, job.id, block.timestamp + 1));
        jobs.finalize(job, "");
    }

    function test_collectShare_onlyOwnerNow() public {
        Job memory job = _honestJob();
        _skip(WINDOW);
        jobs.finalize(job, "");
        _models(publisher).transferFrom(publisher, other, modelId);
        vm.prank(publisher);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotPublisher.selector, version, publisher));
        jobs.collectShare(version);
        uint256 before = jobs.balanceOf(other);
        uint256 amount = _jobs(other).collectShare(version);
        eq(amount, FEE * SHARE_BPS / 10_000, "amount");
        eq(jobs.balanceOf(other), before + amount, "credited");
        eq(jobs.shareOf(version), 0, "emptied");
    }

    // ── serving ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_accept_reservesUntilItLapses() public {
        Job memory job = _accept(_request(), operator);
        eq(jobs.lockedOf(operator), BOND, "locked");
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheOperator.selector, job.id, operator, other));
        jobs.submit(job, OUTPUT);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Accepted));
        jobs.accept(job);
        _skip(ACCEPT_PERIOD + 1);
        job = _submit(job, other, OUTPUT);
        eq(jobs.lockedOf(operator), 0, "the one who stayed away is free");
        eq(jobs.lockedOf(other), BOND, "the one who served is locked");
        _status(job, JobStatus.Submitted);
    }

    function test_accept_thenSubmit_locksOnce() public {
        Job memory job = _accept(_request(), operator);
        _skip(ACCEPT_PERIOD + 1);
        job = _submit(job, operator, OUTPUT);
        eq(jobs.lockedOf(operator), BOND, "locked once");
    }

    function test_submit_namedOperatorOnly() public {
        IJobRegistry.Request memory r = _terms();
        r.operator = operator;
        Job memory job = _request(r);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheOperator.selector, job.id, operator, other));
        jobs.submit(job, OUTPUT);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheOperator.selector, job.id, operator, other));
        jobs.accept(job);
        job = _accept(job, operator);
        // Named stays named after its reservation lapsed.
        _skip(ACCEPT_PERIOD + 1);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheOperator.selector, job.id, operator, other));
        jobs.submit(job, OUTPUT);
        _submit(job, operator, OUTPUT);
    }

    function test_submit_afterDeadline_reverts() public {
        Job memory job = _request();
        _skip(1001);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.DeadlinePassed.selector, job.id, block.timestamp - 1));
        jobs.submit(job, OUTPUT);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.DeadlinePassed.selector, job.id, block.timestamp - 1));
        jobs.accept(job);
    }

    function test_submit_overCommitment_reverts() public {
        // 1,000 OPG bonded carry ten claims of 100.
        for (uint256 i = 0; i < 10; ++i) _honestJob();
        Job memory job = _request();
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.StakeTooLow.selector, operator, 1_000e18, 1_100e18));
        jobs.submit(job, OUTPUT);
    }

    function test_submit_outputTooLong_reverts() public {
        Job memory job = _request();
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.OutputTooLong.selector, 1025, 1024));
        jobs.submit(job, new bytes(1025));
    }

    function test_submitByRoots_locksBondAndRefusesAsSubmitDoes() public {
        Job memory job = _request();
        bytes32[] memory roots = new bytes32[](33);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.OutputTooLong.selector, 1056, 1024));
        jobs.submitByRoots(job, roots, "uri");
        roots = new bytes32[](32);
        job = _accept(job, operator);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheOperator.selector, job.id, operator, other));
        jobs.submitByRoots(job, roots, "uri");
        _jobs(operator).submitByRoots(job, roots, "uri");
        eq(jobs.lockedOf(operator), BOND, "locked once");
        job = _submitted(job, operator, abi.encodePacked(roots));
        _status(job, JobStatus.Submitted);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Submitted));
        jobs.submitByRoots(job, roots, "uri");
    }

    function test_submit_twice_reverts() public {
        Job memory job = _honestJob();
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Submitted));
        jobs.submit(job, OUTPUT);
    }

    // ── cancel and refund ────────────────────────────────────────────────────────────────────────────────────────

    function test_cancel_onlyRequesterOnlyUnserved() public {
        Job memory job = _request();
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotRequester.selector, job.id, other));
        jobs.cancel(job);
        uint256 before = jobs.balanceOf(requester);
        _jobs(requester).cancel(job);
        eq(jobs.balanceOf(requester), before + FEE, "refunded");
        _status(job, JobStatus.Cancelled);

        job = _accept(_request(), operator);
        vm.prank(requester);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Accepted));
        jobs.cancel(job);
        _skip(ACCEPT_PERIOD + 1);
        _jobs(requester).cancel(job);
        eq(jobs.lockedOf(operator), 0, "unlocked");

        job = _honestJob();
        vm.prank(requester);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Submitted));
        jobs.cancel(job);
    }

    function test_refund_byAnyoneAfterDeadline() public {
        Job memory job = _request();
        _skip(1000);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.DeadlineNotPassed.selector, job.id, block.timestamp));
        jobs.refund(job);
        _skip(1);
        uint256 before = jobs.balanceOf(requester);
        jobs.refund(job);
        eq(jobs.balanceOf(requester), before + FEE, "refunded");
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Refunded));
        jobs.refund(job);
    }

    function test_refund_ofAccepted_unlocks() public {
        Job memory job = _accept(_request(), operator);
        _skip(1001);
        jobs.refund(job);
        eq(jobs.lockedOf(operator), 0, "unlocked");
        _status(job, JobStatus.Refunded);
    }

    // ── authenticity ─────────────────────────────────────────────────────────────────────────────────────────────

    function testFuzz_everyFieldOfAPassedJobIsAuthenticated(uint8 field, uint256 flip) public {
        vm.assume(flip != 0);
        Job memory job = _honestJob();
        field = field % 6;
        assembly ("memory-safe") {
            let at := add(job, shl(5, field))
            mstore(at, xor(mload(at), flip))
        }
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        jobs.read(job);
        _skip(WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        jobs.finalize(job, "");
    }

    function test_attack_onlyTheGameMovesDisputes() public {
        Job memory job = _honestJob();
        bytes memory err = abi.encodeWithSelector(IJobRegistry.NotTheGame.selector, rival);
        vm.startPrank(rival);
        vm.expectRevert(err);
        jobs.hold(job);
        vm.expectRevert(err);
        jobs.uphold(job);
        vm.expectRevert(err);
        jobs.convict(job);
        vm.stopPrank();
    }

    /// A finished job can't be settled, served or paid again, nor its id be used again.
    function test_attack_jobReplay_reverts() public {
        Job memory requested = _request();
        Job memory first = _expectedCopy(requested);
        Job memory job = _submit(requested, operator, OUTPUT);
        _skip(WINDOW);
        jobs.finalize(job, "");
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Final));
        jobs.finalize(job, "");
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        jobs.submit(first, OUTPUT);
        Job memory next = _request();
        yes(JobId.unwrap(next.id) != JobId.unwrap(job.id), "another id");
    }

    function _expectedCopy(Job memory job) private pure returns (Job memory) {
        return Job(job.id, job.version, job.input, job.terms, job.claim, job.output);
    }

    /// Whoever binds a fresh game first only spoils that game: the registry meant for it refuses to come into being.
    function test_attack_bindFrontRun_isHarmless() public {
        DisputeGame fresh = _newGame(_gameConfig());
        vm.prank(rival);
        fresh.bind();
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.AlreadyBound.selector, rival));
        _newJobs(fresh, _jobsConfig());
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.AlreadyBound.selector, address(jobs)));
        game.bind();
    }

    // ── construction ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_constructor_rangesAndReferences_revert() public {
        for (uint256 i = 0; i < 7; ++i) {
            JobRegistry.Config memory c = _jobsConfig();
            if (i == 0) c.maxWindow = 0;
            if (i == 1) c.maxServePeriod = 366 days;
            if (i == 2) c.acceptPeriod = 1 days + 1;
            if (i == 3) c.maxInputBytes = 0;
            if (i == 4) c.maxOutputBytes = 64 * 1024 + 1;
            if (i == 5) c.maxCallbackGas = 12_000_001;
            // window + open + prove = 6,500 + 700 would not be less than the exit delay of 7,200.
            if (i == 6) c.maxWindow = 6_500;
            DisputeGame fresh = _newGame(_gameConfig());
            vm.expectPartialRevert(IJobRegistry.ParameterOutOfRange.selector);
            _newJobs(fresh, c);
        }
        bytes memory arguments = abi.encode(address(this), stakes, _gameConfig());
        DisputeGame g = DisputeGame(_create("DisputeGame", arguments));
        vm.expectRevert(abi.encodeWithSelector(JobRegistry.Mismatched.selector, address(models), address(this)));
        _newJobs(g, _jobsConfig());
    }

    // ── value types ──────────────────────────────────────────────────────────────────────────────────────────────

    function testFuzz_terms_roundTrip(uint96 fee, uint96 bond, uint24 gas_, uint24 window, uint16 share) public pure {
        Terms t = TermsLib.pack(fee, bond, gas_, window, share);
        eq(t.fee(), fee, "fee");
        eq(t.bond(), bond, "bond");
        eq(t.callbackGas(), gas_, "gas");
        eq(t.window(), window, "window");
        eq(t.share(), share, "share");
    }

    function test_statusOf_neverRequested_isNone() public view {
        eq(uint256(jobs.statusOf(JobId.wrap(uint256(uint160(requester)) << 64))), 0, "none");
    }
}
