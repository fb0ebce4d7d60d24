// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice What a contract implements to be called back. It is called only by the JobRegistry it requested from, only
/// for its own jobs, and only with final results.
interface IInferenceConsumer {
    /// @param jobId The job, as `request` returned it.
    /// @param output The graph outputs: elements little-endian, row-major, concatenated in order.
    function onInferenceResult(uint256 jobId, bytes calldata output) external;
}
