// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice A contract implements this to be called back. Only the JobRegistry that it requested from calls it, only for
/// its own jobs, and only with final results.
interface IInferenceConsumer {
    /// @notice Receives the final result of a job, once.
    /// @param jobId The job, as `request` returned it.
    /// @param output The graph outputs: elements little-endian, row-major, concatenated in order. Of a model whose outputs
    /// have more than 32,768 bytes together, their tensor roots, 32 bytes each.
    function onInferenceResult(uint256 jobId, bytes calldata output) external;
}
