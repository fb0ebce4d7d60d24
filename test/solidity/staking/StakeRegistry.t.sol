// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILocker, IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {Job} from "../../../contracts/types/Job.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev A jobs registry that locks and slashes as told.
contract FreeLocker is ILocker {
    mapping(address => uint256) public lockedOf;

    function lock(address operator, uint256 amount) external {
        lockedOf[operator] = amount;
    }

    function slash(IStakeRegistry stakes, address operator, uint256 amount, address requester)
        external
        returns (uint256 reward)
    {
        uint256 taken;
        (taken, reward) = stakes.slash(operator, amount, requester, address(this));
        require(reward == stakes.rewardFor(taken), "one formula");
    }
}

contract StakeRegistryTest is ProtocolTest {
    FreeLocker private locker;

    function setUp() public override {
        super.setUp();
        locker = new FreeLocker();
        _stakes(operator).bond(address(locker), 500e18);
    }

    function _bond() private view returns (IStakeRegistry.Bond memory) {
        return stakes.bondOf(operator, address(locker));
    }

    function test_bond_isPerRegistry() public view {
        eq(_bond().bonded, 500e18, "to the locker");
        eq(stakes.bondOf(operator, address(jobs)).bonded, 1_000e18, "to the jobs registry");
    }

    function test_bond_toNoRegistry_reverts() public {
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.NotAJobsRegistry.selector, address(0x99)));
        stakes.bond(address(0x99), 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.NotAJobsRegistry.selector, address(models)));
        stakes.bond(address(models), 1);
        vm.stopPrank();
    }

    /// A hostile registry reaches only what was bonded to it.
    function test_attack_slashByAnotherRegistry_reachesNothing() public {
        FreeLocker hostile = new FreeLocker();
        uint256 reward = hostile.slash(stakes, operator, 1_000e18, rival);
        eq(reward, 0, "nothing there");
        eq(_bond().bonded, 500e18, "untouched");
        eq(stakes.bondOf(operator, address(jobs)).bonded, 1_000e18, "untouched too");
    }

    function testFuzz_slash_splitsToTheWei(uint96 amount) public {
        amount = uint96(bound(amount, 0, 600e18));
        uint256 reward = locker.slash(stakes, operator, amount, requester);
        uint256 taken = amount > 500e18 ? 500e18 : amount;
        eq(_bond().bonded, 500e18 - taken, "bonded");
        eq(stakes.creditOf(requester), taken * COMPENSATION_BPS / 10_000, "compensation rounds down");
        eq(reward, taken * REWARD_BPS / 10_000, "reward rounds down");
        eq(stakes.creditOf(requester) + reward + stakes.burnable(), taken, "nothing lost");
    }

    function test_exit_delayThenPaid() public {
        vm.startPrank(operator);
        stakes.requestExit(address(locker), 200e18);
        eq(stakes.lockableOf(operator, address(locker)), 300e18, "exiting is not lockable");
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.ExitNotDue.selector, block.timestamp + EXIT_DELAY));
        stakes.withdrawBond(address(locker), operator);
        _skip(EXIT_DELAY);
        uint256 before = opg.balanceOf(operator);
        eq(stakes.withdrawBond(address(locker), operator), 200e18, "amount");
        eq(opg.balanceOf(operator), before + 200e18, "paid");
        eq(_bond().bonded, 300e18, "left");
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.NothingToWithdraw.selector, 0, 0));
        stakes.withdrawBond(address(locker), operator);
        vm.stopPrank();
    }

    function test_exit_moreThanBonded_reverts() public {
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.ExitTooLarge.selector, 500e18, 501e18));
        stakes.requestExit(address(locker), 501e18);
    }

    function test_exit_cancelled_worksAgain() public {
        vm.startPrank(operator);
        stakes.requestExit(address(locker), 500e18);
        stakes.cancelExit(address(locker));
        vm.stopPrank();
        eq(stakes.lockableOf(operator, address(locker)), 500e18, "lockable");
    }

    function test_exit_requestAgain_startsTheDelayAnew() public {
        vm.startPrank(operator);
        stakes.requestExit(address(locker), 100e18);
        _skip(EXIT_DELAY - 1);
        stakes.requestExit(address(locker), 500e18);
        _skip(1);
        vm.expectPartialRevert(IStakeRegistry.ExitNotDue.selector);
        stakes.withdrawBond(address(locker), operator);
        vm.stopPrank();
    }

    /// The locked part stays however long the exit has been under way.
    function test_attack_exitWhileLocked_leavesTheLockedPart() public {
        Job memory job = _honestJob();
        _stakes(operator).requestExit(address(jobs), 1_000e18);
        _challenge(job, watcher);
        _open(job, HONEST);
        _skip(EXIT_DELAY);
        vm.prank(operator);
        eq(stakes.withdrawBond(address(jobs), operator), 1_000e18 - BOND, "all but the lock");
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.NothingToWithdraw.selector, BOND, BOND));
        stakes.withdrawBond(address(jobs), operator);
        game.resolve(job);
        jobs.finalize(job, "");
        vm.prank(operator);
        eq(stakes.withdrawBond(address(jobs), operator), BOND, "free now");
    }

    function test_attack_exitBeforeClaim_cannotLock() public {
        Job memory job = _request();
        _stakes(operator).requestExit(address(jobs), 950e18);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IJobRegistry.StakeTooLow.selector, operator, 50e18, BOND));
        jobs.submit(job, OUTPUT);
    }

    function test_attack_exitingStake_isSlashed() public {
        _stakes(operator).requestExit(address(locker), 500e18);
        locker.slash(stakes, operator, 400e18, requester);
        eq(_bond().bonded, 100e18, "bonded");
        eq(_bond().exiting, 100e18, "no more exits than there is");
        _skip(EXIT_DELAY);
        vm.prank(operator);
        eq(stakes.withdrawBond(address(locker), operator), 100e18, "the rest");
    }

    function test_credit_movesAndPays() public {
        locker.slash(stakes, operator, 100e18, requester);
        vm.startPrank(requester);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.CreditTooLow.selector, requester, 20e18, 21e18));
        stakes.withdrawCredit(requester, 21e18);
        uint256 before = opg.balanceOf(rival);
        stakes.withdrawCredit(rival, 20e18);
        vm.stopPrank();
        eq(opg.balanceOf(rival), before + 20e18, "paid");
        eq(stakes.creditOf(requester), 0, "empty");
    }

    /// A reward is credit of its game: nobody else can pass it on, and it is passed on once.
    function test_attack_transferCreditOfAnother_movesNothing() public {
        uint256 reward = locker.slash(stakes, operator, 100e18, requester);
        eq(stakes.creditOf(address(locker)), reward, "credited");
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.CreditTooLow.selector, rival, 0, 1));
        stakes.transferCredit(rival, 1);
        vm.startPrank(address(locker));
        vm.expectRevert(
            abi.encodeWithSelector(IStakeRegistry.CreditTooLow.selector, address(locker), reward, reward + 1)
        );
        stakes.transferCredit(watcher, reward + 1);
        stakes.transferCredit(address(locker), reward);
        eq(stakes.creditOf(address(locker)), reward, "to oneself nothing changes");
        stakes.transferCredit(watcher, reward - 1);
        eq(stakes.creditOf(address(locker)), 1, "the rest stays");
        stakes.transferCredit(other, 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.CreditTooLow.selector, address(locker), 0, 1));
        stakes.transferCredit(watcher, 1);
        vm.stopPrank();
        eq(stakes.creditOf(watcher), reward - 1, "credited");
        eq(stakes.creditOf(other), 1, "in parts");
    }

    function test_burn_byAnyone() public {
        vm.expectRevert(IStakeRegistry.NothingToBurn.selector);
        stakes.burn();
        locker.slash(stakes, operator, 100e18, requester);
        uint256 before = opg.balanceOf(stakes.DEAD());
        vm.prank(rival);
        eq(stakes.burn(), 40e18, "burned");
        eq(opg.balanceOf(stakes.DEAD()), before + 40e18, "dead");
    }

    function test_constructor_ranges_revert() public {
        uint256[3][6] memory bad = [
            [uint256(59), 2000, 4000],
            [uint256(366 days), 2000, 4000],
            [uint256(7200), 2000, 5000],
            [uint256(7200), 2000, 0],
            [uint256(7200), 5001, 4000],
            [uint256(7200), 9001, 1]
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectPartialRevert(IStakeRegistry.ParameterOutOfRange.selector);
            _newStakes(address(opg), bad[i][0], bad[i][1], bad[i][2]);
        }
    }
}
