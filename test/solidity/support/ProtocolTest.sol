// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {DisputeGame} from "../../../contracts/dispute/DisputeGame.sol";
import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {JobRegistry} from "../../../contracts/jobs/JobRegistry.sol";
import {AlphabetVerifier} from "../../../contracts/mocks/AlphabetVerifier.sol";
import {ModelRegistry} from "../../../contracts/registry/ModelRegistry.sol";
import {StakeRegistry} from "../../../contracts/staking/StakeRegistry.sol";
import {OPG} from "../../../contracts/token/OPG.sol";
import {Claim, ClaimLib} from "../../../contracts/types/Claim.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobId} from "../../../contracts/types/JobId.sol";
import {Terms, TermsLib} from "../../../contracts/types/Terms.sol";
import {Cheats} from "./Vm.sol";

/// @dev The protocol over the toy verifier, and its parties. A job asks for the letter after some letters: the honest
/// trace of input "a" with output "e" is "abcde".
abstract contract ProtocolTest is Cheats {
    uint256 internal constant ONE = 1e18;
    uint96 internal constant FEE = 10e18;
    uint96 internal constant BOND = 100e18;
    uint96 internal constant PRICE = 1e18;
    uint24 internal constant WINDOW = 600;
    uint256 internal constant SHARE_BPS = 500;
    uint256 internal constant EXIT_DELAY = 7200;
    uint256 internal constant COMPENSATION_BPS = 2000;
    uint256 internal constant REWARD_BPS = 4000;
    uint256 internal constant CHALLENGE_BPS = 100;
    /// @dev Of a job with BOND, of which it is a fifth by proportion.
    uint256 internal constant CHALLENGE_FEE = 5e18;
    uint256 internal constant OPEN_PERIOD = 300;
    uint256 internal constant PROVE_PERIOD = 400;
    uint256 internal constant REWARD_PERIOD = 200;
    uint256 internal constant REVEAL_PERIOD = 50;
    uint256 internal constant MAX_OPEN_DEMANDS = 16;
    uint256 internal constant DEMAND_FEE = 2e18;
    uint256 internal constant DEMAND_DEPOSIT_BPS = 200;
    uint256 internal constant ACCEPT_PERIOD = 60;

    bytes internal constant INPUT = "a";
    bytes internal constant OUTPUT = "e";
    bytes internal constant HONEST = "abcde";
    bytes internal constant LIE = "abxyz";

    address internal operator = address(0x0b);
    address internal other = address(0x0c);
    address internal requester = address(0x0d);
    address internal watcher = address(0x0e);
    address internal rival = address(0x0f);
    address internal publisher = address(0x1a);

    IERC20 internal opg;
    ModelRegistry internal models;
    StakeRegistry internal stakes;
    DisputeGame internal game;
    JobRegistry internal jobs;
    /// @dev Judges the versions that are published here.
    address internal verifier;
    bytes32 internal version;
    uint256 internal modelId;

    function setUp() public virtual {
        _deploy(_create("OPG", abi.encode(address(this))));
        address[6] memory parties = [operator, other, requester, watcher, rival, publisher];
        for (uint256 i = 0; i < parties.length; ++i) _fund(parties[i]);
    }

    function _deploy(address token) internal {
        vm.warp(1_000_000);
        opg = IERC20(token);
        models = ModelRegistry(_create("ModelRegistry", ""));
        stakes = _newStakes(token, EXIT_DELAY, COMPENSATION_BPS, REWARD_BPS);
        verifier = _create("AlphabetVerifier", "");
        game = _newGame(_gameConfig());
        jobs = _newJobs(game, _jobsConfig());
        vm.startPrank(publisher);
        modelId = models.createModel("card");
        version = models.publish(_version(modelId, bytes32(uint256(1))));
        vm.stopPrank();
    }

    function _newStakes(address token, uint256 exitDelay, uint256 compensationBps, uint256 rewardBps)
        internal
        returns (StakeRegistry)
    {
        return StakeRegistry(_create("StakeRegistry", abi.encode(token, exitDelay, compensationBps, rewardBps)));
    }

    function _newGame(DisputeGame.Config memory c) internal returns (DisputeGame) {
        return DisputeGame(_create("DisputeGame", abi.encode(models, stakes, c)));
    }

    function _newJobs(IDisputeGame over, JobRegistry.Config memory c) internal returns (JobRegistry) {
        return JobRegistry(_create("JobRegistry", abi.encode(models, stakes, over, c)));
    }

    /// @dev By the definition, not by the game.
    function _challengePrice(uint256 bond) internal pure returns (uint256) {
        uint256 part = bond * CHALLENGE_BPS;
        return CHALLENGE_FEE - BOND * CHALLENGE_BPS / 10_000 + part / 10_000 + (part % 10_000 == 0 ? 0 : 1);
    }

    function _gameConfig() internal pure returns (DisputeGame.Config memory) {
        return DisputeGame.Config({
            challengeFee: _challengePrice(0),
            challengeFeeBps: CHALLENGE_BPS,
            openPeriod: OPEN_PERIOD,
            provePeriod: PROVE_PERIOD,
            rewardPeriod: REWARD_PERIOD,
            revealPeriod: REVEAL_PERIOD,
            maxOpenDemands: MAX_OPEN_DEMANDS,
            demandFee: DEMAND_FEE,
            demandDepositBps: DEMAND_DEPOSIT_BPS
        });
    }

    function _jobsConfig() internal pure returns (JobRegistry.Config memory) {
        return JobRegistry.Config({
            maxWindow: 3600,
            maxServePeriod: 1 days,
            acceptPeriod: ACCEPT_PERIOD,
            maxInputBytes: 1024,
            maxOutputBytes: 1024,
            maxCallbackGas: 2_000_000
        });
    }

    function _version(uint256 model, bytes32 programRoot) internal view returns (IModelRegistry.Version memory) {
        return IModelRegistry.Version({
            modelId: model,
            programRoot: programRoot,
            verifier: verifier,
            fileDigest: bytes32(uint256(2)),
            programDigest: bytes32(uint256(3)),
            price: PRICE,
            minBond: 1e18,
            minWindow: 60,
            shareBps: uint16(SHARE_BPS),
            header: hex"01",
            fileURI: "file",
            programURI: "program"
        });
    }

    /// @dev Tokens, allowances, and prepaid balances in both ledgers.
    function _fund(address party) internal {
        opg.transfer(party, 1_000_000e18);
        vm.startPrank(party);
        opg.approve(address(jobs), type(uint256).max);
        opg.approve(address(stakes), type(uint256).max);
        opg.approve(address(game), type(uint256).max);
        jobs.deposit(party, 10_000e18);
        game.deposit(party, 10_000e18);
        stakes.bond(address(jobs), 1_000e18);
        vm.stopPrank();
    }

    // ── the contracts, as somebody calls them next ───────────────────────────────────────────────────────────────

    function _models(address by) internal returns (ModelRegistry) {
        vm.prank(by);
        return models;
    }

    function _stakes(address by) internal returns (StakeRegistry) {
        vm.prank(by);
        return stakes;
    }

    function _jobs(address by) internal returns (JobRegistry) {
        vm.prank(by);
        return jobs;
    }

    function _game(address by) internal returns (DisputeGame) {
        vm.prank(by);
        return game;
    }

    // ── moves ────────────────────────────────────────────────────────────────────────────────────────────────────

    function _terms() internal view returns (IJobRegistry.Request memory) {
        return IJobRegistry.Request({
            version: version,
            operator: address(0),
            fee: FEE,
            bond: BOND,
            callbackGas: 0,
            window: WINDOW,
            deadline: uint40(block.timestamp + 1000)
        });
    }

    function _inline(bytes memory data) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), data));
    }

    /// @dev The job that a request will make.
    function _expected(address from, IJobRegistry.Request memory r, bytes memory input)
        internal
        view
        returns (Job memory job)
    {
        job.id = JobId.wrap((uint256(uint160(from)) << 64) | jobs.nonceOf(from));
        job.version = r.version;
        job.input = _inline(input);
        job.terms = TermsLib.pack(r.fee, r.bond, r.callbackGas, r.window, uint16(SHARE_BPS));
        job.claim = ClaimLib.pack(r.operator, r.deadline, 0, r.operator != address(0));
    }

    function _request(IJobRegistry.Request memory r) internal returns (Job memory job) {
        job = _expected(requester, r, INPUT);
        JobId id = _jobs(requester).request(r, INPUT);
        eq(JobId.unwrap(id), JobId.unwrap(job.id), "job id");
    }

    function _request() internal returns (Job memory) {
        return _request(_terms());
    }

    function _accept(Job memory job, address by) internal returns (Job memory) {
        _jobs(by).accept(job);
        uint40 until = uint40(block.timestamp + ACCEPT_PERIOD);
        uint40 deadline = job.claim.deadline();
        job.claim = ClaimLib.pack(by, deadline, until < deadline ? until : deadline, job.claim.named());
        return job;
    }

    function _submit(Job memory job, address by, bytes memory output) internal returns (Job memory) {
        _jobs(by).submit(job, output);
        return _submitted(job, by, output);
    }

    function _submitted(Job memory job, address by, bytes memory output) internal view returns (Job memory) {
        job.claim = ClaimLib.pack(by, job.claim.deadline(), uint40(block.timestamp), job.claim.named());
        job.output = _inline(output);
        return job;
    }

    /// @dev A submitted job whose honest trace is HONEST.
    function _honestJob() internal returns (Job memory) {
        return _submit(_request(), operator, OUTPUT);
    }

    /// @dev A submitted job whose only trace is LIE.
    function _lyingJob() internal returns (Job memory) {
        return _submit(_request(), operator, "z");
    }

    function _challenge(Job memory job, address by) internal {
        _game(by).challenge(job);
    }

    function _open(Job memory job, bytes memory trace) internal {
        _game(job.claim.operator()).open(job, trace, "uri");
    }

    function _proof() internal pure returns (bytes memory) {
        return abi.encode(uint256(2), LIE);
    }

    /// @dev A second after whatever was before.
    function _commit(Job memory job, address by, bytes memory proof, bytes32 salt) internal {
        _skip(1);
        _commitNow(job, by, proof, salt);
    }

    /// In the second that it is.
    function _commitNow(Job memory job, address by, bytes memory proof, bytes32 salt) internal {
        bytes32 c = game.commitmentOf(job.id, by, keccak256(proof), salt);
        _game(by).commit(c);
    }

    function _skip(uint256 time) internal {
        vm.warp(block.timestamp + time);
    }

    function _status(Job memory job, JobStatus expected) internal view {
        eq(uint256(jobs.statusOf(job.id)), uint256(expected), "status");
    }
}
