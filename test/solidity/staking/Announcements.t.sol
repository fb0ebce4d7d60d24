// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILocker, IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {StakeRegistry} from "../../../contracts/staking/StakeRegistry.sol";
import {OPG} from "../../../contracts/token/OPG.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev A jobs registry of its own, which locks what it is told.
contract Locker is ILocker {
    mapping(address => uint256) public lockedOf;

    function lock(address operator, uint256 amount) external {
        lockedOf[operator] = amount;
    }
}

/// @dev Bonds can be followed by events alone, and every limit is exact.
contract StakeAnnouncementsTest is ProtocolTest {
    address private locker;

    function setUp() public override {
        super.setUp();
        locker = address(new Locker());
        _stakes(operator).bond(locker, 500e18);
    }

    function _slash(uint256 amount) private returns (uint256 taken, uint256 reward) {
        vm.prank(locker);
        return stakes.slash(operator, amount, requester, address(game));
    }

    // ── events ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_bond_isAnnounced() public {
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.Bonded(operator, locker, 3e18);
        _stakes(operator).bond(locker, 3e18);
    }

    function test_exit_isAnnouncedAtEveryStep() public {
        vm.startPrank(operator);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.ExitRequested(operator, locker, 500e18, block.timestamp + EXIT_DELAY);
        stakes.requestExit(locker, 500e18);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.ExitCancelled(operator, locker);
        stakes.cancelExit(locker);
        stakes.requestExit(locker, 200e18);
        _skip(EXIT_DELAY);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.BondWithdrawn(operator, locker, 200e18);
        stakes.withdrawBond(locker, other);
        vm.stopPrank();
    }

    function test_slash_reward_credit_andBurn_areAnnounced() public {
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.Slashed(operator, locker, requester, 100e18, 20e18, 40e18);
        _slash(100e18);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.CreditTransferred(address(game), watcher, 40e18);
        _stakes(address(game)).transferCredit(watcher, 40e18);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.CreditWithdrawn(watcher, rival, 15e18);
        _stakes(watcher).withdrawCredit(rival, 15e18);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.Burned(40e18);
        stakes.burn();
    }

    // ── sums ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_slashes_addUp_inEveryAccount() public {
        _slash(100e18);
        _slash(50e18);
        eq(stakes.creditOf(requester), 30e18, "compensation");
        eq(stakes.creditOf(address(game)), 60e18, "rewards of a game in one account");
        eq(stakes.burnable(), 60e18, "to burn");
    }

    function test_slash_saysWhatItTook() public {
        (uint256 taken, uint256 reward) = _slash(100e18);
        eq(taken, 100e18, "as much as was asked for");
        eq(reward, 40e18, "reward");
        (taken, reward) = _slash(600e18);
        eq(taken, 400e18, "all that was left");
        eq(reward, 160e18, "reward of what was left");
        (taken, reward) = _slash(1);
        eq(taken + reward, 0, "nothing");
    }

    function test_totalBonded_followsBondsWithdrawalsAndSlashes() public {
        uint256 before = stakes.totalBonded();
        vm.startPrank(operator);
        stakes.bond(locker, 7e18);
        eq(stakes.totalBonded(), before + 7e18, "bonded");
        stakes.requestExit(locker, 200e18);
        _skip(EXIT_DELAY);
        stakes.withdrawBond(locker, operator);
        vm.stopPrank();
        eq(stakes.totalBonded(), before + 7e18 - 200e18, "withdrawn");
        _slash(100e18);
        eq(stakes.totalBonded(), before + 7e18 - 300e18, "slashed");
    }

    function test_burn_once() public {
        _slash(100e18);
        stakes.burn();
        eq(stakes.burnable(), 0, "burned");
        vm.expectRevert(IStakeRegistry.NothingToBurn.selector);
        stakes.burn();
    }

    // ── exits ────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_cancelExit_forgetsTheDate() public {
        vm.startPrank(operator);
        stakes.requestExit(locker, 100e18);
        stakes.cancelExit(locker);
        vm.stopPrank();
        IStakeRegistry.Bond memory b = stakes.bondOf(operator, locker);
        eq(b.exiting, 0, "nothing leaves");
        eq(b.exitAt, 0, "at no time");
    }

    /// A registry that says that more is locked than there is keeps the bond, and nothing else goes wrong.
    function test_withdraw_whenMoreIsLockedThanBonded_reverts() public {
        Locker(locker).lock(operator, 501e18);
        vm.startPrank(operator);
        stakes.requestExit(locker, 500e18);
        _skip(EXIT_DELAY);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.NothingToWithdraw.selector, 500e18, 501e18));
        stakes.withdrawBond(locker, operator);
        vm.stopPrank();
    }

    function test_slash_leavesASmallerExitAlone() public {
        _stakes(operator).requestExit(locker, 100e18);
        _slash(300e18);
        eq(stakes.bondOf(operator, locker).exiting, 100e18, "still within what is left");
    }

    // ── permit ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_bondWithPermit_needsNoAllowance() public {
        uint256 key = 0xa11ce;
        address owner = vm.addr(key);
        opg.transfer(owner, 50e18);
        OPG token = OPG(address(opg));
        uint256 until = block.timestamp + 60;
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(typehash, owner, address(stakes), 50e18, 0, until));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), message)));
        vm.prank(owner);
        eq(stakes.bondWithPermit(locker, 50e18, until, v, r, s), 50e18, "bonded");
        eq(stakes.bondOf(owner, locker).bonded, 50e18, "to the registry");
    }

    // ── construction ─────────────────────────────────────────────────────────────────────────────────────────────

    function _refuses(uint256[3] memory p, string memory name, uint256 value, uint256 min, uint256 max) private {
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.ParameterOutOfRange.selector, name, value, min, max));
        _newStakes(address(opg), p[0], p[1], p[2]);
    }

    function test_constructor_atEveryLimit() public {
        StakeRegistry least = _newStakes(address(opg), 60, 0, 1);
        eq(least.exitDelay() + least.compensationBps() + least.rewardBps(), 61, "least");
        StakeRegistry most = _newStakes(address(opg), 365 days, 4_001, 4_999);
        eq(most.exitDelay(), 365 days, "delay");
        eq(most.compensationBps() + most.rewardBps(), 9_000, "a tenth is burned");
    }

    function test_constructor_beyondALimit_namesIt() public {
        _refuses([uint256(59), 0, 1], "exitDelay", 59, 60, 365 days);
        _refuses([uint256(365 days + 1), 0, 1], "exitDelay", 365 days + 1, 60, 365 days);
        _refuses([uint256(60), 0, 0], "rewardBps", 0, 1, 4_999);
        _refuses([uint256(60), 0, 5_000], "rewardBps", 5_000, 1, 4_999);
        _refuses([uint256(60), 4_002, 4_999], "compensationBps", 4_002, 0, 4_001);
    }
}
