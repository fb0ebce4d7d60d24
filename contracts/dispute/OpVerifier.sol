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
    TraceOpening
} from "../interfaces/IOpVerifier.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {KeccakTree} from "../merkle/KeccakTree.sol";
import {TensorTree} from "../merkle/TensorTree.sol";
import {TensorPlaces} from "../merkle/TensorPlaces.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {Float32} from "../math/Float32.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Header, Headers} from "../types/Header.sol";
import {DType, Kind, Node, NodeRow, Tensor} from "../types/Program.sol";

/// @title Verifier of single operator elements
contract OpVerifier is IOpVerifier {
    uint256 private constant MAX_FAMILIES = 255;

    /// @dev By the high byte of the opcode. In storage, so that every deployment of a release has the same code: whoever
    /// trusts that code and the families' knows the whole judge by their hashes.
    mapping(uint256 highByte => IOpFamily) private _families;
    uint256 private _count;

    /// @param families_ ordered by the high byte of the opcodes that they judge, from 1
    constructor(IOpFamily[] memory families_) {
        require(families_.length != 0 && families_.length <= MAX_FAMILIES, FamilyCount(families_.length, MAX_FAMILIES));
        _count = families_.length;
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
        returns (bytes32 traceRoot)
    {
        TraceOpening calldata o;
        assembly ("memory-safe") {
            o := add(opening.offset, calldataload(opening.offset))
        }
        bytes32 computed = KeccakTree.rootFrom(KeccakTree.headerLeaf(o.header), 0, o.headerPath);
        require(computed == programRoot, NotInProgram(programRoot, computed));
        Header memory header = Headers.decode(o.header);
        bytes32[] calldata roots = o.tensorRoots;
        require(roots.length == header.tensorCount, TensorCount(header.tensorCount, roots.length));

        // Inline bytes are tagged 0x00 and roots 0x01, so a commitment of one form never opens as the other.
        uint256 inputs = header.inputBytes.length;
        if (keccak256(abi.encodePacked(uint8(0), o.input)) == inputCommitment) {
            uint256[] memory ids = new uint256[](inputs);
            for (uint256 i = 0; i < inputs; ++i) ids[i] = i;
            _bind(o.input, ids, header.inputBytes, roots);
        } else {
            computed = keccak256(abi.encodePacked(uint8(1), roots[:inputs]));
            require(computed == inputCommitment, CommitmentMismatch(inputCommitment, computed));
        }
        computed = keccak256(abi.encodePacked(uint8(0), o.output));
        require(computed == outputCommitment, CommitmentMismatch(outputCommitment, computed));
        _bind(o.output, header.outputIds, header.outputBytes, roots);

        bytes32[] memory leaves = new bytes32[](roots.length);
        for (uint256 i = 0; i < roots.length; ++i) leaves[i] = KeccakTree.traceLeaf(roots[i]);
        return KeccakTree.root(leaves);
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
    /// @param wanted `abi.encode(TensorDemand[])`
    function demanded(bytes32 programRoot, bytes calldata wanted) external pure returns (bytes32[] memory items) {
        TensorDemand[] calldata demands;
        assembly ("memory-safe") {
            let list := add(wanted.offset, calldataload(wanted.offset))
            demands.length := calldataload(list)
            demands.offset := add(list, 32)
        }
        uint256 count;
        for (uint256 i = 0; i < demands.length; ++i) count += demands[i].places.length;
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
    }

    /// @inheritdoc IVerifier
    /// @param shown `abi.encode(LeavesShown[], HashesShown[])`
    function revealed(bytes32 traceRoot, bytes calldata shown) external view returns (bytes32[] memory items) {
        LeavesShown[] calldata leaves;
        HashesShown[] calldata hashes;
        assembly ("memory-safe") {
            let list := add(shown.offset, calldataload(shown.offset))
            leaves.length := calldataload(list)
            leaves.offset := add(list, 32)
            list := add(shown.offset, calldataload(add(shown.offset, 32)))
            hashes.length := calldataload(list)
            hashes.offset := add(list, 32)
        }
        uint256 count = hashes.length;
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

    function _inTrace(bytes32 root, uint256 tensorId, bytes32[] calldata path, bytes32 traceRoot) private pure {
        bytes32 computed = KeccakTree.rootFrom(KeccakTree.traceLeaf(root), tensorId, path);
        require(computed == traceRoot, NotInTrace(tensorId, traceRoot, computed));
    }

    function _inTensor(bytes32 root, bytes32 computed) private pure {
        require(computed == root, NotInTensor(root, computed));
    }

    /// @dev The tensors `ids` have the roots of the consecutive pieces of `data`.
    function _bind(bytes calldata data, uint256[] memory ids, uint256[] memory lengths, bytes32[] calldata roots)
        private
        view
    {
        uint256 p;
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 end = p + lengths[i];
            require(end <= data.length, ByteLength(end, data.length));
            bytes32 expected = TensorTree.root(data[p:end]);
            require(roots[ids[i]] == expected, BoundaryMismatch(ids[i], expected, roots[ids[i]]));
            p = end;
        }
        require(p == data.length, ByteLength(p, data.length));
    }
}
