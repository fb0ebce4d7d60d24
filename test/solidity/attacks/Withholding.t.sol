// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {IVerifier} from "../../../contracts/interfaces/IVerifier.sol";
import {AlphabetVerifier} from "../../../contracts/mocks/AlphabetVerifier.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Job} from "../../../contracts/types/Job.sol";
import {AttackTest} from "./AttackTest.sol";

/// @dev Attacks with what is shown and what is asked.
contract WithholdingTest is AttackTest {
    /// An operator opens a root and serves nothing: what is demanded comes, or silence convicts.
    function test_attack_dataWithholding() public {
        _attack(_list(operator), _list(requester, watcher));
        Job memory job = _opened(LIE, watcher);
        _demand(job, watcher, 0, 3);
        _reveal(job, operator, LIE, 0, 2);
        (, uint256 revealBy,) = game.demandOf(job.id, bytes32(uint256(2)));
        vm.warp(revealBy + 1);
        game.silence(job, bytes32(uint256(2)));
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
        eq(_gained(requester), COMPENSATION, "compensation");
    }

    /// An operator that shows another trace than it opened: refused.
    function test_attack_showingAnotherTrace() public {
        _attack(_list(operator), _list(requester, watcher));
        Job memory job = _opened(LIE, watcher);
        _demand(job, watcher, 0, 1);
        bytes memory shown = abi.encode(_letters(0, 1), bytes("abcdz"));
        vm.prank(operator);
        vm.expectPartialRevert(AlphabetVerifier.NotThisTrace.selector);
        game.reveal(job.id, shown);
        _at(job, REVEAL_PERIOD + 1);
        game.silence(job, 0);
        _collect(job);
        _reclaim(job, watcher);
        eq(_lost(), BOND, "the bond");
    }

    /// All demands that may be open, again and again, to drown an honest operator: it is paid for each one and answers
    /// them together.
    function test_attack_demandSpam() public {
        address[] memory puppets = _puppets(13);
        _attack(puppets, _list(operator));
        Job memory job = _opened(HONEST, puppets[0]);
        for (uint256 i = 0; i < 8; ++i) _demand(job, puppets[i], 2 * i, 2 * i + 2);
        vm.prank(puppets[8]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeGame.TooManyDemands.selector, job.id, MAX_OPEN_DEMANDS, 2, MAX_OPEN_DEMANDS
            )
        );
        game.demand(job, abi.encode(_letters(16, 18)));
        _at(job, REVEAL_PERIOD);
        _reveal(job, operator, HONEST, 0, 16);
        for (uint256 i = 8; i < 13; ++i) _demand(job, puppets[i], 2 * i, 2 * i + 2);
        _at(job, 2 * REVEAL_PERIOD);
        _reveal(job, operator, HONEST, 16, 26);
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE + 26 * (DEMAND_FEE + DEPOSIT), "fees and deposits");
        eq(_gained(operator), CHALLENGE_FEE + 26 * DEMAND_FEE + FEE - SHARE, "fees");
        eq(game.burn(), 26 * DEPOSIT, "deposits are burned");
    }

    /// Demanding what no trace has, so that no answer is possible and silence convicts: refused, whatever stands beside
    /// it.
    function test_attack_demandingWhatDoesNotExist() public {
        _attack(_list(rival), _list(operator));
        Job memory job = _opened(HONEST, rival);
        bytes memory wanted = abi.encode(_letters(25, 27));
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(AlphabetVerifier.NoSuchElement.selector, 26));
        game.demand(job, wanted);
        eq(game.demandsOf(job.id).open, 0, "nothing is demanded");
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NotDemanded.selector, job.id, bytes32(uint256(26))));
        game.silence(job, bytes32(uint256(26)));
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE, "fee");
    }

    /// Demanding the same part twice, in one call, in two, or after it was answered, so that one answer leaves another
    /// waiting: it is one demand, paid once.
    function test_attack_demandingTwice() public {
        _attack(_list(rival), _list(operator));
        Job memory job = _opened(HONEST, rival);
        uint256[] memory twice = new uint256[](2);
        vm.startPrank(rival);
        game.demand(job, abi.encode(twice));
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToDemand.selector, job.id));
        game.demand(job, abi.encode(twice));
        vm.stopPrank();
        _reveal(job, operator, HONEST, 0, 1);
        eq(game.demandsOf(job.id).open, 0, "answered");
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.NothingToDemand.selector, job.id));
        game.demand(job, abi.encode(twice));
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE + DEMAND_FEE + DEPOSIT, "one demand");
    }

    /// Moving the deadline for demands by another submission time in the struct: it is not the job's.
    function test_attack_demandOnAForgedJob() public {
        _attack(_list(rival), _list(operator));
        Job memory job = _opened(HONEST, rival);
        Claim claim = job.claim;
        vm.warp(_deadline(job) - REVEAL_PERIOD + 1);
        job = _submitted(job, operator, OUTPUT);
        bytes memory wanted = abi.encode(_letters(0, 1));
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.JobMismatch.selector, job.id));
        game.demand(job, wanted);
        job.claim = claim;
        _upholdAndFinalize(job);
        eq(_lost(), CHALLENGE_FEE, "fee");
    }
}

/// @dev The toy judge over a trace in which there is no end of parts to demand.
contract EndlessVerifier is IVerifier {
    AlphabetVerifier private immutable _alphabet = new AlphabetVerifier();

    function traceOf(bytes32 root, bytes32 input, bytes32 output, bytes calldata opening)
        external
        view
        returns (bytes32, bytes memory)
    {
        return _alphabet.traceOf(root, input, output, opening);
    }

    function convicts(bytes32 root, bytes32 trace, bytes calldata proof) external view returns (bool, bytes32) {
        return _alphabet.convicts(root, trace, proof);
    }

    function advance(bytes32 root, bytes32 trace, uint256 until, bytes calldata piece)
        external
        view
        returns (bytes32, bytes32, bytes memory)
    {
        return _alphabet.advance(root, trace, until, piece);
    }

    function demanded(bytes32, bytes calldata wanted) external pure returns (bytes32[] memory) {
        return abi.decode(wanted, (bytes32[]));
    }

    function revealed(bytes32 trace, bytes calldata shown) external view returns (bytes32[] memory) {
        return _alphabet.revealed(trace, shown);
    }
}

contract SlotFillingTest is AttackTest {
    function setUp() public override {
        super.setUp();
        stakes = _newStakes(address(opg), EXIT_DELAY, COMPENSATION_BPS, REWARD_BPS);
        verifier = address(new EndlessVerifier());
        version = _models(publisher).publish(_version(modelId, bytes32(uint256(1))));
        game = _newGame(_gameConfig());
        jobs = _newJobs(game, _jobsConfig());
        address[4] memory parties = [operator, requester, watcher, rival];
        for (uint256 i = 0; i < 4; ++i) _fund(parties[i]);
    }

    /// The operator of a lie opens at the last moment, serves nothing, and keeps every place for demands taken with its
    /// own, answered at the last second and made anew at once, so that nobody else can ask. It saves its bond, and
    /// burns more than two bonds in deposits for it.
    function test_attack_fillingAllPlacesForDemands() public {
        _attack(_list(operator, rival), _list(watcher));
        Job memory job = _lyingJob();
        _at(job, WINDOW - 1);
        _challenge(job, rival);
        uint256 start = WINDOW - 1 + OPEN_PERIOD;
        _at(job, start);
        _open(job, LIE);
        uint256 fillings;
        bytes memory wanted = abi.encode(_letters(1_000, 1_001));
        for (uint256 t = start; t <= start + 1 + PROVE_PERIOD - REVEAL_PERIOD; t += REVEAL_PERIOD) {
            _at(job, t);
            if (fillings != 0) _reveal(job, operator, LIE, 16 * (fillings - 1), 16 * fillings);
            _demand(job, rival, 16 * fillings, 16 * fillings + 16);
            ++fillings;
            vm.prank(watcher);
            vm.expectRevert(
                abi.encodeWithSelector(IDisputeGame.TooManyDemands.selector, job.id, 16, 1, MAX_OPEN_DEMANDS)
            );
            game.demand(job, wanted);
        }
        _at(job, start + fillings * REVEAL_PERIOD);
        _reveal(job, operator, LIE, 16 * (fillings - 1), 16 * fillings);
        uint256 burned = fillings * 16 * DEPOSIT;
        _upholdAndFinalize(job);
        eq(_lost(), burned - (FEE - SHARE), "deposits, less the fee of the job");
        yes(burned > 2 * BOND, "more than two bonds");
        eq(game.burn(), burned, "burned");
    }

    /// As before, but only for as long as it costs less than the bond: that leaves the challenger at least half of the
    /// rounds of demand and answer, from the latest opening on, whenever the operator chooses to fill.
    function test_attack_fillingPlacesForLessThanTheBond() public {
        _attack(_list(operator, rival), _list(watcher, requester));
        Job memory job = _lyingJob();
        _at(job, WINDOW - 1);
        _challenge(job, watcher);
        uint256 start = WINDOW - 1 + OPEN_PERIOD;
        _at(job, start);
        _open(job, LIE);
        uint256 round;
        uint256 asked;
        uint256 spent;
        for (; spent + 16 * DEPOSIT < BOND; ++round) {
            _at(job, start + round * REVEAL_PERIOD);
            if (asked != 0) _reveal(job, operator, LIE, asked - 16, asked);
            _demand(job, rival, asked, asked + 16);
            asked += 16;
            spent += 16 * DEPOSIT;
        }
        _at(job, start + round * REVEAL_PERIOD);
        _reveal(job, operator, LIE, asked - 16, asked);
        uint256 left;
        for (; start + (round + 1) * REVEAL_PERIOD <= start + PROVE_PERIOD; ++round) {
            _at(job, start + round * REVEAL_PERIOD);
            _demand(job, watcher, 500 + left, 501 + left);
            _at(job, start + (round + 1) * REVEAL_PERIOD);
            _reveal(job, operator, LIE, 500 + left, 501 + left);
            ++left;
        }
        yes(2 * left >= PROVE_PERIOD / REVEAL_PERIOD, "half of the rounds");
        vm.warp(_deadline(job));
        _convict(job, watcher, _proof(), 0);
        _collect(job);
        _reclaim(job, watcher);
        _reclaim(job, rival);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
    }

    /// A gap of one second is enough: one place for one demand, and the dispute goes on as if nothing had been filled.
    function test_attack_fillingPlaces_withOneGap() public {
        _attack(_list(operator, rival), _list(watcher, requester));
        Job memory job = _opened(LIE, watcher);
        _demand(job, rival, 0, MAX_OPEN_DEMANDS);
        _at(job, REVEAL_PERIOD);
        _reveal(job, operator, LIE, 0, 1);
        _demand(job, watcher, 500, 501);
        _at(job, 2 * REVEAL_PERIOD + 1);
        game.silence(job, bytes32(uint256(500)));
        _collect(job);
        _reclaim(job, watcher);
        _reclaim(job, rival);
        eq(_lost(), BOND, "the bond");
        eq(_gained(watcher), REWARD, "reward");
    }
}
