// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobRegistry} from "../../../contracts/interfaces/IJobRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {MockConsumer} from "../../../contracts/mocks/MockConsumer.sol";
import {TermsLib} from "../../../contracts/types/Terms.sol";
import {WorldClock} from "./WorldClock.sol";

/// @dev Moves of publishers, requesters and operators, up to a result.
abstract contract JobMoves is WorldClock {
    bytes32 internal constant PRE = "before the submission";
    uint256 private constant MAX_CASES = 20;
    uint256 private constant MAX_VERSIONS = 5;
    bytes private constant ALPHABET = "abcdefghijklmnopqrstuvwxyz";
    /// Before every letter, so no trace from "a" ends in it.
    bytes private constant FALSE_OUTPUT = "A";

    // ── models ───────────────────────────────────────────────────────────────────────────────────────────────────

    function model(uint8 who, uint256 seed, uint8 kind) external now_ {
        uint256 id = 1 + seed % models.modelCount();
        address owner = models.ownerOf(id);
        address to = _spender(who);
        if (kind % 8 == 0) {
            _models(to).createModel("card");
        } else if (kind % 8 == 1 || kind % 8 == 2) {
            if (_versions.length == MAX_VERSIONS) return;
            IModelRegistry.Version memory v = _version(id, bytes32(seed | 1));
            v.price = uint96(seed % 5e18);
            v.minWindow = uint24(1 + seed % 300);
            v.shareBps = uint16(seed % 5001);
            bytes32 published = _models(owner).publish(v);
            _versions.push(published);
            _shares[published] = v.shareBps;
            ++done["publish"];
        } else if (kind % 8 == 3) {
            // One is left to work with.
            bytes32 old = _versions[_versions.length - 1];
            if (old == version) return;
            _models(models.publisherOf(old)).deprecate(old, 0);
            ++done["deprecate"];
        } else if (kind % 8 == 4) {
            _models(owner).transferFrom(owner, to, id);
            ++done["transfer model"];
        } else if (kind % 8 == 5) {
            vm.prank(owner);
            if (seed % 2 == 0) models.safeTransferFrom(owner, to, id);
            else models.safeTransferFrom(owner, to, id, "data");
        } else if (kind % 8 == 6) {
            _models(owner).approve(to, id);
            _models(to).transferFrom(owner, to, id);
        } else {
            _models(owner).setApprovalForAll(to, true);
        }
        ++done["model"];
    }

    function collectShare(uint8 which) external move("collectShare") {
        bytes32 v = _versions[which % _versions.length];
        _jobs(models.publisherOf(v)).collectShare(v);
    }

    // ── jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function request(uint8 who, uint8 which, uint96 fee, uint96 bond_, uint16 window, uint8 kind, uint8 callback)
        external
        now_
    {
        if (_cases.length == MAX_CASES) return;
        IJobRegistry.Request memory r;
        r.version = _versions[which % _versions.length];
        r.fee = uint96(bound(fee, models.offerOf(r.version).price(), 50e18));
        r.bond = uint96(bound(bond_, 1e18, 400e18));
        r.window = uint24(bound(window, models.offerOf(r.version).minWindow(), 3600));
        r.deadline = uint40(_clock + 1000);
        if (kind % 4 == 1) r.operator = _someOperator(who);
        if (callback % 3 == 0) r.callbackGas = 100_000;
        address from = callback % 3 == 0 ? address(_consumer) : _spender(who);
        Case storage c = _cases.push();
        c.job = _expected(from, r, INPUT);
        c.job.terms = TermsLib.pack(r.fee, r.bond, r.callbackGas, r.window, _shares[r.version]);
        c.byRoots = kind % 8 == 2;
        if (c.byRoots) {
            bytes32[] memory roots = new bytes32[](2);
            c.job.input = keccak256(abi.encodePacked(uint8(1), roots));
            _as(from, address(jobs), abi.encodeCall(jobs.requestByRoots, (r, roots, "uri")));
            ++done["requestByRoots"];
        } else {
            _as(from, address(jobs), abi.encodeCall(jobs.request, (r, INPUT)));
            ++done["request"];
        }
    }

    function accept(uint8 which, uint8 who) external move("accept") {
        Case storage c = _find(which, REQUESTED);
        address a = _operatorFor(c, who);
        uint256 locked = jobs.lockedOf(a);
        c.job = _accept(c.job, a);
        _inTime(_clock <= c.job.claim.deadline());
        _covered(a, locked);
    }

    function submit(uint8 which, uint8 who, uint8 how, uint8 watch) external now_ {
        Case storage c = _find(which, UNSUBMITTED);
        address a = _operatorFor(c, who);
        bool honest = a == operator || a == other;
        // An honest operator serves nothing that it could not open.
        if (honest && c.byRoots) return;
        bytes memory trace = _prefix(1 + how % LETTERS);
        if (!honest && how % 4 == 1) trace = "abcA";
        if (!honest && how % 4 == 2) trace = "aA";
        if (!honest && how % 4 == 3) trace = how % 8 == 3 ? bytes("axe") : bytes("azzzzA");
        bytes memory output = abi.encodePacked(trace[trace.length - 1]);
        uint256 locked = jobs.lockedOf(a);
        (bool guilty, uint256 element) = _guilty(trace);
        if (guilty && who % 2 == 0 && c.puppet == address(0)) {
            // Knows the proof of its own lie before anybody else can.
            c.puppet = a;
            _commitAs(c, a, abi.encode(element, trace), PRE);
        }
        c.job = _submit(c.job, a, output);
        _inTime(_clock <= c.job.claim.deadline());
        _covered(a, locked);
        c.output = output;
        c.trace = trace;
        c.honest = honest;
        c.opens = honest || (!c.byRoots && how % 32 < 20);
        c.lie = output[0] == FALSE_OUTPUT[0];
        c.watched = c.lie && watch % 4 != 0;
        c.served = how % 16 < 8;
        ++done[honest ? "submit honestly" : c.lie ? "submit a lie" : "submit"];
    }

    function cancel(uint8 which) external move("cancel") {
        Case storage c = _find(which, UNSUBMITTED);
        bool accepted = _is(c, UNSUBMITTED & ~REQUESTED);
        _as(c.job.id.requester(), address(jobs), abi.encodeCall(jobs.cancel, (c.job)));
        _inTime(!accepted || _clock > c.job.claim.time());
    }

    function refund(uint8 which) external now_ {
        Case storage c = _find(which, UNSUBMITTED);
        if (which % 4 == 0 && !_passTo(uint256(c.job.claim.deadline()) + 1)) return;
        bytes memory data = abi.encodeCall(jobs.refund, (c.job));
        _settle("refund", address(jobs), data, _is(c, UNSUBMITTED), _clock > c.job.claim.deadline());
    }

    function finalize(uint8 which, uint8 mood) external now_ {
        Case storage c = _find(which, SUBMITTED | UPHELD);
        if (mood % 5 == 4) _consumer.setReentry(address(jobs), abi.encodeCall(jobs.finalize, (c.job, c.output)));
        else _consumer.setMood(MockConsumer.Mood(mood % 5));
        if (_is(c, SUBMITTED) && !_wait(mood, _windowEnd(c))) return;
        bytes memory data = abi.encodeCall(jobs.finalize, (c.job, c.output));
        bool inTime = !_is(c, SUBMITTED) || _clock >= _windowEnd(c);
        _settle("finalize", address(jobs), data, _is(c, SUBMITTED | UPHELD), inTime);
    }

    function retryCallback(uint8 which, uint8 mood) external move("retryCallback") {
        Case storage c = _find(which, UNDELIVERED);
        _consumer.setMood(mood % 4 == 0 ? MockConsumer.Mood.Reverting : MockConsumer.Mood.Grateful);
        jobs.retryCallback(c.job, c.output);
    }

    function _prefix(uint256 length) private pure returns (bytes memory trace) {
        trace = new bytes(length);
        for (uint256 k = 0; k < length; ++k) trace[k] = ALPHABET[k];
    }
}
