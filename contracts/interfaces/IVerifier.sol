// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @title Judge of traces and of single elements
/// @notice The questions that a dispute game asks about the arithmetic. The game does not look into the byte strings.
///
/// INVARIANT: every function is a view, so the game calls a verifier by `staticcall` only. Publishers choose verifiers.
/// A verifier can change no state, and cannot enter the game again, while it judges.
interface IVerifier {
    /// @notice The commitment to the trace of an operator's opening. Reverts unless the opening is a trace of this program
    /// from the job's input to the submitted output.
    /// @param programRoot identifies the program
    /// @param inputCommitment commitment to the job's input
    /// @param outputCommitment commitment to the submitted output
    /// @param opening the verifier's own encoding of the trace's root, and of the hashes that bind it to input and output
    /// @return traceRoot stands for the whole trace
    /// @return shown the part of the trace to be published with it, in the verifier's own encoding
    function traceOf(bytes32 programRoot, bytes32 inputCommitment, bytes32 outputCommitment, bytes calldata opening)
        external
        view
        returns (bytes32 traceRoot, bytes memory shown);

    /// @notice Whether the proof shows an element of the trace that breaks its node's rule. Reverts on a proof that
    /// does not belong to this program and trace.
    /// @param programRoot identifies the program
    /// @param traceRoot the root that `traceOf` returned
    /// @param proof the verifier's own encoding of one element and of everything that it depends on
    /// @return guilty whether it shows such an element
    /// @return progress zero if the proof begins anew. Otherwise the `next` that `advance` must have returned last for this
    /// computation; the answer holds only if it did
    function convicts(bytes32 programRoot, bytes32 traceRoot, bytes calldata proof)
        external
        view
        returns (bool guilty, bytes32 progress);

    /// @notice Computes a part of an element that is too long for one transaction. Reverts on a piece that does not
    /// belong to this program and trace.
    /// @param until the end of this part, in the verifier's own measure
    /// @param piece the verifier's own encoding of one element and of everything that this part of it depends on
    /// @return progress zero if the piece begins anew. Otherwise the `next` that the last call must have returned for this
    /// computation; the answer holds only if it did
    /// @return next stands for the computation up to here
    /// @return carried the intermediate result, from which the next call goes on
    function advance(bytes32 programRoot, bytes32 traceRoot, uint256 until, bytes calldata piece)
        external
        view
        returns (bytes32 progress, bytes32 next, bytes memory carried);

    /// @notice The names of the demanded parts. Reverts unless every trace of this program has all of them, so an operator
    /// that knows its trace can always answer.
    /// @param wanted the verifier's own encoding of a list of parts
    /// @return items a name for each; the same part always has the same name
    function demanded(bytes32 programRoot, bytes calldata wanted) external view returns (bytes32[] memory items);

    /// @notice The names of the shown parts. Reverts unless all of them belong to this trace.
    /// @param shown the verifier's own encoding of a list of parts and their contents
    /// @return items the names of these parts
    function revealed(bytes32 traceRoot, bytes calldata shown) external view returns (bytes32[] memory items);
}
