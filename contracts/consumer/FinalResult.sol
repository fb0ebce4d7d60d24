// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {Job, JobStatus} from "../types/Job.sol";

/// @title Proofs of final results
/// @notice For contracts that are shown a result instead of being called back with it. The proof is the job, `abi.encode(job)`.
/// The registry says whether the job is its own and final.
///
/// What may be trusted, and when:
/// - True means: this registry settled a job of this version with this input and this output, after its challenge window. It
///   stays settled for ever.
/// - False means only that the proof does not show that. The result may not be final yet. It may have been delivered by a
///   callback, which erases the job: what is to be proved later must be asked for without one. Or the caller gave so little gas
///   that the registry could not answer. So never punish for false.
library FinalResult {
    /// @dev Six words.
    uint256 private constant PROOF_BYTES = 192;

    /// @notice Commitment to an input or output that stands in the chain's calldata: `keccak(0x00 ‖ data)`.
    function commitmentOf(bytes memory data) internal pure returns (bytes32) {
        return keccak256(bytes.concat(hex"00", data));
    }

    /// @notice Whether the proof shows that the version gave this output for this input, and that this is final.
    /// @param input Commitment to the input.
    /// @param output Commitment to the output.
    function isProved(IJobRegistry jobs, bytes32 version, bytes32 input, bytes32 output, bytes calldata proof)
        internal
        view
        returns (bool)
    {
        if (proof.length != PROOF_BYTES) return false;
        // Every word of 192 bytes is a value of its field's type, so this cannot revert.
        Job memory job = abi.decode(proof, (Job));
        if (job.version != version || job.input != input || job.output != output) return false;
        // INVARIANT: the registry reverts unless the struct is the job's, so every field compared above is the job's.
        try jobs.read(job) returns (JobStatus status, uint256) {
            return status == JobStatus.Final || status == JobStatus.FinalUndelivered;
        } catch {
            return false;
        }
    }
}
