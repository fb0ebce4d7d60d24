// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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

/// @title A family of operators whose elements are reductions that may be judged in pieces
/// @notice Any partition of the operands gives the verdict that `admissible` gives on all of them at once.
interface IReductionFamily is IOpFamily {
    /// @notice Reduces further operands of an element.
    /// @param carried what an earlier call returned for this row and element; empty in the beginning
    /// @param until position after the last operands to reduce now
    /// @param inputs opened leaves of the inputs, at least those that hold these operands
    /// @return the accumulators, in the family's own encoding
    function accumulate(
        bytes calldata row,
        uint256 element,
        bytes calldata carried,
        uint256 until,
        Opening[] calldata inputs
    ) external view returns (bytes memory);

    /// @notice As `admissible`, where some operands have been reduced before.
    /// @param carried what `accumulate` returned for this row and element
    /// @param inputs opened leaves of the inputs, at least those that hold the other operands
    function admissibleAfter(
        bytes calldata row,
        uint256 element,
        uint256 claimed,
        bytes calldata carried,
        Opening[] calldata inputs
    ) external view returns (bool);
}
