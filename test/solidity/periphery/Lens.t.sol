// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {Lens} from "../../../contracts/periphery/Lens.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobId} from "../../../contracts/types/JobId.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

contract LensTest is ProtocolTest {
    Lens private lens;

    function setUp() public override {
        super.setUp();
        lens = Lens(_create("Lens", abi.encode(jobs, new Lens.Release[](0))));
    }

    function test_jobs_inEveryState() public {
        Job[] memory list = new Job[](3);
        list[0] = _honestJob();
        list[1] = _lyingJob();
        _challenge(list[1], watcher);
        _open(list[1], LIE);
        list[2] = _request();
        list[2].output = bytes32(uint256(1));
        Lens.JobView[] memory v = lens.readJobs(list);
        eq(uint256(v[0].status), uint256(JobStatus.Submitted), "submitted");
        eq(v[0].finalizesAt, uint256(list[0].claim.time()) + WINDOW, "final at");
        eq(v[0].verdictDeadline, v[0].finalizesAt + OPEN_PERIOD + PROVE_PERIOD, "verdict");
        eq(uint256(v[1].dispute.status), uint256(IDisputeGame.DisputeStatus.Opened), "opened");
        eq(v[1].dispute.traceRoot, keccak256(LIE), "trace");
        eq(uint256(v[2].status), uint256(JobStatus.None), "not this job");
        eq(v[0].reward + v[1].reward + v[2].reward, 0, "no rewards");
        _game(watcher).convict(list[1], _proof(), 0);
        eq(lens.readJobs(list)[1].reward, game.rewardOf(list[1]), "reward");
        yes(game.rewardOf(list[1]) != 0, "held");
        _skip(REWARD_PERIOD);
        game.collect(list[1]);
        eq(lens.readJobs(list)[1].reward, 0, "collected");

        JobId[] memory ids = new JobId[](2);
        (ids[0], ids[1]) = (list[1].id, list[2].id);
        JobStatus[] memory s = lens.statuses(ids);
        eq(uint256(s[0]), uint256(JobStatus.Convicted), "convicted");
        eq(uint256(s[1]), uint256(JobStatus.Requested), "requested");
    }

    function test_operators_showWhatIsFree() public {
        _honestJob();
        _stakes(operator).requestExit(address(jobs), 300e18);
        address[] memory list = new address[](2);
        (list[0], list[1]) = (operator, address(0x99));
        Lens.OperatorView[] memory v = lens.operators(list);
        eq(v[0].bonded, 1_000e18, "bonded");
        eq(v[0].exiting, 300e18, "exiting");
        eq(v[0].exitAt, block.timestamp + EXIT_DELAY, "exit at");
        eq(v[0].locked, BOND, "locked");
        eq(v[0].free, 1_000e18 - 300e18 - BOND, "free");
        eq(v[0].balance, jobs.balanceOf(operator), "balance");
        eq(v[1].free, 0, "a stranger");
        _stakes(operator).requestExit(address(jobs), 1_000e18);
        eq(lens.operators(list)[0].free, 0, "nothing free, no underflow");
    }

    function test_modelsAndVersions() public {
        _models(other).createModel("second");
        Lens.ModelView[] memory m = lens.modelRange(0, 10);
        eq(m.length, 2, "all");
        eq(m[0].owner, publisher, "owner");
        eq(m[0].versions[0], version, "versions");
        eq(keccak256(bytes(m[1].metadataURI)), keccak256("second"), "card");
        eq(lens.modelRange(2, 1)[0].modelId, 2, "a range");
        eq(lens.modelRange(3, 1).length, 0, "past the end");

        bytes32[] memory list = new bytes32[](1);
        list[0] = version;
        Lens.VersionView[] memory v = lens.versions(list);
        eq(v[0].programRoot, bytes32(uint256(1)), "root");
        eq(v[0].modelId, modelId, "model");
        eq(v[0].quote.price, PRICE, "price");
        yes(v[0].quote.open, "open");
    }
}
