// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @dev The authenticated leaves of one tensor that a judgement reads.
/// @param leaves indices of the leaves, strictly ascending
/// @param data their contents, 1,024 bytes each, in the same order
struct Opening {
    uint32[] leaves;
    bytes data;
}

/// @title A family of operators
/// @notice Judges single elements. Stateless: the caller authenticates everything that it hands over.
interface IOpFamily {
    /// @notice The family does not know this opcode under this rule.
    error OpUnknown(uint16 opcode, uint8 rule);

    /// @notice Whether a claimed element obeys its node's rule, given the values of the inputs.
    /// @param row the node's row (docs/protocol.md §1.4), proved to be in the program
    /// @param element row-major index of the element in the node's output
    /// @param claimed the element's little-endian bytes, as an unsigned integer
    /// @param inputs for every input of the row the opened leaves, proved to be in that tensor
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        view
        returns (bool);
}

/// @title A family whose elements are reductions that can be judged in pieces
/// @notice A reduction too long for one transaction is reduced by several calls of `accumulate`, each of which carries
/// on from what the one before returned, and concluded by `admissibleAfter`. However it is divided, the verdict is that
/// of `admissible`. Positions count what docs/protocol.md §2.9 says for the operator.
interface IReductionFamily is IOpFamily {
    /// @notice Reduces further operands of an element, up to the position `until`.
    /// @param row the node's row, proved to be in the program
    /// @param element row-major index of the element in the node's output
    /// @param carried what an earlier call returned for this row and element; empty in the beginning
    /// @param until position after the last operand pair to reduce now: greater than the carried position and at most
    /// the length of the reduction
    /// @param inputs opened leaves of the inputs, at least those that these operands lie in
    /// @return what to carry to the next call
    function accumulate(
        bytes calldata row,
        uint256 element,
        bytes calldata carried,
        uint256 until,
        Opening[] calldata inputs
    ) external view returns (bytes memory);

    /// @notice Whether a claimed element obeys its node's rule, given what was carried: reduces the rest of the
    /// operands, then concludes.
    /// @param carried what `accumulate` returned for this row and element; empty if all operands are still to be reduced
    /// @param inputs opened leaves of the inputs, at least those that the rest of the operands lies in
    function admissibleAfter(
        bytes calldata row,
        uint256 element,
        uint256 claimed,
        bytes calldata carried,
        Opening[] calldata inputs
    ) external view returns (bool);
}
