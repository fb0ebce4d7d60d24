// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../../../contracts/interfaces/IInferenceConsumer.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {Callback} from "../../../contracts/jobs/Callback.sol";
import {JobRegistry} from "../../../contracts/jobs/JobRegistry.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev Notes what gas it was called with; fails while it is told to.
contract Meter is IInferenceConsumer {
    uint256 public gasReceived = 1;
    bool private _failing;

    function fail(bool failing) external {
        _failing = failing;
    }

    function onInferenceResult(uint256, bytes calldata) external {
        uint256 received = gasleft();
        require(!_failing);
        gasReceived = received;
    }

    function act(address to, bytes calldata data) external {
        (bool ok,) = to.call(data);
        require(ok, "act");
    }
}

/// @dev Whoever finalizes sets the gas of the transaction, from a contract to the unit. The callback gets what was agreed
/// or the transaction reverts, at every length of output. Cold accounts and delegation: test/ts/attacks/callbackGas.test.ts.
contract CallbackGasTest is ProtocolTest {
    uint256 private constant MAX_OUTPUT = 64 * 1024;
    uint24 private constant AGREED = 100_000;
    /// @dev Between the call and the meter's first reading of gas: dispatch and the decoding of its arguments.
    uint256 private constant TO_THE_READING = 1_000;

    error Attempted(bool ok, uint256 received);

    Meter private _meter;

    function setUp() public override {
        super.setUp();
        JobRegistry.Config memory c = _jobsConfig();
        c.maxOutputBytes = MAX_OUTPUT;
        game = _newGame(_gameConfig());
        jobs = _newJobs(game, c);
        _meter = new Meter();
        vm.startPrank(operator);
        opg.approve(address(stakes), type(uint256).max);
        stakes.bond(address(jobs), 100_000e18);
        vm.stopPrank();
        vm.startPrank(requester);
        opg.approve(address(jobs), type(uint256).max);
        jobs.deposit(address(_meter), 100_000e18);
        vm.stopPrank();
    }

    function _due(bytes memory output, uint24 agreed) private returns (Job memory job) {
        IJobRegistry.Request memory r = _terms();
        r.callbackGas = agreed;
        job = _expected(address(_meter), r, INPUT);
        _meter.act(address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
        job = _submit(job, operator, output);
        _skip(WINDOW);
    }

    /// @dev Undone by its revert, so that every attempt finds the same state.
    function attempt(bytes calldata data, uint256 gas_) external {
        (bool ok,) = address(jobs).call{gas: gas_}(data);
        revert Attempted(ok, _meter.gasReceived());
    }

    function _attempt(bytes memory data, uint256 gas_) private returns (bool ok, uint256 received) {
        try this.attempt(data, gas_) {}
        catch (bytes memory undone) {
            assembly ("memory-safe") {
                ok := mload(add(undone, 0x24))
                received := mload(add(undone, 0x44))
            }
        }
    }

    /// @return received What the callback began with where the whole transaction had the least gas that goes through.
    function _atTheLimit(bytes memory data) private returns (uint256 received) {
        (uint256 low, uint256 high) = (0, 16_000_000);
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            (bool ok, uint256 got) = _attempt(data, middle);
            if (ok) (high, received) = (middle, got);
            else low = middle;
        }
        yes(received != 0, "goes through");
    }

    function _limit(uint256 length, uint24 agreed) private {
        bytes memory output = new bytes(length);
        bytes memory data = abi.encodeCall(jobs.finalize, (_due(output, agreed), output));
        (bool ok, uint256 ample) = _attempt(data, 16_000_000);
        yes(ok && ample > agreed - TO_THE_READING, "with plenty of gas");
        eq(_atTheLimit(data), ample, "with the least");
    }

    function test_attack_starvedCallback_finalizeAtEveryLength() public {
        uint256[6] memory lengths = [uint256(0), 32, 1024, 16 * 1024, 32 * 1024, MAX_OUTPUT];
        for (uint256 i = 0; i < lengths.length; ++i) _limit(lengths[i], AGREED);
    }

    function test_attack_starvedCallback_atEveryAgreement() public {
        uint24[4] memory agreed = [uint24(TO_THE_READING), 60_000, 500_000, 2_000_000];
        for (uint256 i = 0; i < agreed.length; ++i) _limit(MAX_OUTPUT, agreed[i]);
    }

    /// A retry hands on all there is; what was agreed, at least.
    function test_attack_starvedCallback_retryAtEveryLength() public {
        uint256[3] memory lengths = [uint256(32), 16 * 1024, MAX_OUTPUT];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory output = new bytes(lengths[i]);
            Job memory job = _due(output, AGREED);
            _meter.fail(true);
            jobs.finalize(job, output);
            _status(job, JobStatus.FinalUndelivered);
            _meter.fail(false);
            uint256 received = _atTheLimit(abi.encodeCall(jobs.retryCallback, (job, output)));
            yes(received > AGREED - TO_THE_READING, "what was agreed");
            yes(received < AGREED + Callback.CALL_COST, "and hardly more, at the limit");
        }
    }
}
