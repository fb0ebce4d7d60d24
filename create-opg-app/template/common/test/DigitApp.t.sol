// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import {IJobRegistry} from "opengradient-optimistic-contracts/interfaces/IJobRegistry.sol";
import {MockJobRegistry} from "opengradient-optimistic-contracts/testing/MockJobRegistry.sol";
import {JobStatus} from "opengradient-optimistic-contracts/types/Job.sol";
import {JobId} from "opengradient-optimistic-contracts/types/JobId.sol";
import {DigitApp} from "../contracts/DigitApp.sol";

contract DigitAppTest {
    bytes32 private constant VERSION = keccak256("any version");
    uint96 private constant FEE = 1e18;
    uint96 private constant BOND = 100e18;

    MockJobRegistry private jobs;
    DigitApp private app;

    function setUp() public {
        jobs = new MockJobRegistry(address(0));
        jobs.mockPublish(VERSION, IJobRegistry.Quote({price: FEE, minBond: BOND, minWindow: 60, shareBps: 0, open: true}));
        IJobRegistry.Request memory terms = IJobRegistry.Request({
            version: VERSION,
            operator: address(0),
            fee: FEE,
            bond: BOND,
            callbackGas: 150_000,
            window: 60,
            deadline: 1 hours
        });
        app = new DigitApp(IJobRegistry(address(jobs)), terms);
        jobs.deposit(address(app), 5 * FEE);
    }

    /// @dev Ten float32 scores, of which that of `digit` is 1 and all others are 0.
    function _scores(uint256 digit) private pure returns (bytes memory scores) {
        scores = new bytes(40);
        (scores[4 * digit + 2], scores[4 * digit + 3]) = (0x80, 0x3f);
    }

    function _ask() private returns (uint256 jobId) {
        return app.read(new bytes(256));
    }

    function testFuzz_answer_isTheLargestScore(uint8 digit) public {
        digit %= 10;
        uint256 jobId = _ask();
        require(jobs.mockAnswer(jobId, _scores(digit)), "the callback failed");
        require(app.lastDigit() == digit && app.readings() == 1, "wrong digit");
    }

    function test_wrongAnswer_changesNothingAndPays() public {
        uint256 jobId = _ask();
        jobs.mockSubmit(jobId, _scores(3));
        jobs.mockChallenge(jobId);
        jobs.mockConvict(jobId);
        require(jobs.statusOf(JobId.wrap(jobId)) == JobStatus.Convicted, "status");
        require(app.readings() == 0, "a wrong answer was taken");
        require(jobs.balanceOf(address(app)) == 5 * FEE, "the fee is not back");
        require(jobs.creditOf(address(app)) == BOND / 5, "no compensation");
    }

    function test_image_outOfRange_isRefused() public {
        bytes memory image = new bytes(256);
        (image[2], image[3]) = (0xc0, 0x7f); // NaN
        try app.read(image) {
            revert("taken");
        } catch {}
        try app.read(new bytes(255)) {
            revert("taken");
        } catch {}
        require(jobs.balanceOf(address(app)) == 5 * FEE, "paid for nothing");
    }

    function test_callback_byAnybodyElse_isRefused() public {
        try app.onInferenceResult(1, _scores(3)) {
            revert("taken");
        } catch {}
    }
}
