// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @dev The authenticated leaves (pieces of 1,024 bytes) of one tensor that a judgement reads.
/// @param leaves indices of the leaves, strictly ascending
/// @param data their contents, 1,024 bytes each, in the same order
struct Opening {
    uint32[] leaves;
    bytes data;
}

/// @title A family of operators
/// @notice Judges single elements. It is stateless: the caller must authenticate all arguments.
interface IOpFamily {
    /// @notice The family does not know this opcode under this rule.
    error OpUnknown(uint16 opcode, uint8 rule);

    /// @notice Whether a claimed element obeys its node's rule, given the values of the inputs.
    /// @param row the node's row (docs/protocol.md §1.4), proved to be in the program
    /// @param element row-major index of the element in the node's output
    /// @param claimed the element's little-endian bytes, as an unsigned integer
    /// @param inputs the opened leaves of every input of the row, proved to be in that tensor
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        view
        returns (bool);
}

/// @title A family whose elements are reductions (sums or the like) that can be judged in pieces
/// @notice If a reduction is too long for one transaction, several calls of `accumulate` compute it. Each goes on from the
/// result of the one before. `admissibleAfter` concludes. However the reduction is divided, the verdict is that of
/// `admissible`. docs/protocol.md §2.9 says what a position is for each operator.
interface IReductionFamily is IOpFamily {
    /// @notice Reduces further operands of an element, up to the position `until`.
    /// @param row the node's row, proved to be in the program
    /// @param element row-major index of the element in the node's output
    /// @param carried the result of the call before for this row and element; empty in the beginning
    /// @param until position after the last operands to reduce now: greater than the carried position, and at most the
    /// length of the reduction
    /// @param inputs opened leaves of the inputs, at least those that hold these operands
    /// @return the result, to be carried to the next call
    function accumulate(
        bytes calldata row,
        uint256 element,
        bytes calldata carried,
        uint256 until,
        Opening[] calldata inputs
    ) external view returns (bytes memory);

    /// @notice Whether a claimed element obeys its node's rule, given the carried result. Reduces the remaining operands,
    /// then concludes.
    /// @param carried the result of `accumulate` for this row and element; empty if no operand was reduced yet
    /// @param inputs opened leaves of the inputs, at least those that hold the remaining operands
    function admissibleAfter(
        bytes calldata row,
        uint256 element,
        uint256 claimed,
        bytes calldata carried,
        Opening[] calldata inputs
    ) external view returns (bool);
}
