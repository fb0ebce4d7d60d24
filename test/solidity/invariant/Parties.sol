// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../../../contracts/interfaces/IDisputeGame.sol";
import {ILocker, IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {MockConsumer} from "../../../contracts/mocks/MockConsumer.sol";
import {OPG} from "../../../contracts/token/OPG.sol";
import {Job, JobStatus} from "../../../contracts/types/Job.sol";
import {JobId} from "../../../contracts/types/JobId.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

/// @dev A jobs registry that says what it likes and slashes whom it likes: its bonders only have themselves to blame.
contract HostileRegistry is ILocker {
    mapping(address operator => uint256) public lockedOf;

    function lock(address operator, uint256 amount) external {
        lockedOf[operator] = amount;
    }

    function slash(IStakeRegistry stakes, address operator, uint256 amount, address to, address game)
        external
        returns (uint256 reward)
    {
        (, reward) = stakes.slash(operator, amount, to, game);
    }
}

/// @dev Who there is, which jobs they have with each other, and how they act.
abstract contract Parties is ProtocolTest {
    struct Case {
        Job job;
        /// Empty until submitted.
        bytes output;
        /// What the operator opens with.
        bytes trace;
        /// The operator is an honest one.
        bool honest;
        /// The operator opens, be it in the last second.
        bool opens;
        /// No admissible trace ends in the output.
        bool lie;
        /// The honest challenger looks at it.
        bool watched;
        /// Anybody can get the trace once it is opened.
        bool served;
        /// Everybody knows the trace.
        bool known;
        bool byRoots;
        /// Zero until then.
        uint256 challengedAt;
        /// Whoever challenged or demanded.
        address[] players;
        /// Whoever convicted, in order; the first one's time.
        Claimant[] claimants;
        /// Committed to the proof before the submission.
        address puppet;
        uint256 convictedAt;
    }

    struct Claimant {
        address by;
        /// Zero where no commitment counts.
        uint256 committed;
    }

    uint256 internal constant NEVER = type(uint256).max;
    uint256 internal constant LETTERS = 26;
    uint256 private constant SIGNER_KEY = 0xA11CE;
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// @dev Sets of statuses: bit s for status s.
    uint256 internal constant REQUESTED = 1 << uint256(JobStatus.Requested);
    uint256 internal constant UNSUBMITTED = REQUESTED | (1 << uint256(JobStatus.Accepted));
    uint256 internal constant SUBMITTED = 1 << uint256(JobStatus.Submitted);
    uint256 internal constant CHALLENGED = 1 << uint256(JobStatus.Challenged);
    uint256 internal constant UPHELD = 1 << uint256(JobStatus.Upheld);
    uint256 internal constant UNSETTLED = UNSUBMITTED | SUBMITTED | CHALLENGED | UPHELD;
    uint256 internal constant UNDELIVERED = 1 << uint256(JobStatus.FinalUndelivered);
    uint256 internal constant FINAL = UNDELIVERED | (1 << uint256(JobStatus.Final));
    uint256 internal constant CONVICTED = 1 << uint256(JobStatus.Convicted);

    Case[] internal _cases;
    /// Everyone.
    address[] internal _all;
    /// Those who pay for what makes no sense.
    address[] internal _spenders;
    address internal _liar = address(0x10);
    address internal _signer;
    MockConsumer internal _consumer;
    HostileRegistry internal _hostile;

    /// What must not happen and did.
    string public breach;

    function setUp() public virtual override {
        require(address(opg) == address(0), "set up");
        super.setUp();
        _signer = vm.addr(SIGNER_KEY);
        _consumer = new MockConsumer();
        _hostile = new HostileRegistry();
        _fund(_liar);
        _fund(_signer);
        _all = [operator, other, watcher, address(_consumer), requester, rival, publisher, _liar, _signer];
        _spenders = [requester, rival, publisher, _liar, _signer];
        for (uint160 i = 0; i < 6; ++i) {
            _fund(address(0x2000 + i));
            _all.push(address(0x2000 + i));
            _spenders.push(address(0x2000 + i));
        }
        opg.approve(address(jobs), type(uint256).max);
        jobs.deposit(address(_consumer), 1_000e18);
    }

    // ── who ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function _spender(uint8 who) internal view returns (address) {
        return _spenders[who % _spenders.length];
    }

    /// @dev Anybody but the consumer, which acts through requests only.
    function _actor(uint8 who) internal view returns (address a) {
        a = _all[who % _all.length];
        return a == address(_consumer) ? operator : a;
    }

    /// @dev Honest and not.
    function _someOperator(uint8 who) internal view returns (address) {
        return [operator, other, rival, _liar][who % 4];
    }

    /// @dev Mostly somebody whose bond stands behind a job.
    function _leaver(uint8 who) internal view returns (address) {
        if (who % 4 == 0) return _actor(who / 4);
        address disputed = _find(who, CHALLENGED).job.claim.operator();
        return who % 4 == 1 && disputed != address(0) ? disputed : _someOperator(who / 4);
    }

    /// @dev Mostly whom the job is reserved to, if by name.
    function _operatorFor(Case storage c, uint8 who) internal view returns (address) {
        address reserved = c.job.claim.operator();
        if (reserved != address(0) && who % 8 < (c.job.claim.named() ? 6 : 3)) return reserved;
        return _someOperator(who);
    }

    // ── which job ────────────────────────────────────────────────────────────────────────────────────────────────

    function _find(uint8 which, uint256 statuses) internal view returns (Case storage) {
        return _find(which, statuses, _isThere);
    }

    function _find(uint8 which, function(Case storage) view returns (bool) fits) internal view returns (Case storage) {
        return _find(which, type(uint256).max, fits);
    }

    /// @dev The first case from `which` on in one of the statuses that fits, or the one that happens to be there.
    function _find(uint8 which, uint256 statuses, function(Case storage) view returns (bool) fits)
        private
        view
        returns (Case storage)
    {
        uint256 n = _cases.length;
        for (uint256 k = 0; k < n && which < 224; ++k) {
            Case storage c = _cases[(which + k) % n];
            if (_is(c, statuses) && fits(c)) return c;
        }
        return _cases[which % n];
    }

    /// @dev Its job is in one of the statuses.
    function _is(Case storage c, uint256 statuses) internal view returns (bool) {
        return (statuses >> uint256(jobs.statusOf(c.job.id))) & 1 == 1;
    }

    function _disputeOf(Case storage c) internal view returns (IDisputeGame.DisputeStatus) {
        return game.disputeOf(c.job.id).status;
    }

    function _isThere(Case storage) internal pure returns (bool) {
        return true;
    }

    function _isUnopened(Case storage c) internal view returns (bool) {
        return _disputeOf(c) == IDisputeGame.DisputeStatus.Challenged;
    }

    function _isOpened(Case storage c) internal view returns (bool) {
        return _disputeOf(c) == IDisputeGame.DisputeStatus.Opened;
    }

    function _isGuilty(Case storage c) internal view returns (bool guilty) {
        (guilty,) = _guilty(c.trace);
        return guilty && _isOpened(c);
    }

    function _isAsked(Case storage c) internal view returns (bool) {
        return _isOpened(c) && game.demandsOf(c.job.id).open != 0;
    }

    /// @dev Letters that are demanded and not revealed.
    function _pending(Job memory job) internal view returns (uint256[] memory list) {
        list = new uint256[](LETTERS);
        uint256 count;
        for (uint256 k = 0; k < LETTERS; ++k) {
            (address demander,,) = game.demandOf(job.id, bytes32(k));
            if (demander != address(0)) list[count++] = k;
        }
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    function _asked(JobId id, uint256 letter) internal view returns (bool) {
        (address demander,, bool revealed) = game.demandOf(id, bytes32(letter));
        return demander != address(0) || revealed;
    }

    /// @dev The first inadmissible letter of a trace; 1 if there is none.
    function _guilty(bytes memory trace) internal pure returns (bool, uint256) {
        for (uint256 k = 1; k < trace.length; ++k) {
            if (uint8(trace[k]) != uint8(trace[k - 1]) + 1) return (true, k);
        }
        return (false, 1);
    }

    // ── how ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function _as(address who, address to, bytes memory data) internal {
        if (who == address(_consumer)) {
            _consumer.act(to, data);
            return;
        }
        vm.prank(who);
        (bool ok, bytes memory reason) = to.call(data);
        if (!ok) _rethrow(reason);
    }

    /// @dev A move that is nobody's in particular. One that is due must go through.
    function _anybody(address to, bytes memory data, bool due) internal {
        (bool ok, bytes memory reason) = to.call(data);
        if (ok) return;
        if (!due) _rethrow(reason);
        breach = string.concat("a move that was due was refused: ", string(reason));
    }

    function _mustFail(address from, address to, bytes memory data, string memory what) internal {
        vm.prank(from);
        (bool ok,) = to.call(data);
        if (ok) breach = what;
    }

    function _rethrow(bytes memory reason) internal pure {
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }

    function _signed(address spender, uint256 amount) internal returns (uint8, bytes32, bytes32) {
        OPG t = OPG(address(opg));
        bytes32 hash = keccak256(abi.encode(PERMIT, _signer, spender, amount, t.nonces(_signer), NEVER));
        return vm.sign(SIGNER_KEY, keccak256(abi.encodePacked(hex"1901", t.DOMAIN_SEPARATOR(), hash)));
    }
}
