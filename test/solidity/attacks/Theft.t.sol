// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {AttackTest} from "./AttackTest.sol";

/// @dev A thief reads the mempool and puts its own transaction first.
contract TheftTest is AttackTest {
    bytes private constant LONG_PROOF = abi.encode(uint256(2) | (1 << 255), LIE);
    bytes private constant PIECE = abi.encode(uint256(2), LIE);

    /// A thief, registered as first challenger even, copies a proof with a commitment of its own and convicts first.
    /// The operator is convicted at once; the reward goes to the earlier commitment.
    function test_attack_copyingTheProof() public {
        _attack(_list(rival), _list(watcher, requester));
        Job memory job = _lyingJob();
        _challenge(job, rival);
        _challenge(job, watcher);
        _open(job, LIE);
        _commit(job, watcher, _proof(), SALT);
        uint256 committed = block.timestamp;
        _commit(job, rival, _proof(), SALT);
        _convict(job, rival, _proof(), SALT);
        _status(job, JobStatus.Convicted);
        _convict(job, watcher, _proof(), SALT);
        vm.prank(rival);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeGame.NoPriority.selector, job.id, committed + 1, committed, committed)
        );
        game.convict(job, _proof(), SALT);
        _collect(job);
        _reclaim(job, rival);
        _reclaim(job, watcher);
        eq(_lost(), 0, "nothing gained");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// A thief that copies all pieces of a long proof and overtakes: who committed goes on to its end and is paid.
    function test_attack_copyingThePieces() public {
        _attack(_list(rival), _list(watcher, requester));
        Job memory job = _opened(LIE, watcher);
        _commit(job, watcher, LONG_PROOF, SALT);
        _skip(1);
        _game(watcher).advance(job, 1, PIECE);
        vm.startPrank(rival);
        game.advance(job, 1, PIECE);
        game.advance(job, 2, PIECE);
        game.convict(job, LONG_PROOF, 0);
        vm.stopPrank();
        vm.startPrank(watcher);
        game.advance(job, 2, PIECE);
        game.convict(job, LONG_PROOF, SALT);
        vm.stopPrank();
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), 0, "nothing gained");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// Making somebody's commitment before them, so that theirs reverts: it names its challenger and counts for them.
    function test_attack_frontRunningACommitment() public {
        _attack(_list(rival), _list(watcher));
        Job memory job = _opened(LIE, watcher);
        bytes32 commitment = game.commitmentOf(job.id, watcher, keccak256(_proof()), SALT);
        _skip(1);
        _game(rival).commit(commitment);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.AlreadyCommitted.selector, commitment));
        game.commit(commitment);
        _skip(1);
        _convict(job, rival, _proof(), SALT);
        _convict(job, watcher, _proof(), SALT);
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), 0, "nothing gained");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// Demanding before the challenger what it is about to demand: it pays nothing, and the answer is for all. On a
    /// true result the thief has paid for the challenger's curiosity.
    function test_attack_frontRunningADemand() public {
        _attack(_list(rival), _list(watcher, requester));
        Job memory job = _opened(LIE, watcher);
        _demand(job, rival, 0, 3);
        bytes memory wanted = abi.encode(_letters(0, 3));
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToDemand.selector, job.id));
        game.demand(job, wanted);
        _reveal(job, operator, LIE, 0, 3);
        _convict(job, watcher, _proof(), 0);
        _collect(job);
        _reclaim(job, rival);
        _reclaim(job, watcher);
        eq(_lost(), 0, "nothing gained");
        eq(_gained(watcher), REWARD, "reward");

        operator = other;
        _attack(_list(rival), _list(watcher, other));
        job = _opened(HONEST, rival);
        _demand(job, rival, 0, 3);
        _reveal(job, other, HONEST, 0, 3);
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE + 3 * (DEMAND_FEE + DEPOSIT), "fees and deposits");
    }

    /// Calling `silence` before the challenger whose demand was not answered: the reward is the demander's.
    function test_attack_frontRunningSilence() public {
        _attack(_list(rival), _list(watcher, requester));
        Job memory job = _opened(LIE, rival);
        _demand(job, watcher, 0, 1);
        vm.warp(uint256(job.claim.time()) + REVEAL_PERIOD + 1);
        _game(rival).silence(job, 0);
        _collect(job);
        _reclaim(job, rival);
        _reclaim(job, watcher);
        eq(_lost(), 0, "nothing gained");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// Copying an operator's answer, whole or in part, so that its own reverts: what is shown is shown, and counts for
    /// the operator.
    function test_attack_frontRunningAReveal() public {
        _attack(_list(rival), _list(operator));
        Job memory job = _opened(HONEST, rival);
        _demand(job, rival, 0, 4);
        _reveal(job, rival, HONEST, 0, 2);
        _reveal(job, operator, HONEST, 0, 4);
        _demand(job, rival, 4, 5);
        _reveal(job, rival, HONEST, 4, 5);
        bytes memory shown = abi.encode(_letters(4, 5), HONEST);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToReveal.selector, job.id));
        game.reveal(job.id, shown);
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE + 5 * (DEMAND_FEE + DEPOSIT), "fees and deposits");
    }

    /// A trace opened in the operator's name by somebody else would convict it: only the operator opens.
    function test_attack_openingInAnothersName() public {
        _attack(_list(rival), _list(operator));
        Job memory job = _honestJob();
        _challenge(job, rival);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NotOperator.selector, job.id, operator, rival));
        game.open(job, "axe", "");
        _open(job, HONEST);
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE, "fee");
    }

    /// What was committed or begun on another chain, in another game or for another job has no priority here.
    function test_attack_replayedCommitment() public {
        _attack(_list(rival), _list(watcher));
        Job memory first = _opened(LIE, watcher);
        Job memory job = _opened(LIE, watcher);
        bytes32 proof = keccak256(_proof());
        bytes32[3] memory elsewhere = [
            keccak256(abi.encode(block.chainid + 1, address(game), job.id, rival, proof, SALT)),
            keccak256(abi.encode(block.chainid, address(this), job.id, rival, proof, SALT)),
            game.commitmentOf(first.id, rival, proof, SALT)
        ];
        _skip(1);
        for (uint256 i = 0; i < 3; ++i) game.commit(elsewhere[i]);
        _commit(job, watcher, _proof(), SALT);
        uint256 committed = block.timestamp;
        _skip(1);
        _convict(job, watcher, _proof(), SALT);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NoPriority.selector, job.id, 0, committed, committed));
        game.convict(job, _proof(), SALT);
        _convict(first, watcher, _proof(), 0);
        _collect(job);
        _collect(first);
        _reclaim(job, watcher);
        _reclaim(first, watcher);
        eq(_lost(), 0, "nothing gained");
        eq(_gained(watcher), 2 * REWARD, "rewards");
    }
}
