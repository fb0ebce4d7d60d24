// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {JobMoves} from "./JobMoves.sol";

/// @dev Moves of challengers and of the operators that they challenge, honest ones' too.
abstract contract DisputeMoves is JobMoves {
    bytes32 private constant EQUAL = "in the same second";
    uint256 private constant LONG = 1 << 255;

    // ── disputes ─────────────────────────────────────────────────────────────────────────────────────────────────

    function challenge(uint8 which, uint8 who) external now_ {
        Case storage c = _find(which, SUBMITTED | CHALLENGED);
        _challengeCase(c, _spender(who));
    }

    /// @dev From many addresses at once.
    function spam(uint8 which, uint8 count) external move("spam") {
        Case storage c = _find(which, SUBMITTED | CHALLENGED);
        for (uint8 k = 0; k < count % 6 + 1; ++k) {
            address a = _spender(uint8((uint256(count) + k) % _spenders.length));
            if (game.challengerIndex(c.job.id, a) == 0) _challengeCase(c, a);
        }
    }

    function open(uint8 which, uint8 how) external now_ {
        Case storage c = _find(which, _isUnopened);
        address a = _spender(how);
        if (how % 8 == 7 && a != c.job.claim.operator()) {
            _mustFail(a, address(game), abi.encodeCall(game.open, (c.job, c.trace, "")), "a trace in another's mouth");
        } else {
            _openCase(c);
        }
    }

    /// @dev A commitment, and now and then the race that it is for: another, with a later commitment or none that counts,
    /// convicts before or after, and the reward is divided.
    function commit(uint8 which, uint8 who, uint8 kind) external now_ {
        Case storage c = _find(which, _isGuilty);
        (, uint256 element) = _guilty(c.trace);
        bytes memory proof = abi.encode(element, c.trace);
        _commitAs(c, _spender(who), proof, 0);
        ++done["commit"];
        bool time = _nextDue() >= _clock + 3 && _clock + 2 <= _verdictBy(c) && _clock != c.job.claim.time();
        if (kind % 4 == 0 && time && _isGuilty(c)) _race(c, _spender(who), proof, kind / 4);
    }

    /// @dev `a` committed just now.
    function _race(Case storage c, address a, bytes memory proof, uint8 kind) private {
        address b = _spenders[(uint256(kind) + (a == _spenders[0] ? 1 : 0)) % _spenders.length];
        if (a == b) b = _liar == a ? rival : _liar;
        bytes32 salt = bytes32(_clock);
        _commitAs(c, a, proof, EQUAL);
        _tick();
        bool parted = kind % 2 == 0;
        if (parted) _commitAs(c, b, proof, salt);
        _tick();
        if (!parted && c.puppet != address(0)) (b, salt) = (c.puppet, PRE);
        else if (!parted) _commitAs(c, b, proof, salt);
        bool behind = parted && kind % 4 == 0;
        if (!behind) _mustConvict(c, b, proof, salt);
        _mustConvict(c, a, proof, 0);
        if (behind) _mustConvict(c, b, proof, salt);
        bytes memory again = abi.encodeCall(game.convict, (c.job, proof, EQUAL));
        _mustFail(a, address(game), again, "an equal commitment took something over");
        // Whoever reads the proof commits in the very second.
        _commitAs(c, a, proof, bytes32(_clock));
        bytes memory copied = abi.encodeCall(game.convict, (c.job, proof, bytes32(_clock)));
        _mustFail(a, address(game), copied, "a copied proof took something over");
        ++done[parted ? "part the halves" : "take over"];
    }

    /// @dev The first conviction of the guilty, or a claim that is better than all before it.
    function _mustConvict(Case storage c, address by, bytes memory proof, bytes32 salt) private {
        vm.prank(by);
        (bool ok,) = address(game).call(abi.encodeCall(game.convict, (c.job, proof, salt)));
        if (ok) _claimed(c, by, proof, salt);
        else breach = "a claim was refused";
    }

    /// @dev By whoever has the trace, guilty or not.
    function convict(uint8 which, uint8 who, uint8 element) external now_ {
        Case storage c = who % 8 < 6 ? _find(which, who % 8 < 4 ? _isGuilty : _isOpened) : _find(which, CONVICTED);
        (bool guilty, uint256 wrong) = _guilty(c.trace);
        if (!guilty || element % 4 == 0) wrong = 1 + element % (c.trace.length > 1 ? c.trace.length - 1 : 1);
        bool first = _isOpened(c);
        _convictAs(c, _spender(who), abi.encode(wrong, c.trace), 0);
        _inTime(!first || _clock <= _verdictBy(c));
        if (!guilty) breach = "an admissible trace was convicted";
        ++done["convict"];
    }

    function advance(uint8 which, uint8 who, uint8 until) external move("advance") {
        Case storage c = _find(which, _isGuilty);
        (, uint256 element) = _guilty(c.trace);
        _game(_spender(who)).advance(c.job, until % 3 + 1, abi.encode(element, c.trace));
    }

    function demand(uint8 which, uint8 who, uint8 from, uint8 count) external now_ {
        Case storage c = _find(which, _isOpened);
        uint256[] memory list = new uint256[](count % (MAX_OPEN_DEMANDS + 1) + 1);
        for (uint256 k = 0; k < list.length; ++k) list[k] = (from + k) % LETTERS;
        uint256 n = c.players.length;
        _demand(c, n == 0 || who % 2 == 0 ? _spender(who) : c.players[who / 2 % n], list);
    }

    function reveal(uint8 which, uint8 who, uint8 from, uint8 count) external now_ {
        Case storage c = _find(which, _isAsked);
        uint256[] memory list = _pending(c.job);
        if (count % 2 == 0 && list.length > 1) {
            // In part.
            uint256[] memory part = new uint256[](1 + from % list.length);
            for (uint256 k = 0; k < part.length; ++k) part[k] = list[k];
            list = part;
        }
        _reveal(c, who % 4 == 0 ? _spender(who) : c.job.claim.operator(), list);
    }

    function silence(uint8 which, uint8 who, uint8 wait) external now_ {
        Case storage c = _find(which, _isAsked);
        uint256[] memory list = _pending(c.job);
        bytes32 item = bytes32(list.length == 0 ? who % LETTERS : list[who % list.length]);
        (, uint256 revealBy,) = game.demandOf(c.job.id, item);
        if (revealBy != 0 && !_wait(wait, revealBy + 1)) return;
        // It may have been revealed in the meantime.
        (, revealBy,) = game.demandOf(c.job.id, item);
        bytes memory data = abi.encodeCall(game.silence, (c.job, item));
        _settle("silence", address(game), data, _isOpened(c) && revealBy != 0, _clock > revealBy);
    }

    function timeout(uint8 which, uint8 wait) external now_ {
        Case storage c = _find(which, _isUnopened);
        uint256 openBy = c.challengedAt + OPEN_PERIOD;
        if (_isUnopened(c) && !_wait(wait, openBy + 1)) return;
        _settle("timeout", address(game), abi.encodeCall(game.timeout, (c.job)), _isUnopened(c), _clock > openBy);
    }

    function resolve(uint8 which, uint8 wait) external now_ {
        Case storage c = _find(which, _isOpened);
        if (_isOpened(c) && !_wait(wait, _verdictBy(c) + 1)) return;
        bool ripe = _isOpened(c) && !_isAsked(c);
        _settle("resolve", address(game), abi.encodeCall(game.resolve, (c.job)), ripe, _clock > _verdictBy(c));
    }

    function reclaim(uint8 which, uint8 who) external move("reclaim") {
        Case storage c = _find(which, CONVICTED);
        address a = c.players.length == 0 ? _spender(who) : c.players[who % c.players.length];
        _game(a).reclaim(c.job);
    }

    function collect(uint8 which, uint8 wait) external now_ {
        Case storage c = _find(which, CONVICTED);
        IDisputeGame.Dispute memory d = game.disputeOf(c.job.id);
        if (!_wait(wait, d.since + REWARD_PERIOD)) return;
        bool over = d.priority == 0 || _clock >= d.since + REWARD_PERIOD;
        bool due = over && d.status == IDisputeGame.DisputeStatus.Convicted && game.rewardOf(c.job) != 0;
        _collect(c, due);
        _inTime(over);
        ++done["collect"];
    }

    function _collect(Case storage c, bool due) internal {
        IDisputeGame.Dispute memory d = game.disputeOf(c.job.id);
        uint256 reward = game.rewardOf(c.job);
        (uint256 earlier, uint256 later) = (stakes.creditOf(d.beneficiary), stakes.creditOf(d.laterBeneficiary));
        _anybody(address(game), abi.encodeCall(game.collect, (c.job)), due);
        _paid(d, reward, earlier, later);
    }

    // ── those who are never late ────────────────────────────────────────────────────────────────────────────────────

    /// @dev What is done next about a job by those who are never late.
    function duty(uint256 i) external override {
        require(msg.sender == address(this));
        Case storage c = _cases[i];
        bool unopened = _isUnopened(c);
        bool unseen = _isUnseen(c);
        if (unseen) _challengeCase(c, watcher);
        if (c.opens && unopened) _openCase(c);
        if (unseen || unopened) return;
        if (c.honest) {
            _reveal(c, c.job.claim.operator(), _pending(c.job));
        } else if (c.known) {
            _convictHonestly(c, i % 2 == 0);
        } else {
            uint256[] memory one = new uint256[](1);
            while (_asked(c.job.id, one[0])) ++one[0];
            _demand(c, watcher, one);
        }
    }

    function _convictHonestly(Case storage c, bool inPieces) private {
        (, uint256 element) = _guilty(c.trace);
        bytes memory proof = abi.encode(inPieces ? element | LONG : element, c.trace);
        bytes32 salt = bytes32(_clock);
        _commitAs(c, watcher, proof, salt);
        _tick();
        for (uint256 k = 1; inPieces && k <= element; ++k) {
            _game(watcher).advance(c.job, k, abi.encode(element, c.trace));
        }
        _convictAs(c, watcher, proof, salt);
        _inTime(_clock <= _verdictBy(c));
        ++done["convict honestly"];
    }

    /// @dev Convicts or takes over.
    function _convictAs(Case storage c, address by, bytes memory proof, bytes32 salt) private {
        _game(by).convict(c.job, proof, salt);
        _claimed(c, by, proof, salt);
    }

    // ── moves and what they keep to ─────────────────────────────────────────────────────────────────────────────────

    function _challengeCase(Case storage c, address by) private {
        _challenge(c.job, by);
        if (c.challengedAt == 0) c.challengedAt = _clock;
        _inTime(_clock < _windowEnd(c) && game.disputeOf(c.job.id).since == c.challengedAt);
        _join(c, by);
        ++done["challenge"];
    }

    function _openCase(Case storage c) private {
        _open(c.job, c.trace);
        _inTime(_clock <= c.challengedAt + OPEN_PERIOD);
        c.known = c.served;
        ++done["open"];
    }

    function _demand(Case storage c, address by, uint256[] memory letters) private {
        _game(by).demand(c.job, abi.encode(letters));
        _inTime(_clock + REVEAL_PERIOD <= _verdictBy(c));
        if (c.honest && _firstRevealBy(c.job.id) < _clock) breach = "an honest party was already late";
        _join(c, by);
        ++done["demand"];
    }

    function _reveal(Case storage c, address by, uint256[] memory letters) private {
        uint256 until = NEVER;
        for (uint256 k = 0; k < letters.length; ++k) {
            (, uint256 revealBy,) = game.demandOf(c.job.id, bytes32(letters[k]));
            if (revealBy < until) until = revealBy;
        }
        _game(by).reveal(c.job.id, abi.encode(letters, c.trace));
        _inTime(_clock <= until);
        c.known = true;
        ++done["reveal"];
    }

    function _join(Case storage c, address who) private {
        for (uint256 k = 0; k < c.players.length; ++k) if (c.players[k] == who) return;
        c.players.push(who);
    }
}
