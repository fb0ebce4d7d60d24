// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Job} from "../../../contracts/types/Job.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev An attack is measured by what its parties own in all, anywhere in the protocol, before and after: every test
/// names who attacks and who is attacked, and ends when nothing of theirs is pending any more. A requester that gets a
/// true result has paid for it; it is named as a victim only where it must get its fee back.
abstract contract AttackTest is ProtocolTest {
    uint256 internal constant DEPOSIT = BOND * DEMAND_DEPOSIT_BPS / 10_000;
    uint256 internal constant REWARD = BOND * REWARD_BPS / 10_000;
    uint256 internal constant COMPENSATION = BOND * COMPENSATION_BPS / 10_000;
    uint256 internal constant BURNED = BOND - REWARD - COMPENSATION;
    uint256 internal constant SHARE = uint256(FEE) * SHARE_BPS / 10_000;
    bytes32 internal constant SALT = keccak256("salt");

    address[] private _attackers;
    address[] private _victims;
    mapping(address party => uint256) private _before;

    function setUp() public virtual override {
        super.setUp();
        opg.approve(address(jobs), type(uint256).max);
        opg.approve(address(game), type(uint256).max);
    }

    // ── who wins and who loses ───────────────────────────────────────────────────────────────────────────────────

    function _attack(address[] memory attackers, address[] memory victims) internal {
        (_attackers, _victims) = (attackers, victims);
        for (uint256 i = 0; i < attackers.length; ++i) _before[attackers[i]] = _wealth(attackers[i]);
        for (uint256 i = 0; i < victims.length; ++i) _before[victims[i]] = _wealth(victims[i]);
    }

    /// @return amount What the attackers lost together. Reverts if they gained, or if a victim lost anything.
    function _lost() internal view returns (uint256 amount) {
        uint256 before;
        uint256 left;
        for (uint256 i = 0; i < _attackers.length; ++i) {
            before += _before[_attackers[i]];
            left += _wealth(_attackers[i]);
        }
        for (uint256 i = 0; i < _victims.length; ++i) {
            yes(_wealth(_victims[i]) >= _before[_victims[i]], "a victim lost something");
        }
        yes(left <= before, "the attackers gained");
        return before - left;
    }

    /// @return amount What a victim has more than before.
    function _gained(address victim) internal view returns (uint256 amount) {
        return _wealth(victim) - _before[victim];
    }

    /// @dev Tokens, prepaid balances, credit and bond.
    function _wealth(address who) internal view returns (uint256) {
        return opg.balanceOf(who) + jobs.balanceOf(who) + game.balanceOf(who) + stakes.creditOf(who)
            + stakes.bondOf(who, address(jobs)).bonded;
    }

    function _list(address a) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = a;
    }

    function _list(address a, address b) internal pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (a, b);
    }

    function _list(address a, address b, address c) internal pure returns (address[] memory list) {
        list = new address[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    /// @dev Addresses of one person, with something to lose each.
    function _puppets(uint256 count) internal returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = address(uint160(0x3000 + i));
            game.deposit(list[i], 1_000e18);
        }
    }

    // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Seconds after the submission.
    function _at(Job memory job, uint256 time) internal {
        vm.warp(uint256(job.claim.time()) + time);
    }

    function _deadline(Job memory job) internal pure returns (uint256) {
        return uint256(job.claim.time()) + WINDOW + OPEN_PERIOD + PROVE_PERIOD;
    }

    function _untilAfterDeadline(Job memory job) internal {
        vm.warp(_deadline(job) + 1);
    }

    // ── moves ────────────────────────────────────────────────────────────────────────────────────────────────────

    function _opened(bytes memory trace, address challenger) internal returns (Job memory job) {
        job = _submit(_request(), operator, abi.encodePacked(trace[trace.length - 1]));
        _challenge(job, challenger);
        _open(job, trace);
    }

    function _letters(uint256 from, uint256 to) internal pure returns (uint256[] memory list) {
        list = new uint256[](to - from);
        for (uint256 i = from; i < to; ++i) list[i - from] = i;
    }

    function _demand(Job memory job, address by, uint256 from, uint256 to) internal {
        _game(by).demand(job, abi.encode(_letters(from, to)));
    }

    function _reveal(Job memory job, address by, bytes memory trace, uint256 from, uint256 to) internal {
        _game(by).reveal(job.id, abi.encode(_letters(from, to), trace));
    }

    function _convict(Job memory job, address by, bytes memory proof, bytes32 salt) internal {
        _game(by).convict(job, proof, salt);
    }

    function _reclaim(Job memory job, address by) internal {
        _game(by).reclaim(job);
    }

    function _collect(Job memory job) internal {
        if (game.rewardOf(job) == 0) return;
        vm.warp(uint256(game.disputeOf(job.id).since) + REWARD_PERIOD);
        game.collect(job);
    }

    /// @dev Upheld and paid out.
    function _upholdAndFinalize(Job memory job) internal {
        _untilAfterDeadline(job);
        game.resolve(job);
        jobs.finalize(job, "");
    }
}
