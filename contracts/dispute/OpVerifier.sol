// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FamilyCall} from "./FamilyCall.sol";
import {IOpFamily} from "../interfaces/IOpFamily.sol";
import {IOpVerifier} from "../interfaces/IOpVerifier.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {ProofCodec} from "./ProofCodec.sol";
import {KeccakTree} from "../merkle/KeccakTree.sol";
import {TensorTree} from "../merkle/TensorTree.sol";
import {TensorPlaces} from "../merkle/TensorPlaces.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {TraceTree} from "../merkle/TraceTree.sol";
import {FloatFormat} from "../math/FloatFormat.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Header, Headers} from "../types/Header.sol";
import {DType, Kind, NodeRow, Rule, Tensor} from "../types/Program.sol";

/// @title Verifier of single operator elements
contract OpVerifier is IOpVerifier {
    uint256 private constant MAX_FAMILIES = 255;
    /// @dev Normalisations under the rule lanes are judged as if they had an opcode of the other family.
    uint256 private constant NORMALIZATION = 0x07;
    uint16 private constant LANES = 0x0900;
    /// @dev Longer outputs are submitted by their roots.
    uint256 private constant MAX_INLINE_OUTPUT = 32 * 1024;

    /// @dev By the high byte of the opcode. In storage, so that every deployment of a release has the same code: whoever
    /// trusts that code and the families' knows the whole judge by their hashes.
    mapping(uint256 highByte => IOpFamily) private _families;
    /// @dev INVARIANT: whoever puts this code there without this constructor, with storage of its own making, makes nobody
    /// read a longer table than one that the constructor takes.
    uint8 private _count;

    /// @param families_ ordered by the high byte of the opcodes that they judge, from 1
    constructor(IOpFamily[] memory families_) {
        if (families_.length == 0 || families_.length > MAX_FAMILIES) {
            revert FamilyCount(families_.length, MAX_FAMILIES);
        }
        _count = uint8(families_.length);
        // INVARIANT: written here alone; a table that changed could change a verdict.
        for (uint256 i = 0; i < families_.length; ++i) _families[i + 1] = families_[i];
    }

    /// @inheritdoc IOpVerifier
    function familyOf(uint16 opcode) public view returns (IOpFamily family) {
        family = _families[opcode >> 8];
        if (address(family) == address(0)) revert FamilyUnknown(opcode);
    }

    /// @inheritdoc IOpVerifier
    function families() external view returns (IOpFamily[] memory list) {
        list = new IOpFamily[](_count);
        for (uint256 i = 0; i < list.length; ++i) list[i] = _families[i + 1];
    }

    /// @inheritdoc IVerifier
    function traceOf(bytes32 programRoot, bytes32 inputCommitment, bytes32 outputCommitment, bytes calldata opening)
        external
        view
        returns (bytes32, bytes memory)
    {
        uint256 limit = opening.length;
        uint256 o = ProofCodec.to(ProofCodec.begin(opening), 0, limit);
        Header memory header = Headers.decode(_header(programRoot, o, limit));
        bytes32[] memory inputs = _inputRoots(o, limit, header, inputCommitment);
        bytes32[] memory outputs = _outputRoots(o, limit, header, outputCommitment);
        (uint256[] memory ids, bytes32[] memory hashes) = _boundary(inputs, header.outputIds, outputs);

        uint256 depth = KeccakTree.depth(header.tensorCount);
        uint256 span = TensorPlaces.spanBelow(depth, 0);
        bytes32[] calldata shown = ProofCodec.hashes(o, ProofCodec.TOP, limit);
        if (shown.length != 1 << span) revert HashesGiven(1 << span, shown.length);
        bytes32[] memory top = TraceTree.nodes(shown, span == depth);
        uint256 count = KeccakTree.lift(ids, hashes, depth - span, ProofCodec.hashes(o, ProofCodec.SIBLINGS, limit));
        for (uint256 i = 0; i < count; ++i) {
            uint256 position = ids[i];
            if (position >= top.length) revert KeccakTree.IndexBeyondTree(position, span);
            if (hashes[i] != top[position]) revert TopMismatch(position, hashes[i], top[position]);
        }
        return (TraceTree.seal(KeccakTree.root(top), depth), abi.encodePacked(shown));
    }

    /// @inheritdoc IVerifier
    /// @param proof `abi.encode(Proof)`
    function convicts(bytes32 programRoot, bytes32 traceRoot, bytes calldata proof)
        external
        view
        returns (bool guilty, bytes32 progress)
    {
        uint256 p;
        bytes calldata row;
        (p, row, progress) = _operands(programRoot, traceRoot, proof);
        Tensor memory output = NodeRow.output(row);
        uint256 opening = ProofCodec.to(p, ProofCodec.OUTPUT, proof.length);
        uint256 member = ProofCodec.to(ProofCodec.follow(p, ProofCodec.MEMBERS) + 32, 0, proof.length);
        uint256 byteLength = output.size * DType.size(output.dtype);
        _authenticate(output.kind, bytes32(uint256(output.id)), byteLength, member, opening, traceRoot, proof.length);
        uint256 element = ProofCodec.word(p, ProofCodec.ELEMENT);
        // INVARIANT: a tensor's bytes end where its elements do, so equal tensors have equal roots.
        if (element == output.size) return (!TensorViews.isPadded(output, ProofCodec.openingAt(opening)), progress);
        uint256 offset = TensorIndex.commitOffset(element, output.dims, output.strides);
        uint256 claimed = TensorViews.bits(TensorViews.open(output, ProofCodec.openingAt(opening)), offset);
        // INVARIANT: a computed number is committed in one form, so equal numbers have equal roots.
        if (FloatFormat.isFloat(output.dtype) && !FloatFormat.isCanonical(output.dtype, claimed)) return (true, progress);
        guilty = !FamilyCall.admissible(_judgeOf(row), proof, p, claimed);
    }

    /// @inheritdoc IVerifier
    /// @param until position after the last operands to reduce, see IReductionFamily
    /// @param piece `abi.encode(Proof)` without the output
    function advance(bytes32 programRoot, bytes32 traceRoot, uint256 until, bytes calldata piece)
        external
        view
        returns (bytes32 progress, bytes32 next, bytes memory carried)
    {
        uint256 p;
        bytes calldata row;
        (p, row, progress) = _operands(programRoot, traceRoot, piece);
        carried = FamilyCall.accumulate(_judgeOf(row), piece, p, until);
        next = _progress(p, keccak256(carried));
    }

    /// @inheritdoc IVerifier
    /// @param wanted `abi.encode(TensorDemand[], TraceDemand[])`
    function demanded(bytes32 programRoot, bytes calldata wanted) external pure returns (bytes32[] memory items) {
        uint256 limit = wanted.length;
        (uint256 tensors, uint256 tensorCount) = ProofCodec.structs(ProofCodec.begin(wanted), 0, limit);
        (uint256 traces, uint256 traceCount) = ProofCodec.structs(ProofCodec.begin(wanted), 1, limit);
        uint256 count;
        for (uint256 i = 0; i < tensorCount; ++i) {
            count += ProofCodec.places(ProofCodec.to(tensors, i, limit), ProofCodec.TENSOR_PLACES, limit).length;
        }
        for (uint256 i = 0; i < traceCount; ++i) {
            count += ProofCodec.places(ProofCodec.to(traces, i, limit), ProofCodec.TRACE_PLACES, limit).length;
        }
        items = new bytes32[](count);
        count = 0;
        for (uint256 i = 0; i < tensorCount; ++i) {
            uint256 demand = ProofCodec.to(tensors, i, limit);
            (uint256 id, uint256 depth) = _slot(_row(programRoot, demand, limit), demand);
            uint256[] calldata places = ProofCodec.places(demand, ProofCodec.TENSOR_PLACES, limit);
            for (uint256 j = 0; j < places.length; ++j) items[count++] = TensorPlaces.demanded(id, depth, places[j]);
        }
        for (uint256 i = 0; i < traceCount; ++i) {
            uint256 demand = ProofCodec.to(traces, i, limit);
            uint256 depth = KeccakTree.depth(Headers.tensorCount(_header(programRoot, demand, limit)));
            uint256[] calldata places = ProofCodec.places(demand, ProofCodec.TRACE_PLACES, limit);
            for (uint256 j = 0; j < places.length; ++j) items[count++] = TraceTree.demanded(depth, places[j]);
        }
    }

    /// @inheritdoc IVerifier
    /// @param shown `abi.encode(LeavesShown[], HashesShown[], TraceShown[])`
    function revealed(bytes32 traceRoot, bytes calldata shown) external view returns (bytes32[] memory items) {
        uint256 limit = shown.length;
        (uint256 leaves, uint256 leavesCount) = ProofCodec.structs(ProofCodec.begin(shown), 0, limit);
        (uint256 hashes, uint256 hashesCount) = ProofCodec.structs(ProofCodec.begin(shown), 1, limit);
        (uint256 traces, uint256 traceCount) = ProofCodec.structs(ProofCodec.begin(shown), 2, limit);
        uint256 count = hashesCount + traceCount;
        for (uint256 i = 0; i < leavesCount; ++i) count += ProofCodec.leafCount(ProofCodec.to(leaves, i, limit), limit);
        items = new bytes32[](count);
        count = 0;
        for (uint256 i = 0; i < leavesCount; ++i) {
            count = _leavesShown(traceRoot, ProofCodec.to(leaves, i, limit), limit, items, count);
        }
        for (uint256 i = 0; i < hashesCount; ++i) {
            items[count++] = _hashesShown(traceRoot, ProofCodec.to(hashes, i, limit), limit);
        }
        for (uint256 i = 0; i < traceCount; ++i) {
            (uint256 index, bytes32[] calldata siblings, bytes32[] calldata below) =
                ProofCodec.traceShown(ProofCodec.to(traces, i, limit), limit);
            items[count++] = TraceTree.revealed(index, siblings, below, traceRoot);
        }
    }

    /// @dev Puts the names of the leaves of a LeavesShown into `items`, from `count` on.
    function _leavesShown(bytes32 traceRoot, uint256 shown, uint256 limit, bytes32[] memory items, uint256 count)
        private
        view
        returns (uint256)
    {
        (uint256 id, uint256 depth, uint32[] calldata leaves, bytes calldata data) = ProofCodec.leavesShown(shown, limit);
        (bytes32 root, bytes32[] calldata path, bytes32[] calldata siblings) = ProofCodec.membership(shown, limit);
        _inTrace(root, id, path, traceRoot);
        _inTensor(root, TensorTree.rootOfWhole(leaves, data, siblings, depth));
        for (uint256 i = 0; i < leaves.length; ++i) items[count++] = TensorPlaces.leaf(id, depth, leaves[i]);
        return count;
    }

    /// @dev The name of the hashes of a HashesShown.
    function _hashesShown(bytes32 traceRoot, uint256 shown, uint256 limit) private view returns (bytes32) {
        (uint256 id, uint256 index, bytes32[] calldata hashes) = ProofCodec.hashesShown(shown, limit);
        (bytes32 root, bytes32[] calldata path, bytes32[] calldata siblings) = ProofCodec.membership(shown, limit);
        _inTrace(root, id, path, traceRoot);
        _inTensor(root, TensorTree.rootAbove(hashes, index, siblings));
        return TensorPlaces.hashes(id, siblings.length, index, hashes.length);
    }

    /// @dev The family that judges a row: that of its opcode, but of normalisations under the rule lanes one of its own.
    function _judgeOf(bytes calldata row) private view returns (IOpFamily) {
        uint256 head = uint24(bytes3(row));
        return familyOf(head >> 16 == NORMALIZATION && uint8(head) == Rule.LANES ? LANES : uint16(head >> 8));
    }

    /// @dev The parts of a proof that a piece has as well, authenticated.
    /// @return p calldata position of the proof's struct
    /// @return row the node's row
    /// @return progress what the proof goes on from, zero where it carries nothing
    function _operands(bytes32 programRoot, bytes32 traceRoot, bytes calldata proof)
        private
        view
        returns (uint256 p, bytes calldata row, bytes32 progress)
    {
        uint256 limit = proof.length;
        p = ProofCodec.to(ProofCodec.begin(proof), 0, limit);
        row = _row(programRoot, p, limit);
        _inputs(p, row, traceRoot, limit);
        bytes calldata carried = ProofCodec.content(p, ProofCodec.CARRIED, limit);
        // INVARIANT: whatever is carried is named, with its element, to the game, which knows what the pieces came to.
        if (carried.length != 0) progress = _progress(p, keccak256(carried));
    }

    /// @dev The inputs of the row, each authenticated as far as it is opened.
    function _inputs(uint256 p, bytes calldata row, bytes32 traceRoot, uint256 limit) private view {
        uint256 count = NodeRow.inputCount(row);
        uint256 members = ProofCodec.to(p, ProofCodec.MEMBERS, limit);
        uint256 openings = ProofCodec.to(p, ProofCodec.INPUTS, limit);
        uint256 given = ProofCodec.word(members, 0);
        if (given != count + 1) revert InputCount(count + 1, given);
        given = ProofCodec.word(openings, 0);
        if (given != count) revert InputCount(count, given);
        (,,, uint256 position) = NodeRow.identity(row, NodeRow.TENSORS);
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 kind;
                bytes32 name;
                uint256 byteLength;
                (kind, name, byteLength, position) = NodeRow.identity(row, position);
                // What stands in the row is authentic as the row is, and whatever is opened for it is not read.
                if (kind == Kind.INLINE) continue;
                uint256 member = ProofCodec.word(members + 64, i);
                uint256 opening = ProofCodec.word(openings + 32, i);
                ProofCodec.within(member | opening, limit);
                member += members + 32;
                opening += openings + 32;
                _authenticate(kind, name, byteLength, member, opening, traceRoot, limit);
            }
        }
        NodeRow.attributeCount(row, position);
    }

    function _progress(uint256 p, bytes32 carried) private pure returns (bytes32) {
        return keccak256(abi.encode(ProofCodec.word(p, ProofCodec.NODE), ProofCodec.word(p, ProofCodec.ELEMENT), carried));
    }

    /// @dev Every opened leaf is one of the tensor's, and the tensor is the trace's or the version's. What was not
    /// opened cannot be read: a view without the leaf reverts.
    /// @param name the tensor's id if it is computed, its root if it is constant
    /// @param member calldata position of its paths, `opening` that of its opening
    function _authenticate(
        uint256 kind,
        bytes32 name,
        uint256 byteLength,
        uint256 member,
        uint256 opening,
        bytes32 traceRoot,
        uint256 limit
    ) private view {
        (bytes32[] calldata path, bytes32[] calldata siblings, uint32[] calldata leaves, bytes calldata data) =
            ProofCodec.authentication(member, opening, limit);
        if (leaves.length == 0) return;
        bytes32 root = TensorTree.rootFrom(leaves, data, siblings, byteLength);
        if (kind == Kind.COMPUTED) _inTrace(root, uint256(name), path, traceRoot);
        else _inTensor(name, root);
    }

    /// @dev The computed tensor that a demand means by a slot of the row: 0 for the output, i + 1 for input i.
    function _slot(bytes calldata row, uint256 demand) private pure returns (uint256 id, uint256 depth) {
        (uint256 node, uint256 slot) = (ProofCodec.word(demand, ProofCodec.NODE), ProofCodec.word(demand, ProofCodec.SLOT));
        if (slot > NodeRow.inputCount(row)) revert NotDemandable(node, slot);
        uint256 kind;
        bytes32 name;
        uint256 byteLength;
        uint256 position = NodeRow.TENSORS;
        for (uint256 i = 0; i <= slot; ++i) (kind, name, byteLength, position) = NodeRow.identity(row, position);
        if (kind != Kind.COMPUTED) revert NotDemandable(node, slot);
        return (uint256(name), TensorTree.depth(byteLength));
    }

    /// @dev The row of a Proof or a TensorDemand, authenticated.
    function _row(bytes32 programRoot, uint256 p, uint256 limit) private pure returns (bytes calldata row) {
        bytes32[] calldata path;
        (row, path) = ProofCodec.part(p, ProofCodec.ROW, limit);
        unchecked {
            // The row of no node wraps around to the header's place, whose leaf is of another kind.
            _inProgram(programRoot, KeccakTree.rowLeaf(row), ProofCodec.word(p, ProofCodec.NODE) + 1, path);
        }
    }

    /// @dev The header of a TraceOpening or a TraceDemand, authenticated.
    function _header(bytes32 programRoot, uint256 p, uint256 limit) private pure returns (bytes calldata header) {
        bytes32[] calldata path;
        (header, path) = ProofCodec.part(p, ProofCodec.HEADER, limit);
        _inProgram(programRoot, KeccakTree.headerLeaf(header), 0, path);
    }

    function _inProgram(bytes32 programRoot, bytes32 leaf, uint256 index, bytes32[] calldata path) private pure {
        bytes32 computed = KeccakTree.rootFrom(leaf, index, path);
        if (computed != programRoot) revert NotInProgram(programRoot, computed);
    }

    function _inTrace(bytes32 root, uint256 tensorId, bytes32[] calldata path, bytes32 traceRoot) private pure {
        bytes32 computed = TraceTree.sealFrom(root, tensorId, path);
        if (computed != traceRoot) revert NotInTrace(tensorId, traceRoot, computed);
    }

    function _inTensor(bytes32 root, bytes32 computed) private pure {
        if (computed != root) revert NotInTensor(root, computed);
    }

    /// @dev Roots of the graph inputs. Inline bytes are tagged 0x00 and roots 0x01, so a commitment of one form never
    /// opens as the other.
    function _inputRoots(uint256 o, uint256 limit, Header memory header, bytes32 inputCommitment)
        private
        view
        returns (bytes32[] memory)
    {
        bytes calldata input = ProofCodec.content(o, ProofCodec.INPUT_BYTES, limit);
        if (keccak256(abi.encodePacked(uint8(0), input)) == inputCommitment) return _rootsOf(input, header.inputBytes);
        bytes32[] calldata roots = ProofCodec.hashes(o, ProofCodec.INPUT_ROOTS, limit);
        bytes32 computed = keccak256(abi.encodePacked(uint8(1), roots));
        if (computed != inputCommitment) revert CommitmentMismatch(inputCommitment, computed);
        uint256 inputs = header.inputBytes.length;
        if (roots.length != inputs) revert HashesGiven(inputs, roots.length);
        return roots;
    }

    /// @dev Roots of the graph outputs. INVARIANT: the form of an output follows from the program alone (docs/protocol.md
    /// §1.7), so an output of one form never opens as the other.
    function _outputRoots(uint256 o, uint256 limit, Header memory header, bytes32 outputCommitment)
        private
        view
        returns (bytes32[] memory)
    {
        bytes calldata output = ProofCodec.content(o, ProofCodec.OUTPUT_BYTES, limit);
        bytes32 computed = keccak256(abi.encodePacked(uint8(0), output));
        if (computed != outputCommitment) revert CommitmentMismatch(outputCommitment, computed);
        uint256 total;
        for (uint256 i = 0; i < header.outputBytes.length; ++i) total += header.outputBytes[i];
        return total > MAX_INLINE_OUTPUT
            ? _rootsIn(output, header.outputBytes.length)
            : _rootsOf(output, header.outputBytes);
    }

    /// @dev The roots that the bytes are, one after the other.
    function _rootsIn(bytes calldata data, uint256 count) private pure returns (bytes32[] memory roots) {
        if (data.length != 32 * count) revert ByteLength(32 * count, data.length);
        roots = new bytes32[](count);
        assembly ("memory-safe") {
            calldatacopy(add(roots, 0x20), data.offset, data.length)
        }
    }

    /// @dev Roots of the tensors whose bytes are the consecutive pieces of `data`.
    function _rootsOf(bytes calldata data, uint256[] memory lengths) private view returns (bytes32[] memory roots) {
        roots = new bytes32[](lengths.length);
        uint256 p;
        for (uint256 i = 0; i < lengths.length; ++i) {
            uint256 end = p + lengths[i];
            if (end > data.length) revert ByteLength(end, data.length);
            roots[i] = TensorTree.root(data[p:end]);
            p = end;
        }
        if (p != data.length) revert ByteLength(p, data.length);
    }

    /// @dev Ids of the graph's inputs and outputs, strictly ascending, and their leaves of the trace tree.
    function _boundary(bytes32[] memory inputs, uint256[] memory outputIds, bytes32[] memory outputs)
        private
        pure
        returns (uint256[] memory ids, bytes32[] memory hashes)
    {
        uint256 count = inputs.length;
        ids = new uint256[](count + outputs.length);
        hashes = new bytes32[](count + outputs.length);
        for (uint256 i = 0; i < count; ++i) (ids[i], hashes[i]) = (i, inputs[i]);
        for (uint256 i = 0; i < outputs.length; ++i) {
            uint256 id = outputIds[i];
            uint256 place = _lowerBound(ids, count, id);
            if (place < count && ids[place] == id) {
                // INVARIANT: what a job says of one tensor twice is the same.
                if (hashes[place] != outputs[i]) revert BoundaryMismatch(id, hashes[place], outputs[i]);
                continue;
            }
            assembly ("memory-safe") {
                let behind := shl(5, sub(count, place))
                let slot := add(add(ids, 0x20), shl(5, place))
                mcopy(add(slot, 0x20), slot, behind)
                slot := add(add(hashes, 0x20), shl(5, place))
                mcopy(add(slot, 0x20), slot, behind)
            }
            (ids[place], hashes[place]) = (id, outputs[i]);
            ++count;
        }
        assembly ("memory-safe") {
            mstore(ids, count)
            mstore(hashes, count)
        }
        for (uint256 i = 0; i < count; ++i) hashes[i] = KeccakTree.traceLeaf(hashes[i]);
    }

    /// @return low place of the first of `count` ascending ids that is not below `id`
    function _lowerBound(uint256[] memory ids, uint256 count, uint256 id) private pure returns (uint256 low) {
        uint256 high = count;
        while (low < high) {
            uint256 middle = (low + high) >> 1;
            if (ids[middle] < id) low = middle + 1;
            else high = middle;
        }
    }
}
