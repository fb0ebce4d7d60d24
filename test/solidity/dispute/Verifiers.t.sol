// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IVerifier} from "../../../contracts/interfaces/IVerifier.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev A later release: its only program counts down, and everything else is as before.
contract CountdownVerifier is IVerifier {
    error NotThisTrace();

    function traceOf(bytes32, bytes32 input, bytes32 output, bytes calldata opening)
        external
        pure
        returns (bytes32, bytes memory)
    {
        require(keccak256(abi.encodePacked(uint8(0), opening[0])) == input, NotThisTrace());
        require(keccak256(abi.encodePacked(uint8(0), opening[opening.length - 1])) == output, NotThisTrace());
        return (keccak256(opening), "");
    }

    function convicts(bytes32, bytes32 traceRoot, bytes calldata proof) external pure returns (bool, bytes32) {
        (uint256 index, bytes memory trace) = abi.decode(proof, (uint256, bytes));
        require(keccak256(trace) == traceRoot, NotThisTrace());
        return (uint8(trace[index]) != uint8(trace[index - 1]) - 1, 0);
    }

    function advance(bytes32, bytes32, uint256 until, bytes calldata)
        external
        pure
        returns (bytes32, bytes32, bytes memory)
    {
        return (0, bytes32(until), "");
    }

    function demanded(bytes32, bytes calldata wanted) external pure returns (bytes32[] memory) {
        return abi.decode(wanted, (bytes32[]));
    }

    function revealed(bytes32, bytes calldata shown) external pure returns (bytes32[] memory) {
        return abi.decode(shown, (bytes32[]));
    }
}

/// @dev Tries to use the moment in which it judges: every move that it makes must fail.
contract BusyVerifier is IVerifier {
    IDisputeGame private immutable _game;

    constructor(IDisputeGame game) {
        _game = game;
    }

    function _tries() private returns (bool) {
        _game.commit(keccak256("while judging"));
        return true;
    }

    function traceOf(bytes32, bytes32, bytes32, bytes calldata) external view returns (bytes32, bytes memory) {
        return (_asView(_traces)(), "");
    }

    function _traces() private returns (bytes32) {
        return _tries() ? keccak256("trace") : bytes32(0);
    }

    /// @dev The compiler would not let a view do it; the machine must not either.
    function _asView(function() internal returns (bytes32) f)
        private
        pure
        returns (function() internal view returns (bytes32) g)
    {
        assembly ("memory-safe") {
            g := f
        }
    }

    function convicts(bytes32, bytes32, bytes calldata) external pure returns (bool, bytes32) {
        return (true, 0);
    }

    function advance(bytes32, bytes32, uint256, bytes calldata)
        external
        pure
        returns (bytes32, bytes32, bytes memory)
    {
        return (0, 0, "");
    }

    function demanded(bytes32, bytes calldata) external pure returns (bytes32[] memory) {}

    function revealed(bytes32, bytes calldata) external pure returns (bytes32[] memory) {}
}

/// @dev Opens any trace, and has nothing to say about its elements.
contract MuteVerifier {
    function traceOf(bytes32, bytes32, bytes32, bytes calldata opening) external pure returns (bytes32, bytes memory) {
        return (keccak256(opening), "");
    }

    fallback() external {}
}

/// @dev Opens any trace, and answers everything else with any bytes, or reverts with them.
contract AnyVerifier {
    bytes private _answer;
    bool private _reverts;

    function set(bytes calldata answer, bool reverts) external {
        (_answer, _reverts) = (answer, reverts);
    }

    function traceOf(bytes32, bytes32, bytes32, bytes calldata opening) external pure returns (bytes32, bytes memory) {
        return (keccak256(opening), "");
    }

    fallback() external {
        bytes memory answer = _answer;
        bool reverts = _reverts;
        assembly ("memory-safe") {
            if reverts { revert(add(answer, 32), mload(answer)) }
            return(add(answer, 32), mload(answer))
        }
    }
}

/// @dev A version names its verifier, so operators are added by publishing: game, registries, bonds and jobs stay.
contract VerifiersTest is ProtocolTest {
    bytes private constant DOWN = "edcba";
    bytes private constant FALSE_DOWN = "edyx";

    /// @dev Under the same model, judged by another.
    function _publish(address judge) private returns (bytes32) {
        IModelRegistry.Version memory v = _version(modelId, bytes32(uint256(1)));
        v.verifier = judge;
        vm.prank(publisher);
        return models.publish(v);
    }

    function _jobOf(bytes32 version_, bytes memory input, bytes memory output) private returns (Job memory job) {
        IJobRegistry.Request memory r = _terms();
        r.version = version_;
        job = _expected(requester, r, input);
        _jobs(requester).request(r, input);
        return _submit(job, operator, output);
    }

    function test_versionsThatDifferInTheirVerifier_areTwo() public {
        address second = address(new CountdownVerifier());
        bytes32 other_ = _publish(second);
        yes(other_ != version, "another version");
        (bytes32 root, address judge) = models.programOf(other_);
        eq(root, bytes32(uint256(1)), "of the same program");
        eq(judge, second, "judged by another");
        (, judge) = models.programOf(version);
        eq(judge, verifier, "the first by the first");
    }

    /// Published after everything else was deployed and bonded, judged beside what was there.
    function test_aLaterVerifier_judgesOnTheSameGame() public {
        Job memory before = _honestJob();
        bytes32 later = _publish(address(new CountdownVerifier()));
        Job memory lie = _jobOf(later, "e", "x");
        Job memory truth = _jobOf(later, "e", "a");
        Job memory ofTheFirst = _lyingJob();
        _challenge(before, watcher);
        _challenge(lie, watcher);
        _challenge(truth, watcher);
        _challenge(ofTheFirst, watcher);
        _open(before, HONEST);
        _open(lie, FALSE_DOWN);
        _open(truth, DOWN);
        _open(ofTheFirst, LIE);

        bytes[2] memory proofs = [abi.encode(uint256(1), HONEST), abi.encode(uint256(1), DOWN)];
        Job[2] memory honest = [before, truth];
        vm.startPrank(watcher);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ElementAdmissible.selector, honest[i].id));
            game.convict(honest[i], proofs[i], 0);
        }
        game.convict(lie, abi.encode(uint256(2), FALSE_DOWN), 0);
        game.convict(ofTheFirst, _proof(), 0);
        vm.stopPrank();
        _status(lie, JobStatus.Convicted);
        _status(ofTheFirst, JobStatus.Convicted);
        vm.warp(uint256(before.claim.time()) + WINDOW + OPEN_PERIOD + PROVE_PERIOD + 1);
        game.resolve(before);
        game.resolve(truth);
        _status(before, JobStatus.Upheld);
        _status(truth, JobStatus.Upheld);
    }

    /// A demand and its answer, and pieces, are the version's verifier's too.
    function test_everyMove_asksTheVersionsVerifier() public {
        bytes32 later = _publish(address(new CountdownVerifier()));
        Job memory job = _jobOf(later, "e", "a");
        _challenge(job, watcher);
        _open(job, DOWN);
        bytes32[] memory items = new bytes32[](1);
        // No letter's name, which the alphabet would refuse.
        items[0] = keccak256("a part");
        vm.startPrank(watcher);
        game.demand(job, abi.encode(items));
        game.advance(job, 9, "");
        vm.stopPrank();
        eq(game.progressOf(job.id, watcher), bytes32(uint256(9)), "pieces");
        _game(operator).reveal(job.id, abi.encode(items));
        (,, bool shown) = game.demandOf(job.id, items[0]);
        yes(shown, "revealed");
    }

    /// No answer is no verdict.
    function test_attack_aVerifierThatAnswersWithNothing_convictsNobody() public {
        bytes32 mute = _publish(address(new MuteVerifier()));
        Job memory job = _jobOf(mute, INPUT, OUTPUT);
        _challenge(job, watcher);
        _open(job, HONEST);
        vm.prank(watcher);
        (bool ok, bytes memory reason) = address(game).call(abi.encodeCall(game.convict, (job, _proof(), 0)));
        yes(!ok, "refused");
        eq(reason.length, 0, "without a reason");
        _status(job, JobStatus.Challenged);
    }

    /// A verdict is two words, of which the first is not zero; less is none, and a refusal is handed on.
    function test_onlyAWholeAnswer_isAVerdict() public {
        AnyVerifier any = new AnyVerifier();
        Job memory job = _jobOf(_publish(address(any)), INPUT, OUTPUT);
        _challenge(job, watcher);
        _open(job, HONEST);
        bytes memory call_ = abi.encodeCall(game.convict, (job, _proof(), 0));
        bytes memory guilty = abi.encode(1, 0);
        bytes memory reason;
        bool ok;
        for (uint256 length = 0; length < 64; length += 21) {
            assembly ("memory-safe") {
                mstore(guilty, length)
            }
            for (uint256 reverts = 0; reverts < 2; ++reverts) {
                any.set(guilty, reverts == 1);
                vm.prank(watcher);
                (ok, reason) = address(game).call(call_);
                yes(!ok, "no verdict");
                eq(keccak256(reason), keccak256(reverts == 1 ? guilty : bytes("")), "the verifier's own reason");
            }
        }
        any.set(abi.encode(0, 0), false);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.ElementAdmissible.selector, job.id));
        game.convict(job, _proof(), 0);
        any.set(abi.encode(1 << 255, 0), false);
        _game(watcher).convict(job, _proof(), 0);
        _status(job, JobStatus.Convicted);
    }

    /// A verifier is called by staticcall only: whatever it tries while it judges fails, and the call with it.
    function test_attack_aVerifierThatActsWhileItJudges() public {
        BusyVerifier judge = new BusyVerifier(game);
        bytes32 busy = _publish(address(judge));
        Job memory job = _jobOf(busy, INPUT, OUTPUT);
        _challenge(job, watcher);
        vm.prank(operator);
        (bool ok,) = address(game).call(abi.encodeCall(game.open, (job, HONEST, "")));
        yes(!ok, "refused");
        bytes32 mark = keccak256("while judging");
        eq(game.committedAt(mark), 0, "nothing happened");
        // By any other call it would have acted.
        (ok,) = address(judge).call(abi.encodeCall(judge.traceOf, (0, 0, 0, "")));
        yes(ok, "acts");
        eq(game.committedAt(mark), block.timestamp, "done");
    }
}
