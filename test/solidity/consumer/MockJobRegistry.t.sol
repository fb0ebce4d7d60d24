// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InferenceConsumer} from "../../../contracts/consumer/InferenceConsumer.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {MockJobRegistry} from "../../../contracts/testing/MockJobRegistry.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobId} from "../../../contracts/types/JobId.sol";
import {Cheats} from "../support/Vm.sol";

/// @notice Adds up bytes; refuses results that begin with 0xff.
contract Adder is InferenceConsumer {
    error Refused(uint256 jobId);

    uint256 public sum;

    constructor(IJobRegistry jobs_) InferenceConsumer(jobs_) {}

    function ask(IJobRegistry.Request memory r, bytes memory input) external returns (uint256) {
        return _request(r, input);
    }

    function cancel(Job memory job) external {
        jobs.cancel(job);
    }

    function takeOut(uint256 amount, uint256 compensation) external {
        _withdraw(msg.sender, amount);
        _withdrawCompensation(msg.sender, compensation);
    }

    function _onResult(uint256 jobId, bytes calldata output) internal override {
        if (output[0] == 0xff) revert Refused(jobId);
        for (uint256 i; i < output.length; ++i) sum += uint8(output[i]);
    }
}

/// @notice A consumer's own tests, as its author writes them: in Solidity alone, without a chain, a token or a model.
contract MockJobRegistryTest is Cheats {
    bytes32 private constant VERSION = keccak256("version");
    bytes private constant INPUT = hex"0102";

    MockJobRegistry private jobs;
    Adder private adder;

    function setUp() public {
        jobs = new MockJobRegistry(address(0));
        jobs.mockPublish(VERSION, IJobRegistry.Quote({price: 10, minBond: 100, minWindow: 60, shareBps: 0, open: true}));
        adder = new Adder(IJobRegistry(address(jobs)));
        jobs.deposit(address(adder), 1_000);
    }

    function _terms() private view returns (IJobRegistry.Request memory) {
        return IJobRegistry.Request(VERSION, address(0), 10, 200, 100_000, 60, uint40(block.timestamp) + 1_000);
    }

    function _status(uint256 jobId, JobStatus expected) private view {
        eq(uint256(jobs.statusOf(JobId.wrap(jobId))), uint256(expected), "status");
    }

    function testFuzz_answer_atOnce_reachesTheConsumer(uint8 a, uint8 b) public {
        vm.assume(a != 0xff);
        uint256 jobId = adder.ask(_terms(), INPUT);
        if (!jobs.mockAnswer(jobId, abi.encodePacked(a, b))) revert NotTrue("delivered");
        eq(adder.sum(), uint256(a) + b, "sum");
        eq(jobs.balanceOf(address(adder)), 990, "balance");
        _status(jobId, JobStatus.Final);
    }

    function test_answer_late_comesAfterItsWindow() public {
        uint256 jobId = adder.ask(_terms(), INPUT);
        vm.warp(block.timestamp + 1_000);
        jobs.mockSubmit(jobId, hex"07");
        Job memory job = jobs.mockJob(jobId);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotFinalYet.selector, jobId, block.timestamp + 60));
        jobs.finalize(job, hex"07");
        eq(adder.sum(), 0, "not yet");
        vm.warp(block.timestamp + 60);
        jobs.finalize(job, hex"07");
        eq(adder.sum(), 7, "sum");
    }

    function test_answer_wrong_bringsTheFeeBackAndACompensation() public {
        uint256 jobId = adder.ask(_terms(), INPUT);
        jobs.mockSubmit(jobId, hex"07");
        jobs.mockChallenge(jobId);
        jobs.mockConvict(jobId);
        _status(jobId, JobStatus.Convicted);
        eq(adder.sum(), 0, "sum");
        eq(jobs.balanceOf(address(adder)), 1_000, "balance");
        eq(jobs.creditOf(address(adder)), 40, "credit");
        adder.takeOut(1_000, 40);
        vm.expectRevert(abi.encodeWithSelector(ILedger.BalanceTooLow.selector, address(adder), 0, 1));
        adder.takeOut(1, 0);
    }

    function test_noAnswer_bringsTheFeeBack() public {
        uint256 jobId = adder.ask(_terms(), INPUT);
        vm.warp(block.timestamp + 1_001);
        jobs.refund(jobs.mockJob(jobId));
        _status(jobId, JobStatus.Refunded);
        eq(jobs.balanceOf(address(adder)), 1_000, "balance");
    }

    function test_cancel_bringsTheFeeBack() public {
        uint256 jobId = adder.ask(_terms(), INPUT);
        adder.cancel(jobs.mockJob(jobId));
        _status(jobId, JobStatus.Cancelled);
        eq(jobs.balanceOf(address(adder)), 1_000, "balance");
    }

    function test_callback_failing_mayBeRepeated() public {
        uint256 jobId = adder.ask(_terms(), INPUT);
        if (jobs.mockAnswer(jobId, hex"ff")) revert NotTrue("not delivered");
        _status(jobId, JobStatus.FinalUndelivered);
        Job memory job = jobs.mockJob(jobId);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.CallbackFailed.selector, jobId));
        jobs.retryCallback(job, hex"ff");
        _status(jobId, JobStatus.FinalUndelivered);
    }

    function test_callback_withTooLittleGas_isDeliveredByARetry() public {
        IJobRegistry.Request memory r = _terms();
        r.callbackGas = 500;
        uint256 jobId = adder.ask(r, INPUT);
        if (jobs.mockAnswer(jobId, hex"07")) revert NotTrue("not delivered");
        eq(adder.sum(), 0, "sum");
        jobs.retryCallback(jobs.mockJob(jobId), hex"07");
        eq(adder.sum(), 7, "retried");
        _status(jobId, JobStatus.Final);
    }

    function test_callback_byAnybodyElse_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(InferenceConsumer.NotTheJobRegistry.selector, address(this)));
        adder.onInferenceResult(1, hex"07");
    }
}
