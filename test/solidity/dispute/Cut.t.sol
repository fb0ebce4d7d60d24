// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {ILocker, IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {ClaimLib} from "../../../contracts/types/Claim.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobIdLib} from "../../../contracts/types/JobId.sol";
import {TermsLib} from "../../../contracts/types/Terms.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev A jobs registry that forgot to count its locks: bonds stand behind more claims than they cover. Otherwise it
/// believes every job that it is shown.
contract ForgetfulRegistry is ILocker {
    IStakeRegistry private immutable _stakes;
    address private immutable _game;

    constructor(IStakeRegistry stakes, IDisputeGame game) {
        (_stakes, _game) = (stakes, address(game));
        game.bind();
    }

    function lockedOf(address) external pure returns (uint256) {
        return 0;
    }

    function hold(Job calldata) external {}

    function read(Job calldata) external pure returns (JobStatus, uint256) {
        return (JobStatus.Challenged, 0);
    }

    function convict(Job calldata job) external returns (uint256, uint256) {
        return _stakes.slash(job.claim.operator(), job.terms.bond(), job.id.requester(), _game);
    }
}

/// @dev Where a slash takes less than the bond, there is a verdict all the same, and its reward is what was credited for
/// it: none is paid out of another's.
contract CutSlashTest is ProtocolTest {
    address private _first = address(0x51);
    address private _second = address(0x52);
    address private _third = address(0x53);

    function setUp() public override {
        super.setUp();
        game = _newGame(_gameConfig());
        address registry = address(new ForgetfulRegistry(stakes, game));
        address[3] memory challengers = [_first, _second, _third];
        opg.approve(address(game), type(uint256).max);
        for (uint256 i = 0; i < 3; ++i) game.deposit(challengers[i], 1_000e18);
        // Enough for one claim and a half.
        _stakes(operator).bond(registry, BOND + BOND / 2);
    }

    function _lie(uint64 nonce) private view returns (Job memory job) {
        job.id = JobIdLib.pack(requester, nonce);
        job.version = version;
        job.input = _inline(INPUT);
        job.terms = TermsLib.pack(FEE, BOND, 0, WINDOW, uint16(SHARE_BPS));
        uint40 now_ = uint40(block.timestamp);
        job.claim = ClaimLib.pack(operator, now_ + 1000, now_, false);
        job.output = _inline("z");
    }

    function _convicted(uint64 nonce, address by, bool byProof) private returns (Job memory job) {
        job = _lie(nonce);
        _challenge(job, by);
        if (byProof) {
            _open(job, LIE);
            _game(by).convict(job, _proof(), 0);
        } else {
            _skip(OPEN_PERIOD + 1);
            game.timeout(job);
        }
        eq(uint256(game.disputeOf(job.id).status), uint256(IDisputeGame.DisputeStatus.Convicted), "a verdict");
    }

    function _rewardOf(uint256 taken) private pure returns (uint256) {
        return taken * REWARD_BPS / 10_000;
    }

    function _collects(Job memory job, address by, uint256 reward) private {
        uint256 held = stakes.creditOf(address(game));
        game.collect(job);
        eq(stakes.creditOf(by), reward, "its own");
        eq(stakes.creditOf(address(game)), held - reward, "and nobody else's");
        eq(game.rewardOf(job), 0, "collected");
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToCollect.selector, job.id));
        game.collect(job);
    }

    /// A whole slash, a cut one and one that found nothing, by proof or default, collected in any order.
    function testFuzz_attack_cutSlash_paysWhatWasCredited(uint8 order, bool[3] memory byProof) public {
        Job[3] memory jobs_ =
            [_convicted(1, _first, byProof[0]), _convicted(2, _second, byProof[1]), _convicted(3, _third, byProof[2])];
        eq(game.rewardOf(jobs_[0]), _rewardOf(BOND), "the whole");
        eq(game.rewardOf(jobs_[1]), _rewardOf(BOND / 2), "cut");
        eq(game.rewardOf(jobs_[2]), 0, "nothing was left");
        eq(stakes.creditOf(address(game)), _rewardOf(BOND) + _rewardOf(BOND / 2), "credited for the two");
        _skip(REWARD_PERIOD);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToCollect.selector, jobs_[2].id));
        game.collect(jobs_[2]);
        if (order % 2 == 0) _collects(jobs_[0], _first, _rewardOf(BOND));
        _collects(jobs_[1], _second, _rewardOf(BOND / 2));
        if (order % 2 == 1) _collects(jobs_[0], _first, _rewardOf(BOND));
        eq(stakes.creditOf(_third), 0, "nothing for the third");
        eq(stakes.creditOf(address(game)), 0, "nothing is left");
    }

    /// What a slash took says nothing of who was there first.
    function test_cutSlash_leavesTheChallengersTheirPlaces() public {
        _convicted(1, _first, true);
        Job memory byTimeout = _convicted(2, _second, false);
        eq(game.challengerIndex(byTimeout.id, _second), 1, "the first challenger");
        Job memory bySilence = _lie(3);
        _challenge(bySilence, _second);
        _open(bySilence, LIE);
        uint256[] memory indices = new uint256[](1);
        _game(_third).demand(bySilence, abi.encode(indices));
        _skip(REVEAL_PERIOD + 1);
        game.silence(bySilence, 0);
        eq(game.challengerIndex(bySilence.id, _second), 1, "still the first challenger");
        eq(game.challengerIndex(bySilence.id, _third), 0, "who demanded has challenged nothing");
        uint256 before = game.balanceOf(_second);
        vm.startPrank(_second);
        game.reclaim(byTimeout);
        game.reclaim(bySilence);
        vm.stopPrank();
        eq(game.balanceOf(_second), before + 2 * CHALLENGE_FEE, "and has its fees back");
    }

    /// The halves of a cut reward are halves of what was credited.
    function test_cutSlash_isHalvedToo() public {
        _convicted(1, _first, true);
        Job memory job = _lie(2);
        _skip(1);
        _challenge(job, _second);
        _open(job, LIE);
        _commit(job, _second, _proof(), "early");
        _commit(job, _third, _proof(), "late");
        _skip(1);
        _game(_second).convict(job, _proof(), "early");
        _game(_third).convict(job, _proof(), "late");
        _skip(REWARD_PERIOD);
        game.collect(job);
        uint256 reward = _rewardOf(BOND / 2);
        eq(stakes.creditOf(_second), reward / 2, "the earlier half");
        eq(stakes.creditOf(_third), reward - reward / 2, "the later half");
        eq(stakes.creditOf(address(game)), _rewardOf(BOND), "the first job's is there");
    }
}
