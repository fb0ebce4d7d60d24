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
