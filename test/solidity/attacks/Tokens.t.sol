// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {HostileToken} from "../../../contracts/mocks/HostileToken.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobId} from "../../../contracts/types/JobId.sol";
import {AttackTest} from "./AttackTest.sol";

/// @dev A token whose balances move by themselves.
contract RebasingToken is ERC20 {
    constructor() ERC20("Rebasing", "REB") {
        _mint(msg.sender, 1_000_000_000e18);
    }

    function grow(address account, uint256 bps) external {
        _mint(account, balanceOf(account) * bps / 10_000);
    }

    function shrink(address account, uint256 bps) external {
        _burn(account, balanceOf(account) * bps / 10_000);
    }
}

/// @dev Somebody with code that is called in the middle of a transfer and calls back.
contract Caller {
    function call(address to, bytes calldata data) external returns (bytes memory result) {
        bool ok;
        (ok, result) = to.call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }
}

abstract contract TokenTest is AttackTest {
    address[] internal parties;

    function _deployWith(address token) internal {
        _deploy(token);
        parties = [operator, requester, watcher, rival];
        for (uint256 i = 0; i < parties.length; ++i) _fund(parties[i]);
    }

    /// @dev What the game and the registry of stakes owe in all, when no dispute is pending.
    function _owed() internal view returns (uint256 byGame, uint256 byStakes) {
        byGame = game.balanceOf(game.DEAD());
        byStakes = stakes.burnable() + stakes.totalBonded();
        for (uint256 i = 0; i < parties.length; ++i) {
            byGame += game.balanceOf(parties[i]);
            byStakes += stakes.creditOf(parties[i]);
        }
    }

    /// @dev A dispute with demands that ends in a conviction, and one that ends without.
    function _bothDisputes() internal {
        Job memory lie = _opened(LIE, watcher);
        _demand(lie, watcher, 0, 2);
        _demand(lie, rival, 2, 3);
        Job memory truth = _opened(HONEST, rival);
        _demand(truth, rival, 0, 3);
        _reveal(truth, operator, HONEST, 0, 3);
        _at(lie, REVEAL_PERIOD + 1);
        game.silence(lie, 0);
        _reclaim(lie, watcher);
        _reclaim(lie, rival);
        _collect(lie);
        _upholdAndFinalize(truth);
        eq(game.balanceOf(game.DEAD()), 3 * DEPOSIT, "to be burned");
    }
}

contract HostileTokenAttacks is TokenTest {
    HostileToken private token;

    function setUp() public override {
        token = HostileToken(_create("HostileToken", ""));
        _deployWith(address(token));
    }

    /// A token that keeps a part of every transfer: what arrives is what counts, disputes move none of it, and burning
    /// sends what was owed, no more.
    function test_attack_feeOnTransferToken() public {
        token.setFee(1_000);
        uint256 before = game.balanceOf(rival);
        _game(rival).deposit(rival, 1_000e18);
        eq(game.balanceOf(rival), before + 900e18, "what arrived");
        _bothDisputes();
        (uint256 byGame, uint256 byStakes) = _owed();
        eq(token.balanceOf(address(game)), byGame, "DisputeGame");
        eq(token.balanceOf(address(stakes)), byStakes, "StakeRegistry");
        uint256 dead = token.balanceOf(game.DEAD());
        game.burn();
        eq(token.balanceOf(game.DEAD()), dead + 3 * DEPOSIT * 9 / 10, "the token's fee is its own affair");
        eq(token.balanceOf(address(game)), byGame - 3 * DEPOSIT, "nobody else's money");
        for (uint256 i = 0; i < parties.length; ++i) {
            uint256 all = game.balanceOf(parties[i]);
            _game(parties[i]).withdraw(parties[i], all);
        }
        eq(token.balanceOf(address(game)), 0, "everybody took what was theirs");
    }

    /// A token that blocks a party, and then the dead address: no move of a dispute sends anything to anybody, so none
    /// can be blocked. What is blocked stays theirs.
    function test_attack_blacklistingToken() public {
        address[4] memory blocked = [watcher, operator, requester, game.DEAD()];
        for (uint256 i = 0; i < 4; ++i) {
            token.setBlocked(blocked[i]);
            _bothDisputes();
            if (blocked[i] == game.DEAD()) {
                vm.expectRevert(abi.encodeWithSelector(HostileToken.Blocked.selector, blocked[i]));
                game.burn();
                eq(game.balanceOf(game.DEAD()), 3 * DEPOSIT, "still to be burned");
                token.setBlocked(address(0));
            }
            game.burn();
            stakes.burn();
            (uint256 byGame, uint256 byStakes) = _owed();
            eq(token.balanceOf(address(game)), byGame, "DisputeGame");
            eq(token.balanceOf(address(stakes)), byStakes, "StakeRegistry");
        }
        token.setBlocked(watcher);
        uint256 credit = stakes.creditOf(watcher);
        vm.startPrank(watcher);
        vm.expectRevert(abi.encodeWithSelector(HostileToken.Blocked.selector, watcher));
        stakes.withdrawCredit(watcher, credit);
        stakes.withdrawCredit(address(0x77), credit);
        vm.stopPrank();
        eq(token.balanceOf(address(0x77)), credit, "to an address that is not blocked");
    }

    /// A token that calls out in every transfer: burning, and withdrawing, from within burning and withdrawing.
    function test_attack_hookReentersBurnAndWithdraw() public {
        _bothDisputes();
        Caller thief = new Caller();
        uint256 held = token.balanceOf(address(game));
        token.setHook(address(game), abi.encodeCall(game.burn, ()));
        game.burn();
        yes(!token.hookOk(), "nothing left to burn");
        eq(held - token.balanceOf(address(game)), 3 * DEPOSIT, "burned once");

        held = token.balanceOf(address(stakes));
        uint256 burnable = stakes.burnable();
        token.setHook(address(stakes), abi.encodeCall(stakes.burn, ()));
        stakes.burn();
        yes(!token.hookOk(), "nothing left to burn");
        eq(held - token.balanceOf(address(stakes)), burnable, "burned once");

        _game(rival).deposit(address(thief), 50e18);
        held = token.balanceOf(address(game));
        bytes memory withdrawal = abi.encodeCall(ILedger.withdraw, (address(thief), 50e18));
        token.setHook(address(thief), abi.encodeCall(Caller.call, (address(game), withdrawal)));
        thief.call(address(game), withdrawal);
        yes(!token.hookOk(), "nothing left to withdraw");
        eq(held - token.balanceOf(address(game)), 50e18, "paid once");
    }

    /// A hook that plays on from within a deposit: it demands with money that is not there yet, and reclaims from
    /// within a withdrawal of what it reclaims.
    function test_attack_hookReentersDemandAndReclaim() public {
        Caller thief = new Caller();
        Job memory job = _opened(LIE, watcher);
        token.transfer(address(thief), 100e18);
        thief.call(address(token), abi.encodeCall(token.approve, (address(game), type(uint256).max)));
        bytes memory wanted = abi.encode(_letters(0, 1));
        token.setHook(
            address(thief),
            abi.encodeCall(Caller.call, (address(game), abi.encodeCall(game.demand, (job, wanted))))
        );
        thief.call(address(game), abi.encodeCall(ILedger.deposit, (address(thief), 100e18)));
        yes(!token.hookOk(), "not credited before it has arrived");
        eq(game.balanceOf(address(thief)), 100e18, "credited once");

        thief.call(address(game), abi.encodeCall(game.demand, (job, wanted)));
        _at(job, REVEAL_PERIOD + 1);
        game.silence(job, 0);
        uint256 held = token.balanceOf(address(game));
        bytes memory reclaim = abi.encodeCall(game.reclaim, (job));
        token.setHook(address(thief), abi.encodeCall(Caller.call, (address(game), reclaim)));
        thief.call(address(game), abi.encodeCall(ILedger.withdraw, (address(thief), 90e18)));
        yes(token.hookOk(), "reclaimed, which moves no token");
        try thief.call(address(game), reclaim) {
            revert("reclaimed twice");
        } catch (bytes memory reason) {
            eq(bytes32(bytes4(reason)), bytes32(IDisputeGame.NothingToReclaim.selector), "nothing to reclaim");
        }
        eq(game.balanceOf(address(thief)), 10e18, "what it paid");
        eq(held - token.balanceOf(address(game)), 90e18, "what it took");
    }

    /// A hook that lets itself be convicted, collects and withdraws in the middle of bonding: only what arrives counts.
    function test_attack_hookReentersBond() public {
        Caller thief = new Caller();
        token.transfer(address(thief), 100e18);
        thief.call(address(token), abi.encodeCall(token.approve, (address(stakes), type(uint256).max)));
        bytes memory again = abi.encodeCall(IStakeRegistry.bond, (address(jobs), 40e18));
        token.setHook(address(thief), abi.encodeCall(Caller.call, (address(stakes), again)));
        thief.call(address(stakes), abi.encodeCall(IStakeRegistry.bond, (address(jobs), 60e18)));
        yes(!token.hookOk(), "a bond within a bond is refused");
        eq(stakes.bondOf(address(thief), address(jobs)).bonded, 60e18, "what arrived");
        (, uint256 byStakes) = _owed();
        eq(token.balanceOf(address(stakes)), byStakes, "StakeRegistry");
    }
}

contract RebasingTokenAttacks is TokenTest {
    RebasingToken private token;

    function setUp() public override {
        token = new RebasingToken();
        _deployWith(address(token));
    }

    /// Balances that grow: what is owed stays what it is, and nobody, not by any dispute, takes what grew.
    function test_attack_rebasingTokenGrows() public {
        token.grow(address(game), 1_000);
        token.grow(address(stakes), 1_000);
        (uint256 byGame, uint256 byStakes) = _owed();
        uint256 gameSurplus = token.balanceOf(address(game)) - byGame;
        uint256 stakesSurplus = token.balanceOf(address(stakes)) - byStakes;
        yes(gameSurplus != 0 && stakesSurplus != 0, "grown");
        _bothDisputes();
        game.burn();
        stakes.burn();
        _withdrawAll();
        (, byStakes) = _owed();
        eq(token.balanceOf(address(game)), gameSurplus, "nobody's");
        eq(token.balanceOf(address(stakes)) - byStakes, stakesSurplus, "nobody's");
    }

    /// Balances that shrink: verdicts, refunds and credits are arithmetic and go on. Each party can take what is owed
    /// to it as long as there is enough, and nobody more; the loss is the token's.
    function test_attack_rebasingTokenShrinks() public {
        token.shrink(address(game), 5_000);
        token.shrink(address(stakes), 5_000);
        _bothDisputes();
        (uint256 byGame,) = _owed();
        uint256 held = token.balanceOf(address(game));
        yes(held < byGame, "shrunk");
        uint256 taken;
        for (uint256 i = 0; i < parties.length; ++i) {
            uint256 all = game.balanceOf(parties[i]);
            uint256 before = token.balanceOf(parties[i]);
            vm.prank(parties[i]);
            try game.withdraw(parties[i], all) {
                eq(token.balanceOf(parties[i]) - before, all, "what was owed");
                taken += all;
            } catch {
                eq(game.balanceOf(parties[i]), all, "still owed");
                yes(token.balanceOf(address(game)) < all, "not enough left");
            }
        }
        yes(taken != 0 && taken < byGame, "some");
        // Whoever waits is paid as soon as there is enough again.
        token.transfer(address(game), byGame - held);
        _withdrawAll();
        eq(token.balanceOf(address(game)), game.balanceOf(game.DEAD()), "everybody took what was theirs");
    }

    function _withdrawAll() private {
        for (uint256 i = 0; i < parties.length; ++i) {
            uint256 all = game.balanceOf(parties[i]);
            uint256 credit = stakes.creditOf(parties[i]);
            vm.startPrank(parties[i]);
            game.withdraw(parties[i], all);
            stakes.withdrawCredit(parties[i], token.balanceOf(address(stakes)) < credit ? 0 : credit);
            vm.stopPrank();
        }
    }
}
