// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IVerifier} from "../../../contracts/interfaces/IVerifier.sol";
import {DisputeGame} from "../../../contracts/dispute/DisputeGame.sol";
import {ClaimLib} from "../../../contracts/types/Claim.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {TermsLib} from "../../../contracts/types/Terms.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev A verifier of one program, for which any proof will do; it has no other wish than to be asked for its program.
contract OneProgram is IVerifier {
    error AnotherProgram(bytes32 programRoot);

    bytes32 private immutable _programRoot;
    bytes32 public traceRoot = keccak256("trace");

    constructor(bytes32 programRoot) {
        _programRoot = programRoot;
    }

    function setTraceRoot(bytes32 root) external {
        traceRoot = root;
    }

    modifier only(bytes32 programRoot) {
        if (programRoot != _programRoot) revert AnotherProgram(programRoot);
        _;
    }

    function traceOf(bytes32 programRoot, bytes32, bytes32, bytes calldata)
        external
        view
        only(programRoot)
        returns (bytes32, bytes memory)
    {
        return (traceRoot, "");
    }

    function convicts(bytes32 programRoot, bytes32, bytes calldata)
        external
        view
        only(programRoot)
        returns (bool, bytes32)
    {
        return (true, 0);
    }

    function advance(bytes32 programRoot, bytes32, uint256, bytes calldata)
        external
        view
        only(programRoot)
        returns (bytes32, bytes32, bytes memory)
    {
        return (0, keccak256("progress"), "");
    }

    function demanded(bytes32 programRoot, bytes calldata)
        external
        view
        only(programRoot)
        returns (bytes32[] memory)
    {
        return new bytes32[](1);
    }

    function revealed(bytes32, bytes calldata) external pure returns (bytes32[] memory) {
        return new bytes32[](1);
    }
}

contract GameEdgesTest is ProtocolTest {
    bytes32 private constant SALT = keccak256("salt");
    /// @dev Of the version that ProtocolTest publishes.
    bytes32 private constant PROGRAM = bytes32(uint256(1));

    function _openedLie() private returns (Job memory job) {
        job = _lyingJob();
        _challenge(job, watcher);
        _open(job, LIE);
    }

    function _convict(Job memory job, address by) private {
        _game(by).convict(job, _proof(), SALT);
    }

    /// @dev The protocol over a verifier of this program, at these prices.
    function _over(OneProgram v, DisputeGame.Config memory c) private {
        verifier = address(v);
        version = _models(publisher).publish(_version(modelId, PROGRAM));
        game = _newGame(c);
        jobs = _newJobs(game, _jobsConfig());
        _fund(operator);
        _fund(requester);
        _fund(watcher);
        _fund(rival);
    }

    // ── which program, which job ─────────────────────────────────────────────────────────────────────────────────

    function test_everyMove_isAboutTheVersionsOwnProgram() public {
        _over(new OneProgram(PROGRAM), _gameConfig());
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _open(job, "");
        vm.startPrank(watcher);
        game.demand(job, "");
        game.advance(job, 1, "");
        game.convict(job, "", SALT);
        vm.stopPrank();
        _status(job, JobStatus.Convicted);
    }

    function test_open_withoutATrace_reverts() public {
        OneProgram v = new OneProgram(PROGRAM);
        _over(v, _gameConfig());
        v.setTraceRoot(0);
        Job memory job = _honestJob();
        _challenge(job, watcher);
        vm.prank(operator);
        vm.expectRevert(IDisputeGame.ZeroTraceRoot.selector);
        game.open(job, "", "uri");
    }

    /// A struct that names another operator, version or time is not the job's.
    function test_attack_forgedJob_inEveryMove_reverts() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        bytes memory err = abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id);
        Job memory forged = _copy(job);
        forged.claim = ClaimLib.pack(rival, job.claim.deadline(), job.claim.time(), false);
        vm.prank(rival);
        vm.expectRevert(err);
        game.open(forged, HONEST, "uri");
        _open(job, HONEST);
        vm.startPrank(rival);
        vm.expectRevert(err);
        game.advance(forged, 1, _proof());
        vm.expectRevert(err);
        game.convict(forged, _proof(), SALT);
        vm.stopPrank();
    }

    function test_attack_takeOverWithAForgedJob_reverts() public {
        Job memory job = _openedLie();
        _commit(job, rival, _proof(), SALT);
        _skip(1);
        _convict(job, watcher);
        Job memory forged = _copy(job);
        forged.version = keccak256("another version");
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownVersion.selector, forged.version));
        game.convict(forged, _proof(), SALT);
    }

    /// A version whose verifier convicts whatever it is shown, put into the struct of another's job: the struct is
    /// authenticated before that verifier is believed, for the first conviction and for a takeover.
    function test_attack_forgedVersionOfAVerifierThatConvictsAll_reverts() public {
        IModelRegistry.Version memory v = _version(modelId, PROGRAM);
        v.verifier = address(new OneProgram(PROGRAM));
        bytes32 hostile = _models(publisher).publish(v);
        Job memory honest = _honestJob();
        _challenge(honest, rival);
        _open(honest, HONEST);
        Job memory job = _openedLie();
        _commit(job, rival, "no proof", SALT);
        _skip(1);
        _convict(job, watcher);
        Job[2] memory targets = [honest, job];
        for (uint256 i = 0; i < 2; ++i) {
            Job memory forged = _copy(targets[i]);
            forged.version = hostile;
            vm.prank(rival);
            vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, forged.id));
            game.convict(forged, "no proof", SALT);
        }
    }

    function _copy(Job memory job) private pure returns (Job memory) {
        return Job(job.id, job.version, job.input, job.terms, job.claim, job.output);
    }

    // ── states ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_decidedDispute_takesNoChallenger() public {
        Job memory job = _openedLie();
        bytes4 err = IDisputeGame.WrongDisputeStatus.selector;
        vm.expectRevert(abi.encodeWithSelector(err, job.id, IDisputeGame.DisputeStatus.Opened));
        game.collect(job);
        _convict(job, watcher);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(err, job.id, IDisputeGame.DisputeStatus.Convicted));
        game.challenge(job);

        job = _honestJob();
        _challenge(job, watcher);
        _open(job, HONEST);
        _skip(WINDOW + OPEN_PERIOD + PROVE_PERIOD + 1);
        game.resolve(job);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(err, job.id, IDisputeGame.DisputeStatus.Upheld));
        game.challenge(job);
        vm.expectRevert(abi.encodeWithSelector(err, job.id, IDisputeGame.DisputeStatus.Upheld));
        game.collect(job);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(err, job.id, IDisputeGame.DisputeStatus.Upheld));
        game.convict(job, _proof(), SALT);
    }

    /// The bond of the struct is what the reward is a part of.
    function test_attack_collectWithAGreaterBond_reverts() public {
        Job memory job = _openedLie();
        _convict(job, watcher);
        _skip(REWARD_PERIOD);
        Job memory forged = _copy(job);
        forged.terms = TermsLib.pack(FEE, 2 * BOND, 0, WINDOW, uint16(SHARE_BPS));
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        game.collect(forged);
    }

    function test_views_ofWhatIsNotDisputed_andOfWhatIsRevealed() public {
        Job memory job = _honestJob();
        eq(game.disputeOf(job.id).challengers, 0, "no challengers");
        _challenge(job, watcher);
        eq(game.disputeOf(job.id).challengers, 1, "one");
        _open(job, HONEST);
        uint256[] memory indices = new uint256[](1);
        _game(watcher).demand(job, abi.encode(indices));
        _game(operator).reveal(job.id, abi.encode(indices, HONEST));
        (address demander, uint256 revealBy, bool revealed) = game.demandOf(job.id, 0);
        eq(demander, address(0), "nobody waits");
        eq(revealBy, 0, "for nothing");
        yes(revealed, "revealed");
    }

    /// Neither earlier nor later: who committed in the same second stays second.
    function test_takeOver_byACommitmentOfTheSameSecond_reverts() public {
        Job memory job = _openedLie();
        bytes32 another = game.commitmentOf(job.id, rival, keccak256(_proof()), SALT);
        _commit(job, watcher, _proof(), SALT);
        _game(rival).commit(another);
        uint256 committed = game.committedAt(another);
        eq(committed, block.timestamp, "a time");
        _skip(1);
        _convict(job, watcher);
        eq(game.disputeOf(job.id).priority, committed, "priority");
        vm.prank(rival);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeGame.NoPriority.selector, job.id, committed, committed, committed)
        );
        game.convict(job, _proof(), SALT);
    }

    function test_rewardOf_isNothing_untilAConviction() public {
        Job memory job = _lyingJob();
        eq(game.rewardOf(job), 0, "undisputed");
        _challenge(job, watcher);
        eq(game.rewardOf(job), 0, "challenged");
        _open(job, LIE);
        eq(game.rewardOf(job), 0, "opened");
        _convict(job, watcher);
        eq(game.rewardOf(job), BOND * REWARD_BPS / 10_000, "convicted");
    }

    // ── fees ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// A later challenger takes its own fee, once, and leaves the first one's.
    function test_attack_reclaimTwice_beforeTheFirstChallenger() public {
        Job memory job = _lyingJob();
        _challenge(job, watcher);
        _challenge(job, rival);
        _skip(OPEN_PERIOD + 1);
        game.timeout(job);
        vm.startPrank(rival);
        game.reclaim(job);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReclaim.selector, job.id, rival));
        game.reclaim(job);
        vm.stopPrank();
        uint256 before = game.balanceOf(watcher);
        _game(watcher).reclaim(job);
        eq(game.balanceOf(watcher), before + CHALLENGE_FEE, "the first one's fee is there");
    }

    /// @dev A version without price and minima.
    function _free() private {
        IModelRegistry.Version memory v = _version(modelId, PROGRAM);
        (v.price, v.minBond) = (0, 0);
        v.fileDigest = keccak256("free");
        version = _models(publisher).publish(v);
    }

    function _openedFor(uint96 bond) private returns (Job memory job) {
        IJobRegistry.Request memory r = _terms();
        r.bond = bond;
        job = _submit(_request(r), operator, OUTPUT);
        _challenge(job, watcher);
        _open(job, "");
    }

    /// Where a demand costs a single wei, it is paid back once and no more.
    function test_attack_reclaimASingleWeiTwice() public {
        DisputeGame.Config memory c = _gameConfig();
        c.demandFee = 1;
        _over(new OneProgram(PROGRAM), c);
        _free();
        Job memory job = _openedFor(0);
        _game(rival).demand(job, "");
        eq(game.paidOf(job.id, rival), 1, "a wei");
        _skip(REVEAL_PERIOD + 1);
        game.silence(job, 0);
        vm.startPrank(rival);
        game.reclaim(job);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReclaim.selector, job.id, rival));
        game.reclaim(job);
        vm.stopPrank();
    }

    function test_depositOfASingleWei_isBurnedToo() public {
        _over(new OneProgram(PROGRAM), _gameConfig());
        _free();
        Job memory job = _openedFor(1);
        _game(watcher).demand(job, "");
        eq(game.paidOf(job.id, watcher), DEMAND_FEE + 1, "rounded up");
        _game(operator).reveal(job.id, "");
        _skip(WINDOW + OPEN_PERIOD + PROVE_PERIOD + 1);
        game.resolve(job);
        eq(game.burn(), 1, "burned");
    }

    // ── construction ─────────────────────────────────────────────────────────────────────────────────────────────

    function _make(DisputeGame.Config memory c) private returns (DisputeGame) {
        return _newGame(c);
    }

    function _refuses(DisputeGame.Config memory c, string memory name, uint256 value, uint256 min, uint256 max)
        private
    {
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ParameterOutOfRange.selector, name, value, min, max));
        _make(c);
    }

    function test_constructor_everyParameterAtItsLeast() public {
        // 2 · 10,000 · 1 / (16 · (10 − 1)) = 138.9
        DisputeGame g = _make(DisputeGame.Config(1, 0, 10, 10, 10, 1, 16, 1, 139));
        eq(g.challengeFee() + g.revealPeriod() + g.demandFee(), 3, "ones");
        eq(g.openPeriod() + g.provePeriod() + g.rewardPeriod(), 30, "tens");
        eq(g.maxOpenDemands(), 16, "places");
        eq(g.demandDepositBps(), 139, "deposit");
        eq(g.challengeFeeBps(), 0, "no part of the bond");
        eq(g.challengePrice(type(uint96).max), 1, "whatever the bond");
    }

    function test_challengePrice_roundsTheBondsPartUp() public {
        DisputeGame g = _make(DisputeGame.Config(1, 1, 10, 10, 10, 1, 16, 1, 139));
        eq(g.challengePrice(0), 1, "no bond");
        eq(g.challengePrice(1), 2, "a wei counts as ten thousand");
        eq(g.challengePrice(10_000), 2, "ten thousand count as they are");
        eq(g.challengePrice(10_001), 3, "one more counts as twice that");
    }

    function test_constructor_everyParameterAtItsMost() public {
        DisputeGame g = _make(
            DisputeGame.Config(
                type(uint96).max, 100, 30 days, 30 days, 30 days, 30 days / 8, 1024, type(uint64).max, 10_000
            )
        );
        eq(g.challengeFee(), type(uint96).max, "fee");
        eq(g.challengeFeeBps(), 100, "part of the bond");
        eq(g.openPeriod() + g.provePeriod() + g.rewardPeriod(), 90 days, "periods");
        eq(g.revealPeriod(), 30 days / 8, "reveal");
        eq(g.maxOpenDemands(), 1024, "places");
        eq(g.demandFee(), type(uint64).max, "demand");
        eq(g.demandDepositBps(), 10_000, "deposit");
    }

    function test_constructor_namesWhatIsTooLittle() public {
        DisputeGame.Config memory c = DisputeGame.Config(0, 0, 10, 10, 10, 1, 16, 1, 139);
        _refuses(c, "challengeFee", 0, 1, type(uint96).max);
        (c.challengeFee, c.openPeriod) = (1, 9);
        _refuses(c, "openPeriod", 9, 10, 30 days);
        (c.openPeriod, c.provePeriod) = (10, 9);
        _refuses(c, "provePeriod", 9, 10, 30 days);
        (c.provePeriod, c.rewardPeriod) = (10, 9);
        _refuses(c, "rewardPeriod", 9, 10, 30 days);
        (c.rewardPeriod, c.revealPeriod) = (10, 0);
        _refuses(c, "revealPeriod", 0, 1, 1);
        (c.revealPeriod, c.maxOpenDemands) = (1, 15);
        _refuses(c, "maxOpenDemands", 15, 16, 1024);
        (c.maxOpenDemands, c.demandFee) = (16, 0);
        _refuses(c, "demandFee", 0, 1, type(uint64).max);
        (c.demandFee, c.demandDepositBps) = (1, 138);
        _refuses(c, "demandDepositBps", 138, 139, 10_000);
    }

    function test_constructor_namesWhatIsTooMuch() public {
        DisputeGame.Config memory c = DisputeGame.Config(uint256(type(uint96).max) + 1, 101, 10, 10, 10, 1, 16, 1, 139);
        _refuses(c, "challengeFee", uint256(type(uint96).max) + 1, 1, type(uint96).max);
        c.challengeFee = 1;
        _refuses(c, "challengeFeeBps", 101, 0, 100);
        (c.challengeFeeBps, c.openPeriod) = (100, 30 days + 1);
        _refuses(c, "openPeriod", 30 days + 1, 10, 30 days);
        (c.openPeriod, c.provePeriod) = (10, 30 days + 1);
        _refuses(c, "provePeriod", 30 days + 1, 10, 30 days);
        (c.provePeriod, c.rewardPeriod) = (15, 30 days + 1);
        _refuses(c, "rewardPeriod", 30 days + 1, 10, 30 days);
        (c.rewardPeriod, c.revealPeriod) = (10, 2);
        _refuses(c, "revealPeriod", 2, 1, 1);
        (c.revealPeriod, c.maxOpenDemands) = (1, 1025);
        _refuses(c, "maxOpenDemands", 1025, 16, 1024);
        (c.maxOpenDemands, c.demandFee) = (16, uint256(type(uint64).max) + 1);
        _refuses(c, "demandFee", uint256(type(uint64).max) + 1, 1, type(uint64).max);
        (c.demandFee, c.demandDepositBps) = (1, 10_001);
        _refuses(c, "demandDepositBps", 10_001, 90, 10_000);
    }

    /// The least deposit is 20,000 · reveal / (places · (prove − reveal)), rounded up: whole, just above, by little.
    function test_constructor_theLeastDepositIsRoundedUp() public {
        uint256[4][3] memory cases = [
            [uint256(100), 1350, 16, 100], // 2,000,000 / 20,000
            [uint256(1000), 13_499, 16, 101], // 20,000,000 / 199,984
            [uint256(15), 2536, 17, 8] // 300,000 / 42,857
        ];
        for (uint256 i = 0; i < 3; ++i) {
            DisputeGame.Config memory c = _gameConfig();
            (c.revealPeriod, c.provePeriod, c.maxOpenDemands) = (cases[i][0], cases[i][1], cases[i][2]);
            c.demandDepositBps = cases[i][3] - 1;
            _refuses(c, "demandDepositBps", cases[i][3] - 1, cases[i][3], 10_000);
            c.demandDepositBps = cases[i][3];
            eq(_make(c).demandDepositBps(), cases[i][3], "enough");
        }
    }

    /// 9,999 · 9,999 / 10,000 = 9,998.0001
    function test_demandPrice_roundsUpTheLeastRest() public {
        DisputeGame.Config memory c = _gameConfig();
        c.demandDepositBps = 9_999;
        (, uint256 deposit) = _make(c).demandPrice(9_999);
        eq(deposit, 9_999, "rounded up");
    }
}
