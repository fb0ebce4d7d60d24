// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {Parties} from "./Parties.sol";

/// @dev What was paid, given and claimed, and what the contracts must say of it after every move.
abstract contract LedgerModel is Parties {
    bytes32[] internal _versions;
    mapping(bytes32 version => uint16) internal _shares;
    mapping(address to => uint256) internal _donated;
    /// @dev Credit that came to the game for no conviction.
    uint256 internal _given;
    mapping(address operator => uint256) internal _bondPaidIn;
    mapping(address operator => uint256) internal _bondTakenOut;
    mapping(bytes32 commitment => uint256) private _committed;

    function setUp() public virtual override {
        super.setUp();
        for (uint256 i = 0; i < _all.length; ++i) _bondPaidIn[_all[i]] = stakes.bondOf(_all[i], address(jobs)).bonded;
        _versions.push(version);
        _shares[version] = uint16(SHARE_BPS);
    }

    // ── claims ───────────────────────────────────────────────────────────────────────────────────────────────────

    function _commitAs(Case storage c, address by, bytes memory proof, bytes32 salt) internal {
        _commitNow(c.job, by, proof, salt);
        _committed[game.commitmentOf(c.job.id, by, keccak256(proof), salt)] = block.timestamp;
    }

    function _claimed(Case storage c, address by, bytes memory proof, bytes32 salt) internal {
        uint256 committed = _committed[game.commitmentOf(c.job.id, by, keccak256(proof), salt)];
        if (c.claimants.length == 0) c.convictedAt = block.timestamp;
        bool counts = committed > c.job.claim.time() && committed < c.convictedAt;
        c.claimants.push(Claimant(by, counts ? committed : 0));
    }

    /// @dev Who the halves belong to, by everything that was ever claimed: the earliest and the latest commitment, of
    /// the same second whoever came first; where none counts, whoever convicted.
    function _halves(Case storage c) private view returns (address earlier, address later) {
        (uint256 e, uint256 l) = (NEVER, 0);
        earlier = later = c.claimants[0].by;
        for (uint256 k = 0; k < c.claimants.length; ++k) {
            Claimant storage claimant = c.claimants[k];
            if (claimant.committed == 0) continue;
            if (claimant.committed < e) (earlier, e) = (claimant.by, claimant.committed);
            if (claimant.committed > l) (later, l) = (claimant.by, claimant.committed);
        }
    }

    /// @dev One half, rounded down, to one holder and the rest to the other.
    function _paid(IDisputeGame.Dispute memory d, uint256 reward, uint256 earlier, uint256 later) internal {
        uint256 half = reward / 2;
        if (d.beneficiary == d.laterBeneficiary) half = reward;
        if (stakes.creditOf(d.beneficiary) != earlier + half) {
            breach = "the earlier half was not paid";
            return;
        }
        if (d.beneficiary == d.laterBeneficiary) return;
        if (stakes.creditOf(d.laterBeneficiary) != later + reward - half) breach = "the later half was not paid";
    }

    // ── bonds ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev No bond stands behind more than it covers, nor what is leaving behind anything new.
    function _covered(address a, uint256 lockedBefore) internal {
        uint256 locked = jobs.lockedOf(a);
        IStakeRegistry.Bond memory b = stakes.bondOf(a, address(jobs));
        bool covered = locked <= lockedBefore || locked + b.exiting <= b.bonded;
        if (!covered) breach = "a bond does not cover what it stands behind";
    }

    // ── what must hold after every move ──────────────────────────────────────────────────────────────────────────

    /// @dev Each of these has a bug that it is the first to notice (`npm run seeded`).
    function check() public view {
        yes(bytes(breach).length == 0, breach);
        checkAgreement();
        checkJobRegistry();
        checkStakeRegistry();
        checkDisputeGame();
        checkLocks();
        checkJustice();
        checkRewards();
    }

    /// @dev Balance = Σ balances + Σ shares + Σ fees of unsettled jobs, and what was donated.
    function checkJobRegistry() public view {
        uint256 owed = _donated[address(jobs)];
        for (uint256 i = 0; i < _versions.length; ++i) owed += jobs.shareOf(_versions[i]);
        for (uint256 i = 0; i < _all.length; ++i) owed += jobs.balanceOf(_all[i]);
        for (uint256 i = 0; i < _cases.length; ++i) {
            if (_is(_cases[i], UNSETTLED)) owed += _cases[i].job.terms.fee();
        }
        eq(opg.balanceOf(address(jobs)), owed, "JobRegistry");
    }

    /// @dev Balance = Σ bonds + Σ credit + burnable, and what was donated. The total is Σ bonds. The game's credit is what
    /// it owes in rewards, and what it was given.
    function checkStakeRegistry() public view {
        uint256 bonds;
        uint256 owed = stakes.burnable() + _donated[address(stakes)];
        for (uint256 i = 0; i < _all.length; ++i) {
            bonds += stakes.bondOf(_all[i], address(jobs)).bonded + stakes.bondOf(_all[i], address(_hostile)).bonded;
            owed += stakes.creditOf(_all[i]);
        }
        uint256 ofGame = stakes.creditOf(address(game));
        owed += ofGame + stakes.creditOf(address(_hostile));
        eq(stakes.totalBonded(), bonds, "total bonded");
        eq(opg.balanceOf(address(stakes)), owed + bonds, "StakeRegistry");
        uint256 rewards = _given;
        for (uint256 i = 0; i < _cases.length; ++i) rewards += game.rewardOf(_cases[i].job);
        eq(ofGame, rewards, "credit of the game");
    }

    /// @dev Balance = Σ balances + what was paid into disputes that are not upheld and not reclaimed, and donations.
    function checkDisputeGame() public view {
        uint256 owed = _donated[address(game)] + game.balanceOf(game.DEAD());
        for (uint256 i = 0; i < _all.length; ++i) owed += game.balanceOf(_all[i]);
        for (uint256 i = 0; i < _cases.length; ++i) {
            Case storage c = _cases[i];
            IDisputeGame.DisputeStatus s = _disputeOf(c);
            if (s == IDisputeGame.DisputeStatus.None || s == IDisputeGame.DisputeStatus.Upheld) continue;
            uint256 paid;
            for (uint256 k = 0; k < c.players.length; ++k) {
                if (game.challengerIndex(c.job.id, c.players[k]) != 0) owed += _challengePrice(c.job.terms.bond());
                paid += game.paidOf(c.job.id, c.players[k]);
            }
            owed += paid;
            if (s == IDisputeGame.DisputeStatus.Convicted) continue;
            IDisputeGame.Demands memory demands = game.demandsOf(c.job.id);
            uint256 deposit_ = (uint256(c.job.terms.bond()) * DEMAND_DEPOSIT_BPS + 9_999) / 10_000;
            eq(paid, demands.made * (DEMAND_FEE + deposit_), "paid for demands");
            eq(demands.open, _pending(c.job).length, "open demands");
            yes(demands.open <= MAX_OPEN_DEMANDS, "places for demands");
        }
        eq(opg.balanceOf(address(game)), owed, "DisputeGame");
    }

    /// @dev Locked = Σ bonds of live claims, and no more than is bonded; so is what leaves. Of what was paid in, only
    /// what was taken out and the bonds of convicted claims is missing.
    function checkLocks() public view {
        for (uint256 k = 0; k < _all.length; ++k) {
            uint256 live;
            uint256 slashed;
            for (uint256 i = 0; i < _cases.length; ++i) {
                Case storage c = _cases[i];
                if (c.job.claim.operator() != _all[k]) continue;
                if (_is(c, UNSETTLED & ~REQUESTED)) live += c.job.terms.bond();
                if (_is(c, CONVICTED)) slashed += c.job.terms.bond();
            }
            uint256 locked = jobs.lockedOf(_all[k]);
            IStakeRegistry.Bond memory b = stakes.bondOf(_all[k], address(jobs));
            eq(locked, live, "locked");
            yes(locked <= b.bonded, "locked within the bond");
            yes(b.exiting <= b.bonded, "exiting within the bond");
            eq(stakes.lockableOf(_all[k], address(jobs)), b.bonded - b.exiting, "lockable");
            eq(b.bonded + slashed + _bondTakenOut[_all[k]], _bondPaidIn[_all[k]], "bonded");
        }
    }

    /// @dev Nobody was convicted who told the truth in time, and no watched lie got through.
    function checkJustice() public view {
        for (uint256 i = 0; i < _cases.length; ++i) {
            if (_cases[i].honest) yes(!_is(_cases[i], CONVICTED), "an honest operator was convicted");
            if (_cases[i].watched) yes(!_is(_cases[i], UPHELD | FINAL), "a watched lie went through");
        }
    }

    /// @dev Each half of every reward is whose claim is the best one.
    function checkRewards() public view {
        for (uint256 i = 0; i < _cases.length; ++i) {
            Case storage c = _cases[i];
            if (c.claimants.length == 0) continue;
            IDisputeGame.Dispute memory d = game.disputeOf(c.job.id);
            (address earlier, address later) = _halves(c);
            eq(d.beneficiary, earlier, "earlier half");
            eq(d.laterBeneficiary, later, "later half");
        }
    }

    /// @dev The game and the registry say the same about every job.
    function checkAgreement() public view {
        for (uint256 i = 0; i < _cases.length; ++i) {
            Case storage c = _cases[i];
            IDisputeGame.DisputeStatus d = _disputeOf(c);
            yes(_is(c, CHALLENGED) == (_isUnopened(c) || _isOpened(c)), "held");
            yes(_is(c, CONVICTED) == (d == IDisputeGame.DisputeStatus.Convicted), "convicted");
            yes(d != IDisputeGame.DisputeStatus.Upheld || _is(c, UPHELD | FINAL), "upheld");
        }
    }
}
