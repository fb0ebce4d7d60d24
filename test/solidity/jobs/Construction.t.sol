// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeGame} from "../../../contracts/dispute/DisputeGame.sol";
import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {JobRegistry} from "../../../contracts/jobs/JobRegistry.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev A game that says of itself what it is told to.
contract ClaimedGame {
    address public opg;
    address public models;
    address public stakes;
    uint256 public constant maxDuration = 100;

    constructor(address opg_, address models_, address stakes_) {
        (opg, models, stakes) = (opg_, models_, stakes_);
    }

    function bind() external {}
}

/// @dev A registry exists only with parameters in range, over contracts that belong together.
contract JobConstructionTest is ProtocolTest {
    address private claimed;

    function setUp() public override {
        super.setUp();
        claimed = address(new ClaimedGame(address(opg), address(models), address(stakes)));
    }

    function _make(JobRegistry.Config memory c) private returns (JobRegistry) {
        return _newJobs(IDisputeGame(claimed), c);
    }

    function _refuses(JobRegistry.Config memory c, string memory name, uint256 value, uint256 min, uint256 max)
        private
    {
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.ParameterOutOfRange.selector, name, value, min, max));
        _make(c);
    }

    function test_everyParameter_atItsLeast() public {
        JobRegistry r = _make(JobRegistry.Config(1, 1, 1, 1, 1, 0));
        eq(r.maxWindow() + r.maxServePeriod() + r.acceptPeriod() + r.maxInputBytes() + r.maxOutputBytes(), 5, "least");
        eq(r.maxCallbackGas(), 0, "no callbacks");
    }

    function test_everyParameter_atItsMost() public {
        stakes = _newStakes(address(opg), 365 days, COMPENSATION_BPS, REWARD_BPS);
        claimed = address(new ClaimedGame(address(opg), address(models), address(stakes)));
        JobRegistry r =
            _make(JobRegistry.Config(type(uint24).max, 365 days, 365 days, 64 * 1024, 64 * 1024, 12_000_000));
        eq(r.maxWindow(), type(uint24).max, "window");
        eq(r.maxServePeriod(), 365 days, "serve");
        eq(r.acceptPeriod(), 365 days, "accept");
        eq(r.maxInputBytes(), 64 * 1024, "input");
        eq(r.maxOutputBytes(), 64 * 1024, "output");
        eq(r.maxCallbackGas(), 12_000_000, "gas");
    }

    function test_everyParameter_belowItsLeast_isNamed() public {
        JobRegistry.Config memory c = JobRegistry.Config(0, 1, 1, 1, 1, 0);
        _refuses(c, "maxWindow", 0, 1, type(uint24).max);
        (c.maxWindow, c.maxServePeriod) = (1, 0);
        _refuses(c, "maxServePeriod", 0, 1, 365 days);
        (c.maxServePeriod, c.acceptPeriod) = (1, 0);
        _refuses(c, "acceptPeriod", 0, 1, 1);
        (c.acceptPeriod, c.maxInputBytes) = (1, 0);
        _refuses(c, "maxInputBytes", 0, 1, 64 * 1024);
        (c.maxInputBytes, c.maxOutputBytes) = (1, 0);
        _refuses(c, "maxOutputBytes", 0, 1, 64 * 1024);
        (c.maxOutputBytes, c.maxCallbackGas) = (1, 12_000_001);
        _refuses(c, "maxCallbackGas", 12_000_001, 0, 12_000_000);
    }

    function test_everyParameter_aboveItsMost_isNamed() public {
        JobRegistry.Config memory c = JobRegistry.Config(uint256(type(uint24).max) + 1, 1, 1, 1, 1, 0);
        _refuses(c, "maxWindow", uint256(type(uint24).max) + 1, 1, type(uint24).max);
        (c.maxWindow, c.maxServePeriod) = (1, 365 days + 1);
        _refuses(c, "maxServePeriod", 365 days + 1, 1, 365 days);
        (c.maxServePeriod, c.acceptPeriod) = (10, 11);
        _refuses(c, "acceptPeriod", 11, 1, 10);
        (c.acceptPeriod, c.maxInputBytes) = (1, 64 * 1024 + 1);
        _refuses(c, "maxInputBytes", 64 * 1024 + 1, 1, 64 * 1024);
        (c.maxInputBytes, c.maxOutputBytes) = (1, 64 * 1024 + 1);
        _refuses(c, "maxOutputBytes", 64 * 1024 + 1, 1, 64 * 1024);
    }

    /// A bond can leave one second after the last dispute over it can have ended, no sooner.
    function test_exitDelay_outlivesEveryClaim() public {
        JobRegistry.Config memory c = _jobsConfig();
        // window + dispute + 1 = 3,600 + 100 + 1
        stakes = _newStakes(address(opg), 3_700, COMPENSATION_BPS, REWARD_BPS);
        claimed = address(new ClaimedGame(address(opg), address(models), address(stakes)));
        _refuses(c, "exitDelay", 3_700, 3_701, type(uint256).max);
        stakes = _newStakes(address(opg), 3_701, COMPENSATION_BPS, REWARD_BPS);
        claimed = address(new ClaimedGame(address(opg), address(models), address(stakes)));
        eq(_make(c).stakes(), address(stakes), "made");
    }

    function test_gameOfAnotherTokenOrRegistry_reverts() public {
        JobRegistry.Config memory c = _jobsConfig();
        claimed = address(new ClaimedGame(rival, address(models), address(stakes)));
        vm.expectRevert(abi.encodeWithSelector(JobRegistry.Mismatched.selector, address(opg), rival));
        _make(c);
        claimed = address(new ClaimedGame(address(opg), rival, address(stakes)));
        vm.expectRevert(abi.encodeWithSelector(JobRegistry.Mismatched.selector, address(models), rival));
        _make(c);
        claimed = address(new ClaimedGame(address(opg), address(models), rival));
        vm.expectRevert(abi.encodeWithSelector(JobRegistry.Mismatched.selector, address(stakes), rival));
        _make(c);
    }

    function test_itsGameIsBoundToIt() public {
        DisputeGame g = _newGame(_gameConfig());
        claimed = address(g);
        address made = address(_make(_jobsConfig()));
        eq(g.jobs(), made, "bound");
    }
}
