// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @title Judge of traces and of single elements
/// @notice What a dispute game needs to know of the arithmetic. All byte strings are opaque to the game.
///
/// INVARIANT: every function is a view, so the game calls a verifier by `staticcall` only. Publishers choose verifiers;
/// none can change anything, or enter the game again, while it judges.
interface IVerifier {
    /// @notice The commitment to the trace of an operator's opening. Reverts unless the opening is a trace of this program from the
    /// job's input to the submitted output.
    /// @param programRoot identifies the program
    /// @param inputCommitment commitment to the job's input
    /// @param outputCommitment commitment to the submitted output
    /// @param opening the verifier's own encoding of the trace's root and of what binds it to input and output
    /// @return traceRoot stands for the whole trace
    /// @return shown what of the trace is to be published with it, in the verifier's own encoding
    function traceOf(bytes32 programRoot, bytes32 inputCommitment, bytes32 outputCommitment, bytes calldata opening)
        external
        view
        returns (bytes32 traceRoot, bytes memory shown);

    /// @notice Whether the proof shows an element of the trace that breaks its node's rule. Reverts on a proof that
    /// does not belong to this program and trace.
    /// @param programRoot identifies the program
    /// @param traceRoot what `traceOf` returned
    /// @param proof the verifier's own encoding of one element and of what it depends on
    /// @return guilty whether it does
    /// @return progress what `advance` returned for the computation that the proof goes on with, or zero if it begins
    /// anew: the answer holds only if that is so
    function convicts(bytes32 programRoot, bytes32 traceRoot, bytes calldata proof)
        external
        view
        returns (bool guilty, bytes32 progress);

    /// @notice Computes a part of an element that is too long for one transaction. Reverts on a piece that does not
    /// belong to this program and trace.
    /// @param until how far the computation is to go, in the verifier's own measure
    /// @param piece the verifier's own encoding of one element and of what this part of it depends on
    /// @return progress what the last call returned as `next` for the computation that the piece goes on with, or zero if
    /// it begins anew: the answer holds only if that is so
    /// @return next stands for the computation up to here
    /// @return carried the intermediate result, to go on with
    function advance(bytes32 programRoot, bytes32 traceRoot, uint256 until, bytes calldata piece)
        external
        view
        returns (bytes32 progress, bytes32 next, bytes memory carried);

    /// @notice The parts of any trace of this program that are asked for. Reverts unless all of them exist, so that an
    /// operator that knows its trace can always answer.
    /// @param wanted the verifier's own encoding of a list of parts
    /// @return items a name for each; the same part always has the same name
    function demanded(bytes32 programRoot, bytes calldata wanted) external view returns (bytes32[] memory items);

    /// @notice The parts of this trace that are shown. Reverts unless all of them are the trace's.
    /// @param shown the verifier's own encoding of a list of parts and their contents
    /// @return items the names of these parts
    function revealed(bytes32 traceRoot, bytes calldata shown) external view returns (bytes32[] memory items);
}
