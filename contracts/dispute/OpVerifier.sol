// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FamilyCall} from "./FamilyCall.sol";
import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {
    HashesShown,
    IOpVerifier,
    LeavesShown,
    TensorDemand,
    TraceOpening
} from "../interfaces/IOpVerifier.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Proofs} from "./Proofs.sol";
import {KeccakTree} from "../merkle/KeccakTree.sol";
import {TensorTree} from "../merkle/TensorTree.sol";
import {TensorPlaces} from "../merkle/TensorPlaces.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {Float32} from "../math/Float32.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Header, Headers} from "../types/Header.sol";
import {DType, Kind, NodeRow, Tensor} from "../types/Program.sol";

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
        (uint256 p, bytes calldata row) = _operands(programRoot, traceRoot, progress, proof);
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
        if (element == output.size) return !TensorViews.isPadded(output, _opening(opening));
        uint256 offset = TensorIndex.commitOffset(element, output.dims, output.strides);
        uint256 claimed = TensorViews.bits(TensorViews.open(output, _opening(opening)), offset);
        // INVARIANT: a computed float32 is committed in one form, so equal numbers have equal roots.
        if (output.dtype == DType.FLOAT32 && !Float32.isCanonical(claimed)) return true;
        return !FamilyCall.admissible(familyOf(uint16(bytes2(row))), proof, p, claimed);
    }

    /// @inheritdoc IVerifier
    /// @param until position after the last operands to reduce, see IReductionFamily
    /// @param piece `abi.encode(Proof)` without the output
    function advance(bytes32 programRoot, bytes32 traceRoot, bytes32 progress, uint256 until, bytes calldata piece)
        external
        view
        returns (bytes32, bytes memory carried)
    {
        (uint256 p, bytes calldata row) = _operands(programRoot, traceRoot, progress, piece);
        carried = FamilyCall.accumulate(familyOf(uint16(bytes2(row))), piece, p, until);
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
            _inProgram(programRoot, demand.node, demand.row, demand.rowPath);
            (uint256 id, uint256 depth) = _slot(demand.node, demand.row, demand.slot);
            for (uint256 j = 0; j < demand.places.length; ++j) {
                items[count++] = TensorPlaces.demanded(id, depth, demand.places[j]);
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
    /// @return p calldata position of the proof's struct
    function _operands(bytes32 programRoot, bytes32 traceRoot, bytes32 progress, bytes calldata proof)
        private
        view
        returns (uint256 p, bytes calldata row)
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
        if (carried.length != 0) {
            // INVARIANT: an accumulator comes from this verifier's own sums over this very element, or from nowhere.
            bytes32 computed = _progress(p, keccak256(carried));
            require(computed == progress, ProgressMismatch(progress, computed));
        }
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
    /// @param member calldata position of its membership, `opening` that of its opening
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
            bytes32 root = name;
            if (kind == Kind.COMPUTED) {
                root = bytes32(Proofs.word(member, Proofs.ROOT));
                _inTrace(root, uint256(name), Proofs.hashes(member + path), traceRoot);
            }
            bytes32[] calldata hashes = Proofs.hashes(member + siblings);
            uint256 depth = TensorTree.depth(byteLength);
            _inTensor(root, TensorTree.rootFrom(Proofs.leaves(leaves), Proofs.content(opening + data), hashes, depth));
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
