// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice Name of a job: `requester:160 ‖ nonce:64` in the low 224 bits. Known before the request is mined, unique for
/// ever (a nonce is never used twice), and independent of what others do in the same block.
type JobId is uint256;

using JobIdLib for JobId global;

library JobIdLib {
    function pack(address requester_, uint64 nonce_) internal pure returns (JobId) {
        return JobId.wrap((uint256(uint160(requester_)) << 64) | nonce_);
    }

    /// @dev The contract or account that asked; the only address that a callback can ever reach.
    function requester(JobId id) internal pure returns (address) {
        return address(uint160(JobId.unwrap(id) >> 64));
    }

    function nonce(JobId id) internal pure returns (uint64) {
        return uint64(JobId.unwrap(id));
    }
}
