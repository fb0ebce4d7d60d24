// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IOpFamily, Opening} from "./IOpFamily.sol";
import {IVerifier} from "./IVerifier.sol";

/// @dev An operator's opening of its trace (the values of all tensors of its run).
/// @param header the program's header, with its path in the program tree
/// @param top the hashes six levels below the root of the trace tree, or all tensor roots if it is no deeper; zero past
/// the last tensor
/// @param siblings between the graph's inputs and outputs, ascending, and the top: in every level from left to right
/// @param inputRoots roots of the job's inputs if the request committed to these, else empty
/// @param input the job's input bytes if the request gave them inline, else empty
/// @param output the job's output, as it was submitted: the bytes of the graph outputs, or their roots
struct TraceOpening {
    bytes header;
    bytes32[] headerPath;
    bytes32[] top;
    bytes32[] siblings;
    bytes32[] inputRoots;
    bytes input;
    bytes output;
}

/// @dev The path from the opened leaves of one tensor to the trace root. The tensor's root follows from the leaves.
/// @param path from the tensor root to the trace root; empty for a constant, whose root stands in the row
/// @param siblings from the opened leaves to the tensor root
struct Paths {
    bytes32[] path;
    bytes32[] siblings;
}

/// @dev The path from a part of one tensor to the trace root.
/// @param root the tensor's root
/// @param path from the tensor root to the trace root
/// @param siblings from the part to the tensor root
struct Membership {
    bytes32 root;
    bytes32[] path;
    bytes32[] siblings;
}

/// @dev One inadmissible element.
/// @param node position of the node in the program
/// @param row the node's row, with its path in the program tree
/// @param element row-major index of the element in the node's output; the index after the last stands for the padding
/// @param members paths of the output, then of every input
/// @param output the opened leaf of the output that holds the element
/// @param inputs the opened leaves of the inputs that the element depends on
/// @param carried the result of the pieces before; empty if there were none
struct Proof {
    uint256 node;
    bytes row;
    bytes32[] rowPath;
    uint256 element;
    Paths[] members;
    Opening output;
    Opening[] inputs;
    bytes carried;
}

/// @dev A demand for parts of one computed tensor.
/// @param node position of a node that reads or writes the tensor
/// @param row the node's row, with its path in the program tree
/// @param slot 0 for the node's output, i + 1 for its input i
/// @param places in the tensor's tree: level below the root · 2³² + index within the level
struct TensorDemand {
    uint256 node;
    bytes row;
    bytes32[] rowPath;
    uint256 slot;
    uint64[] places;
}

/// @dev A demand for parts of the trace tree itself, which lead to the roots of tensors.
/// @param header the program's header, with its path in the program tree
/// @param places in the trace tree: level below the root · 2³² + index within the level, above the leaves
struct TraceDemand {
    bytes header;
    bytes32[] headerPath;
    uint64[] places;
}

/// @dev A reveal of leaves of one tensor.
/// @param depth of the tensor's tree
struct LeavesShown {
    uint256 tensorId;
    uint256 depth;
    Membership member;
    Opening opening;
}

/// @dev A reveal of the hashes some levels below one node of a tensor's tree.
/// @param index of the node within its level; its level is the number of siblings
/// @param hashes from left to right: 2, 4, 8, 16, 32 or 64
struct HashesShown {
    uint256 tensorId;
    uint256 index;
    Membership member;
    bytes32[] hashes;
}

/// @dev A reveal of the hashes some levels below one node of the trace tree.
/// @param index of the node within its level; its level is the number of siblings
/// @param siblings of the node and its ancestors, bottom first
/// @param hashes from left to right; at the level of the leaves they are tensor roots, zero past the last tensor
struct TraceShown {
    uint256 index;
    bytes32[] siblings;
    bytes32[] hashes;
}

/// @title Verifier of single operator elements
/// @notice Authenticates the contents of a proof against the program root and the trace root, then lets the family of the
/// node's operator judge it. It is stateless; anyone may call it.
interface IOpVerifier is IVerifier {
    /// @notice The header or row is not part of the program.
    error NotInProgram(bytes32 programRoot, bytes32 computed);
    /// @notice The tensor root that follows from the opened leaves is not part of the trace.
    error NotInTrace(uint256 tensorId, bytes32 traceRoot, bytes32 computed);
    /// @notice The leaves or hashes are not part of the tensor with this root, a constant of the row or the shown tensor.
    error NotInTensor(bytes32 root, bytes32 computed);
    /// @notice The opening shows a wrong number of hashes below the root, or of input roots.
    error HashesGiven(uint256 expected, uint256 given);
    /// @notice The input or output is not the one that the job committed to.
    error CommitmentMismatch(bytes32 expected, bytes32 computed);
    /// @notice The input or output has another length than follows from the program's header.
    error ByteLength(uint256 expected, uint256 given);
    /// @notice One tensor is both input and output, or an output twice, and the opening gives it two values.
    error BoundaryMismatch(uint256 tensorId, bytes32 first, bytes32 second);
    /// @notice This hash of the opening does not follow from the job's inputs and outputs.
    error TopMismatch(uint256 index, bytes32 expected, bytes32 given);
    /// @notice The proof names another number of inputs than the row has.
    error InputCount(uint256 expected, uint256 given);
    /// @notice No family is deployed for this opcode.
    error FamilyUnknown(uint16 opcode);
    /// @notice The row has no such slot, or it holds no tensor of the trace but a constant or an absent input.
    error NotDemandable(uint256 node, uint256 slot);

    /// @notice There are more families than opcodes can name, or none.
    error FamilyCount(uint256 count, uint256 max);

    /// @notice The family that judges an opcode. Normalisations (0x07..) under the rule lanes are judged by that of 0x09..
    function familyOf(uint16 opcode) external view returns (IOpFamily);

    /// @notice All families, by the high byte of the opcodes that they judge, from 1. They never change.
    function families() external view returns (IOpFamily[] memory);
}
