// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {DisputeGame} from "../../../contracts/dispute/DisputeGame.sol";
import {AlphabetVerifier} from "../../../contracts/mocks/AlphabetVerifier.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {TermsLib} from "../../../contracts/types/Terms.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

contract DisputeGameTest is ProtocolTest {
    bytes32 private constant SALT = keccak256("salt");

    function _dispute(Job memory job) private view returns (IDisputeGame.Dispute memory) {
        return game.disputeOf(job.id);
    }

    function _deadline(Job memory job) private pure returns (uint256) {
        return uint256(job.claim.time()) + WINDOW + OPEN_PERIOD + PROVE_PERIOD;
    }

    /// @dev A lie, challenged and opened; the proof convicts.
    function _openedLie() private returns (Job memory job) {
        job = _lyingJob();
        _challenge(job, watcher);
        _open(job, LIE);
    }

    function _convict(Job memory job, address by, bytes32 salt) private {
        _game(by).convict(job, _proof(), salt);
    }

    // ── challenge ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_challenge_takesFeeAndHoldsJob() public {
        Job memory job = _honestJob();
        uint256 before = game.balanceOf(watcher);
        _challenge(job, watcher);
        eq(game.balanceOf(watcher), before - CHALLENGE_FEE, "fee");
        _status(job, JobStatus.Challenged);
        eq(game.challengerIndex(job.id, watcher), 1, "index");
        _skip(WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Challenged));
        jobs.finalize(job, "");
    }

    function test_attack_lateChallenge_reverts() public {
        Job memory job = _honestJob();
        Job memory disputed = _honestJob();
        _skip(WINDOW - 1);
        _challenge(disputed, watcher);
        _skip(1);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WindowOver.selector, job.id, block.timestamp));
        game.challenge(job);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WindowOver.selector, disputed.id, block.timestamp));
        game.challenge(disputed);
        jobs.finalize(job, "");
    }

    function test_challenge_oncePerAddress() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.AlreadyChallenger.selector, job.id, watcher));
        game.challenge(job);
    }

    function test_challenge_withoutBalance_reverts() public {
        Job memory job = _honestJob();
        vm.prank(address(0x77));
        vm.expectRevert(abi.encodeWithSelector(ILedger.BalanceTooLow.selector, address(0x77), 0, CHALLENGE_FEE));
        game.challenge(job);
        _status(job, JobStatus.Submitted);
    }

    /// The operator's time is paid in proportion to what it has at stake: in what a challenge costs, in what a failed one
    /// leaves to the operator, and in what a right one gives back.
    function testFuzz_challenge_costsAPartOfTheBond_roundedUp(uint96 more, bool lie) public {
        uint96 bond = BOND + more % (400 * BOND);
        uint256 price = _challengePrice(bond);
        eq(game.challengePrice(bond), price, "price");
        _stakes(operator).bond(address(jobs), bond);
        IJobRegistry.Request memory r = _terms();
        r.bond = bond;
        Job memory job = _submit(_request(r), operator, lie ? bytes("z") : OUTPUT);
        (uint256 watchers, uint256 operators) = (game.balanceOf(watcher), game.balanceOf(operator));
        _challenge(job, watcher);
        eq(game.balanceOf(watcher), watchers - price, "paid");
        if (lie) {
            _skip(OPEN_PERIOD + 1);
            game.timeout(job);
            _game(watcher).reclaim(job);
            eq(game.balanceOf(watcher), watchers, "given back");
        } else {
            _open(job, HONEST);
            vm.warp(_deadline(job) + 1);
            game.resolve(job);
            eq(game.balanceOf(operator), operators + price, "the operator's");
        }
    }

    function test_reclaim_withAnotherBond_reverts() public {
        Job memory job = _lyingJob();
        _challenge(job, watcher);
        _skip(OPEN_PERIOD + 1);
        game.timeout(job);
        job.terms = TermsLib.pack(FEE, 1000 * BOND, 0, WINDOW, uint16(SHARE_BPS));
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        game.reclaim(job);
    }

    function test_challenge_forgedJob_reverts() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        // Another submission time would open the window again.
        Job memory forged = _submitted(job, operator, OUTPUT);
        forged.output = keccak256("other");
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        game.challenge(forged);
    }

    // ── open ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_open_onlyOperatorOnceAndBound() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NotOperator.selector, job.id, operator, rival));
        game.open(job, HONEST, "uri");
        vm.prank(operator);
        vm.expectPartialRevert(AlphabetVerifier.BoundaryMismatch.selector);
        game.open(job, LIE, "uri");
        _open(job, HONEST);
        eq(_dispute(job).traceRoot, keccak256(HONEST), "trace root");
        vm.prank(operator);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeGame.WrongDisputeStatus.selector, job.id, IDisputeGame.DisputeStatus.Opened
            )
        );
        game.open(job, HONEST, "uri");
    }

    function test_open_clockRunsFromFirstChallenge_laterOnesDoNotExtendIt() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _skip(OPEN_PERIOD);
        _challenge(job, rival);
        _open(job, HONEST);

        job = _honestJob();
        _challenge(job, watcher);
        _skip(OPEN_PERIOD + 1);
        _challenge(job, rival);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.OpenPeriodOver.selector, job.id, block.timestamp - 1));
        game.open(job, HONEST, "uri");
    }

    // ── timeout ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_timeout_convictsByDefault_firstChallengerIsRewarded() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _challenge(job, rival);
        _skip(OPEN_PERIOD);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.OpenPeriodNotOver.selector, job.id, block.timestamp));
        game.timeout(job);
        _skip(1);
        uint256 refund = jobs.balanceOf(requester);
        game.timeout(job);
        _status(job, JobStatus.Convicted);
        eq(jobs.balanceOf(requester), refund + FEE, "fee back");
        eq(stakes.creditOf(requester), BOND * COMPENSATION_BPS / 10_000, "compensation");
        eq(stakes.burnable(), BOND * 4000 / 10_000, "burned");
        // No copying is possible, so nothing is held back.
        game.collect(job);
        eq(stakes.creditOf(watcher), BOND * REWARD_BPS / 10_000, "reward");
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToCollect.selector, job.id));
        game.collect(job);
        // The default cannot be taken over.
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NoPriority.selector, job.id, 0, 0, 0));
        game.convict(job, _proof(), SALT);
    }

    function test_timeout_afterOpening_reverts() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _open(job, HONEST);
        _skip(OPEN_PERIOD + 1);
        vm.expectPartialRevert(IDisputeGame.WrongDisputeStatus.selector);
        game.timeout(job);
    }

    // ── convict ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_convict_slashesAtOnce_rewardIsHeld() public {
        Job memory job = _openedLie();
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        uint256 bonded = stakes.bondOf(operator, address(jobs)).bonded;
        uint256 refund = jobs.balanceOf(requester);
        _convict(job, watcher, SALT);
        _status(job, JobStatus.Convicted);
        eq(stakes.bondOf(operator, address(jobs)).bonded, bonded - BOND, "slashed");
        eq(jobs.lockedOf(operator), 0, "unlocked");
        eq(jobs.balanceOf(requester), refund + FEE, "fee back");
        eq(stakes.creditOf(requester), BOND * COMPENSATION_BPS / 10_000, "compensation");
        eq(game.rewardOf(job), BOND * REWARD_BPS / 10_000, "reward held");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeGame.RewardPeriodNotOver.selector, job.id, block.timestamp + REWARD_PERIOD
            )
        );
        game.collect(job);
        _skip(REWARD_PERIOD);
        game.collect(job);
        eq(stakes.creditOf(watcher), BOND * REWARD_BPS / 10_000, "collected");
        uint256 fee = game.balanceOf(watcher);
        _game(watcher).reclaim(job);
        eq(game.balanceOf(watcher), fee + CHALLENGE_FEE, "fee reclaimed");
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReclaim.selector, job.id, watcher));
        game.reclaim(job);
    }

    function test_convict_needsNoRegistration() public {
        Job memory job = _openedLie();
        _convict(job, rival, SALT);
        eq(_dispute(job).beneficiary, rival, "beneficiary");
    }

    function testFuzz_convict_honestTraceNever(uint8 index) public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _open(job, HONEST);
        index = uint8(bound(index, 1, HONEST.length - 1));
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ElementAdmissible.selector, job.id));
        game.convict(job, abi.encode(uint256(index), HONEST), SALT);
        _status(job, JobStatus.Challenged);
    }

    function test_convict_atDeadlineYes_afterItNo() public {
        Job memory late = _openedLie();
        Job memory job = _openedLie();
        vm.warp(_deadline(job));
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeGame.VerdictDeadlineNotPassed.selector, job.id, block.timestamp)
        );
        game.resolve(job);
        _convict(job, watcher, SALT);
        _skip(1);
        vm.prank(watcher);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeGame.VerdictDeadlinePassed.selector, late.id, block.timestamp - 1)
        );
        game.convict(late, _proof(), SALT);
    }

    function test_convict_beforeOpening_reverts() public {
        Job memory job = _lyingJob();
        _challenge(job, watcher);
        vm.prank(watcher);
        vm.expectPartialRevert(IDisputeGame.WrongDisputeStatus.selector);
        game.convict(job, _proof(), SALT);
    }

    function test_convict_proofOfAnotherTrace_reverts() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _open(job, HONEST);
        vm.prank(watcher);
        vm.expectPartialRevert(AlphabetVerifier.NotThisTrace.selector);
        game.convict(job, _proof(), SALT);
    }

    // ── resolve ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_resolve_upholds_feesGoToOperator() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _challenge(job, rival);
        _open(job, HONEST);
        vm.warp(_deadline(job) + 1);
        uint256 before = game.balanceOf(operator);
        game.resolve(job);
        eq(game.balanceOf(operator), before + 2 * CHALLENGE_FEE, "both fees");
        _status(job, JobStatus.Upheld);
        jobs.finalize(job, "");
        _status(job, JobStatus.Final);
        eq(jobs.lockedOf(operator), 0, "unlocked");
        vm.prank(watcher);
        vm.expectPartialRevert(IDisputeGame.WrongDisputeStatus.selector);
        game.reclaim(job);
        vm.expectPartialRevert(IDisputeGame.WrongDisputeStatus.selector);
        game.resolve(job);
    }

    /// However many join and whenever, the dispute ends at the time that was published at the submission.
    function testFuzz_clocksAreConstant(uint8 challengers, uint16 last) public {
        Job memory job = _honestJob();
        uint256 start = job.claim.time();
        _challenge(job, watcher);
        _open(job, HONEST);
        last = uint16(bound(last, 0, WINDOW - 1));
        vm.warp(start + last);
        for (uint160 i = 0; i < challengers % 8; ++i) {
            address a = address(0x1000 + i);
            _game(watcher).deposit(a, CHALLENGE_FEE);
            _challenge(job, a);
        }
        (uint256 before, uint256 deadline) = game.clocksOf(job);
        eq(before, start + WINDOW, "challenges end");
        eq(deadline, start + WINDOW + OPEN_PERIOD + PROVE_PERIOD, "verdict");
        vm.warp(deadline + 1);
        game.resolve(job);
    }

    // ── attacks ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// Copying the proof from the mempool and getting in first: the conviction stands, the reward moves back.
    function test_attack_copyProofFromMempool_gainsNothing() public {
        Job memory job = _openedLie();
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        // The copier sees the watcher's transaction, and puts a commitment and the same proof before it.
        _commit(job, rival, _proof(), "mine");
        _convict(job, rival, "mine");
        eq(_dispute(job).beneficiary, rival, "for a moment");
        _convict(job, watcher, SALT);
        eq(_dispute(job).beneficiary, watcher, "the earlier commitment");
        // And not back again.
        vm.prank(rival);
        vm.expectPartialRevert(IDisputeGame.NoPriority.selector);
        game.convict(job, _proof(), "mine");
        _skip(REWARD_PERIOD);
        game.collect(job);
        eq(stakes.creditOf(watcher), BOND * REWARD_BPS / 10_000, "reward");
        eq(stakes.creditOf(rival), 0, "nothing for copying");
    }

    /// A sock puppet that registered as first challenger beforehand gains no claim to another's proof.
    function test_attack_sockPuppetChallenger_gainsNothing() public {
        Job memory job = _lyingJob();
        _challenge(job, rival);
        _challenge(job, watcher);
        _open(job, LIE);
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, rival, 0);
        _convict(job, watcher, SALT);
        _skip(REWARD_PERIOD);
        game.collect(job);
        eq(stakes.creditOf(watcher), BOND * REWARD_BPS / 10_000, "reward");
        eq(stakes.creditOf(rival), 0, "puppet");
    }

    /// A commitment to some other bytes, made early, proves nothing.
    function test_attack_commitmentToAnotherProof_isNoPriority() public {
        Job memory job = _openedLie();
        bytes memory junk = abi.encode(uint256(1), LIE);
        _commit(job, rival, junk, "r");
        _commit(job, rival, hex"dead", "r");
        _skip(1);
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, watcher, SALT);
        // Committed earlier, but admissible.
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ElementAdmissible.selector, job.id));
        game.convict(job, junk, "r");
        vm.prank(rival);
        vm.expectPartialRevert(IDisputeGame.NoPriority.selector);
        game.convict(job, _proof(), "r");
        eq(_dispute(job).beneficiary, watcher, "kept");
    }

    function test_takeOver_byIndependentEarlierProof_onlyWithinPeriod() public {
        Job memory job = _openedLie();
        // The same lie breaks the step to "x" only; the rival's proof has other bytes but shows the same.
        bytes memory another = abi.encodePacked(abi.encode(uint256(2), LIE), uint256(0));
        _commit(job, rival, another, "r");
        _skip(1);
        _commit(job, watcher, _proof(), SALT);
        _skip(1);
        _convict(job, watcher, SALT);
        _skip(REWARD_PERIOD - 1);
        _game(rival).convict(job, another, "r");
        eq(_dispute(job).laterBeneficiary, watcher, "of one half");
        eq(_dispute(job).beneficiary, rival, "earlier");
        _skip(1);
        vm.prank(watcher);
        vm.expectPartialRevert(IDisputeGame.RewardPeriodOver.selector);
        game.convict(job, _proof(), SALT);
    }

    /// A commitment of the same second is not an earlier one.
    function test_attack_commitInTheSameSecond_countsAsNone() public {
        Job memory job = _openedLie();
        _commit(job, rival, _proof(), "r");
        _convict(job, rival, "r");
        eq(_dispute(job).priority, block.timestamp, "now");
        bytes32 c = game.commitmentOf(job.id, rival, keccak256(_proof()), "r");
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.AlreadyCommitted.selector, c));
        game.commit(c);
    }

    function testFuzz_commitment_bindsEveryPart(uint256 flip, uint8 part) public view {
        if (flip == 0) flip = 1;
        Job memory job;
        (address who, bytes32 proofHash, bytes32 salt) = (rival, keccak256("p"), SALT);
        bytes32 c = game.commitmentOf(job.id, who, proofHash, salt);
        eq(c, keccak256(abi.encode(block.chainid, address(game), job.id, who, proofHash, salt)), "as documented");
        if (part % 3 == 0) who = address(uint160(who) ^ uint160(flip | 1));
        else if (part % 3 == 1) proofHash ^= bytes32(flip);
        else salt ^= bytes32(flip);
        yes(game.commitmentOf(job.id, who, proofHash, salt) != c, "another commitment");
    }

    /// An operator that is its own challenger, requester even, still loses what is burned.
    function test_attack_selfChallenge_loses() public {
        IJobRegistry.Request memory r = _terms();
        Job memory job = _expected(operator, r, INPUT);
        uint256 before = _wealth(operator);
        _jobs(operator).request(r, INPUT);
        job = _submit(job, operator, "z");
        _challenge(job, operator);
        _open(job, LIE);
        _convict(job, operator, 0);
        _skip(REWARD_PERIOD);
        game.collect(job);
        _game(operator).reclaim(job);
        eq(_wealth(operator), before - BOND * 4000 / 10_000, "the burned part is gone");
    }

    /// A puppet's failed or idle challenge neither blocks nor shields: others challenge beside it and convict.
    function test_attack_challengeSlotCapture_doesNotShield() public {
        Job memory job = _lyingJob();
        _challenge(job, rival);
        _open(job, LIE);
        _skip(WINDOW - 1);
        _challenge(job, watcher);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ElementAdmissible.selector, job.id));
        game.convict(job, abi.encode(uint256(1), LIE), 0);
        vm.warp(_deadline(job));
        _convict(job, watcher, 0);
        _status(job, JobStatus.Convicted);
    }

    /// The first challenger's place is overwritten by whoever convicts; its fee is not.
    function test_reclaim_byEveryChallenger_whoeverConvicts() public {
        Job memory job = _lyingJob();
        _challenge(job, watcher);
        _challenge(job, rival);
        _open(job, LIE);
        _commit(job, rival, _proof(), SALT);
        _skip(1);
        _convict(job, other, 0);
        _convict(job, rival, SALT);
        eq(_dispute(job).challengers, 2, "challengers");
        eq(game.challengerIndex(job.id, watcher), 1, "first");
        eq(game.challengerIndex(job.id, rival), 2, "second");
        eq(game.challengerIndex(job.id, other), 0, "none");
        address[2] memory both = [watcher, rival];
        for (uint256 i = 0; i < 2; ++i) {
            uint256 before = game.balanceOf(both[i]);
            _game(both[i]).reclaim(job);
            eq(game.balanceOf(both[i]), before + CHALLENGE_FEE, "fee");
            vm.prank(both[i]);
            vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReclaim.selector, job.id, both[i]));
            game.reclaim(job);
        }
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReclaim.selector, job.id, other));
        game.reclaim(job);
    }

    function test_attack_collectByOthers_paysTheBeneficiary() public {
        Job memory job = _openedLie();
        _convict(job, watcher, 0);
        _skip(REWARD_PERIOD);
        _game(rival).collect(job);
        eq(stakes.creditOf(watcher), BOND * REWARD_BPS / 10_000, "watcher");
        uint256 reward = stakes.creditOf(watcher);
        uint256 before = opg.balanceOf(watcher);
        _stakes(watcher).withdrawCredit(watcher, reward);
        eq(opg.balanceOf(watcher), before + reward, "paid out");
    }

    function _wealth(address who) private view returns (uint256) {
        return opg.balanceOf(who) + jobs.balanceOf(who) + game.balanceOf(who) + stakes.creditOf(who)
            + stakes.bondOf(who, address(jobs)).bonded;
    }

    // ── construction ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_constructor_ranges_revert() public {
        for (uint256 i = 0; i < 13; ++i) {
            DisputeGame.Config memory c = _gameConfig();
            if (i == 0) c.challengeFee = 0;
            if (i == 1) c.challengeFee = uint256(type(uint96).max) + 1;
            if (i == 2) c.openPeriod = 9;
            if (i == 3) c.provePeriod = 30 days + 1;
            if (i == 4) c.rewardPeriod = 0;
            if (i == 5) c.openPeriod = 31 days;
            if (i == 6) c.revealPeriod = 0;
            if (i == 7) c.revealPeriod = PROVE_PERIOD / 8 + 1;
            if (i == 8) c.maxOpenDemands = 15;
            if (i == 9) c.maxOpenDemands = 1025;
            if (i == 10) c.demandFee = 0;
            if (i == 11) c.demandDepositBps = 10_001;
            if (i == 12) c.challengeFeeBps = 101;
            vm.expectPartialRevert(IDisputeGame.ParameterOutOfRange.selector);
            _newGame(c);
        }
    }

    function test_unboundGame_hasNoMoves() public {
        Job memory job = _honestJob();
        DisputeGame fresh = _newGame(_gameConfig());
        vm.expectRevert(IDisputeGame.NotBound.selector);
        fresh.challenge(job);
    }
}
