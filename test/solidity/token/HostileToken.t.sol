// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {HostileToken} from "../../../contracts/mocks/HostileToken.sol";
import {OPG} from "../../../contracts/token/OPG.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

contract HostileTokenTest is ProtocolTest {
    HostileToken private token;

    function setUp() public override {
        token = HostileToken(_create("HostileToken", ""));
        _deploy(address(token));
        address[4] memory parties = [operator, requester, watcher, rival];
        for (uint256 i = 0; i < parties.length; ++i) _fund(parties[i]);
    }

    /// What a token keeps for itself on the way is never credited.
    function testFuzz_feeOnTransfer_isAccountedAtWhatArrives(uint16 feeBps, uint96 amount) public {
        token.setFee(bound(feeBps, 0, 10_000));
        amount = uint96(bound(amount, 0, 1_000e18));
        uint256[3] memory held = [token.balanceOf(address(jobs)), token.balanceOf(address(game)), token.balanceOf(address(stakes))];
        uint256[3] memory owed = [
            jobs.balanceOf(rival),
            game.balanceOf(rival),
            uint256(stakes.bondOf(rival, address(jobs)).bonded)
        ];
        vm.startPrank(rival);
        jobs.deposit(rival, amount);
        game.deposit(rival, amount);
        stakes.bond(address(jobs), amount);
        vm.stopPrank();
        eq(jobs.balanceOf(rival) - owed[0], token.balanceOf(address(jobs)) - held[0], "jobs");
        eq(game.balanceOf(rival) - owed[1], token.balanceOf(address(game)) - held[1], "game");
        eq(stakes.bondOf(rival, address(jobs)).bonded - owed[2], token.balanceOf(address(stakes)) - held[2], "stakes");
    }

    /// A token that blocks a party, or every transfer, can't stop a conviction, a refund or a settlement.
    function test_attack_blockingToken_stopsNoVerdict() public {
        Job memory lie = _lyingJob();
        Job memory fine = _honestJob();
        Job memory idle = _request();
        token.setAnswersFalse(true);
        token.setBlocked(requester);
        _challenge(lie, watcher);
        _open(lie, LIE);
        _game(watcher).convict(lie, _proof(), 0);
        _status(lie, JobStatus.Convicted);
        _skip(1001);
        jobs.finalize(fine, "");
        _status(fine, JobStatus.Final);
        jobs.refund(idle);
        _status(idle, JobStatus.Refunded);
        game.collect(lie);
        eq(stakes.creditOf(watcher), BOND * REWARD_BPS / 10_000, "reward");

        // Only withdrawing fails, and only while the token refuses.
        vm.prank(watcher);
        vm.expectPartialRevert(bytes4(keccak256("SafeERC20FailedOperation(address)")));
        stakes.withdrawCredit(watcher, 1);
        vm.expectPartialRevert(bytes4(keccak256("SafeERC20FailedOperation(address)")));
        stakes.burn();
        token.setAnswersFalse(false);
        vm.prank(requester);
        vm.expectRevert(abi.encodeWithSelector(HostileToken.Blocked.selector, requester));
        jobs.withdraw(requester, 1);
        _jobs(watcher).withdraw(watcher, 1);
        stakes.burn();
    }

    /// A deposit within a deposit would be counted twice.
    function test_attack_reenteredDeposit_reverts() public {
        Reentrant r = new Reentrant();
        token.transfer(address(r), 5e18);
        token.setHook(address(r), abi.encodeCall(Reentrant.fund, (address(jobs), token, 5e18)));
        uint256 held = token.balanceOf(address(jobs));
        uint256 before = jobs.balanceOf(rival);
        _jobs(rival).deposit(rival, 10e18);
        yes(!token.hookOk(), "nested deposit refused");
        eq(jobs.balanceOf(rival) - before, 10e18, "credited once");
        eq(jobs.balanceOf(address(r)), 0, "nothing for the nested one");
        eq(token.balanceOf(address(jobs)) - held, 10e18, "held");
    }

    function test_attack_reenteredWithdraw_findsTheBalanceGone() public {
        uint256 all = jobs.balanceOf(rival);
        Reentrant r = new Reentrant();
        _jobs(rival).withdraw(address(r), all);
        r.fund(address(jobs), token, 100e18);
        token.setHook(address(r), abi.encodeCall(Reentrant.again, (address(jobs), 100e18)));
        uint256 held = token.balanceOf(address(jobs));
        r.again(address(jobs), 100e18);
        yes(!token.hookOk(), "second withdrawal refused");
        eq(held - token.balanceOf(address(jobs)), 100e18, "paid once");
    }

    function test_constructor_tokenWithoutCode_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ICustody.NoToken.selector, address(0x55)));
        _newStakes(address(0x55), EXIT_DELAY, COMPENSATION_BPS, REWARD_BPS);
    }
}

interface IWithdraw {
    function withdraw(address to, uint256 amount) external;
    function deposit(address account, uint256 amount) external returns (uint256);
}

contract Reentrant {
    function fund(address ledger, HostileToken token, uint256 amount) external {
        token.approve(ledger, amount);
        IWithdraw(ledger).deposit(address(this), amount);
    }

    function again(address ledger, uint256 amount) external {
        IWithdraw(ledger).withdraw(address(this), amount);
    }
}

contract PermitTest is ProtocolTest {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    function _signed(uint256 key, address spender, uint256 amount)
        private
        returns (address owner, uint8 v, bytes32 r, bytes32 s)
    {
        OPG token = OPG(address(opg));
        owner = vm.addr(key);
        bytes32 hash = keccak256(abi.encode(PERMIT, owner, spender, amount, token.nonces(owner), type(uint256).max));
        (v, r, s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), hash)));
    }

    function test_opg_fixedSupply() public view {
        eq(opg.totalSupply(), 1_000_000_000e18, "supply");
    }

    function test_depositWithPermit_needsNoApproval() public {
        (address owner, uint8 v, bytes32 r, bytes32 s) = _signed(0xA11CE, address(jobs), 10e18);
        opg.transfer(owner, 10e18);
        _jobs(owner).depositWithPermit(owner, 10e18, type(uint256).max, v, r, s);
        eq(jobs.balanceOf(owner), 10e18, "deposited");
    }

    /// Using somebody's permit before them does not stop their deposit.
    function test_attack_permitFrontRun_isHarmless() public {
        (address owner, uint8 v, bytes32 r, bytes32 s) = _signed(0xA11CE, address(stakes), 10e18);
        opg.transfer(owner, 10e18);
        vm.prank(rival);
        OPG(address(opg)).permit(owner, address(stakes), 10e18, type(uint256).max, v, r, s);
        _stakes(owner).bondWithPermit(address(jobs), 10e18, type(uint256).max, v, r, s);
        eq(stakes.bondOf(owner, address(jobs)).bonded, 10e18, "bonded");
    }
}
