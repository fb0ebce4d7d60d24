// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {MockConsumer} from "../../../contracts/mocks/MockConsumer.sol";
import {ClaimLib} from "../../../contracts/types/Claim.sol";
import {Job} from "../../../contracts/types/Job.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev Whoever follows the registry's events alone knows every job: each move announces itself, with all that the
/// next move needs.
contract JobAnnouncementsTest is ProtocolTest {
    function test_request_announcesTermsClaimAndInput() public {
        Job memory job = _expected(requester, _terms(), INPUT);
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobRequested(job.id, version, requester, job.terms, job.claim, INPUT);
        _jobs(requester).request(_terms(), INPUT);
    }

    function test_requestByRoots_announcesRootsAndWhereTheyAre() public {
        bytes32[] memory roots = new bytes32[](1);
        roots[0] = keccak256("root");
        Job memory job = _expected(requester, _terms(), INPUT);
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobRequestedByRoots(job.id, version, requester, job.terms, job.claim, roots, "uri");
        _jobs(requester).requestByRoots(_terms(), roots, "uri");
    }

    function test_accept_announcesTheReservation() public {
        Job memory job = _request();
        uint40 until = uint40(block.timestamp + ACCEPT_PERIOD);
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobAccepted(
            job.id, operator, ClaimLib.pack(operator, job.claim.deadline(), until, false)
        );
        _jobs(operator).accept(job);
    }

    function test_submit_announcesTheOutput() public {
        Job memory job = _request();
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobSubmitted(
            job.id, operator, ClaimLib.pack(operator, job.claim.deadline(), uint40(block.timestamp), false), OUTPUT
        );
        _jobs(operator).submit(job, OUTPUT);
    }

    function test_submitByRoots_announcesRootsAndWhereTheValuesAre() public {
        Job memory job = _request();
        bytes32[] memory roots = new bytes32[](2);
        (roots[0], roots[1]) = (keccak256("root"), keccak256("another"));
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobSubmittedByRoots(
            job.id,
            operator,
            ClaimLib.pack(operator, job.claim.deadline(), uint40(block.timestamp), false),
            roots,
            "uri"
        );
        _jobs(operator).submitByRoots(job, roots, "uri");
        // The roots are the output.
        jobs.read(_submitted(job, operator, abi.encodePacked(roots)));
    }

    function test_finalize_announcesDelivery() public {
        Job memory job = _honestJob();
        _skip(WINDOW);
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobFinalized(job.id, operator, true);
        jobs.finalize(job, "");
    }

    function test_failedCallback_andItsRetry_areAnnounced() public {
        MockConsumer consumer = MockConsumer(_create("MockConsumer", ""));
        _jobs(requester).deposit(address(consumer), 100e18);
        consumer.setMood(MockConsumer.Mood.Reverting);
        IJobRegistry.Request memory r = _terms();
        r.callbackGas = 300_000;
        Job memory job = _expected(address(consumer), r, INPUT);
        consumer.act(address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
        job = _submit(job, operator, OUTPUT);
        _skip(WINDOW);
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobFinalized(job.id, operator, false);
        jobs.finalize(job, OUTPUT);
        consumer.setMood(MockConsumer.Mood.Grateful);
        vm.expectEmit(address(jobs));
        emit IJobRegistry.CallbackDelivered(job.id);
        jobs.retryCallback(job, OUTPUT);
    }

    function test_cancelAndRefund_areAnnounced() public {
        Job memory job = _request();
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobCancelled(job.id);
        _jobs(requester).cancel(job);
        job = _request();
        _skip(1001);
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobRefunded(job.id);
        jobs.refund(job);
    }

    function test_share_isAnnouncedWhenPaid() public {
        Job memory job = _honestJob();
        _skip(WINDOW);
        jobs.finalize(job, "");
        vm.expectEmit(address(jobs));
        emit IJobRegistry.PublisherPaid(version, publisher, FEE * SHARE_BPS / 10_000);
        _jobs(publisher).collectShare(version);
    }

    function test_challenge_conviction_andAcquittal_areAnnounced() public {
        Job memory job = _honestJob();
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobChallenged(job.id, operator);
        _challenge(job, watcher);
        Job memory lie = _lyingJob();
        _challenge(lie, watcher);
        _open(job, HONEST);
        _open(lie, LIE);
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobConvicted(lie.id, operator, BOND);
        game.convict(lie, _proof(), 0);
        _skip(WINDOW + OPEN_PERIOD + PROVE_PERIOD + 1);
        vm.expectEmit(address(jobs));
        emit IJobRegistry.JobUpheld(job.id, operator);
        game.resolve(job);
    }
}
