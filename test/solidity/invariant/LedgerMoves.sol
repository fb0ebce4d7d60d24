// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {OPG} from "../../../contracts/token/OPG.sol";
import {WorldClock} from "./WorldClock.sol";

/// @dev Moves of tokens, prepaid balances, credit and bonds.
abstract contract LedgerMoves is WorldClock {
    mapping(address operator => uint256) private _exitAt;

    // ── tokens and ledgers ───────────────────────────────────────────────────────────────────────────────────────

    function deposit(uint8 who, uint8 forWhom, uint64 amount, uint8 kind) external now_ {
        address to = _all[forWhom % _all.length];
        ILedger ledger = _ledger(kind);
        if (kind % 4 < 2) {
            // To the burned account too.
            if (kind % 16 == 1) to = game.DEAD();
            vm.prank(_spender(who));
            ledger.deposit(to, amount);
            ++done["deposit"];
        } else {
            (uint8 v, bytes32 r, bytes32 s) = _signed(address(ledger), amount);
            vm.prank(_signer);
            ledger.depositWithPermit(to, amount, NEVER, v, r, s);
            ++done["depositWithPermit"];
        }
    }

    function withdraw(uint8 who, uint96 amount, uint8 kind) external now_ {
        address a = _all[who % _all.length];
        if (kind % 3 == 2) {
            amount = uint96(bound(amount, 0, stakes.creditOf(a)));
            _as(a, address(stakes), abi.encodeCall(stakes.withdrawCredit, (a, amount)));
            ++done["withdrawCredit"];
        } else {
            // The honest challenger keeps what it needs to go on.
            if (kind % 3 == 1 && a == watcher) return;
            ILedger ledger = _ledger(kind % 3);
            amount = uint96(bound(amount, 0, ledger.balanceOf(a)));
            _as(a, address(ledger), abi.encodeCall(ledger.withdraw, (a, amount)));
        }
        ++done["withdraw"];
    }

    function _ledger(uint8 kind) private view returns (ILedger) {
        return kind % 2 == 0 ? ILedger(address(jobs)) : ILedger(address(game));
    }

    /// @dev To anybody, the game too, whose rewards it must not touch.
    function transferCredit(uint8 who, uint8 to, uint96 amount) external now_ {
        address from = _spender(who);
        amount = uint96(bound(amount, 0, stakes.creditOf(from)));
        address receiver = to % 4 == 0 ? address(game) : _all[to / 4 % _all.length];
        _as(from, address(stakes), abi.encodeCall(stakes.transferCredit, (receiver, amount)));
        if (receiver == address(game)) _given += amount;
        if (amount != 0) ++done["transferCredit"];
    }

    function token(uint8 who, uint8 to, uint64 amount, uint8 kind) external move("token") {
        address a = _spender(who);
        address[3] memory contracts = [address(jobs), address(stakes), address(game)];
        if (kind % 4 == 0) {
            vm.prank(a);
            opg.transfer(_all[to % _all.length], amount);
        } else if (kind % 4 == 1) {
            _donated[contracts[to % 3]] += amount;
            vm.prank(a);
            opg.transfer(contracts[to % 3], amount);
            ++done["donate"];
        } else if (kind % 4 == 2) {
            address b = _spender(to);
            vm.prank(a);
            opg.approve(b, amount);
            vm.prank(b);
            opg.transferFrom(a, b, amount / 2);
        } else {
            (uint8 v, bytes32 r, bytes32 s) = _signed(a, amount);
            OPG(address(opg)).permit(_signer, a, amount, NEVER, v, r, s);
        }
    }

    function burn(uint8 kind) external now_ {
        if (kind % 2 == 0) game.burn();
        else stakes.burn();
        ++done[kind % 2 == 0 ? "burn deposits" : "burn"];
    }

    // ── bonds ────────────────────────────────────────────────────────────────────────────────────────────────────

    function bond(uint8 who, uint96 amount, uint8 kind) external now_ {
        amount = uint96(amount % 1_000e18);
        address a = kind % 4 == 0 ? _signer : _actor(who);
        if (kind % 4 == 0) {
            (uint8 v, bytes32 r, bytes32 s) = _signed(address(stakes), amount);
            _stakes(a).bondWithPermit(address(jobs), amount, NEVER, v, r, s);
            ++done["bondWithPermit"];
        } else {
            _stakes(a).bond(address(jobs), amount);
            ++done["bond"];
        }
        _bondPaidIn[a] += amount;
    }

    function exit(uint8 who, uint96 amount, uint8 kind) external now_ {
        address a = _leaver(who);
        IStakeRegistry.Bond memory b = stakes.bondOf(a, address(jobs));
        if (kind % 4 == 0) {
            _stakes(a).cancelExit(address(jobs));
            ++done["cancelExit"];
        } else if (kind % 4 == 1) {
            // Often of everything, now and then of more.
            if (kind % 8 == 1) amount = b.bonded;
            else if (kind % 16 != 5) amount = uint96(bound(amount, 0, b.bonded));
            _stakes(a).requestExit(address(jobs), amount);
            _exitAt[a] = _clock + EXIT_DELAY;
            ++done["requestExit"];
        } else {
            for (uint8 k = 1; b.exiting == 0 && k < _all.length; ++k) {
                a = _actor(uint8((who + uint256(k)) % _all.length));
                b = stakes.bondOf(a, address(jobs));
            }
            if (kind % 4 == 2 && !_passTo(b.exitAt)) return;
            uint256 paid = _stakes(a).withdrawBond(address(jobs), a);
            _bondTakenOut[a] += paid;
            _inTime(_clock >= _exitAt[a]);
            ++done["withdrawBond"];
        }
    }

    /// @dev Bonds to a registry that lies, and its slashes, in the game's name even.
    function hostileRegistry(uint8 who, uint96 amount, uint8 kind) external move("hostileRegistry") {
        address a = _spender(who);
        if (kind % 4 == 0) {
            _stakes(a).bond(address(_hostile), amount % 100e18);
        } else if (kind % 4 == 1) {
            _hostile.lock(a, amount);
        } else {
            address victim = kind % 4 == 2 ? a : operator;
            bool ofGame = kind % 8 < 4;
            uint256 reward = _hostile.slash(stakes, victim, amount, a, ofGame ? address(game) : address(_hostile));
            if (ofGame) _given += reward;
        }
    }
}
