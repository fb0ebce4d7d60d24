// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice Who serves a job and when, in one word:
///
///     255                    96 95         56 55         16 15        0
///    ┌─────────────────────────┬─────────────┬─────────────┬───────────┐
///    │ operator            160 │ deadline 40 │ time     40 │ named  16 │
///    └─────────────────────────┴─────────────┴─────────────┴───────────┘
///
/// | status    | operator                    | time                                |
/// |-----------|-----------------------------|-------------------------------------|
/// | Requested | the one named, or zero: any | 0                                   |
/// | Accepted  | who reserved the job        | the reservation holds up to here    |
/// | Submitted | whose output it is          | time of the submission              |
///
/// `deadline` is the last second in which an output may be submitted. `named` is 1 when the request named its operator.
type Claim is uint256;

using ClaimLib for Claim global;

library ClaimLib {
    function pack(address operator_, uint40 deadline_, uint40 time_, bool named_) internal pure returns (Claim) {
        return Claim.wrap(
            (uint256(uint160(operator_)) << 96) | (uint256(deadline_) << 56) | (uint256(time_) << 16) | (named_ ? 1 : 0)
        );
    }

    function operator(Claim c) internal pure returns (address) {
        return address(uint160(Claim.unwrap(c) >> 96));
    }

    function deadline(Claim c) internal pure returns (uint40) {
        return uint40(Claim.unwrap(c) >> 56);
    }

    function time(Claim c) internal pure returns (uint40) {
        return uint40(Claim.unwrap(c) >> 16);
    }

    function named(Claim c) internal pure returns (bool) {
        return Claim.unwrap(c) & 1 == 1;
    }
}
