// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FamilyCall} from "./FamilyCall.sol";
import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {
    HashesShown,
    IOpVerifier,
    LeavesShown,
    TensorDemand,
    TraceDemand,
    TraceOpening,
    TraceShown
} from "../interfaces/IOpVerifier.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Proofs} from "./Proofs.sol";
import {KeccakTree} from "../merkle/KeccakTree.sol";
import {TensorTree} from "../merkle/TensorTree.sol";
import {TensorPlaces} from "../merkle/TensorPlaces.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {TraceTree} from "../merkle/TraceTree.sol";
import {Float32} from "../math/Float32.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Header, Headers} from "../types/Header.sol";
import {DType, Kind, NodeRow, Tensor} from "../types/Program.sol";

/// @title Verifier of single operator elements
contract OpVerifier is IOpVerifier {
    uint256 private constant MAX_FAMILIES = 255;

    /// @dev By the high byte of the opcode. In storage, so that every deployment of a release has the same code: whoever
    /// trusts that code and the families' knows the whole judge by their hashes.
    mapping(uint256 highByte => IOpFamily) private _families;
    /// @dev INVARIANT: whoever puts this code there without this constructor, with storage of its own making, makes nobody
    /// read a longer table than one that the constructor takes.
    uint8 private _count;

    /// @param families_ ordered by the high byte of the opcodes that they judge, from 1
    constructor(IOpFamily[] memory families_) {
        require(families_.length != 0 && families_.length <= MAX_FAMILIES, FamilyCount(families_.length, MAX_FAMILIES));
        _count = uint8(families_.length);
        // INVARIANT: written here alone; a table that changed could change a verdict.
        for (uint256 i = 0; i < families_.length; ++i) _families[i + 1] = families_[i];
    }

    /// @inheritdoc IOpVerifier
    function familyOf(uint16 opcode) public view returns (IOpFamily family) {
        family = _families[opcode >> 8];
        require(address(family) != address(0), FamilyUnknown(opcode));
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
        TraceOpening calldata o;
        assembly ("memory-safe") {
            o := add(opening.offset, calldataload(opening.offset))
        }
        _inProgram(programRoot, o.header, o.headerPath);
        Header memory header = Headers.decode(o.header);
        bytes32[] memory inputs = _inputRoots(o, header, inputCommitment);
        bytes32 computed = keccak256(abi.encodePacked(uint8(0), o.output));
        require(computed == outputCommitment, CommitmentMismatch(outputCommitment, computed));
        (uint256[] memory ids, bytes32[] memory hashes) =
            _boundary(inputs, header.outputIds, _rootsOf(o.output, header.outputBytes));

        uint256 depth = KeccakTree.depth(header.tensorCount);
        uint256 span = TensorPlaces.spanBelow(depth, 0);
        require(o.top.length == 1 << span, HashesGiven(1 << span, o.top.length));
        bytes32[] memory top = TraceTree.nodes(o.top, span == depth);
        uint256 count = KeccakTree.lift(ids, hashes, depth - span, o.siblings);
        for (uint256 i = 0; i < count; ++i) {
            uint256 position = ids[i];
            require(position < top.length, KeccakTree.IndexBeyondTree(position, span));
            require(hashes[i] == top[position], TopMismatch(position, hashes[i], top[position]));
        }
        return (TraceTree.seal(KeccakTree.root(top), depth), abi.encodePacked(o.top));
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
        uint256 opening = Proofs.to(p, Proofs.OUTPUT, proof.length);
        _authenticate(
            output.kind,
            bytes32(uint256(output.id)),
            output.size * DType.size(output.dtype),
            Proofs.to(Proofs.to(p, Proofs.MEMBERS, proof.length) + 32, 0, proof.length),
            opening,
            traceRoot,
            proof.length
        );
        uint256 element = Proofs.word(p, Proofs.ELEMENT);
        // INVARIANT: a tensor's bytes end where its elements do, so equal tensors have equal roots.
        if (element == output.size) return (!TensorViews.isPadded(output, _opening(opening)), progress);
        uint256 offset = TensorIndex.commitOffset(element, output.dims, output.strides);
        uint256 claimed = TensorViews.bits(TensorViews.open(output, _opening(opening)), offset);
        // INVARIANT: a computed float32 is committed in one form, so equal numbers have equal roots.
        if (output.dtype == DType.FLOAT32 && !Float32.isCanonical(claimed)) return (true, progress);
        guilty = !FamilyCall.admissible(familyOf(uint16(bytes2(row))), proof, p, claimed);
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
        carried = FamilyCall.accumulate(familyOf(uint16(bytes2(row))), piece, p, until);
        next = _progress(p, keccak256(carried));
    }

    /// @inheritdoc IVerifier
    /// @param wanted `abi.encode(TensorDemand[], TraceDemand[])`
    function demanded(bytes32 programRoot, bytes calldata wanted) external pure returns (bytes32[] memory items) {
        TensorDemand[] calldata demands;
        TraceDemand[] calldata roots;
        assembly ("memory-safe") {
            let list := add(wanted.offset, calldataload(wanted.offset))
            demands.length := calldataload(list)
            demands.offset := add(list, 32)
            list := add(wanted.offset, calldataload(add(wanted.offset, 32)))
            roots.length := calldataload(list)
            roots.offset := add(list, 32)
        }
        uint256 count;
        for (uint256 i = 0; i < demands.length; ++i) count += demands[i].places.length;
        for (uint256 i = 0; i < roots.length; ++i) count += roots[i].places.length;
        items = new bytes32[](count);
        count = 0;
        for (uint256 i = 0; i < demands.length; ++i) {
            TensorDemand calldata demand = demands[i];
            _inProgram(programRoot, demand.node, demand.row, demand.rowPath);
            (uint256 id, uint256 depth) = _slot(demand.node, demand.row, demand.slot);
            for (uint256 j = 0; j < demand.places.length; ++j) {
                items[count++] = TensorPlaces.demanded(id, depth, demand.places[j]);
            }
        }
        for (uint256 i = 0; i < roots.length; ++i) {
            TraceDemand calldata demand = roots[i];
            _inProgram(programRoot, demand.header, demand.headerPath);
            uint256 depth = KeccakTree.depth(Headers.tensorCount(demand.header));
            for (uint256 j = 0; j < demand.places.length; ++j) {
                items[count++] = TraceTree.demanded(depth, demand.places[j]);
            }
        }
    }

    /// @inheritdoc IVerifier
    /// @param shown `abi.encode(LeavesShown[], HashesShown[], TraceShown[])`
    function revealed(bytes32 traceRoot, bytes calldata shown) external view returns (bytes32[] memory items) {
        LeavesShown[] calldata leaves;
        HashesShown[] calldata hashes;
        TraceShown[] calldata roots;
        assembly ("memory-safe") {
            let list := add(shown.offset, calldataload(shown.offset))
            leaves.length := calldataload(list)
            leaves.offset := add(list, 32)
            list := add(shown.offset, calldataload(add(shown.offset, 32)))
            hashes.length := calldataload(list)
            hashes.offset := add(list, 32)
            list := add(shown.offset, calldataload(add(shown.offset, 64)))
            roots.length := calldataload(list)
            roots.offset := add(list, 32)
        }
        uint256 count = hashes.length + roots.length;
        for (uint256 i = 0; i < leaves.length; ++i) count += leaves[i].opening.leaves.length;
        items = new bytes32[](count);
        count = 0;
        for (uint256 i = 0; i < leaves.length; ++i) {
            LeavesShown calldata l = leaves[i];
            bytes32 root = l.member.root;
            _inTrace(root, l.tensorId, l.member.path, traceRoot);
            _inTensor(root, TensorTree.rootFrom(l.opening, l.member.siblings, l.depth));
            for (uint256 j = 0; j < l.opening.leaves.length; ++j) {
                items[count++] = TensorPlaces.leaf(l.tensorId, l.depth, l.opening.leaves[j]);
            }
        }
        for (uint256 i = 0; i < hashes.length; ++i) {
            HashesShown calldata h = hashes[i];
            bytes32 root = h.member.root;
            _inTrace(root, h.tensorId, h.member.path, traceRoot);
            _inTensor(root, TensorTree.rootAbove(h.hashes, h.index, h.member.siblings));
            items[count++] = TensorPlaces.hashes(h.tensorId, h.member.siblings.length, h.index, h.hashes.length);
        }
        for (uint256 i = 0; i < roots.length; ++i) items[count++] = TraceTree.revealed(roots[i], traceRoot);
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
        {
            uint256 start;
            assembly ("memory-safe") {
                start := proof.offset
            }
            p = Proofs.to(start, 0, limit);
        }
        row = Proofs.content(Proofs.to(p, Proofs.ROW, limit));
        _inProgram(
            programRoot, Proofs.word(p, Proofs.NODE), row, Proofs.hashes(Proofs.to(p, Proofs.ROW_PATH, limit))
        );
        _inputs(p, row, traceRoot, limit);
        bytes calldata carried = Proofs.content(Proofs.to(p, Proofs.CARRIED, limit));
        // INVARIANT: whatever is carried is named, with its element, to the game, which knows what the pieces came to.
        if (carried.length != 0) progress = _progress(p, keccak256(carried));
    }

    /// @dev The inputs of the row, each authenticated as far as it is opened.
    function _inputs(uint256 p, bytes calldata row, bytes32 traceRoot, uint256 limit) private view {
        uint256 count = NodeRow.inputCount(row);
        uint256 members = Proofs.to(p, Proofs.MEMBERS, limit);
        uint256 openings = Proofs.to(p, Proofs.INPUTS, limit);
        uint256 given = Proofs.word(members, 0);
        require(given == count + 1, InputCount(count + 1, given));
        given = Proofs.word(openings, 0);
        require(given == count, InputCount(count, given));
        (,,, uint256 position) = NodeRow.identity(row, NodeRow.TENSORS);
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 kind;
                bytes32 name;
                uint256 byteLength;
                (kind, name, byteLength, position) = NodeRow.identity(row, position);
                // What stands in the row is authentic as the row is, and whatever is opened for it is not read.
                if (kind == Kind.INLINE) continue;
                uint256 member = Proofs.word(members + 64, i);
                uint256 opening = Proofs.word(openings + 32, i);
                Proofs.within(member | opening, limit);
                member += members + 32;
                opening += openings + 32;
                _authenticate(kind, name, byteLength, member, opening, traceRoot, limit);
            }
        }
        NodeRow.attributeCount(row, position);
    }

    function _progress(uint256 p, bytes32 carried) private pure returns (bytes32) {
        return keccak256(abi.encode(Proofs.word(p, Proofs.NODE), Proofs.word(p, Proofs.ELEMENT), carried));
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
        uint256 leaves = Proofs.word(opening, Proofs.LEAVES);
        uint256 data = Proofs.word(opening, Proofs.DATA);
        uint256 path = Proofs.word(member, Proofs.PATH);
        uint256 siblings = Proofs.word(member, Proofs.SIBLINGS);
        Proofs.within(leaves | data | path | siblings, limit);
        unchecked {
            leaves += opening;
            if (Proofs.word(leaves, 0) == 0) return;
            bytes32[] calldata hashes = Proofs.hashes(member + siblings);
            bytes calldata content = Proofs.content(opening + data);
            bytes32 root = TensorTree.rootFrom(Proofs.leaves(leaves), content, hashes, byteLength);
            if (kind == Kind.COMPUTED) _inTrace(root, uint256(name), Proofs.hashes(member + path), traceRoot);
            else _inTensor(name, root);
        }
    }

    function _opening(uint256 position) private pure returns (Opening calldata opening) {
        assembly ("memory-safe") {
            opening := position
        }
    }

    /// @dev The computed tensor that a row has in a slot: 0 for the output, i + 1 for input i.
    function _slot(uint256 node, bytes calldata row, uint256 slot) private pure returns (uint256 id, uint256 depth) {
        require(slot <= NodeRow.inputCount(row), NotDemandable(node, slot));
        uint256 kind;
        bytes32 name;
        uint256 byteLength;
        uint256 position = NodeRow.TENSORS;
        for (uint256 i = 0; i <= slot; ++i) (kind, name, byteLength, position) = NodeRow.identity(row, position);
        require(kind == Kind.COMPUTED, NotDemandable(node, slot));
        return (uint256(name), TensorTree.depth(byteLength));
    }

    function _inProgram(bytes32 programRoot, uint256 index, bytes calldata row, bytes32[] calldata path) private pure {
        bytes32 computed = KeccakTree.rootFrom(KeccakTree.rowLeaf(row), index + 1, path);
        require(computed == programRoot, NotInProgram(programRoot, computed));
    }

    function _inProgram(bytes32 programRoot, bytes calldata header, bytes32[] calldata path) private pure {
        bytes32 computed = KeccakTree.rootFrom(KeccakTree.headerLeaf(header), 0, path);
        require(computed == programRoot, NotInProgram(programRoot, computed));
    }

    function _inTrace(bytes32 root, uint256 tensorId, bytes32[] calldata path, bytes32 traceRoot) private pure {
        bytes32 computed = TraceTree.sealFrom(root, tensorId, path);
        require(computed == traceRoot, NotInTrace(tensorId, traceRoot, computed));
    }

    function _inTensor(bytes32 root, bytes32 computed) private pure {
        require(computed == root, NotInTensor(root, computed));
    }

    /// @dev Roots of the graph inputs. Inline bytes are tagged 0x00 and roots 0x01, so a commitment of one form never
    /// opens as the other.
    function _inputRoots(TraceOpening calldata o, Header memory header, bytes32 inputCommitment)
        private
        view
        returns (bytes32[] memory)
    {
        if (keccak256(abi.encodePacked(uint8(0), o.input)) == inputCommitment) {
            return _rootsOf(o.input, header.inputBytes);
        }
        bytes32[] calldata roots = o.inputRoots;
        bytes32 computed = keccak256(abi.encodePacked(uint8(1), roots));
        require(computed == inputCommitment, CommitmentMismatch(inputCommitment, computed));
        uint256 inputs = header.inputBytes.length;
        require(roots.length == inputs, HashesGiven(inputs, roots.length));
        return roots;
    }

    /// @dev Roots of the tensors whose bytes are the consecutive pieces of `data`.
    function _rootsOf(bytes calldata data, uint256[] memory lengths) private view returns (bytes32[] memory roots) {
        roots = new bytes32[](lengths.length);
        uint256 p;
        for (uint256 i = 0; i < lengths.length; ++i) {
            uint256 end = p + lengths[i];
            require(end <= data.length, ByteLength(end, data.length));
            roots[i] = TensorTree.root(data[p:end]);
            p = end;
        }
        require(p == data.length, ByteLength(p, data.length));
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
                require(hashes[place] == outputs[i], BoundaryMismatch(id, hashes[place], outputs[i]));
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
