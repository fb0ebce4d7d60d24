// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {DisputeGame} from "../../../contracts/dispute/DisputeGame.sol";
import {JobRegistry} from "../../../contracts/jobs/JobRegistry.sol";
import {MockConsumer} from "../../../contracts/mocks/MockConsumer.sol";
import {OPG} from "../../../contracts/token/OPG.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {AttackTest} from "./AttackTest.sol";

/// @dev Attacks from outside the game: callbacks, stale and foreign structs, unbounded work, privileges.
contract BoundariesTest is AttackTest {
    uint24 private constant CALLBACK_GAS = 300_000;

    function _consumerJob(MockConsumer consumer) private returns (Job memory job) {
        IJobRegistry.Request memory r = _terms();
        r.callbackGas = CALLBACK_GAS;
        job = _expected(address(consumer), r, INPUT);
        consumer.act(address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
        return _submit(job, operator, OUTPUT);
    }

    /// A requester whose callback reverts, burns its gas or returns a megabyte, so that its operator is not paid: it is
    /// paid first, and the cost is bounded by what the requester set.
    function test_attack_callbackGriefing() public {
        MockConsumer consumer = MockConsumer(_create("MockConsumer", ""));
        jobs.deposit(address(consumer), 1_000e18);
        for (uint256 mood = 1; mood <= 3; ++mood) {
            Job memory job = _consumerJob(consumer);
            consumer.setMood(MockConsumer.Mood(mood));
            _attack(_list(address(consumer)), _list(operator));
            _at(job, WINDOW);
            uint256 gas_ = gasleft();
            jobs.finalize(job, OUTPUT);
            yes(gas_ - gasleft() < uint256(CALLBACK_GAS) + 100_000, "bounded");
            eq(_gained(operator), FEE - SHARE, "paid");
            eq(_lost(), 0, "the fee was paid at the request");
            eq(jobs.lockedOf(operator), 0, "free again");
        }
    }

    /// A callback that calls back in: the same job again, another job of its own, its balance, a dispute. Every one
    /// finds the books closed.
    function test_attack_callbackReentrancy() public {
        MockConsumer consumer = MockConsumer(_create("MockConsumer", ""));
        jobs.deposit(address(consumer), 1_000e18);
        Job memory job = _consumerJob(consumer);
        bytes[4] memory calls = [
            abi.encodeCall(jobs.finalize, (job, OUTPUT)),
            abi.encodeCall(jobs.retryCallback, (job, OUTPUT)),
            abi.encodeCall(jobs.cancel, (job)),
            abi.encodeCall(game.challenge, (job))
        ];
        for (uint256 i = 0; i < 4; ++i) {
            if (i != 0) job = _consumerJob(consumer);
            if (i == 1) calls[1] = abi.encodeCall(jobs.retryCallback, (job, OUTPUT));
            if (i == 2) calls[2] = abi.encodeCall(jobs.cancel, (job));
            if (i == 3) calls[3] = abi.encodeCall(game.challenge, (job));
            consumer.setReentry(i == 3 ? address(game) : address(jobs), calls[i]);
            _attack(_list(address(consumer)), _list(operator));
            _at(job, WINDOW);
            jobs.finalize(job, OUTPUT);
            yes(!consumer.reentered(), "refused");
            eq(consumer.results(), i + 1, "delivered once");
            eq(_gained(operator), FEE - SHARE, "paid once");
            eq(_lost(), 0, "nothing gained");
        }
        // Its balance it may take, once.
        job = _consumerJob(consumer);
        uint256 all = jobs.balanceOf(address(consumer));
        consumer.setReentry(address(jobs), abi.encodeCall(ILedger.withdraw, (address(consumer), all)));
        _attack(_list(address(consumer)), _list(operator));
        _at(job, WINDOW);
        jobs.finalize(job, OUTPUT);
        yes(consumer.reentered(), "its own");
        eq(_lost(), 0, "nothing gained");
    }

    /// A late result, a second one, a result settled twice, and a model swapped under a job: all refused.
    function test_attack_staleAndDuplicatedResults() public {
        _attack(_list(rival, publisher), _list(operator));
        Job memory job = _request();
        Job memory late = _request();
        // The publisher withdraws the version and offers a costlier program under the same model.
        IModelRegistry.Version memory v = _version(modelId, bytes32(uint256(77)));
        v.price = 9e18;
        vm.startPrank(publisher);
        bytes32 swapped = models.publish(v);
        models.deprecate(version, swapped);
        vm.stopPrank();
        Job memory forged = _expected(requester, _terms(), INPUT);
        forged.id = job.id;
        forged.version = swapped;
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        jobs.submit(forged, OUTPUT);

        job = _submit(job, operator, OUTPUT);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Submitted));
        jobs.submit(job, "z");
        vm.warp(uint256(late.claim.deadline()) + 1);
        vm.prank(rival);
        vm.expectRevert(
            abi.encodeWithSelector(IJobRegistry.DeadlinePassed.selector, late.id, uint256(late.claim.deadline()))
        );
        jobs.submit(late, OUTPUT);
        jobs.refund(late);
        jobs.finalize(job, "");
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, job.id, JobStatus.Final));
        jobs.finalize(job, "");
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.WrongStatus.selector, late.id, JobStatus.Refunded));
        jobs.refund(late);
        eq(_lost(), 0, "nothing gained");
        eq(_gained(operator), FEE - SHARE, "paid once");
    }

    /// A job, a permit or a dispute of one deployment shown to another: unknown there. Ids and commitments name their
    /// requester, game and chain, and no move depends on a signature but the token's own permit.
    function test_attack_crossContractReplay() public {
        _attack(_list(operator), _list(rival, requester));
        DisputeGame otherGame = _newGame(_gameConfig());
        JobRegistry otherJobs = _newJobs(otherGame, _jobsConfig());
        Job memory job = _opened(LIE, rival);
        vm.startPrank(rival);
        opg.approve(address(otherGame), type(uint256).max);
        otherGame.deposit(rival, CHALLENGE_FEE);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        otherGame.challenge(job);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        otherJobs.refund(job);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheGame.selector, rival));
        jobs.convict(job);
        otherGame.withdraw(rival, CHALLENGE_FEE);
        vm.stopPrank();
        // The bond stands behind one registry; the other's game reaches none of it.
        eq(stakes.bondOf(operator, address(otherJobs)).bonded, 0, "no bond there");
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("OpenGradient"),
                keccak256("1"),
                block.chainid,
                address(opg)
            )
        );
        eq(OPG(address(opg)).DOMAIN_SEPARATOR(), domain, "the permit names chain and token");
        _convict(job, rival, _proof(), 0);
        _reclaim(job, rival);
        _collect(job);
        eq(_lost(), BOND, "slashed here, once");
    }

    /// So many challengers and demands that ending the dispute costs more than a block holds: it costs the same.
    function test_attack_resolutionBricking() public {
        Job memory alone = _opened(HONEST, watcher);
        address[] memory puppets = _puppets(60);
        _attack(puppets, _list(operator));
        Job memory crowded = _honestJob();
        for (uint256 i = 0; i < 60; ++i) _challenge(crowded, puppets[i]);
        _open(crowded, HONEST);
        _demand(crowded, puppets[0], 0, 16);
        _reveal(crowded, operator, HONEST, 0, 16);
        _demand(crowded, puppets[1], 16, 26);
        _reveal(crowded, operator, HONEST, 16, 26);
        _untilAfterDeadline(crowded);
        uint256 first = gasleft();
        game.resolve(alone);
        first -= gasleft();
        uint256 second = gasleft();
        game.resolve(crowded);
        second -= gasleft();
        // The burned deposits make one more word that was zero.
        yes(second < first + 30_000, "constant");
        jobs.finalize(crowded, "");
        eq(_lost(), 60 * CHALLENGE_FEE + 26 * (DEMAND_FEE + DEPOSIT), "fees and deposits");
    }

    /// Whoever deployed the contracts, published the model, or holds most of the token asks for a verdict, a bond or a
    /// pause: nobody has more to say than anybody else.
    function test_attack_adminOverride() public {
        _attack(_list(address(this), publisher, rival), _list(operator));
        Job memory job = _honestJob();
        address[3] memory mighty = [address(this), publisher, rival];
        for (uint256 i = 0; i < 3; ++i) {
            vm.startPrank(mighty[i]);
            vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheGame.selector, mighty[i]));
            jobs.hold(job);
            vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheGame.selector, mighty[i]));
            jobs.uphold(job);
            vm.expectRevert(abi.encodeWithSelector(IJobRegistry.NotTheGame.selector, mighty[i]));
            jobs.convict(job);
            vm.expectRevert(abi.encodeWithSelector(IDisputeGame.AlreadyBound.selector, address(jobs)));
            game.bind();
            // Slashes what was bonded to the caller: nothing.
            (uint256 taken,) = stakes.slash(operator, BOND, mighty[i], address(game));
            eq(taken, 0, "nothing to slash");
            vm.expectPartialRevert(IStakeRegistry.CreditTooLow.selector);
            stakes.transferCredit(mighty[i], 1);
            string[8] memory levers = [
                "pause()", "unpause()", "owner()", "transferOwnership(address)", "upgradeTo(address)",
                "upgradeToAndCall(address,bytes)", "initialize()", "setVerifier(address)"
            ];
            address[4] memory contracts = [address(jobs), address(stakes), address(game), address(models)];
            for (uint256 k = 0; k < levers.length; ++k) {
                for (uint256 c = 0; c < 4; ++c) {
                    bytes4 lever = bytes4(keccak256(bytes(levers[k])));
                    (bool ok,) = contracts[c].call(abi.encodeWithSelector(lever, mighty[i], ""));
                    yes(!ok, levers[k]);
                }
            }
            vm.stopPrank();
        }
        _at(job, WINDOW);
        jobs.finalize(job, "");
        eq(_lost(), 0, "nothing gained");
        eq(_gained(operator), FEE - SHARE, "paid as ever");
    }
}
