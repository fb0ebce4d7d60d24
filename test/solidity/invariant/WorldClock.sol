// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId} from "../../../contracts/types/JobId.sol";
import {LedgerModel} from "./LedgerModel.sol";

/// @dev Time, which stands still wherever somebody who is never late would be late a second later.
abstract contract WorldClock is LedgerModel {
    uint256 internal _clock = 1_000_000;

    /// Moves that went through.
    mapping(string move => uint256) public done;

    modifier now_() {
        vm.warp(_clock);
        _;
    }

    /// @dev Counts the move if it goes through.
    modifier move(string memory kind) {
        vm.warp(_clock);
        _;
        ++done[kind];
    }

    // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function pass(uint16 time) external move("pass") {
        uint256 due = time % 4 == 0 ? _nextDue() : NEVER;
        _passTo(due == NEVER ? _clock + time % 700 + 1 : due);
    }

    /// @dev Time stands still wherever an honest party would be late a second later.
    /// @return on Whether the move may go on: a revert after a breach would undo its record.
    function _passTo(uint256 to) internal returns (bool on) {
        while (_clock < to) {
            uint256 next = _nextDue();
            if (next > to) next = to;
            if (next < _clock) {
                breach = "an honest party was already late";
                return false;
            }
            _clock = next;
            vm.warp(_clock);
            if (next == to) break;
            for (uint256 i = 0; i < _cases.length; ++i) {
                if (_due(i) > _clock) continue;
                try this.duty(i) {
                    if (_due(i) > _clock) continue;
                    breach = "an honest move changed nothing";
                } catch (bytes memory reason) {
                    breach = string.concat("an honest move was refused: ", string(reason));
                }
                return false;
            }
        }
        return true;
    }

    /// @dev Mostly until a move is due; now and then not at all, or until the second before.
    /// @return on As of `_passTo`.
    function _wait(uint8 wait, uint256 due) internal returns (bool on) {
        return wait % 2 == 1 || _passTo(wait % 8 == 0 ? due - 1 : due);
    }

    function _nextDue() internal view returns (uint256 next) {
        next = NEVER;
        for (uint256 i = 0; i < _cases.length; ++i) {
            uint256 due = _due(i);
            if (due < next) next = due;
        }
    }

    /// @dev The last second in which somebody who is never late must do something about a job.
    function _due(uint256 i) private view returns (uint256 due) {
        Case storage c = _cases[i];
        due = NEVER;
        if (!c.opens && !c.watched) return due;
        JobId id = c.job.id;
        if (!_is(c, SUBMITTED | CHALLENGED)) return due;
        bool opened = _isOpened(c);
        if (c.opens && _isUnopened(c)) due = c.challengedAt + OPEN_PERIOD;
        if (c.honest && opened) due = _firstRevealBy(id);
        if (!c.watched) return due;
        if (_isUnseen(c)) return due < _windowEnd(c) ? due : _windowEnd(c) - 1;
        if (!opened) return due;
        if (c.known) return _verdictBy(c);
        return game.demandsOf(id).open == 0 ? _verdictBy(c) - REVEAL_PERIOD - 1 : NEVER;
    }

    /// @dev The watcher can still challenge it and has not.
    function _isUnseen(Case storage c) internal view returns (bool) {
        return c.watched && _clock < _windowEnd(c) && game.challengerIndex(c.job.id, watcher) == 0;
    }

    function _windowEnd(Case storage c) internal view returns (uint256) {
        return uint256(c.job.claim.time()) + c.job.terms.window();
    }

    function _verdictBy(Case storage c) internal view returns (uint256) {
        return _windowEnd(c) + OPEN_PERIOD + PROVE_PERIOD;
    }

    function _firstRevealBy(JobId id) internal view returns (uint256 first) {
        first = NEVER;
        if (game.demandsOf(id).open == 0) return first;
        for (uint256 k = 0; k < LETTERS; ++k) {
            (address demander, uint256 revealBy,) = game.demandOf(id, bytes32(k));
            if (demander != address(0) && revealBy < first) first = revealBy;
        }
    }

    /// @dev A second passes, where nobody who is never late is late for it.
    function _tick() internal {
        if (_nextDue() > _clock) vm.warp(++_clock);
    }

    /// @dev What a move that went through had to keep to, by the model's own clocks.
    function _inTime(bool kept) internal {
        if (!kept) breach = "a move went through at the wrong time";
    }

    /// @dev A move by anybody, which must go through where it is ripe and its time has come, and may not before.
    function _settle(string memory kind, address to, bytes memory data, bool ripe, bool inTime) internal {
        _anybody(to, data, ripe && inTime);
        _inTime(inTime);
        ++done[kind];
    }

    /// @dev Honest parties need not wait for the last second.
    function early(uint8 which) external now_ {
        for (uint256 k = 0; k < _cases.length; ++k) {
            uint256 i = (which + k) % _cases.length;
            if (_due(i) == NEVER) continue;
            this.duty(i);
            ++done["early"];
            return;
        }
    }

    /// @dev What is done next about a job by those who are never late.
    function duty(uint256 i) external virtual;
}
