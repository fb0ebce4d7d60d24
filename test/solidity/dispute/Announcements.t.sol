// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {DisputeGame} from "../../../contracts/dispute/DisputeGame.sol";
import {Job} from "../../../contracts/types/Job.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev Whoever follows the game's events alone can answer, prove and collect in time.
contract GameAnnouncementsTest is ProtocolTest {
    bytes32 private constant SALT = keccak256("salt");

    function _expect() private {
        vm.expectEmit(address(game));
    }

    function _indices(uint256 from, uint256 to) private pure returns (uint256[] memory list) {
        list = new uint256[](to - from);
        for (uint256 i = from; i < to; ++i) list[i - from] = i;
    }

    function _items(uint256 from, uint256 to) private pure returns (bytes32[] memory list) {
        list = new bytes32[](to - from);
        for (uint256 i = from; i < to; ++i) list[i - from] = bytes32(i);
    }

    function _openedLie() private returns (Job memory job) {
        job = _lyingJob();
        _challenge(job, watcher);
        _open(job, LIE);
    }

    /// Each half has its own owner, who keeps it when the other one passes on.
    function test_convict_saysWhichPartPasses() public {
        Job memory job = _openedLie();
        _commit(job, requester, _proof(), "first");
        uint40 first = uint40(block.timestamp);
        _commit(job, rival, _proof(), "second");
        _commit(job, publisher, _proof(), "third");
        uint256 third = block.timestamp;
        _commit(job, other, _proof(), "last");
        uint40 last = uint40(block.timestamp);
        _skip(1);
        _game(watcher).convict(job, _proof(), 0);
        _expect();
        emit IDisputeGame.RewardTakenOver(job.id, watcher, rival, IDisputeGame.RewardPart.Whole);
        _game(rival).convict(job, _proof(), "second");
        _expect();
        emit IDisputeGame.RewardTakenOver(job.id, rival, requester, IDisputeGame.RewardPart.Earlier);
        _game(requester).convict(job, _proof(), "first");
        _expect();
        emit IDisputeGame.RewardTakenOver(job.id, rival, other, IDisputeGame.RewardPart.Later);
        _game(other).convict(job, _proof(), "last");
        vm.prank(publisher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NoPriority.selector, job.id, third, first, last));
        game.convict(job, _proof(), "third");
        address[4] memory parties = [watcher, rival, requester, other];
        for (uint256 i = 0; i < 4; ++i) {
            eq(game.challengerIndex(job.id, parties[i]), i == 0 ? 1 : 0, "only the challenger has a place");
        }
    }

    function test_bind() public {
        DisputeGame fresh = _newGame(_gameConfig());
        vm.expectEmit(address(fresh));
        emit IDisputeGame.Bound(rival);
        vm.prank(rival);
        fresh.bind();
    }

    function test_challenge_numbersTheChallengers_andGivesTheClocks() public {
        Job memory job = _honestJob();
        (, uint256 deadline) = game.clocksOf(job);
        uint256 openBy = block.timestamp + OPEN_PERIOD;
        _expect();
        emit IDisputeGame.Challenged(job.id, watcher, 1, openBy, deadline);
        _challenge(job, watcher);
        _skip(50);
        _expect();
        emit IDisputeGame.Challenged(job.id, rival, 2, openBy, deadline);
        _challenge(job, rival);
    }

    function test_open_showsTheOpening() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _expect();
        emit IDisputeGame.Opened(job.id, operator, keccak256(HONEST), HONEST, "uri");
        _open(job, HONEST);
    }

    function test_commit_convict_takeOver_collect_andReclaim() public {
        Job memory job = _openedLie();
        bytes32 c = game.commitmentOf(job.id, rival, keccak256(_proof()), SALT);
        _skip(1);
        _expect();
        emit IDisputeGame.Committed(c, rival);
        _game(rival).commit(c);
        _skip(1);
        uint256 reward = BOND * REWARD_BPS / 10_000;
        _expect();
        emit IDisputeGame.ConvictedByProof(job.id, watcher, reward, block.timestamp + REWARD_PERIOD);
        _game(watcher).convict(job, _proof(), SALT);
        _expect();
        emit IDisputeGame.RewardTakenOver(job.id, watcher, rival, IDisputeGame.RewardPart.Whole);
        _game(rival).convict(job, _proof(), SALT);
        _skip(REWARD_PERIOD);
        _expect();
        emit IDisputeGame.RewardCollected(job.id, rival, reward);
        game.collect(job);
        _expect();
        emit IDisputeGame.FeeReclaimed(job.id, watcher, CHALLENGE_FEE);
        _game(watcher).reclaim(job);
    }

    function test_timeout_isAConvictionByDefault() public {
        Job memory job = _honestJob();
        uint256 late = job.claim.time() + OPEN_PERIOD + 1;
        _challenge(job, watcher);
        vm.warp(late);
        _expect();
        emit IDisputeGame.ConvictedByDefault(job.id, watcher, BOND * REWARD_BPS / 10_000, late);
        game.timeout(job);
    }

    function test_resolve_andBurn() public {
        Job memory job = _honestJob();
        _challenge(job, watcher);
        _open(job, HONEST);
        _game(watcher).demand(job, abi.encode(_indices(0, 1)));
        _game(operator).reveal(job.id, abi.encode(_indices(0, 1), HONEST));
        _skip(WINDOW + OPEN_PERIOD + PROVE_PERIOD + 1);
        _expect();
        emit IDisputeGame.Resolved(job.id, operator, CHALLENGE_FEE + DEMAND_FEE);
        game.resolve(job);
        _expect();
        emit IDisputeGame.Burned(BOND * DEMAND_DEPOSIT_BPS / 10_000);
        game.burn();
    }

    /// What was demanded before is not announced again, nor what nobody waits for.
    function test_demandAndReveal_nameWhatIsNew() public {
        Job memory job = _honestJob();
        uint256 revealBy = job.claim.time() + REVEAL_PERIOD;
        _challenge(job, watcher);
        _open(job, HONEST);
        _game(watcher).demand(job, abi.encode(_indices(0, 2)));
        bytes memory wanted = abi.encode(_indices(1, 5));
        _expect();
        emit IDisputeGame.Demanded(job.id, rival, _items(2, 5), revealBy, wanted);
        _game(rival).demand(job, wanted);
        bytes memory shown = abi.encode(_indices(4, 8), HONEST);
        _expect();
        emit IDisputeGame.Revealed(job.id, _items(4, 5), shown);
        _game(operator).reveal(job.id, shown);
        vm.warp(revealBy + 1);
        _expect();
        emit IDisputeGame.Silent(job.id, bytes32(uint256(3)));
        _expect();
        emit IDisputeGame.ConvictedByDefault(job.id, rival, BOND * REWARD_BPS / 10_000, revealBy + 1);
        game.silence(job, bytes32(uint256(3)));
    }

    function test_advance_carries() public {
        Job memory job = _openedLie();
        _expect();
        emit IDisputeGame.Advanced(job.id, watcher, 1, abi.encode(uint256(1)));
        _game(watcher).advance(job, 1, _proof());
    }
}
