// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Judge of traces and of single elements
/// @notice What a dispute game needs to know of the arithmetic: nothing but these two questions. Both byte strings are
/// opaque to the game.
interface IVerifier {
    /// @notice The trace root of an operator's opening. Reverts unless the opening is a trace of this program from the
    /// job's input to the submitted output.
    /// @param programRoot identifies the program
    /// @param inputCommitment commitment to the job's input
    /// @param outputCommitment commitment to the submitted output
    /// @param opening the verifier's own encoding of the tensor roots and of what binds them to input and output
    function traceOf(bytes32 programRoot, bytes32 inputCommitment, bytes32 outputCommitment, bytes calldata opening)
        external
        view
        returns (bytes32 traceRoot);

    /// @notice Whether the proof shows an element of the trace that breaks its node's rule. Reverts on a proof that
    /// does not belong to this program and trace.
    /// @param programRoot identifies the program
    /// @param traceRoot what `traceOf` returned
    /// @param proof the verifier's own encoding of one element and of what it depends on
    function convicts(bytes32 programRoot, bytes32 traceRoot, bytes calldata proof) external view returns (bool);
}
