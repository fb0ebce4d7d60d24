// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Claim} from "./Claim.sol";
import {JobId} from "./JobId.sol";
import {Terms} from "./Terms.sol";

/// @notice Everything that JobRegistry knows of a job. The chain stores only a digest of it; whoever acts on a job
/// passes the struct, which the events rebuild. Six whole words, so that `abi.encode` is the memory image.
struct Job {
    /// Requester and nonce.
    JobId id;
    /// The model version, see IModelRegistry.
    bytes32 version;
    /// Commitment to the input: `keccak(0x00 ‖ bytes)` inline, `keccak(0x01 ‖ root …)` by tensor roots.
    bytes32 input;
    Terms terms;
    Claim claim;
    /// Commitment to the output as it was submitted, `keccak(0x00 ‖ output)`; zero until then.
    bytes32 output;
}

/// @notice Where a job stands.
///
///     None ─request→ Requested ─accept→ Accepted
///                        │  └──────submit─┐  │submit
///                  cancel│refund          ▼  ▼
///                        ▼             Submitted ──window over: finalize──→ Final | FinalUndelivered
///               Cancelled | Refunded      │challenge                          ▲        │retryCallback
///                                         ▼                                   │        ▼
///                                     Challenged ──no conviction──→ Upheld ───┘      Final
///                                         └──conviction or default──→ Convicted
enum JobStatus {
    /// No such job.
    None,
    /// Paid for and open to be served.
    Requested,
    /// Reserved by one operator, whose bond is locked.
    Accepted,
    /// An output is claimed and may be challenged.
    Submitted,
    /// In dispute.
    Challenged,
    /// The dispute ended without conviction; may be finalized at once.
    Upheld,
    /// Settled; the callback, if any was asked for, succeeded (then the job's word is erased).
    Final,
    /// Settled; the callback failed and anyone may retry it.
    FinalUndelivered,
    /// Withdrawn by its requester, fee returned.
    Cancelled,
    /// Not served in time, fee returned.
    Refunded,
    /// The operator was slashed, fee returned.
    Convicted
}

using JobLib for Job global;

library JobLib {
    /// @dev Six full words of value types: the calldata image is the canonical encoding, no bits to clean.
    uint256 internal constant SIZE = 192;

    function hash(Job calldata job) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, job, SIZE)
            digest := keccak256(free, SIZE)
        }
    }

    function hashMemory(Job memory job) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(job, SIZE)
        }
    }
}
