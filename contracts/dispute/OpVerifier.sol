// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {KeccakTree} from "../merkle/KeccakTree.sol";
import {TensorTree} from "../merkle/TensorTree.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Header, Headers} from "../types/Header.sol";
import {DType, Kind, Node, NodeRow, Tensor} from "../types/Program.sol";

/// @dev The opening of a trace by its operator.
/// @param header the program's header, with its path in the program tree
/// @param tensorRoots roots of all computed tensors, in order of their ids
/// @param input the job's input bytes if it was given inline, else empty
/// @param output the job's output bytes
struct TraceOpening {
    bytes header;
    bytes32[] headerPath;
    bytes32[] tensorRoots;
    bytes input;
    bytes output;
}

/// @dev How one tensor and its opened leaves hang together with the trace.
/// @param root the tensor's root (constants: left zero, the row has it)
/// @param path from the tensor root to the trace root (constants: empty)
/// @param siblings from the opened leaves to the tensor root
struct Membership {
    bytes32 root;
    bytes32[] path;
    bytes32[] siblings;
}

/// @dev One inadmissible element.
/// @param node position of the node in the program
/// @param row the node's row, with its path in the program tree
/// @param element row-major index of the element in the node's output
/// @param members of the output and then of every input
/// @param output the opened leaf of the output that holds the element
/// @param inputs the opened leaves of the inputs that the element depends on
struct Proof {
    uint256 node;
    bytes row;
    bytes32[] rowPath;
    uint256 element;
    Membership[] members;
    Opening output;
    Opening[] inputs;
}

/// @title Verifier of single operator elements
/// @notice Authenticates what a proof shows against the program root and the trace root, then lets the operator's
/// family judge it. Stateless; anyone may call it.
contract OpVerifier is IVerifier {
    /// @notice The header or row is not part of the program.
    error NotInProgram(bytes32 programRoot, bytes32 computed);
    /// @notice The tensor root is not part of the trace.
    error NotInTrace(uint256 tensorId, bytes32 traceRoot, bytes32 computed);
    /// @notice The opened leaves are not part of the tensor.
    error NotInTensor(bytes32 root, bytes32 computed);
    /// @notice The opening lists another number of tensors than the program has.
    error TensorCount(uint256 expected, uint256 given);
    /// @notice The input or output bytes are not those that the job committed to.
    error CommitmentMismatch(bytes32 expected, bytes32 computed);
    /// @notice The input or output has another length than the program's header says.
    error ByteLength(uint256 expected, uint256 given);
    /// @notice A tensor root of the opening differs from the root of the job's own input or output.
    error BoundaryMismatch(uint256 tensorId, bytes32 expected, bytes32 given);
    /// @notice The proof names another number of inputs than the row has.
    error InputCount(uint256 expected, uint256 given);
    /// @notice No family is deployed for this opcode.
    error FamilyUnknown(uint16 opcode);

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

    /// @notice The family that judges an opcode.
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
    function convicts(bytes32 programRoot, bytes32 traceRoot, bytes calldata proof) external view returns (bool) {
        Proof calldata p;
        assembly ("memory-safe") {
            p := add(proof.offset, calldataload(proof.offset))
        }
        bytes32 computed = KeccakTree.rootFrom(KeccakTree.rowLeaf(p.row), p.node + 1, p.rowPath);
        require(computed == programRoot, NotInProgram(programRoot, computed));
        Node memory node = NodeRow.decode(p.row);
        uint256 inputs = node.inputs.length;
        require(p.members.length == inputs + 1, InputCount(inputs + 1, p.members.length));
        require(p.inputs.length == inputs, InputCount(inputs, p.inputs.length));

        _authenticate(node.output, p.members[0], p.output, traceRoot);
        for (uint256 i = 0; i < inputs; ++i) {
            _authenticate(node.inputs[i], p.members[i + 1], p.inputs[i], traceRoot);
        }
        uint256 offset = TensorIndex.commitOffset(p.element, node.output.dims, node.output.strides);
        uint256 claimed = TensorViews.bits(TensorViews.open(node.output, p.output), offset);
        return !familyOf(node.opcode).admissible(p.row, p.element, claimed, p.inputs);
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
            bytes32 trace = KeccakTree.rootFrom(KeccakTree.traceLeaf(root), tensor.id, member.path);
            require(trace == traceRoot, NotInTrace(tensor.id, traceRoot, trace));
        }
        uint256 d = TensorTree.depth(tensor.size * DType.size(tensor.dtype));
        bytes32 computed = TensorTree.rootFrom(opening, member.siblings, d);
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
