// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {InferenceConsumer} from "../../../contracts/consumer/InferenceConsumer.sol";
import {DigitReader} from "../../../contracts/consumer/examples/DigitReader.sol";
import {MockConsumer} from "../../../contracts/mocks/MockConsumer.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobId} from "../../../contracts/types/JobId.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

contract CallbackTest is ProtocolTest {
    MockConsumer private consumer;
    uint24 private constant GAS = 300_000;

    function setUp() public override {
        super.setUp();
        consumer = MockConsumer(_create("MockConsumer", ""));
        _jobs(requester).deposit(address(consumer), 1_000e18);
    }

    function _ask() private returns (Job memory job) {
        IJobRegistry.Request memory r = _terms();
        r.callbackGas = GAS;
        job = _expected(address(consumer), r, INPUT);
        consumer.act(address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
        job = _submit(job, operator, OUTPUT);
        _skip(WINDOW);
    }

    function test_finalize_deliversOnceAndErases() public {
        Job memory job = _ask();
        jobs.finalize(job, OUTPUT);
        eq(consumer.results(), 1, "delivered");
        eq(consumer.lastJob(), JobId.unwrap(job.id), "job");
        eq(keccak256(consumer.lastOutput()), keccak256(OUTPUT), "output");
        _status(job, JobStatus.Final);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        jobs.finalize(job, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        jobs.retryCallback(job, OUTPUT);
    }

    /// Of an output that was submitted by its roots the consumer gets the roots, one after the other.
    function test_finalize_deliversRoots() public {
        IJobRegistry.Request memory r = _terms();
        r.callbackGas = GAS;
        Job memory job = _expected(address(consumer), r, INPUT);
        consumer.act(address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
        bytes32[] memory roots = new bytes32[](2);
        (roots[0], roots[1]) = (keccak256("root"), keccak256("another"));
        _jobs(operator).submitByRoots(job, roots, "uri");
        job = _submitted(job, operator, abi.encodePacked(roots));
        _skip(WINDOW);
        jobs.finalize(job, abi.encodePacked(roots));
        eq(keccak256(consumer.lastOutput()), keccak256(abi.encodePacked(roots)), "roots");
    }

    function test_finalize_withAnotherOutput_reverts() public {
        Job memory job = _ask();
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.OutputMismatch.selector, job.id));
        jobs.finalize(job, "f");
    }

    /// A consumer that reverts, burns its gas or returns a megabyte settles like any other, at a bounded cost.
    function test_attack_callbackGriefing_settlesAllTheSame() public {
        for (uint256 mood = 1; mood <= 2; ++mood) {
            consumer.setMood(MockConsumer.Mood(mood));
            Job memory job = _ask();
            uint256 before = jobs.balanceOf(operator);
            uint256 spent = gasleft();
            jobs.finalize(job, OUTPUT);
            spent -= gasleft();
            yes(spent < GAS + 100_000, "bounded");
            eq(jobs.balanceOf(operator), before + FEE - FEE * SHARE_BPS / 10_000, "paid");
            eq(jobs.lockedOf(operator), 0, "unlocked");
            _status(job, JobStatus.FinalUndelivered);
        }
    }

    function test_attack_returnBomb_isNotCopied() public {
        consumer.setMood(MockConsumer.Mood.ReturningBomb);
        Job memory job = _ask();
        uint256 spent = gasleft();
        jobs.finalize(job, OUTPUT);
        spent -= gasleft();
        yes(spent < GAS + 100_000, "bounded");
    }

    /// Too little gas for the promised callback reverts the transaction instead of failing the callback.
    function test_attack_starvedCallback_reverts() public {
        Job memory job = _ask();
        bytes memory data = abi.encodeCall(jobs.finalize, (job, OUTPUT));
        for (uint256 gas_ = 60_000; gas_ < 460_000; gas_ += 20_000) {
            (bool ok,) = address(jobs).call{gas: gas_}(data);
            if (!ok) continue;
            eq(consumer.results(), 1, "whenever it settles, it delivers");
            yes(consumer.gasReceived() > GAS - 1_000, "with the promised gas");
            return;
        }
        revert("never settled");
    }

    function test_attack_reentrantConsumer_gainsNothing() public {
        Job memory job = _ask();
        consumer.setReentry(address(jobs), abi.encodeCall(jobs.finalize, (job, OUTPUT)));
        jobs.finalize(job, OUTPUT);
        yes(!consumer.reentered(), "finalize again");
        job = _ask();
        consumer.setReentry(address(jobs), abi.encodeCall(jobs.retryCallback, (job, OUTPUT)));
        jobs.finalize(job, OUTPUT);
        yes(!consumer.reentered(), "retry from within");
        job = _ask();
        consumer.setReentry(address(jobs), abi.encodeCall(jobs.cancel, (job)));
        jobs.finalize(job, OUTPUT);
        yes(!consumer.reentered(), "cancel from within");
        eq(consumer.results(), 3, "once each");
    }

    /// Asking again from within the callback is legitimate.
    function test_callback_mayRequestAgain() public {
        Job memory job = _ask();
        consumer.setReentry(address(jobs), abi.encodeCall(jobs.request, (_terms(), INPUT)));
        jobs.finalize(job, OUTPUT);
        yes(consumer.reentered(), "requested");
        eq(jobs.nonceOf(address(consumer)), 2, "two jobs");
    }

    function test_revertingConsumer_isRetriedByAnyone() public {
        consumer.setMood(MockConsumer.Mood.Reverting);
        Job memory job = _ask();
        jobs.finalize(job, OUTPUT);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.CallbackFailed.selector, job.id));
        jobs.retryCallback(job, OUTPUT);
        _status(job, JobStatus.FinalUndelivered);
        consumer.setMood(MockConsumer.Mood.Grateful);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.OutputMismatch.selector, job.id));
        jobs.retryCallback(job, "f");
        _jobs(rival).retryCallback(job, OUTPUT);
        eq(consumer.results(), 1, "delivered");
        _status(job, JobStatus.Final);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        jobs.retryCallback(job, OUTPUT);
    }

    function test_attack_retryReentered_deliversOnce() public {
        consumer.setMood(MockConsumer.Mood.Reverting);
        Job memory job = _ask();
        jobs.finalize(job, OUTPUT);
        consumer.setReentry(address(jobs), abi.encodeCall(jobs.retryCallback, (job, OUTPUT)));
        jobs.retryCallback(job, OUTPUT);
        yes(!consumer.reentered(), "nested retry failed");
        eq(consumer.results(), 1, "once");
    }

    /// A refund is a credit: the requester's code never runs, so it can't stand in the way.
    function test_attack_refundUnhookable() public {
        consumer.setMood(MockConsumer.Mood.Reverting);
        IJobRegistry.Request memory r = _terms();
        r.callbackGas = GAS;
        Job memory job = _expected(address(consumer), r, INPUT);
        consumer.act(address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
        _skip(1001);
        uint256 before = jobs.balanceOf(address(consumer));
        jobs.refund(job);
        eq(jobs.balanceOf(address(consumer)), before + FEE, "refunded");
        eq(consumer.results(), 0, "not called");
    }

    function test_digitReader_readsFinalResultsOfTheRegistryOnly() public {
        IJobRegistry.Request memory terms = _terms();
        terms.callbackGas = GAS;
        terms.deadline = 500;
        DigitReader reader = DigitReader(_create("DigitReader", abi.encode(jobs, terms)));
        _jobs(requester).deposit(address(reader), 100e18);
        terms.deadline = uint40(block.timestamp + 500);
        bytes memory image = new bytes(256);
        Job memory job = _expected(address(reader), terms, image);
        eq(reader.classify(image), JobId.unwrap(job.id), "id");
        // Logits 0, 1.5, −2: the digit is 1.
        bytes memory logits = hex"000000000000c03f000000c0";
        job = _submit(job, operator, logits);
        eq(reader.readings(), 0, "nothing before it is final");
        _skip(WINDOW);
        jobs.finalize(job, logits);
        eq(reader.lastDigit(), 1, "digit");
        eq(reader.readings(), 1, "readings");

        vm.expectRevert(abi.encodeWithSelector(InferenceConsumer.NotTheJobRegistry.selector, address(this)));
        reader.onInferenceResult(1, logits);
        vm.expectRevert(abi.encodeWithSelector(DigitReader.WrongImageSize.selector, 255));
        reader.classify(new bytes(255));
        uint256 left = jobs.balanceOf(address(reader));
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(DigitReader.NotOwner.selector, rival));
        reader.withdraw(left);
        uint256 before = opg.balanceOf(address(this));
        reader.withdraw(left);
        eq(opg.balanceOf(address(this)), before + left, "owner is paid out");
    }
}
