// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {DisputeGame} from "../../../contracts/dispute/DisputeGame.sol";
import {AlphabetVerifier} from "../../../contracts/mocks/AlphabetVerifier.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

contract DemandsTest is ProtocolTest {
    uint256 private constant DEPOSIT = BOND * DEMAND_DEPOSIT_BPS / 10_000;
    uint256 private constant ITEM_PRICE = DEMAND_FEE + DEPOSIT;

    function _opened(bytes memory trace) private returns (Job memory job) {
        job = _submit(_request(), operator, abi.encodePacked(trace[trace.length - 1]));
        _challenge(job, watcher);
        _open(job, trace);
    }

    function _indices(uint256 from, uint256 to) private pure returns (uint256[] memory list) {
        list = new uint256[](to - from);
        for (uint256 i = from; i < to; ++i) list[i - from] = i;
    }

    function _demand(Job memory job, address by, uint256 from, uint256 to) private {
        _game(by).demand(job, abi.encode(_indices(from, to)));
    }

    function _reveal(Job memory job, bytes memory trace, uint256 from, uint256 to) private {
        _game(job.claim.operator()).reveal(job.id, abi.encode(_indices(from, to), trace));
    }

    function _deadline(Job memory job) private pure returns (uint256) {
        return uint256(job.claim.time()) + WINDOW + OPEN_PERIOD + PROVE_PERIOD;
    }

    function _status(Job memory job) private view returns (uint256) {
        return uint256(game.disputeOf(job.id).status);
    }

    // ── demand ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_demand_takesFeeAndDepositPerItem() public {
        Job memory job = _opened(HONEST);
        uint256 before = game.balanceOf(rival);
        _demand(job, rival, 1, 4);
        eq(game.balanceOf(rival), before - 3 * ITEM_PRICE, "paid");
        eq(game.paidOf(job.id, rival), 3 * ITEM_PRICE, "paid in the dispute");
        IDisputeGame.Demands memory demands = game.demandsOf(job.id);
        eq(demands.open, 3, "open");
        eq(demands.made, 3, "demanded");
        eq(demands.verifier, verifier, "of the version's verifier");
        (address demander, uint256 revealBy, bool revealed) = game.demandOf(job.id, bytes32(uint256(2)));
        eq(demander, rival, "demander");
        eq(revealBy, block.timestamp + REVEAL_PERIOD, "revealBy");
        eq(revealed ? 1 : 0, 0, "revealed");
    }

    function test_demand_whatIsKnownOrPendingCostsNothing() public {
        Job memory job = _opened(HONEST);
        _demand(job, watcher, 0, 2);
        _reveal(job, HONEST, 0, 1);
        _demand(job, rival, 0, 3);
        eq(game.paidOf(job.id, rival), ITEM_PRICE, "only item 2 is new");
        eq(game.demandsOf(job.id).open, 2, "open");
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToDemand.selector, job.id));
        game.demand(job, abi.encode(_indices(0, 3)));
    }

    function test_demand_ofWhatNoTraceHas_reverts() public {
        Job memory job = _opened(HONEST);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(AlphabetVerifier.NoSuchElement.selector, 26));
        game.demand(job, abi.encode(_indices(25, 27)));
    }

    function test_demand_withoutBalance_reverts() public {
        Job memory job = _opened(HONEST);
        vm.prank(address(0x77));
        vm.expectRevert(abi.encodeWithSelector(ILedger.BalanceTooLow.selector, address(0x77), 0, ITEM_PRICE));
        game.demand(job, abi.encode(_indices(0, 1)));
        eq(game.demandsOf(job.id).open, 0, "nothing demanded");
    }

    function test_demand_onlyWhileOpened() public {
        Job memory job = _honestJob();
        bytes memory wanted = abi.encode(_indices(0, 1));
        _expectWrongStatus(job, IDisputeGame.DisputeStatus.None);
        game.demand(job, wanted);
        _challenge(job, watcher);
        _expectWrongStatus(job, IDisputeGame.DisputeStatus.Challenged);
        game.demand(job, wanted);
        _open(job, HONEST);
        vm.warp(_deadline(job) + 1);
        game.resolve(job);
        _expectWrongStatus(job, IDisputeGame.DisputeStatus.Upheld);
        game.demand(job, wanted);
    }

    function _expectWrongStatus(Job memory job, IDisputeGame.DisputeStatus status) private {
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.WrongDisputeStatus.selector, job.id, status));
    }

    function test_demand_forgedJob_reverts() public {
        Job memory job = _opened(HONEST);
        // A later submission would put off the deadline.
        vm.warp(block.timestamp + 10);
        Job memory forged = _submitted(job, operator, OUTPUT);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        game.demand(forged, abi.encode(_indices(0, 1)));
    }

    function test_demand_fallsDueByTheVerdictDeadline() public {
        Job memory job = _opened(HONEST);
        uint256 demandBy = _deadline(job) - REVEAL_PERIOD;
        vm.warp(demandBy);
        _demand(job, watcher, 0, 1);
        vm.warp(demandBy + 1);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.DemandPeriodOver.selector, job.id, demandBy));
        game.demand(job, abi.encode(_indices(1, 2)));
    }

    /// A place for every demand that is open; none more, however they are spread over demanders.
    function test_demand_openOnesAreBounded() public {
        Job memory job = _opened(HONEST);
        _demand(job, watcher, 0, MAX_OPEN_DEMANDS - 1);
        vm.prank(watcher);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeGame.TooManyDemands.selector, job.id, MAX_OPEN_DEMANDS - 1, 2, MAX_OPEN_DEMANDS
            )
        );
        game.demand(job, abi.encode(_indices(20, 22)));
        _demand(job, watcher, 20, 21);
        _reveal(job, HONEST, 0, 1);
        _demand(job, watcher, 21, 22);
        eq(game.demandsOf(job.id).open, MAX_OPEN_DEMANDS, "full again");
    }

    // ── reveal ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_reveal_answersEverybodysDemands_inAnyOrder() public {
        Job memory job = _opened(HONEST);
        _demand(job, watcher, 0, 2);
        _demand(job, rival, 2, 4);
        _reveal(job, HONEST, 1, 3);
        (,, bool revealed) = game.demandOf(job.id, bytes32(uint256(1)));
        eq(revealed ? 1 : 0, 1, "revealed");
        eq(game.demandsOf(job.id).open, 2, "open");
        // Whoever has them may answer; what was shown before is passed over.
        _game(other).reveal(job.id, abi.encode(_indices(0, 5), HONEST));
        eq(game.demandsOf(job.id).open, 0, "all answered");
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReveal.selector, job.id));
        game.reveal(job.id, abi.encode(_indices(0, 5), HONEST));
    }

    function test_reveal_ofWhatNobodyAskedFor_reverts() public {
        Job memory job = _opened(HONEST);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReveal.selector, job.id));
        game.reveal(job.id, abi.encode(_indices(0, 5), HONEST));
        _demand(job, watcher, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReveal.selector, job.id));
        game.reveal(job.id, abi.encode(_indices(1, 5), HONEST));
        eq(game.demandsOf(job.id).open, 1, "still open");
    }

    function test_reveal_ofAnotherTrace_reverts() public {
        Job memory job = _opened(HONEST);
        _demand(job, watcher, 0, 1);
        vm.prank(operator);
        vm.expectRevert(
            abi.encodeWithSelector(AlphabetVerifier.NotThisTrace.selector, keccak256(HONEST), keccak256(LIE))
        );
        game.reveal(job.id, abi.encode(_indices(0, 1), LIE));
    }

    function test_reveal_inTimeOrNever() public {
        Job memory job = _opened(HONEST);
        _demand(job, watcher, 0, 1);
        (, uint256 revealBy,) = game.demandOf(job.id, bytes32(0));
        _skip(1);
        _demand(job, watcher, 1, 2);
        vm.warp(revealBy + 1);
        vm.prank(operator);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeGame.RevealPeriodOver.selector, job.id, bytes32(0), revealBy)
        );
        game.reveal(job.id, abi.encode(_indices(0, 2), HONEST));
        _reveal(job, HONEST, 1, 2);
        eq(game.demandsOf(job.id).open, 1, "the late one stays open");
    }

    function test_reveal_onlyWhileOpened() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _expectWrongStatus(job, IDisputeGame.DisputeStatus.Challenged);
        game.reveal(job.id, abi.encode(_indices(0, 1), HONEST));
    }

    // ── silence ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_silence_convicts_andPaysWhoDemanded() public {
        Job memory job = _opened(LIE);
        _demand(job, rival, 3, 4);
        (, uint256 revealBy,) = game.demandOf(job.id, bytes32(uint256(3)));
        vm.warp(revealBy);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeGame.RevealPeriodNotOver.selector, job.id, bytes32(uint256(3)), revealBy
            )
        );
        game.silence(job, bytes32(uint256(3)));
        vm.warp(revealBy + 1);
        _game(other).silence(job, bytes32(uint256(3)));
        _status(job, JobStatus.Convicted);
        game.collect(job);
        eq(stakes.creditOf(rival), BOND * REWARD_BPS / 10_000, "reward");
        _expectWrongStatus(job, IDisputeGame.DisputeStatus.Convicted);
        game.silence(job, bytes32(uint256(3)));
    }

    function test_silence_returnsEverythingToAllWhoPaid() public {
        uint256 first = game.balanceOf(watcher);
        uint256 second = game.balanceOf(rival);
        Job memory job = _opened(LIE);
        _challenge(job, rival);
        _demand(job, watcher, 0, 2);
        _demand(job, rival, 2, 3);
        _skip(REVEAL_PERIOD + 1);
        game.silence(job, bytes32(uint256(2)));
        _game(watcher).reclaim(job);
        _game(rival).reclaim(job);
        eq(game.balanceOf(watcher), first, "watcher");
        eq(game.balanceOf(rival), second, "rival");
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReclaim.selector, job.id, watcher));
        game.reclaim(job);
        eq(opg.balanceOf(address(game)), _sumOfBalances(), "solvent");
    }

    function test_silence_ofWhatIsAnsweredOrNeverAsked_reverts() public {
        Job memory job = _opened(HONEST);
        _demand(job, watcher, 0, 1);
        _reveal(job, HONEST, 0, 1);
        _skip(REVEAL_PERIOD + 1);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NotDemanded.selector, job.id, bytes32(i)));
            game.silence(job, bytes32(i));
        }
    }

    /// The last second for a demand, and an operator that lets the verdict deadline pass over it.
    function test_silence_cannotBeOutrunByTheDeadline() public {
        Job memory job = _opened(LIE);
        vm.warp(_deadline(job) - REVEAL_PERIOD);
        _demand(job, watcher, 0, 1);
        vm.warp(_deadline(job) + 1);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.DemandsUnanswered.selector, job.id, 1));
        game.resolve(job);
        vm.prank(operator);
        vm.expectPartialRevert(IDisputeGame.RevealPeriodOver.selector);
        game.reveal(job.id, abi.encode(_indices(0, 1), LIE));
        _skip(365 days);
        game.silence(job, bytes32(0));
        _status(job, JobStatus.Convicted);
    }

    function test_convictByProof_returnsDemandsToo() public {
        uint256 before = game.balanceOf(watcher);
        Job memory job = _opened(LIE);
        _demand(job, watcher, 0, 5);
        _reveal(job, LIE, 0, 5);
        vm.startPrank(watcher);
        game.convict(job, _proof(), 0);
        game.reclaim(job);
        vm.stopPrank();
        eq(game.balanceOf(watcher), before, "all back");
    }

    // ── upheld ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_resolve_feesToOperator_depositsBurned() public {
        Job memory job = _opened(HONEST);
        _demand(job, watcher, 0, 3);
        _demand(job, rival, 3, 5);
        _reveal(job, HONEST, 0, 5);
        uint256 before = game.balanceOf(operator);
        vm.warp(_deadline(job) + 1);
        game.resolve(job);
        eq(game.balanceOf(operator), before + CHALLENGE_FEE + 5 * DEMAND_FEE, "fees");
        uint256 dead = opg.balanceOf(game.DEAD());
        eq(game.burn(), 5 * DEPOSIT, "burned");
        eq(opg.balanceOf(game.DEAD()), dead + 5 * DEPOSIT, "at the dead address");
        eq(opg.balanceOf(address(game)), _sumOfBalances(), "solvent");
        vm.expectRevert(IDisputeGame.NothingToBurn.selector);
        game.burn();
    }

    function test_demandPrice_roundsTheDepositUp() public view {
        (uint256 fee, uint256 deposit) = game.demandPrice(BOND + 1);
        eq(fee, DEMAND_FEE, "fee");
        eq(deposit, DEPOSIT + 1, "deposit");
    }

    /// Keeping every place taken until the end costs more than two bonds, at any parameters that a game accepts.
    function testFuzz_fillingAllPlacesCostsTwoBonds(uint256 provePeriod, uint256 revealPeriod, uint256 places) public {
        DisputeGame.Config memory c = _gameConfig();
        c.provePeriod = 10 + provePeriod % (30 days - 9);
        c.revealPeriod = 1 + revealPeriod % (c.provePeriod / 8);
        c.maxOpenDemands = 16 + places % 1009;
        uint256 seconds_ = c.provePeriod - c.revealPeriod;
        c.demandDepositBps = (20_000 * c.revealPeriod - 1) / (c.maxOpenDemands * seconds_) + 1;
        DisputeGame accepted = _newGame(c);
        (, uint256 deposit) = accepted.demandPrice(BOND);
        eq(c.maxOpenDemands * seconds_ * deposit >= 2 * BOND * c.revealPeriod ? 1 : 0, 1, "two bonds");
        c.demandDepositBps -= 1;
        vm.expectPartialRevert(IDisputeGame.ParameterOutOfRange.selector);
        _newGame(c);
    }

    // ── long elements ────────────────────────────────────────────────────────────────────────────────────────────

    function _long(bytes memory trace) private pure returns (bytes memory) {
        return abi.encode(uint256(2) | (1 << 255), trace);
    }

    function _advance(Job memory job, address by, uint256 until) private {
        _game(by).advance(job, until, abi.encode(uint256(2), LIE));
    }

    function test_advance_convictsInPieces() public {
        Job memory job = _opened(LIE);
        bytes memory proof = _long(LIE);
        bytes32 given = keccak256(abi.encode(uint256(2), uint256(2)));
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ProgressMismatch.selector, job.id, 0, given));
        game.convict(job, proof, 0);
        _advance(job, watcher, 1);
        bytes32 held = game.progressOf(job.id, watcher);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ProgressMismatch.selector, job.id, held, given));
        game.convict(job, proof, 0);
        _advance(job, watcher, 2);
        _game(watcher).convict(job, proof, 0);
        _status(job, JobStatus.Convicted);
    }

    function test_advance_isTheCallersOwn_perDispute() public {
        Job memory job = _opened(LIE);
        Job memory second = _opened(LIE);
        _advance(job, watcher, 1);
        _advance(second, watcher, 1);
        _advance(job, rival, 1);
        _advance(job, watcher, 2);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(i == 0 ? rival : watcher);
            vm.expectPartialRevert(IDisputeGame.ProgressMismatch.selector);
            game.convict(i == 0 ? job : second, _long(LIE), 0);
        }
        _advance(second, watcher, 2);
        vm.startPrank(watcher);
        game.convict(job, _long(LIE), 0);
        game.convict(second, _long(LIE), 0);
        vm.stopPrank();
    }

    /// A piece goes on from where the caller's own pieces ended, and from nowhere else.
    function test_advance_fromWhereItWasNot_reverts() public {
        Job memory job = _opened(LIE);
        _advance(job, rival, 1);
        bytes32 given = game.progressOf(job.id, rival);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ProgressMismatch.selector, job.id, 0, given));
        game.advance(job, 2, abi.encode(uint256(2), LIE));
        eq(game.progressOf(job.id, watcher), 0, "nothing came of it");
    }

    function test_advance_startsAnewAtAnyTime() public {
        Job memory job = _opened(LIE);
        _advance(job, watcher, 1);
        bytes32 progress = game.progressOf(job.id, watcher);
        _advance(job, watcher, 2);
        _advance(job, watcher, 1);
        eq(game.progressOf(job.id, watcher), progress, "back at the start");
    }

    function test_advance_endsWithTheDispute() public {
        Job memory job = _opened(LIE);
        _advance(job, watcher, 1);
        vm.warp(_deadline(job) + 1);
        vm.prank(watcher);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeGame.VerdictDeadlinePassed.selector, job.id, _deadline(job))
        );
        game.advance(job, 2, abi.encode(uint256(2), LIE));
        game.resolve(job);
        vm.prank(watcher);
        _expectWrongStatus(job, IDisputeGame.DisputeStatus.Upheld);
        game.advance(job, 2, abi.encode(uint256(2), LIE));
    }

    /// A thief copies all pieces and is faster; who committed first goes on and takes the reward over.
    function test_attack_copiedPieces_gainNothing() public {
        Job memory job = _opened(LIE);
        bytes memory proof = _long(LIE);
        _commit(job, watcher, proof, "salt");
        _skip(1);
        _advance(job, watcher, 1);
        _advance(job, rival, 1);
        _advance(job, rival, 2);
        _game(rival).convict(job, proof, 0);
        _advance(job, watcher, 2);
        _game(watcher).convict(job, proof, "salt");
        eq(game.disputeOf(job.id).beneficiary, watcher, "beneficiary");
        _skip(REWARD_PERIOD);
        vm.prank(rival);
        _expectWrongStatus(job, IDisputeGame.DisputeStatus.Convicted);
        game.advance(job, 1, abi.encode(uint256(2), LIE));
    }

    function test_advance_afterADefault_reverts() public {
        Job memory job = _opened(LIE);
        _demand(job, watcher, 0, 1);
        _skip(REVEAL_PERIOD + 1);
        game.silence(job, bytes32(0));
        vm.prank(watcher);
        _expectWrongStatus(job, IDisputeGame.DisputeStatus.Convicted);
        game.advance(job, 1, abi.encode(uint256(2), LIE));
    }

    function _sumOfBalances() private view returns (uint256 sum) {
        address[6] memory parties = [operator, other, requester, watcher, rival, publisher];
        for (uint256 i = 0; i < parties.length; ++i) sum += game.balanceOf(parties[i]);
        sum += game.balanceOf(game.DEAD());
    }
}
