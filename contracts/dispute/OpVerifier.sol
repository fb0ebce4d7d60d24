// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, IReductionFamily, Opening} from "../interfaces/IOpFamily.sol";
import {
    HashesShown,
    IOpVerifier,
    LeavesShown,
    Membership,
    Proof,
    TensorDemand,
    TraceDemand,
    TraceOpening,
    TraceShown
} from "../interfaces/IOpVerifier.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {KeccakTree} from "../merkle/KeccakTree.sol";
import {TensorTree} from "../merkle/TensorTree.sol";
import {TensorPlaces} from "../merkle/TensorPlaces.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {TraceTree} from "../merkle/TraceTree.sol";
import {Float32} from "../math/Float32.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Header, Headers} from "../types/Header.sol";
import {DType, Kind, Node, NodeRow, Tensor} from "../types/Program.sol";

/// @title Verifier of single operator elements
contract OpVerifier is IOpVerifier {
    IOpFamily private immutable _family1;
    IOpFamily private immutable _family2;
    IOpFamily private immutable _family3;
    IOpFamily private immutable _family4;
    IOpFamily private immutable _family5;
    IOpFamily private immutable _family6;

    /// @param families ordered by the high byte of the opcodes that they judge, from 1
    constructor(IOpFamily[6] memory families) {
        (_family1, _family2, _family3) = (families[0], families[1], families[2]);
        (_family4, _family5, _family6) = (families[3], families[4], families[5]);
    }

    /// @inheritdoc IOpVerifier
    function familyOf(uint16 opcode) public view returns (IOpFamily) {
        uint256 f = opcode >> 8;
        if (f == 1) return _family1;
        if (f == 2) return _family2;
        if (f == 3) return _family3;
        if (f == 4) return _family4;
        if (f == 5) return _family5;
        if (f == 6) return _family6;
        revert FamilyUnknown(opcode);
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
    function convicts(bytes32 programRoot, bytes32 traceRoot, bytes32 progress, bytes calldata proof)
        external
        view
        returns (bool)
    {
        (Proof calldata p, Node memory node) = _operands(programRoot, traceRoot, progress, proof);
        _authenticate(node.output, p.members[0], p.output, traceRoot);
        // INVARIANT: a tensor's bytes end where its elements do, so equal tensors have equal roots.
        if (p.element == node.output.size) return !TensorViews.isPadded(node.output, p.output);
        uint256 offset = TensorIndex.commitOffset(p.element, node.output.dims, node.output.strides);
        uint256 claimed = TensorViews.bits(TensorViews.open(node.output, p.output), offset);
        // INVARIANT: a computed float32 is committed in one form, so equal numbers have equal roots.
        if (node.output.dtype == DType.FLOAT32 && !Float32.isCanonical(claimed)) return true;
        IOpFamily family = familyOf(node.opcode);
        if (p.carried.length == 0) return !family.admissible(p.row, p.element, claimed, p.inputs);
        return !IReductionFamily(address(family)).admissibleAfter(p.row, p.element, claimed, p.carried, p.inputs);
    }

    /// @inheritdoc IVerifier
    /// @param until position after the last operands to reduce, see IReductionFamily
    /// @param piece `abi.encode(Proof)` without the output
    function advance(bytes32 programRoot, bytes32 traceRoot, bytes32 progress, uint256 until, bytes calldata piece)
        external
        view
        returns (bytes32, bytes memory carried)
    {
        (Proof calldata p, Node memory node) = _operands(programRoot, traceRoot, progress, piece);
        IReductionFamily family = IReductionFamily(address(familyOf(node.opcode)));
        carried = family.accumulate(p.row, p.element, p.carried, until, p.inputs);
        return (_progress(p, keccak256(carried)), carried);
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
            Node memory node = _row(programRoot, demand.node, demand.row, demand.rowPath);
            uint256 slot = demand.slot;
            require(slot <= node.inputs.length, NotDemandable(demand.node, slot));
            Tensor memory tensor = slot == 0 ? node.output : node.inputs[slot - 1];
            require(tensor.kind == Kind.COMPUTED, NotDemandable(demand.node, slot));
            uint256 depth = TensorTree.depth(tensor.size * DType.size(tensor.dtype));
            for (uint256 j = 0; j < demand.places.length; ++j) {
                items[count++] = TensorPlaces.demanded(tensor.id, depth, demand.places[j]);
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
    function _operands(bytes32 programRoot, bytes32 traceRoot, bytes32 progress, bytes calldata proof)
        private
        view
        returns (Proof calldata p, Node memory node)
    {
        assembly ("memory-safe") {
            p := add(proof.offset, calldataload(proof.offset))
        }
        node = _row(programRoot, p.node, p.row, p.rowPath);
        uint256 inputs = node.inputs.length;
        require(p.members.length == inputs + 1, InputCount(inputs + 1, p.members.length));
        require(p.inputs.length == inputs, InputCount(inputs, p.inputs.length));
        for (uint256 i = 0; i < inputs; ++i) {
            _authenticate(node.inputs[i], p.members[i + 1], p.inputs[i], traceRoot);
        }
        if (p.carried.length != 0) {
            // INVARIANT: an accumulator comes from this verifier's own sums over this very element, or from nowhere.
            bytes32 carried = _progress(p, keccak256(p.carried));
            require(carried == progress, ProgressMismatch(progress, carried));
        }
    }

    function _progress(Proof calldata p, bytes32 carried) private pure returns (bytes32) {
        return keccak256(abi.encode(p.node, p.element, carried));
    }

    function _row(bytes32 programRoot, uint256 index, bytes calldata row, bytes32[] calldata path)
        private
        pure
        returns (Node memory)
    {
        bytes32 computed = KeccakTree.rootFrom(KeccakTree.rowLeaf(row), index + 1, path);
        require(computed == programRoot, NotInProgram(programRoot, computed));
        return NodeRow.decode(row);
    }

    /// @dev Every opened leaf is one of the tensor's, and the tensor is the trace's or the version's. What was not
    /// opened cannot be read: a view without the leaf reverts.
    function _authenticate(
        Tensor memory tensor,
        Membership calldata member,
        Opening calldata opening,
        bytes32 traceRoot
    ) private view {
        if (opening.leaves.length == 0) return;
        bytes32 root = tensor.root;
        if (tensor.kind == Kind.COMPUTED) {
            root = member.root;
            _inTrace(root, tensor.id, member.path, traceRoot);
        }
        uint256 d = TensorTree.depth(tensor.size * DType.size(tensor.dtype));
        _inTensor(root, TensorTree.rootFrom(opening, member.siblings, d));
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
