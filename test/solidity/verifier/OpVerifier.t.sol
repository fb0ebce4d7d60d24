// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, IReductionFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {
    HashesShown,
    IOpVerifier,
    LeavesShown,
    Membership,
    Paths,
    Proof,
    TensorDemand,
    TraceDemand,
    TraceOpening,
    TraceShown
} from "../../../contracts/interfaces/IOpVerifier.sol";
import {FamilyCall} from "../../../contracts/dispute/FamilyCall.sol";
import {ProofCodec} from "../../../contracts/dispute/ProofCodec.sol";
import {TensorViews} from "../../../contracts/merkle/TensorView.sol";
import {DType, NodeRow} from "../../../contracts/types/Program.sol";
import {KeccakTree} from "../../../contracts/merkle/KeccakTree.sol";
import {TensorPlaces} from "../../../contracts/merkle/TensorPlaces.sol";
import {TensorTree} from "../../../contracts/merkle/TensorTree.sol";
import {TraceTree} from "../../../contracts/merkle/TraceTree.sol";
import {Trees} from "../support/Trees.sol";
import {Cheats} from "../support/Vm.sol";

/// @dev A family that admits exactly what it was told to, so that a verdict shows what it was asked.
contract ToldFamily is IReductionFamily {
    mapping(bytes32 question => bool) private _admitted;

    function admit(bytes32 question) external {
        _admitted[question] = true;
    }

    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        view
        returns (bool)
    {
        return _admitted[keccak256(abi.encode(row, element, claimed, inputs))];
    }

    function accumulate(
        bytes calldata row,
        uint256 element,
        bytes calldata carried,
        uint256 until,
        Opening[] calldata inputs
    ) external pure returns (bytes memory) {
        return abi.encode(keccak256(abi.encode(row, element, carried, until, inputs)));
    }

    function admissibleAfter(
        bytes calldata row,
        uint256 element,
        uint256 claimed,
        bytes calldata carried,
        Opening[] calldata inputs
    ) external view returns (bool) {
        return _admitted[keccak256(abi.encode(row, element, claimed, carried, inputs))];
    }
}

/// @dev A family that answers with any bytes, or reverts with them.
contract AnyFamily {
    bytes private _answer;
    bool private _reverts;
    bool private _echoes;

    /// @dev Answers with what it is asked from now on.
    function echo() external {
        _echoes = true;
    }

    function set(bytes calldata answer, bool reverts) external {
        (_answer, _reverts) = (answer, reverts);
    }

    fallback() external {
        bytes memory answer = _echoes ? abi.encode(msg.data) : _answer;
        bool reverts = _reverts;
        assembly ("memory-safe") {
            if reverts { revert(add(answer, 32), mload(answer)) }
            return(add(answer, 32), mload(answer))
        }
    }
}

/// @dev A program of two nodes over two inputs and a constant, and a trace of it:
///
///     0: bytes[2500] ──── node 0 (family 3; a second input is absent) ──── 2: int32[625]
///     1: float32[3]  ──── node 1 (family 1; after a constant of 1,200 bytes) ──── 3: float32[3]
///
/// The outputs are tensors 3 and 2, in this order.
contract OpVerifierTest is Cheats {
    ToldFamily[6] private families;
    IOpVerifier private verifier;
    bytes[4] private data;
    bytes private constantData;
    bytes private header;
    bytes[2] private rows;
    bytes32[] private programLeaves;
    bytes32[] private traceLeaves;
    bytes32[] private tensorRoots;
    bytes32 private programRoot;
    bytes32 private traceRoot;

    function setUp() public {
        IOpFamily[] memory all = new IOpFamily[](6);
        for (uint256 f = 0; f < 6; ++f) all[f] = families[f] = new ToldFamily();
        verifier = IOpVerifier(_create("OpVerifier", abi.encode(all)));
        data[0] = Trees.bytesOf(1, 2500);
        data[1] = Trees.bytesOf(2, 12);
        data[2] = Trees.bytesOf(3, 2500);
        // Element 300 is the least int32, whose bits are those of −0.
        (data[2][1200], data[2][1201], data[2][1202], data[2][1203]) = (0, 0, 0, 0x80);
        // 1.0, −0 and a number
        data[3] = hex"0000803f0000008011223344";
        constantData = Trees.bytesOf(4, 1200);
        for (uint256 id = 0; id < 4; ++id) {
            tensorRoots.push(Trees.root(data[id]));
            traceLeaves.push(keccak256(abi.encodePacked(hex"00", tensorRoots[id])));
        }
        traceRoot = _sealed(Trees.keccakRoot(traceLeaves), 2);
        header = abi.encodePacked(
            hex"01",
            uint32(4),
            uint32(2),
            uint8(2),
            abi.encodePacked(DType.UINT8, uint8(1), uint32(2500)),
            abi.encodePacked(DType.FLOAT32, uint8(1), uint32(3)),
            uint8(2),
            abi.encodePacked(uint32(3), DType.FLOAT32, uint8(1), uint32(3)),
            abi.encodePacked(uint32(2), DType.INT32, uint8(1), uint32(625))
        );
        bytes memory a = abi.encodePacked(uint8(0), DType.UINT8, uint8(1), uint32(2500), uint8(0));
        bytes memory i = abi.encodePacked(uint8(0), DType.INT32, uint8(1), uint32(625), uint8(0));
        bytes memory b = abi.encodePacked(uint8(0), DType.FLOAT32, uint8(1), uint32(3), uint8(0));
        bytes memory c = abi.encodePacked(uint8(1), DType.FLOAT32, uint8(1), uint32(300), uint8(0));
        rows[0] = abi.encodePacked(
            uint16(0x0301), uint8(0), uint8(0), uint32(0), uint8(2), i, uint32(2), a, uint32(0), hex"02", uint8(0)
        );
        rows[1] = abi.encodePacked(
            abi.encodePacked(uint16(0x0101), uint8(2), uint8(0), uint32(0), uint8(2), b, uint32(3)),
            abi.encodePacked(c, Trees.root(constantData), b, uint32(1), uint8(0))
        );
        programLeaves.push(keccak256(bytes.concat(hex"02", header)));
        programLeaves.push(keccak256(bytes.concat(hex"00", rows[0])));
        programLeaves.push(keccak256(bytes.concat(hex"00", rows[1])));
        programRoot = Trees.keccakRoot(programLeaves);
    }

    // ── honest parts ─────────────────────────────────────────────────────────────────────────────────────────────

    function _opening() private view returns (TraceOpening memory o) {
        o.header = header;
        o.headerPath = Trees.keccakPath(programLeaves, 0);
        o.top = tensorRoots;
        o.input = bytes.concat(data[0], data[1]);
        o.output = bytes.concat(data[3], data[2]);
    }

    /// @dev The commitment to a trace: its root, with the depth in the low byte.
    function _sealed(bytes32 root, uint256 depth) private pure returns (bytes32) {
        return bytes32((uint256(root) >> 8 << 8) | depth);
    }

    function _member(uint256 id, uint32[] memory leaves) private view returns (Membership memory) {
        return Membership(tensorRoots[id], Trees.keccakPath(traceLeaves, id), Trees.siblings(data[id], leaves));
    }

    function _paths(uint256 id, uint32[] memory leaves) private view returns (Paths memory) {
        return Paths(Trees.keccakPath(traceLeaves, id), Trees.siblings(data[id], leaves));
    }

    function _leaf(uint32 index) private pure returns (uint32[] memory leaves) {
        leaves = new uint32[](1);
        leaves[0] = index;
    }

    /// @dev Element 300 of tensor 2, in its leaf 1.
    function _proof0() private view returns (Proof memory p) {
        (p.node, p.row, p.rowPath, p.element) = (0, rows[0], Trees.keccakPath(programLeaves, 1), 300);
        p.members = new Paths[](3);
        p.members[0] = _paths(2, _leaf(1));
        p.members[1] = _paths(0, _leaf(1));
        p.output = Trees.open(data[2], _leaf(1));
        p.inputs = new Opening[](2);
        p.inputs[0] = Trees.open(data[0], _leaf(1));
    }

    /// @dev An element of tensor 3, with leaf 1 of the constant.
    function _proof1(uint256 element) private view returns (Proof memory p) {
        (p.node, p.row, p.rowPath, p.element) = (1, rows[1], Trees.keccakPath(programLeaves, 2), element);
        p.members = new Paths[](3);
        p.members[0] = _paths(3, _leaf(0));
        p.members[1].siblings = Trees.siblings(constantData, _leaf(1));
        p.members[2] = _paths(1, _leaf(0));
        p.output = Trees.open(data[3], _leaf(0));
        p.inputs = new Opening[](2);
        p.inputs[0] = Trees.open(constantData, _leaf(1));
        p.inputs[1] = Trees.open(data[1], _leaf(0));
    }

    /// @dev Asserts as well what the proof goes on from.
    function _convicts(Proof memory p, bytes32 from) private view returns (bool guilty) {
        bytes32 progress;
        (guilty, progress) = verifier.convicts(programRoot, traceRoot, abi.encode(p));
        eq(progress, from, "goes on from");
    }

    function _refuses(Proof memory p, bytes memory err) private {
        vm.expectRevert(err);
        verifier.convicts(programRoot, traceRoot, abi.encode(p));
        vm.expectRevert(err);
        verifier.advance(programRoot, traceRoot, 1, abi.encode(p));
    }

    function _flipped(bytes memory b, uint256 at) private pure returns (bytes memory c) {
        c = bytes.concat(b);
        c[at] ^= 0x01;
    }

    // ── verdicts ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_convicts_unlessTheFamilyAdmitsThisElement() public {
        Proof memory p = _proof0();
        yes(_convicts(p, 0), "not admitted");
        families[2].admit(keccak256(abi.encode(rows[0], p.element, uint256(0x80000000), p.inputs)));
        yes(!_convicts(p, 0), "admitted: row, element, claimed value and inputs are those of the proof");
        p.element = 301;
        yes(_convicts(p, 0), "another element");
    }

    function test_convicts_withAConstantInput() public {
        Proof memory p = _proof1(2);
        yes(_convicts(p, 0), "not admitted");
        families[0].admit(keccak256(abi.encode(rows[1], uint256(2), uint256(0x44332211), p.inputs)));
        yes(!_convicts(p, 0), "admitted");
    }

    /// −0 is no form of a computed float32, so it convicts whatever the family says of it.
    function test_convicts_ofAFloatOutOfCanonicalForm() public {
        Proof memory p = _proof1(1);
        families[0].admit(keccak256(abi.encode(rows[1], uint256(1), uint256(0x80000000), p.inputs)));
        yes(_convicts(p, 0), "-0");
        p = _proof1(0);
        families[0].admit(keccak256(abi.encode(rows[1], uint256(0), uint256(0x3f800000), p.inputs)));
        yes(!_convicts(p, 0), "1.0");
    }

    /// The element past the last stands for what must be zero behind it.
    function test_convicts_ofPaddingThatIsNotZero() public {
        Proof memory p = _proof1(3);
        yes(!_convicts(p, 0), "zeros");
        data[3] = bytes.concat(data[3], hex"0000000001");
        p.output = Trees.open(data[3], _leaf(0));
        tensorRoots[3] = Trees.root(data[3]);
        traceLeaves[3] = keccak256(abi.encodePacked(hex"00", tensorRoots[3]));
        traceRoot = _sealed(Trees.keccakRoot(traceLeaves), 2);
        p.members[0] = _paths(3, _leaf(0));
        p.members[2] = _paths(1, _leaf(0));
        yes(_convicts(p, 0), "a byte that belongs to no element");
    }

    function test_convicts_inputsMayStayClosed_theOutputMayNot() public {
        Proof memory p = _proof0();
        p.inputs[0] = Opening(new uint32[](0), "");
        yes(_convicts(p, 0), "the family sees what it needs");
        p.output = Opening(new uint32[](0), "");
        vm.expectRevert(abi.encodeWithSelector(TensorViews.LeafMissing.selector, 1));
        _convicts(p, 0);
    }

    function test_familyOf_isTheHighByte() public {
        for (uint16 f = 1; f <= 6; ++f) {
            eq(address(verifier.familyOf(f << 8)), address(families[f - 1]), "first");
            eq(address(verifier.familyOf((f << 8) | 0xff)), address(families[f - 1]), "last");
        }
        uint16[3] memory unknown = [0x00ff, 0x0700, 0xffff];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IOpVerifier.FamilyUnknown.selector, unknown[i]));
            verifier.familyOf(unknown[i]);
        }
    }

    function _verifierOf(uint256 count) private returns (IOpFamily[] memory list, IOpVerifier made) {
        list = new IOpFamily[](count);
        for (uint256 i = 0; i < count; ++i) list[i] = IOpFamily(address(uint160(1000 + i)));
        made = IOpVerifier(_create("OpVerifier", abi.encode(list)));
    }

    function test_families_areListedAsTheyWereGiven() public {
        for (uint256 count = 1; count < 256; count += 127) {
            (IOpFamily[] memory given, IOpVerifier made) = _verifierOf(count);
            eq(keccak256(abi.encode(made.families())), keccak256(abi.encode(given)), "all of them");
            eq(address(made.familyOf(uint16(count) << 8)), address(given[count - 1]), "the last");
        }
    }

    function test_families_asManyAsAnOpcodeCanName() public {
        for (uint256 count = 0; count < 257; count += 256) {
            vm.expectRevert(abi.encodeWithSelector(IOpVerifier.FamilyCount.selector, count, 255));
            _verifierOf(count);
        }
    }

    /// @dev The verifier with a family for the opcodes of node 1 that answers anything.
    function _withAnyFamily() private returns (AnyFamily any) {
        any = new AnyFamily();
        address[] memory list = new address[](6);
        for (uint256 i = 0; i < 6; ++i) list[i] = address(families[i]);
        list[0] = address(any);
        verifier = IOpVerifier(_create("OpVerifier", abi.encode(list)));
    }

    /// Whether anything is carried says its length, not what it is.
    function test_zerosThatAreCarried_areCarried() public {
        Proof memory p = _proof1(2);
        p.carried = new bytes(64);
        bytes32 named = keccak256(abi.encode(uint256(1), uint256(2), keccak256(p.carried)));
        families[0].admit(keccak256(abi.encode(rows[1], uint256(2), uint256(0x44332211), p.carried, p.inputs)));
        yes(!_convicts(p, named), "admitted after the pieces");
    }

    /// The family gets a head and the proof behind it, to the byte.
    function test_theFamilySeesTheProof_andNothingElse() public {
        AnyFamily any = _withAnyFamily();
        Proof memory p = _proof1(2);
        any.echo();
        bytes memory proof = abi.encode(p);
        (,, bytes memory asked) = verifier.advance(programRoot, traceRoot, 7, proof);
        eq(asked.length, 4 + 5 * 32 + proof.length, "no byte more");
        eq(bytes32(bytes4(asked)), IReductionFamily.accumulate.selector, "the question");
        eq(keccak256(_tail(asked, 164)), keccak256(proof), "the very bytes");
    }

    /// Whoever calls the verifier itself may let a proof reach beyond its own length: the family reads the same there.
    function test_theFamilySeesWhatWasAuthenticated_behindTheProofToo() public {
        AnyFamily any = _withAnyFamily();
        any.echo();
        bytes memory proof = abi.encode(_proof1(2));
        bytes memory question = abi.encodeCall(verifier.advance, (programRoot, traceRoot, 7, proof));
        // The last leaf lies half outside.
        _set(question, 4 + 4 * 32, proof.length - 600);
        (bool ok, bytes memory answer) = address(verifier).staticcall(question);
        yes(ok, "what is authentic is, wherever it stands");
        (,, bytes memory asked) = abi.decode(answer, (bytes32, bytes32, bytes));
        eq(asked.length, 4 + 5 * 32 + proof.length, "as far as the verifier reads");
        eq(keccak256(_tail(asked, 164)), keccak256(proof), "the very bytes");
    }

    function _tail(bytes memory b, uint256 from) private pure returns (bytes memory c) {
        c = new bytes(b.length - from);
        for (uint256 i = 0; i < c.length; ++i) c[i] = b[from + i];
    }

    /// A family that does not answer yes or no has not judged.
    function test_familyThatAnswersOtherwise_convictsNobody() public {
        AnyFamily any = _withAnyFamily();
        Proof memory p = _proof1(2);
        any.set(abi.encode(true), false);
        yes(!_convicts(p, 0), "admitted");
        any.set(abi.encode(false), false);
        yes(_convicts(p, 0), "not admitted");
        uint256[4] memory lengths = [uint256(0), 31, 33, 64];
        for (uint256 i = 0; i < 4; ++i) {
            any.set(new bytes(lengths[i]), false);
            vm.expectRevert(abi.encodeWithSelector(FamilyCall.AnswerMalformed.selector, address(any)));
            verifier.convicts(programRoot, traceRoot, abi.encode(p));
        }
        any.set(abi.encode(2), false);
        vm.expectRevert(abi.encodeWithSelector(FamilyCall.AnswerMalformed.selector, address(any)));
        verifier.convicts(programRoot, traceRoot, abi.encode(p));
    }

    function test_familyThatReverts_isHeard() public {
        AnyFamily any = _withAnyFamily();
        Proof memory p = _proof1(2);
        bytes[3] memory reasons = [bytes(""), hex"01020304", abi.encodeWithSelector(TensorViews.LeafMissing.selector, 7)];
        for (uint256 i = 0; i < 3; ++i) {
            any.set(reasons[i], true);
            _refuses(p, reasons[i]);
        }
    }

    function test_accumulators_ofAnyLength_areHandedOn() public {
        AnyFamily any = _withAnyFamily();
        Proof memory p = _proof1(2);
        for (uint256 length = 0; length < 100; length += 11) {
            bytes memory carried = Trees.bytesOf(length, length);
            any.set(abi.encode(carried), false);
            (, bytes32 next, bytes memory got) = verifier.advance(programRoot, traceRoot, 1, abi.encode(p));
            eq(keccak256(got), keccak256(carried), "as the family gave them");
            eq(next, keccak256(abi.encode(uint256(1), uint256(2), keccak256(carried))), "named");
        }
    }

    // ── constants in the row ─────────────────────────────────────────────────────────────────────────────────────

    /// @dev Node 1 with a constant of three floats in its row in place of the one that is opened.
    function _inlineRow() private {
        bytes memory b = abi.encodePacked(uint8(0), DType.FLOAT32, uint8(1), uint32(3), uint8(0));
        bytes memory c = abi.encodePacked(uint8(3), DType.FLOAT32, uint8(1), uint32(3), uint8(0), data[1]);
        rows[1] = abi.encodePacked(
            abi.encodePacked(uint16(0x0101), uint8(2), uint8(0), uint32(0), uint8(2), b, uint32(3)),
            abi.encodePacked(c, b, uint32(1), uint8(0))
        );
        programLeaves[2] = keccak256(bytes.concat(hex"00", rows[1]));
        programRoot = Trees.keccakRoot(programLeaves);
    }

    /// What is opened for a constant that stands in the row proves nothing and is asked for nothing.
    function test_aConstantInTheRow_isNotOpened() public {
        _inlineRow();
        Proof memory p = _proof1(2);
        (p.inputs[0], p.members[1]) = (Opening(new uint32[](0), ""), Paths(new bytes32[](0), new bytes32[](0)));
        yes(_convicts(p, 0), "not admitted");
        families[0].admit(keccak256(abi.encode(rows[1], uint256(2), uint256(0x44332211), p.inputs)));
        yes(!_convicts(p, 0), "admitted");
        p.inputs[0] = Trees.open(constantData, _leaf(1));
        yes(_convicts(p, 0), "what nobody vouches for is let by");
        p.inputs[1].data[0] ^= 0x01;
        vm.expectPartialRevert(IOpVerifier.NotInTrace.selector);
        _convicts(p, 0);
    }

    function test_demanded_ofAConstantInTheRow_reverts() public {
        _inlineRow();
        TensorDemand[] memory wanted = new TensorDemand[](1);
        wanted[0] = _demand(1, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IOpVerifier.NotDemandable.selector, 1, 1));
        verifier.demanded(programRoot, abi.encode(wanted, new TraceDemand[](0)));
        wanted[0] = _demand(1, 2, 0);
        bytes32[] memory items = verifier.demanded(programRoot, abi.encode(wanted, new TraceDemand[](0)));
        eq(items[0], keccak256(abi.encode(uint256(1), uint256(0), uint256(0), uint256(1))), "the input after it");
    }

    // ── what a proof leaves out ──────────────────────────────────────────────────────────────────────────────────

    /// @dev Element 600 of tensor 2, in its last leaf, of which 452 bytes belong to the tensor, as they do of the input's.
    function _proofAtTheEnd() private view returns (Proof memory p) {
        p = _proof0();
        p.element = 600;
        p.members[0] = _paths(2, _leaf(2));
        p.members[1] = _paths(0, _leaf(2));
        p.output = Trees.open(data[2], _leaf(2));
        p.inputs[0] = Trees.open(data[0], _leaf(2));
    }

    function _cut(bytes memory b, uint256 length) private pure returns (bytes memory c) {
        c = bytes.concat(b);
        assembly ("memory-safe") {
            mstore(c, length)
        }
    }

    function test_leavesOut_theZerosBehindATensor() public {
        Proof memory p = _proofAtTheEnd();
        yes(_convicts(p, 0), "whole leaves");
        p.output.data = _cut(p.output.data, 452);
        p.inputs[0].data = _cut(p.inputs[0].data, 452);
        yes(_convicts(p, 0), "up to the end of the tensor");
        families[2].admit(keccak256(abi.encode(rows[0], p.element, _word(data[2], 2400), p.inputs)));
        yes(!_convicts(p, 0), "the same element is claimed, and the family gets what was opened");
        // Past the last element there is nothing but what was left out.
        p.element = 625;
        yes(!_convicts(p, 0), "zeros");
    }

    function _word(bytes memory b, uint256 from) private pure returns (uint256 value) {
        for (uint256 i = 4; i > 0; --i) value = (value << 8) | uint8(b[from + i - 1]);
    }

    function test_leavesOut_noByteOfATensor() public {
        for (uint256 length = 0; length < 1026; ++length) {
            if (length == 452 || length == 1024) continue;
            if (length > 10 && length < 440 || length > 460 && length < 1015) continue;
            Proof memory p = _proofAtTheEnd();
            p.inputs[0].data = length > 1024 ? new bytes(length) : _cut(p.inputs[0].data, length);
            _refuses(p, abi.encodeWithSelector(TensorTree.LeafLength.selector, 1, length));
        }
        // The tensor does not end in this leaf.
        Proof memory q = _proof0();
        q.inputs[0].data = _cut(q.inputs[0].data, 452);
        _refuses(q, abi.encodeWithSelector(TensorTree.LeafLength.selector, 1, 452));
    }

    function test_leavesOut_noByteThatIsNotZero() public {
        data[0] = bytes.concat(data[0], hex"01");
        tensorRoots[0] = Trees.root(data[0]);
        traceLeaves[0] = keccak256(abi.encodePacked(hex"00", tensorRoots[0]));
        traceRoot = _sealed(Trees.keccakRoot(traceLeaves), 2);
        Proof memory p = _proofAtTheEnd();
        yes(_convicts(p, 0), "shown");
        p.inputs[0].data = _cut(p.inputs[0].data, 452);
        vm.expectPartialRevert(IOpVerifier.NotInTrace.selector);
        _convicts(p, 0);
    }

    // ── malformed encodings ──────────────────────────────────────────────────────────────────────────────────────

    enum Question {
        Convicts,
        TraceOf,
        Demanded,
        Revealed
    }

    function _ask(Question question, bytes memory encoded) private view {
        bytes32 output = keccak256(abi.encodePacked(hex"00", data[3], data[2]));
        bytes32 input = keccak256(abi.encodePacked(hex"00", data[0], data[1]));
        if (question == Question.Convicts) verifier.convicts(programRoot, traceRoot, encoded);
        else if (question == Question.TraceOf) verifier.traceOf(programRoot, input, output, encoded);
        else if (question == Question.Demanded) verifier.demanded(programRoot, encoded);
        else verifier.revealed(traceRoot, encoded);
    }

    /// @dev Any offset or length that wraps around, or is twice as large as all that there is, is refused by name.
    function _refusesWord(Question question, bytes memory encoded, uint256 position) private {
        uint256 right = _get(encoded, position);
        uint256[3] memory wrong = [type(uint256).max - 31, 1 << 255, 2 * encoded.length];
        for (uint256 i = 0; i < 3; ++i) {
            _set(encoded, position, wrong[i]);
            vm.expectPartialRevert(ProofCodec.EncodingMalformed.selector);
            _ask(question, encoded);
        }
        _set(encoded, position, right);
    }

    /// @dev The same for the offset that word `index` of a struct is, and for the length that it leads to.
    function _refusesField(Question question, bytes memory encoded, uint256 base, uint256 index) private {
        _refusesWord(question, encoded, base + 32 * index);
        _refusesWord(question, encoded, _target(encoded, base, index));
    }

    function _refusesFields(Question question, bytes memory encoded, uint256 base, uint256[] memory words) private {
        for (uint256 i = 0; i < words.length; ++i) _refusesField(question, encoded, base, words[i]);
    }

    function _words(uint256 from, uint256 to) private pure returns (uint256[] memory list) {
        list = new uint256[](to - from);
        for (uint256 i = from; i < to; ++i) list[i - from] = i;
    }

    /// @dev Where that leads to which word `index` of a struct is the offset of.
    function _target(bytes memory encoded, uint256 base, uint256 index) private pure returns (uint256) {
        return base + _get(encoded, base + 32 * index);
    }

    /// @dev Item `i` of the list of structs that word `index` of a struct leads to, whose offset is refused.
    function _item(Question question, bytes memory encoded, uint256 base, uint256 index, uint256 i)
        private
        returns (uint256)
    {
        uint256 first = _target(encoded, base, index) + 32;
        _refusesWord(question, encoded, first + 32 * i);
        return _target(encoded, first, i);
    }

    function test_refuses_malformedProofs() public {
        bytes memory proof = abi.encode(_proof0());
        _refusesWord(Question.Convicts, proof, 0);
        _refusesFields(Question.Convicts, proof, 32, _words(1, 3));
        _refusesField(Question.Convicts, proof, 32, 7);
        // Their numbers are those of the row.
        for (uint256 part = 4; part < 7; ++part) _refusesWord(Question.Convicts, proof, 32 + 32 * part);
        // Of the output and of the first input: path and siblings, leaves and data.
        for (uint256 i = 0; i < 2; ++i) {
            uint256 member = _item(Question.Convicts, proof, 32, 4, i);
            _refusesFields(Question.Convicts, proof, member, _words(0, 2));
        }
        _refusesFields(Question.Convicts, proof, _target(proof, 32, 5), _words(0, 2));
        _refusesFields(Question.Convicts, proof, _item(Question.Convicts, proof, 32, 6, 0), _words(0, 2));
        _ask(Question.Convicts, proof);
    }

    function test_refuses_malformedOpenings() public {
        bytes memory opening = abi.encode(_opening());
        _refusesWord(Question.TraceOf, opening, 0);
        _refusesFields(Question.TraceOf, opening, 32, _words(0, 4));
        _refusesFields(Question.TraceOf, opening, 32, _words(5, 7));
        _ask(Question.TraceOf, opening);
        // Roots are looked at where the bytes are not the job's.
        TraceOpening memory o = _opening();
        o.input = "";
        opening = abi.encode(o);
        _refusesField(Question.TraceOf, opening, 32, 4);
        vm.expectPartialRevert(IOpVerifier.CommitmentMismatch.selector);
        _ask(Question.TraceOf, opening);
    }

    function test_refuses_malformedDemands() public {
        TensorDemand[] memory tensors = new TensorDemand[](2);
        (tensors[0], tensors[1]) = (_demand(0, 0, 0), _demand(1, 2, 0));
        TraceDemand[] memory traces = new TraceDemand[](1);
        traces[0] = TraceDemand(header, Trees.keccakPath(programLeaves, 0), new uint64[](1));
        bytes memory wanted = abi.encode(tensors, traces);
        _refusesFields(Question.Demanded, wanted, 0, _words(0, 2));
        for (uint256 i = 0; i < 2; ++i) {
            uint256 demand = _item(Question.Demanded, wanted, 0, 0, i);
            _refusesFields(Question.Demanded, wanted, demand, _words(1, 3));
            _refusesField(Question.Demanded, wanted, demand, 4);
        }
        _refusesFields(Question.Demanded, wanted, _item(Question.Demanded, wanted, 0, 1, 0), _words(0, 3));
        _ask(Question.Demanded, wanted);
    }

    /// Bits above those of a place name no place.
    function test_refuses_placesOfTooManyBits() public {
        TensorDemand[] memory tensors = new TensorDemand[](1);
        tensors[0] = _demand(0, 0, 0);
        bytes memory wanted = abi.encode(tensors, new TraceDemand[](0));
        uint256 demand = 32 + _target(wanted, 0, 0) + _get(wanted, 32 + _target(wanted, 0, 0));
        _set(wanted, _target(wanted, demand, 4) + 32, 1 << 64);
        vm.expectRevert(abi.encodeWithSelector(TensorPlaces.NoSuchPlace.selector, 2, 1 << 32, 0, 2));
        _ask(Question.Demanded, wanted);
    }

    function test_refuses_malformedReveals() public {
        (LeavesShown[] memory leaves, HashesShown[] memory hashes) = _shown();
        bytes memory shown = abi.encode(leaves, hashes, _rootsShown(false));
        _refusesFields(Question.Revealed, shown, 0, _words(0, 3));
        for (uint256 i = 0; i < 2; ++i) {
            uint256 part = _item(Question.Revealed, shown, 0, 0, i);
            _refusesWord(Question.Revealed, shown, part + 64);
            _refusesFields(Question.Revealed, shown, _target(shown, part, 2), _words(1, 3));
            _refusesWord(Question.Revealed, shown, part + 96);
            _refusesFields(Question.Revealed, shown, _target(shown, part, 3), _words(0, 2));
            part = _item(Question.Revealed, shown, 0, 1, i);
            _refusesWord(Question.Revealed, shown, part + 64);
            _refusesFields(Question.Revealed, shown, _target(shown, part, 2), _words(1, 3));
            _refusesField(Question.Revealed, shown, part, 3);
        }
        _refusesFields(Question.Revealed, shown, _item(Question.Revealed, shown, 0, 2, 0), _words(1, 3));
        _ask(Question.Revealed, shown);
    }

    function _set(bytes memory b, uint256 position, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(add(b, 32), position), value)
        }
    }

    function _get(bytes memory b, uint256 position) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(b, 32), position))
        }
    }

    // ── forgeries ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_refuses_aRowOfAnotherProgram() public {
        Proof memory p = _proof0();
        p.row = _flipped(p.row, 5);
        bytes32 leaf = keccak256(bytes.concat(hex"00", p.row));
        bytes32 computed = Trees.keccakJoin(
            Trees.keccakJoin(programLeaves[0], leaf), Trees.keccakJoin(programLeaves[2], 0)
        );
        _refuses(p, abi.encodeWithSelector(IOpVerifier.NotInProgram.selector, programRoot, computed));
        // The row of node 0 is leaf 1: there is no row in the header's place.
        p = _proof0();
        p.node = 1;
        bytes32[] memory path = p.rowPath;
        bytes32 wrong = Trees.keccakJoin(path[1], Trees.keccakJoin(programLeaves[1], path[0]));
        _refuses(p, abi.encodeWithSelector(IOpVerifier.NotInProgram.selector, programRoot, wrong));
    }

    /// A row ends where its last attribute does, also one that its publisher committed to.
    function test_refuses_aRowThatGoesOn() public {
        uint256 position = rows[0].length - 1;
        rows[0] = bytes.concat(rows[0], hex"00");
        programLeaves[1] = keccak256(bytes.concat(hex"00", rows[0]));
        programRoot = Trees.keccakRoot(programLeaves);
        _refuses(_proof0(), abi.encodeWithSelector(NodeRow.RowMalformed.selector, position));
    }

    function test_refuses_anotherNumberOfInputs() public {
        Proof memory p = _proof0();
        p.members = new Paths[](2);
        _refuses(p, abi.encodeWithSelector(IOpVerifier.InputCount.selector, 3, 2));
        p.members = new Paths[](4);
        _refuses(p, abi.encodeWithSelector(IOpVerifier.InputCount.selector, 3, 4));
        p = _proof0();
        p.inputs = new Opening[](1);
        _refuses(p, abi.encodeWithSelector(IOpVerifier.InputCount.selector, 2, 1));
        p.inputs = new Opening[](3);
        _refuses(p, abi.encodeWithSelector(IOpVerifier.InputCount.selector, 2, 3));
    }

    /// @dev The trace's tree with another root in place of the first tensor's.
    function _traceWith(bytes32 root) private view returns (bytes32) {
        bytes32 first = Trees.keccakJoin(keccak256(abi.encodePacked(hex"00", root)), traceLeaves[1]);
        return _sealed(Trees.keccakJoin(first, Trees.keccakJoin(traceLeaves[2], traceLeaves[3])), 2);
    }

    function test_refuses_tensorsThatAreNotTheTraces() public {
        Proof memory p = _proof0();
        p.members[1].siblings[0] = keccak256("another");
        bytes32 leaf = sha256(bytes.concat(hex"00", p.inputs[0].data));
        bytes32 root = Trees.join(Trees.join(keccak256("another"), leaf), Trees.node(data[0], 1, 1));
        _refuses(p, abi.encodeWithSelector(IOpVerifier.NotInTrace.selector, 0, traceRoot, _traceWith(root)));
        p = _proof0();
        p.members[0] = _paths(3, _leaf(0));
        vm.expectPartialRevert(TensorTree.SiblingCount.selector);
        _convicts(p, 0);
        // The leaves of one tensor in the place of another.
        p = _proof0();
        p.members[0].path = Trees.keccakPath(traceLeaves, 3);
        vm.expectPartialRevert(IOpVerifier.NotInTrace.selector);
        _convicts(p, 0);
    }

    function test_refuses_leavesThatAreNotTheTensors() public {
        Proof memory p = _proof0();
        p.inputs[0].data = _flipped(p.inputs[0].data, 1023);
        bytes32 leaf = sha256(bytes.concat(hex"00", p.inputs[0].data));
        bytes32 root = Trees.join(Trees.join(Trees.node(data[0], 0, 0), leaf), Trees.node(data[0], 1, 1));
        _refuses(p, abi.encodeWithSelector(IOpVerifier.NotInTrace.selector, 0, traceRoot, _traceWith(root)));
        p = _proof0();
        p.output.data = _flipped(p.output.data, 0);
        vm.expectPartialRevert(IOpVerifier.NotInTrace.selector);
        _convicts(p, 0);
        p = _proof1(0);
        p.inputs[0].data = _flipped(p.inputs[0].data, 0);
        leaf = sha256(bytes.concat(hex"00", p.inputs[0].data));
        root = Trees.join(Trees.node(constantData, 0, 0), leaf);
        _refuses(p, abi.encodeWithSelector(IOpVerifier.NotInTensor.selector, Trees.root(constantData), root));
    }

    // ── pieces ───────────────────────────────────────────────────────────────────────────────────────────────────

    function _step(Proof memory p, bytes memory carried, uint256 until) private pure returns (bytes memory) {
        return abi.encode(keccak256(abi.encode(p.row, p.element, carried, until, p.inputs)));
    }

    function test_advance_carriesThePiecesOfOneElement() public {
        Proof memory p = _proof1(2);
        p.output = Opening(new uint32[](0), "");
        (bytes32 from, bytes32 progress, bytes memory carried) =
            verifier.advance(programRoot, traceRoot, 10, abi.encode(p));
        eq(from, 0, "from the beginning");
        eq(keccak256(carried), keccak256(_step(p, "", 10)), "the family's accumulators");
        eq(progress, keccak256(abi.encode(uint256(1), uint256(2), keccak256(carried))), "named by node and element");

        p.carried = carried;
        bytes32 next;
        bytes memory further;
        (from, next, further) = verifier.advance(programRoot, traceRoot, 20, abi.encode(p));
        eq(from, progress, "from where it was");
        eq(keccak256(further), keccak256(_step(p, carried, 20)), "they go on from there");
        eq(next, keccak256(abi.encode(uint256(1), uint256(2), keccak256(further))), "named again");

        Proof memory last = _proof1(2);
        last.carried = further;
        yes(_convicts(last, next), "not admitted");
        families[0].admit(keccak256(abi.encode(rows[1], uint256(2), uint256(0x44332211), further, last.inputs)));
        yes(!_convicts(last, next), "admitted after the pieces");
    }

    /// Whatever is carried is named with its node and element, also where the family is not asked: the game refuses what
    /// the caller's pieces did not come to.
    function test_whateverIsCarried_isNamed() public view {
        Proof memory p = _proof1(2);
        p.carried = "from nowhere";
        bytes32 named = keccak256(abi.encode(uint256(1), uint256(2), keccak256("from nowhere")));
        _convicts(p, named);
        (bytes32 from,,) = verifier.advance(programRoot, traceRoot, 1, abi.encode(p));
        eq(from, named, "a piece alike");
        p.element = 3;
        named = keccak256(abi.encode(uint256(1), uint256(3), keccak256("from nowhere")));
        _convicts(p, named);
    }

    // ── traces ───────────────────────────────────────────────────────────────────────────────────────────────────

    function _inline(bytes memory b) private pure returns (bytes32) {
        return keccak256(bytes.concat(hex"00", b));
    }

    function _refusesTrace(TraceOpening memory o, bytes32 input, bytes memory err) private {
        bytes32 output = _inline(o.output);
        vm.expectRevert(err);
        verifier.traceOf(programRoot, input, output, abi.encode(o));
    }

    function test_traceOf_inlineInputs() public view {
        TraceOpening memory o = _opening();
        (bytes32 root, bytes memory shown) =
            verifier.traceOf(programRoot, _inline(o.input), _inline(o.output), abi.encode(o));
        eq(root, traceRoot, "root");
        eq(keccak256(shown), keccak256(abi.encodePacked(tensorRoots)), "all roots, for they are no more than 64");
    }

    function test_traceOf_inputsByRoot() public {
        TraceOpening memory o = _opening();
        bytes32 input = keccak256(abi.encodePacked(hex"01", tensorRoots[0], tensorRoots[1]));
        o.input = "";
        o.inputRoots = new bytes32[](2);
        (o.inputRoots[0], o.inputRoots[1]) = (tensorRoots[0], tensorRoots[1]);
        (bytes32 root,) = verifier.traceOf(programRoot, input, _inline(o.output), abi.encode(o));
        eq(root, traceRoot, "root");
        for (uint256 n = 1; n <= 3; n += 2) {
            o.inputRoots = new bytes32[](n);
            input = keccak256(abi.encodePacked(hex"01", o.inputRoots));
            _refusesTrace(o, input, abi.encodeWithSelector(IOpVerifier.HashesGiven.selector, 2, n));
        }
    }

    function test_traceOf_anotherProgram_reverts() public {
        TraceOpening memory o = _opening();
        bytes32 input = _inline(o.input);
        o.header = _flipped(header, 4);
        bytes32 computed = Trees.keccakJoin(
            Trees.keccakJoin(keccak256(bytes.concat(hex"02", o.header)), programLeaves[1]),
            Trees.keccakJoin(programLeaves[2], 0)
        );
        _refusesTrace(o, input, abi.encodeWithSelector(IOpVerifier.NotInProgram.selector, programRoot, computed));
    }

    function test_traceOf_anotherNumberOfHashes_reverts() public {
        TraceOpening memory o = _opening();
        for (uint256 n = 3; n <= 5; n += 2) {
            o.top = new bytes32[](n);
            _refusesTrace(o, _inline(o.input), abi.encodeWithSelector(IOpVerifier.HashesGiven.selector, 4, n));
        }
        o = _opening();
        o.siblings = new bytes32[](1);
        _refusesTrace(o, _inline(o.input), abi.encodeWithSelector(KeccakTree.PathLength.selector, 0, 1));
    }

    function test_traceOf_anotherInputOrOutput_reverts() public {
        TraceOpening memory o = _opening();
        o.inputRoots = new bytes32[](2);
        bytes32 computed = keccak256(abi.encodePacked(hex"01", o.inputRoots));
        bytes32 other = keccak256("another input");
        _refusesTrace(o, other, abi.encodeWithSelector(IOpVerifier.CommitmentMismatch.selector, other, computed));
        bytes32 input = _inline(o.input);
        other = keccak256("another output");
        vm.expectRevert(
            abi.encodeWithSelector(IOpVerifier.CommitmentMismatch.selector, other, _inline(o.output))
        );
        verifier.traceOf(programRoot, input, other, abi.encode(o));
    }

    function test_traceOf_anotherLength_reverts() public {
        TraceOpening memory o = _opening();
        o.input = data[0];
        _refusesTrace(o, _inline(o.input), abi.encodeWithSelector(IOpVerifier.ByteLength.selector, 2512, 2500));
        o.input = bytes.concat(data[0], data[1], hex"00");
        _refusesTrace(o, _inline(o.input), abi.encodeWithSelector(IOpVerifier.ByteLength.selector, 2512, 2513));
        o = _opening();
        o.output = data[3];
        _refusesTrace(o, _inline(o.input), abi.encodeWithSelector(IOpVerifier.ByteLength.selector, 2512, 12));
    }

    /// Inputs and outputs of the trace are the job's own, tensor by tensor.
    function test_traceOf_ofOtherBoundaryTensors_reverts() public {
        for (uint256 id = 0; id < 4; ++id) {
            TraceOpening memory o = _opening();
            o.top[id] = keccak256("another");
            bytes32 given = keccak256(abi.encodePacked(hex"00", o.top[id]));
            _refusesTrace(
                o,
                _inline(o.input),
                abi.encodeWithSelector(IOpVerifier.TopMismatch.selector, id, traceLeaves[id], given)
            );
        }
    }

    /// @dev The program with another header.
    function _setHeader(uint32 tensors, bytes memory outputs) private {
        header = abi.encodePacked(
            hex"01",
            tensors,
            uint32(2),
            uint8(2),
            abi.encodePacked(DType.UINT8, uint8(1), uint32(2500)),
            abi.encodePacked(DType.FLOAT32, uint8(1), uint32(3)),
            outputs
        );
        programLeaves[0] = keccak256(bytes.concat(hex"02", header));
        programRoot = Trees.keccakRoot(programLeaves);
    }

    function _floats(uint32 id) private pure returns (bytes memory) {
        return abi.encodePacked(id, DType.FLOAT32, uint8(1), uint32(3));
    }

    /// An input may be an output, and an output stand twice: all that is said of one tensor is one thing.
    function test_traceOf_aTensorNamedTwice_hasOneValue() public {
        bytes memory bytes2500 = abi.encodePacked(uint32(0), DType.UINT8, uint8(1), uint32(2500));
        _setHeader(4, abi.encodePacked(uint8(4), _floats(3), _floats(1), bytes2500, _floats(3)));
        TraceOpening memory o = _opening();
        bytes32 input = _inline(o.input);
        o.output = bytes.concat(data[3], data[1], data[0], data[3]);
        (bytes32 root,) = verifier.traceOf(programRoot, input, _inline(o.output), abi.encode(o));
        eq(root, traceRoot, "root");

        bytes memory other = _flipped(data[1], 0);
        bytes32 another = Trees.root(other);
        o.output = bytes.concat(data[3], other, data[0], data[3]);
        _refusesTrace(
            o, input, abi.encodeWithSelector(IOpVerifier.BoundaryMismatch.selector, 1, tensorRoots[1], another)
        );
        o.output = bytes.concat(data[3], data[1], data[0], other);
        _refusesTrace(
            o, input, abi.encodeWithSelector(IOpVerifier.BoundaryMismatch.selector, 3, tensorRoots[3], another)
        );
    }

    /// Outputs of more than 32 KiB together stand in the opening by their roots, shorter ones by their bytes, and neither as
    /// the other.
    function test_traceOf_longOutputs_byTheirRoots() public {
        bytes memory rest = abi.encodePacked(uint32(2), DType.INT32, uint8(1), uint32(625));
        _setHeader(4, abi.encodePacked(uint8(2), uint32(3), DType.FLOAT32, uint8(1), uint32(7567), rest));
        TraceOpening memory o = _opening();
        bytes32 input = _inline(o.input);
        _refusesTrace(o, input, abi.encodeWithSelector(IOpVerifier.ByteLength.selector, 30_268, o.output.length));
        _setHeader(4, abi.encodePacked(uint8(2), uint32(3), DType.FLOAT32, uint8(1), uint32(7568), rest));
        o = _opening();
        o.output = abi.encodePacked(tensorRoots[3], tensorRoots[2]);
        (bytes32 root,) = verifier.traceOf(programRoot, input, _inline(o.output), abi.encode(o));
        eq(root, traceRoot, "root");

        o.output = bytes.concat(data[3], data[2]);
        _refusesTrace(o, input, abi.encodeWithSelector(IOpVerifier.ByteLength.selector, 64, o.output.length));
        o.output = abi.encodePacked(tensorRoots[3]);
        _refusesTrace(o, input, abi.encodeWithSelector(IOpVerifier.ByteLength.selector, 64, 32));
        bytes32 other = keccak256("another");
        o.output = abi.encodePacked(other, tensorRoots[2]);
        bytes32 leaf = keccak256(abi.encodePacked(hex"00", other));
        _refusesTrace(o, input, abi.encodeWithSelector(IOpVerifier.TopMismatch.selector, 3, leaf, traceLeaves[3]));
    }

    /// A graph without inputs begins with an output.
    function test_traceOf_aGraphWithoutInputs() public {
        header = abi.encodePacked(hex"01", uint32(4), uint32(2), uint8(0), uint8(1), _floats(0));
        programLeaves[0] = keccak256(bytes.concat(hex"02", header));
        programRoot = Trees.keccakRoot(programLeaves);
        tensorRoots[0] = tensorRoots[3];
        traceLeaves[0] = traceLeaves[3];
        TraceOpening memory o = _opening();
        (o.input, o.output) = ("", data[3]);
        (bytes32 root,) = verifier.traceOf(programRoot, _inline(""), _inline(o.output), abi.encode(o));
        eq(root, _sealed(Trees.keccakRoot(traceLeaves), 2), "root");
    }

    function test_traceOf_anOutputBesideTheTrace_reverts() public {
        for (uint32 id = 4; id < 8; ++id) {
            _setHeader(4, abi.encodePacked(uint8(1), _floats(id)));
            TraceOpening memory o = _opening();
            o.output = data[3];
            _refusesTrace(
                o, _inline(o.input), abi.encodeWithSelector(KeccakTree.IndexBeyondTree.selector, id, 2)
            );
        }
    }

    /// Of a trace of more than 64 tensors the hashes six levels below the root are shown, and inputs and outputs lead to
    /// them.
    function test_traceOf_manyTensors_showsTheTopOfTheTree() public {
        _setHeader(
            130,
            bytes.concat(
                abi.encodePacked(uint8(3), _floats(129)),
                abi.encodePacked(uint32(2), DType.INT32, uint8(1), uint32(625), _floats(129))
            )
        );
        for (uint256 i = 4; i < 130; ++i) traceLeaves.push(keccak256(abi.encode("tensor", i)));
        traceLeaves[129] = traceLeaves[3];
        traceLeaves[3] = keccak256("tensor 3");
        bytes32[] memory leaves = traceLeaves;
        TraceOpening memory o = _opening();
        o.output = bytes.concat(o.output, data[3]);
        o.top = new bytes32[](64);
        for (uint256 i = 0; i < 64; ++i) o.top[i] = Trees.keccakNode(leaves, 2, i);
        o.siblings = new bytes32[](3);
        (o.siblings[0], o.siblings[1], o.siblings[2]) = (leaves[3], leaves[128], Trees.keccakNode(leaves, 1, 65));
        bytes32 input = _inline(o.input);
        (bytes32 root, bytes memory shown) = verifier.traceOf(programRoot, input, _inline(o.output), abi.encode(o));
        eq(root, _sealed(Trees.keccakRoot(leaves), 8), "root");
        eq(keccak256(shown), keccak256(abi.encodePacked(o.top)), "the nodes six levels down");

        bytes32 expected = o.top[32];
        o.top[32] = keccak256("another");
        _refusesTrace(o, input, abi.encodeWithSelector(IOpVerifier.TopMismatch.selector, 32, expected, o.top[32]));
        o.top[32] = expected;
        o.siblings = new bytes32[](2);
        _refusesTrace(o, input, abi.encodeWithSelector(KeccakTree.PathLength.selector, 3, 2));
        o.top = new bytes32[](128);
        _refusesTrace(o, input, abi.encodeWithSelector(IOpVerifier.HashesGiven.selector, 64, 128));
    }

    // ── demands ──────────────────────────────────────────────────────────────────────────────────────────────────

    function _demand(uint256 node, uint256 slot, uint64 place) private view returns (TensorDemand memory) {
        uint64[] memory places = new uint64[](1);
        places[0] = place;
        return TensorDemand(node, rows[node], Trees.keccakPath(programLeaves, node + 1), slot, places);
    }

    function test_demanded_namesPartsOfOutputsAndInputs() public view {
        TensorDemand[] memory wanted = new TensorDemand[](3);
        wanted[0] = _demand(0, 0, 0);
        wanted[1] = _demand(0, 1, (uint64(2) << 32) | 3);
        wanted[2] = _demand(1, 2, 0);
        uint64[] memory two = new uint64[](2);
        (two[0], two[1]) = (uint64(1) << 32, (uint64(1) << 32) | 1);
        wanted[0].places = two;
        TraceDemand[] memory roots = new TraceDemand[](1);
        roots[0] = TraceDemand(header, Trees.keccakPath(programLeaves, 0), new uint64[](2));
        (roots[0].places[0], roots[0].places[1]) = (0, (uint64(1) << 32) | 1);
        bytes32[] memory items = verifier.demanded(programRoot, abi.encode(wanted, roots));
        eq(items.length, 6, "one name for each part");
        uint256 trace = 1 << 32;
        eq(items[4], keccak256(abi.encode(trace, uint256(0), uint256(0), uint256(4))), "the roots of all tensors");
        eq(items[5], keccak256(abi.encode(trace, uint256(1), uint256(1), uint256(2))), "the roots of tensors 2 and 3");
        eq(items[0], keccak256(abi.encode(uint256(2), uint256(1), uint256(0), uint256(2))), "tensor 2, left half");
        eq(items[1], keccak256(abi.encode(uint256(2), uint256(1), uint256(1), uint256(2))), "tensor 2, right half");
        eq(items[2], keccak256(abi.encode(uint256(0), uint256(2), uint256(3), uint256(1))), "tensor 0, leaf 3");
        eq(items[3], keccak256(abi.encode(uint256(1), uint256(0), uint256(0), uint256(1))), "tensor 1, its only leaf");
    }

    function test_demanded_ofWhatTheOperatorDidNotCompute_reverts() public {
        TensorDemand[] memory wanted = new TensorDemand[](1);
        uint256[2][3] memory wrong = [[uint256(0), 2], [uint256(0), 3], [uint256(1), 1]];
        for (uint256 i = 0; i < 3; ++i) {
            wanted[0] = _demand(wrong[i][0], wrong[i][1], 0);
            vm.expectRevert(abi.encodeWithSelector(IOpVerifier.NotDemandable.selector, wrong[i][0], wrong[i][1]));
            verifier.demanded(programRoot, abi.encode(wanted, new TraceDemand[](0)));
        }
        wanted[0] = _demand(0, 0, 0);
        wanted[0].node = 1;
        vm.expectPartialRevert(IOpVerifier.NotInProgram.selector);
        verifier.demanded(programRoot, abi.encode(wanted, new TraceDemand[](0)));
    }

    /// What is asked for exists in every trace, and a leaf of the trace tree holds nothing but a root.
    function test_demanded_rootsThatNoTraceHas_reverts() public {
        TensorDemand[] memory none = new TensorDemand[](0);
        TraceDemand[] memory wanted = new TraceDemand[](1);
        wanted[0] = TraceDemand(header, Trees.keccakPath(programLeaves, 0), new uint64[](1));
        uint64[4] memory wrong = [uint64(2) << 32, uint64(3) << 32, (uint64(1) << 32) | 2, 1];
        for (uint256 i = 0; i < wrong.length; ++i) {
            wanted[0].places[0] = wrong[i];
            vm.expectRevert(
                abi.encodeWithSelector(
                    TensorPlaces.NoSuchPlace.selector, 1 << 32, wrong[i] >> 32, uint32(wrong[i]), 2
                )
            );
            verifier.demanded(programRoot, abi.encode(none, wanted));
        }
        wanted[0].header = _flipped(header, 4);
        vm.expectPartialRevert(IOpVerifier.NotInProgram.selector);
        verifier.demanded(programRoot, abi.encode(none, wanted));
    }

    // ── reveals ──────────────────────────────────────────────────────────────────────────────────────────────────

    function _shown() private view returns (LeavesShown[] memory leaves, HashesShown[] memory hashes) {
        leaves = new LeavesShown[](2);
        uint32[] memory two = Trees.positions(6, 4);
        leaves[0] = LeavesShown(2, 2, _member(2, two), Trees.open(data[2], two));
        leaves[1] = LeavesShown(1, 0, _member(1, _leaf(0)), Trees.open(data[1], _leaf(0)));
        hashes = new HashesShown[](2);
        bytes32[] memory pair = new bytes32[](2);
        (pair[0], pair[1]) = (Trees.node(data[0], 0, 2), Trees.node(data[0], 0, 3));
        hashes[0] = HashesShown(0, 1, _member(0, _leaf(0)), pair);
        hashes[0].member.siblings = Trees.path(data[0], 1, 1);
        bytes32[] memory four = new bytes32[](4);
        for (uint256 i = 0; i < 4; ++i) four[i] = Trees.node(data[2], 0, i);
        hashes[1] = HashesShown(2, 0, _member(2, _leaf(0)), four);
        hashes[1].member.siblings = new bytes32[](0);
    }

    function test_revealed_namesWhatIsShown() public view {
        (LeavesShown[] memory leaves, HashesShown[] memory hashes) = _shown();
        bytes32[] memory items = verifier.revealed(traceRoot, abi.encode(leaves, hashes, new TraceShown[](0)));
        eq(items.length, 5, "three leaves and two nodes");
        eq(items[0], keccak256(abi.encode(uint256(2), uint256(2), uint256(1), uint256(1))), "tensor 2, leaf 1");
        eq(items[1], keccak256(abi.encode(uint256(2), uint256(2), uint256(2), uint256(1))), "tensor 2, leaf 2");
        eq(items[2], keccak256(abi.encode(uint256(1), uint256(0), uint256(0), uint256(1))), "tensor 1, its only leaf");
        eq(items[3], keccak256(abi.encode(uint256(0), uint256(1), uint256(1), uint256(2))), "tensor 0, right half");
        eq(items[4], keccak256(abi.encode(uint256(2), uint256(0), uint256(0), uint256(4))), "tensor 2, all leaves");
    }

    function test_revealed_ofAnotherTrace_reverts() public {
        for (uint256 i = 0; i < 4; ++i) {
            (LeavesShown[] memory leaves, HashesShown[] memory hashes) = _shown();
            if (i < 2) leaves[i].member.path[0] = keccak256("another");
            else hashes[i - 2].member.path[0] = keccak256("another");
            vm.expectPartialRevert(IOpVerifier.NotInTrace.selector);
            verifier.revealed(traceRoot, abi.encode(leaves, hashes, new TraceShown[](0)));
        }
    }

    function test_revealed_ofAnotherTensor_reverts() public {
        (LeavesShown[] memory leaves, HashesShown[] memory hashes) = _shown();
        leaves[1].opening.data[1023] ^= 0x01;
        bytes32 computed = sha256(bytes.concat(hex"00", leaves[1].opening.data));
        vm.expectRevert(abi.encodeWithSelector(IOpVerifier.NotInTensor.selector, tensorRoots[1], computed));
        verifier.revealed(traceRoot, abi.encode(leaves, hashes, new TraceShown[](0)));

        (leaves, hashes) = _shown();
        hashes[0].hashes[0] = keccak256("another");
        computed = Trees.join(
            Trees.node(data[0], 1, 0), Trees.join(keccak256("another"), Trees.node(data[0], 0, 3))
        );
        vm.expectRevert(abi.encodeWithSelector(IOpVerifier.NotInTensor.selector, tensorRoots[0], computed));
        verifier.revealed(traceRoot, abi.encode(leaves, hashes, new TraceShown[](0)));
    }

    /// Depth is part of a leaf's name, and a wrong one authenticates nothing.
    function test_revealed_leafOfAnotherDepth_reverts() public {
        (LeavesShown[] memory leaves, HashesShown[] memory hashes) = _shown();
        leaves[1].depth = 1;
        bytes32[] memory one = new bytes32[](1);
        leaves[1].member.siblings = one;
        vm.expectPartialRevert(IOpVerifier.NotInTensor.selector);
        verifier.revealed(traceRoot, abi.encode(leaves, hashes, new TraceShown[](0)));
    }

    /// @dev The right half of the trace, or all of it.
    function _rootsShown(bool all) private view returns (TraceShown[] memory shown) {
        shown = new TraceShown[](1);
        if (all) {
            shown[0] = TraceShown(0, new bytes32[](0), tensorRoots);
            return shown;
        }
        shown[0] = TraceShown(1, new bytes32[](1), new bytes32[](2));
        shown[0].siblings[0] = Trees.keccakNode(traceLeaves, 1, 0);
        (shown[0].hashes[0], shown[0].hashes[1]) = (tensorRoots[2], tensorRoots[3]);
    }

    function _reveal(TraceShown[] memory shown) private view returns (bytes32[] memory) {
        return verifier.revealed(traceRoot, abi.encode(new LeavesShown[](0), new HashesShown[](0), shown));
    }

    function test_revealed_rootsOfTensors() public view {
        bytes32[] memory items = _reveal(_rootsShown(true));
        eq(items[0], keccak256(abi.encode(uint256(1 << 32), uint256(0), uint256(0), uint256(4))), "all");
        items = _reveal(_rootsShown(false));
        eq(items[0], keccak256(abi.encode(uint256(1 << 32), uint256(1), uint256(1), uint256(2))), "the right half");
        eq(items.length, 1, "one");
    }

    function test_revealed_otherRoots_reverts() public {
        TraceShown[] memory shown = _rootsShown(false);
        shown[0].hashes[1] = keccak256("another");
        vm.expectPartialRevert(TraceTree.NotTheTrace.selector);
        _reveal(shown);
        // A tensor that the trace has cannot be shown as none.
        shown[0].hashes[1] = 0;
        vm.expectPartialRevert(TraceTree.NotTheTrace.selector);
        _reveal(shown);
        shown = _rootsShown(false);
        shown[0].index = 0;
        vm.expectPartialRevert(TraceTree.NotTheTrace.selector);
        _reveal(shown);
        shown[0].index = 2;
        vm.expectRevert(abi.encodeWithSelector(KeccakTree.IndexBeyondTree.selector, 2, 1));
        _reveal(shown);
    }

    /// Hashes of another level would answer a demand that has fewer or more of them.
    function test_revealed_rootsOfAnotherLevel_reverts() public {
        TraceShown[] memory shown = _rootsShown(true);
        shown[0].hashes = new bytes32[](2);
        (shown[0].hashes[0], shown[0].hashes[1]) =
            (Trees.keccakNode(traceLeaves, 1, 0), Trees.keccakNode(traceLeaves, 1, 1));
        vm.expectRevert(abi.encodeWithSelector(TraceTree.TraceHashes.selector, 4, 2));
        _reveal(shown);
        shown[0] = TraceShown(3, Trees.keccakPath(traceLeaves, 3), new bytes32[](1));
        shown[0].hashes[0] = tensorRoots[3];
        vm.expectRevert(abi.encodeWithSelector(TensorPlaces.NoSuchPlace.selector, 1 << 32, 2, 3, 2));
        _reveal(shown);
    }

    /// A leaf could be an inner node of a deeper tree: then one tensor had two roots, and none of them would be the one.
    function test_aTensorHasOneRoot_inATreeOfTheProgramsDepth() public {
        bytes32 hidden = keccak256("another root of tensor 2");
        bytes32 beside = keccak256("beside it");
        bytes32 node = Trees.keccakJoin(keccak256(abi.encodePacked(hex"00", hidden)), beside);
        // Tensor 1 is what node 1 reads; what stands in its place is a node over two more leaves.
        traceLeaves[1] = node;
        bytes32 root = Trees.keccakRoot(traceLeaves);
        bytes32[] memory path = new bytes32[](3);
        (path[0], path[1], path[2]) = (beside, traceLeaves[0], Trees.keccakNode(traceLeaves, 1, 1));
        LeavesShown[] memory leaves = new LeavesShown[](1);
        leaves[0] = LeavesShown(2, 0, Membership(hidden, path, new bytes32[](0)), Trees.open(data[1], _leaf(0)));
        vm.expectRevert(
            abi.encodeWithSelector(IOpVerifier.NotInTrace.selector, 2, _sealed(root, 2), _sealed(root, 3))
        );
        verifier.revealed(_sealed(root, 2), abi.encode(leaves, new HashesShown[](0), new TraceShown[](0)));
    }
}
