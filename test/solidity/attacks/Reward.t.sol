// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {AttackTest} from "./AttackTest.sol";

/// @dev A liar knows the proof of its own lie before anybody else can, and its puppet (`other`) may commit to it whenever
/// it likes, for the price of the gas. The watcher commits as soon as it has the proof and convicts in the next second.
contract RewardTest is AttackTest {
    bytes32 private constant LATER = keccak256("later");
    bytes32 private constant MORE = keccak256("more");
    bytes private constant LONG_PROOF = abi.encode(uint256(2) | (1 << 255), LIE);
    bytes private constant PIECE = abi.encode(uint256(2), LIE);

    function setUp() public override {
        super.setUp();
        _attack(_list(operator, other), _list(watcher));
    }

    /// @dev Challenged by the watcher and opened, each a second after the other.
    function _lie(Job memory job) private returns (Job memory) {
        _skip(1);
        job = _submit(job, operator, "z");
        _skip(1);
        _challenge(job, watcher);
        _skip(1);
        _open(job, LIE);
        return job;
    }

    function _lie() private returns (Job memory) {
        return _lie(_request());
    }

    function _refused(Job memory job, address by, bytes32 salt) private {
        vm.prank(by);
        vm.expectPartialRevert(IDisputeGame.NoPriority.selector);
        game.convict(job, _proof(), salt);
    }

    /// @dev Everything is paid out; the liar and its puppet have lost what is not saved, the watcher has gained the rest.
    function _saved(Job memory job, uint256 saved) private {
        _status(job, JobStatus.Convicted);
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BOND - saved, "the attackers lost all but this of the bond");
        eq(_gained(watcher), REWARD - saved, "the watcher");
        eq(stakes.creditOf(address(game)), 0, "nothing is left");
    }

    // ── what a puppet that knows the proof can do ────────────────────────────────────────────────────────────────

    /// The id, the trace and the proof are the operator's own choice, so its puppet can commit to the proof before the
    /// submission: that counts for nothing.
    function test_attack_preCommitBeforeTheSubmission() public {
        Job memory job = _request();
        // The trace and the proof are known; the struct is not needed to commit.
        _commit(job, other, _proof(), SALT);
        job = _lie(job);
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, watcher, _proof(), SALT);
        _refused(job, other, SALT);
        _saved(job, 0);
    }

    /// In the second of the submission itself: the operator may have put it before.
    function test_attack_preCommitInTheSecondOfTheSubmission() public {
        Job memory job = _submit(_request(), operator, "z");
        _commitNow(job, other, _proof(), SALT);
        _skip(1);
        _challenge(job, watcher);
        _open(job, LIE);
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, watcher, _proof(), SALT);
        _refused(job, other, SALT);
        _saved(job, 0);
    }

    function test_attack_preCommitAfterTheSubmission() public {
        Job memory job = _submit(_request(), operator, "z");
        _commit(job, other, _proof(), SALT);
        _skip(1);
        _challenge(job, watcher);
        _open(job, LIE);
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, watcher, _proof(), SALT);
        _convict(job, other, _proof(), SALT);
        _refused(job, other, SALT);
        _saved(job, REWARD / 2);
    }

    function test_attack_preCommitAfterTheOpening() public {
        Job memory job = _lie();
        _commit(job, other, _proof(), SALT);
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, watcher, _proof(), SALT);
        _convict(job, other, _proof(), SALT);
        _saved(job, REWARD / 2);
    }

    /// The puppet is earlier and convicts before the watcher does: the later half is the watcher's all the same.
    function test_attack_preCommitAndFrontRun() public {
        Job memory job = _lie();
        _commit(job, other, _proof(), SALT);
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, other, _proof(), SALT);
        _convict(job, watcher, _proof(), SALT);
        IDisputeGame.Dispute memory d = game.disputeOf(job.id);
        eq(d.beneficiary, other, "earlier half");
        eq(d.laterBeneficiary, watcher, "later half");
        eq(d.laterPriority, uint256(d.priority) + 1, "a second later");
        _saved(job, REWARD / 2);
    }

    /// However many commitments it has from before the watcher's, and however often it comes.
    function test_attack_manyPreCommitments() public {
        Job memory job = _lie();
        for (uint256 i = 0; i < 5; ++i) _commit(job, other, _proof(), bytes32(i));
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, other, _proof(), bytes32(uint256(2)));
        _convict(job, other, _proof(), bytes32(uint256(3)));
        _convict(job, watcher, _proof(), SALT);
        _convict(job, other, _proof(), 0);
        _refused(job, other, bytes32(uint256(4)));
        _refused(job, watcher, SALT);
        _saved(job, REWARD / 2);
    }

    /// An unspecified number of pre-commitments, in whatever order everybody comes: the watcher, whose commitment is the
    /// latest, keeps half at least, and all that is not claimed by an earlier one.
    function testFuzz_attack_inAnyOrder(uint8 before, uint8 order, bool puppetsFirst) public {
        Job memory job = _lie();
        uint256 count = before % 4;
        for (uint256 i = 0; i < count; ++i) _commit(job, other, _proof(), bytes32(i));
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        if (puppetsFirst) _convict(job, other, _proof(), bytes32(uint256(order) % 5));
        for (uint256 k = 0; k < 6; ++k) {
            (address by, bytes32 salt) =
                (order >> k) & 1 == 0 ? (watcher, SALT) : (other, bytes32(uint256(order + k) % 5));
            bytes memory call = abi.encodeCall(game.convict, (job, _proof(), salt));
            vm.prank(by);
            (bool done,) = address(game).call(call);
            yes(done || game.disputeOf(job.id).status == IDisputeGame.DisputeStatus.Convicted, "convicted or refused");
        }
        vm.prank(watcher);
        (bool took,) = address(game).call(abi.encodeCall(game.convict, (job, _proof(), SALT)));
        eq(game.disputeOf(job.id).laterBeneficiary, watcher, took ? "taken" : "held");
        _collect(job);
        _reclaim(job, watcher);
        yes(_gained(watcher) >= REWARD - REWARD / 2, "half at least");
        eq(_gained(watcher) + BOND - _lost(), REWARD, "nothing lost between them");
        if (count == 0) eq(_gained(watcher), REWARD, "unless somebody committed, all");
    }

    // ── what somebody that does not know the proof can do ────────────────────────────────────────────────────────

    /// A copier reads the watcher's transaction, commits and convicts before it, in the same second.
    function test_attack_copying() public {
        Job memory job = _lie();
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _commitNow(job, other, _proof(), SALT);
        _convict(job, other, _proof(), SALT);
        _convict(job, watcher, _proof(), SALT);
        _refused(job, other, SALT);
        _saved(job, 0);
    }

    /// A copier that commits after the conviction has neither an earlier nor a counting commitment.
    function test_attack_copyingAfterTheConviction() public {
        Job memory job = _lie();
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, watcher, _proof(), SALT);
        _commit(job, other, _proof(), SALT);
        _refused(job, other, SALT);
        _saved(job, 0);
    }

    /// Whoever convicts without having committed holds the reward only until somebody comes who has: both halves move.
    function test_attack_uncommittedFrontRunner() public {
        Job memory job = _lie();
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, other, _proof(), 0);
        IDisputeGame.Dispute memory d = game.disputeOf(job.id);
        eq(d.laterBeneficiary, other, "both");
        eq(d.priority, d.since, "no claim");
        _convict(job, watcher, _proof(), SALT);
        d = game.disputeOf(job.id);
        eq(d.beneficiary, watcher, "earlier");
        eq(d.laterBeneficiary, watcher, "later");
        _saved(job, 0);
    }

    /// A watcher that convicts without having committed, and another that had committed: the one that had is paid.
    function test_anUncommittedConvictor_yieldsBothHalves_inEitherOrder() public {
        Job memory job = _lie();
        _commit(job, watcher, _proof(), SALT);
        _commit(job, rival, _proof(), SALT);
        _skip(1);
        _convict(job, requester, _proof(), 0);
        _convict(job, rival, _proof(), SALT);
        eq(game.disputeOf(job.id).beneficiary, rival, "both to the first who comes");
        _convict(job, watcher, _proof(), SALT);
        _collect(job);
        eq(stakes.creditOf(watcher), REWARD / 2, "earlier");
        eq(stakes.creditOf(rival), REWARD - REWARD / 2, "later");
        eq(stakes.creditOf(requester), COMPENSATION, "nothing but the compensation");
    }

    // ── who claims which half ────────────────────────────────────────────────────────────────────────────────────

    /// Three honest challengers: the halves are the first's and the last's, whoever comes in which order.
    function test_halves_inEveryOrderOfClaims() public {
        address[3] memory who = [watcher, rival, requester];
        for (uint256 order = 0; order < 6; ++order) {
            Job memory job = _lie();
            for (uint256 i = 0; i < 3; ++i) _commit(job, who[i], _proof(), SALT);
            _skip(1);
            uint256 first = order / 2;
            uint256[3] memory turn = [first, (first + 1 + order % 2) % 3, (first + 2 - order % 2) % 3];
            for (uint256 i = 0; i < 3; ++i) {
                vm.prank(who[turn[i]]);
                (bool done,) = address(game).call(abi.encodeCall(game.convict, (job, _proof(), SALT)));
                // The middle one has a claim only as long as nobody else came.
                yes(done || turn[i] == 1, "claimed");
            }
            IDisputeGame.Dispute memory d = game.disputeOf(job.id);
            eq(d.beneficiary, watcher, "the earliest");
            eq(d.laterBeneficiary, requester, "the latest");
            uint256 before = stakes.creditOf(requester);
            uint256 paid = stakes.creditOf(watcher);
            _collect(job);
            eq(stakes.creditOf(watcher), paid + REWARD / 2, "half");
            eq(stakes.creditOf(requester), before + REWARD - REWARD / 2, "half");
            eq(stakes.creditOf(rival), 0, "none");
        }
    }

    /// One wei cannot be halved: it is the later half. No half is lost and none is paid twice.
    function test_halves_ofAnOddReward() public {
        for (uint96 bond = 3; bond < 9; ++bond) {
            Job memory job = _oddJob(bond);
            _commit(job, rival, _proof(), SALT);
            _commit(job, watcher, _proof(), SALT);
            _skip(1);
            _convict(job, rival, _proof(), SALT);
            _convict(job, watcher, _proof(), SALT);
            uint256 reward = game.rewardOf(job);
            eq(reward, bond * REWARD_BPS / 10_000, "reward");
            (uint256 earlier, uint256 later) = (stakes.creditOf(rival), stakes.creditOf(watcher));
            _collect(job);
            eq(stakes.creditOf(rival) - earlier, reward / 2, "rounded down");
            eq(stakes.creditOf(watcher) - later, reward - reward / 2, "the rest");
            vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToCollect.selector, job.id));
            game.collect(job);
        }
    }

    function _oddJob(uint96 bond) private returns (Job memory) {
        IModelRegistry.Version memory v = _version(modelId, bytes32(uint256(1)));
        (v.minBond, v.fileDigest) = (0, bytes32(uint256(bond)));
        version = _models(publisher).publish(v);
        IJobRegistry.Request memory r = _terms();
        r.bond = bond;
        return _lie(_request(r));
    }

    /// A challenger that committed twice holds both ends: whoever comes between them gets nothing.
    function test_twoCommitments_holdBothHalves() public {
        Job memory job = _lie();
        _commit(job, watcher, _proof(), SALT);
        _commit(job, other, _proof(), MORE);
        _commit(job, watcher, _proof(), LATER);
        _skip(1);
        _convict(job, watcher, _proof(), LATER);
        _convict(job, other, _proof(), MORE);
        eq(game.disputeOf(job.id).beneficiary, other, "for a moment");
        _convict(job, watcher, _proof(), SALT);
        _refused(job, other, MORE);
        _saved(job, 0);
    }

    /// Pieces of a long proof are public before its conclusion: a copier commits between them. A challenger that commits
    /// before the first piece and again before the conclusion keeps both halves.
    function test_attack_copyingThePiecesAndCommitting() public {
        Job memory job = _lie();
        _commit(job, watcher, LONG_PROOF, SALT);
        _skip(1);
        _game(watcher).advance(job, 1, PIECE);
        _commit(job, other, LONG_PROOF, MORE);
        vm.startPrank(other);
        game.advance(job, 1, PIECE);
        game.advance(job, 2, PIECE);
        vm.stopPrank();
        _game(watcher).advance(job, 2, PIECE);
        _commit(job, watcher, LONG_PROOF, LATER);
        _skip(1);
        _convict(job, other, LONG_PROOF, MORE);
        _convict(job, watcher, LONG_PROOF, SALT);
        _convict(job, watcher, LONG_PROOF, LATER);
        vm.prank(other);
        vm.expectPartialRevert(IDisputeGame.NoPriority.selector);
        game.convict(job, LONG_PROOF, MORE);
        _saved(job, 0);
    }

    // ── what no rule on commitments can prevent ──────────────────────────────────────────────────────────────────

    /// Whoever keeps the watcher's transaction out of a block, and has a commitment on each side of the watcher's, takes
    /// both halves: in its place and at its times nothing tells a puppet from an honest watcher.
    function test_limit_aWithheldWatcherLosesBothHalves() public {
        Job memory job = _lie();
        _commit(job, other, _proof(), SALT);
        _commit(job, watcher, _proof(), SALT);
        _commit(job, other, _proof(), LATER);
        _skip(1);
        _convict(job, other, _proof(), SALT);
        _convict(job, other, _proof(), LATER);
        _refused(job, watcher, SALT);
        _saved(job, REWARD);
    }

    /// The same by a commitment in the very second of the watcher's and a conviction before its own.
    function test_limit_aCommitmentInTheSameSecond_andAFrontRunConviction() public {
        Job memory job = _lie();
        _commit(job, other, _proof(), SALT);
        _commit(job, watcher, _proof(), SALT);
        _commitNow(job, other, _proof(), LATER);
        _skip(1);
        _convict(job, other, _proof(), LATER);
        _convict(job, other, _proof(), SALT);
        _refused(job, watcher, SALT);
        _saved(job, REWARD);
    }

    /// A commitment in the same second gains nothing where the watcher convicts first.
    function test_attack_commitmentInTheSameSecond() public {
        Job memory job = _lie();
        _commit(job, watcher, _proof(), SALT);
        _commitNow(job, other, _proof(), LATER);
        _skip(1);
        _convict(job, watcher, _proof(), SALT);
        _refused(job, other, LATER);
        _saved(job, 0);
    }

    /// A liar that convicts itself before anybody committed saves the whole reward, and still loses the rest of its bond;
    /// its requester is compensated.
    function test_limit_selfConvictionBeforeAnybodyCommitted() public {
        Job memory job = _lie();
        _convict(job, other, _proof(), 0);
        _commit(job, watcher, _proof(), SALT);
        _refused(job, watcher, SALT);
        _saved(job, REWARD);
        eq(stakes.creditOf(requester), COMPENSATION, "the requester");
    }

    /// Once a watcher has committed, self-conviction saves half at most.
    function test_attack_selfConvictionAfterACommitment() public {
        Job memory job = _lie();
        _commit(job, other, _proof(), SALT);
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, other, _proof(), SALT);
        _convict(job, watcher, _proof(), SALT);
        _saved(job, REWARD / 2);
    }

    /// A default has one beneficiary: no commitment takes anything of it.
    function test_default_isNotTakenOver() public {
        Job memory job = _lie();
        _commit(job, other, _proof(), SALT);
        _demand(job, watcher, 0, 1);
        _skip(REVEAL_PERIOD + 1);
        game.silence(job, 0);
        _refused(job, other, SALT);
        _saved(job, 0);
    }
}
