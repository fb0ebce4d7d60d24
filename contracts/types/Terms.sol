// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice What a job is worth and risks, fixed at the request, in one word:
///
///     255        160 159         64 63          40 39     16 15       0
///    ┌──────────────┬──────────────┬──────────────┬─────────┬──────────┐
///    │ fee       96 │ bond      96 │ callbackGas24│window 24│ share 16 │
///    └──────────────┴──────────────┴──────────────┴─────────┴──────────┘
///
/// `fee` and `bond` in the smallest unit of OPG, `window` in seconds, `share` (the publisher's part of the fee) in
/// basis points. No callback is made when `callbackGas` is zero.
type Terms is uint256;

using TermsLib for Terms global;

library TermsLib {
    function pack(uint96 fee_, uint96 bond_, uint24 callbackGas_, uint24 window_, uint16 share_)
        internal
        pure
        returns (Terms)
    {
        return Terms.wrap(
            (uint256(fee_) << 160) | (uint256(bond_) << 64) | (uint256(callbackGas_) << 40) | (uint256(window_) << 16)
                | share_
        );
    }

    function fee(Terms t) internal pure returns (uint96) {
        return uint96(Terms.unwrap(t) >> 160);
    }

    function bond(Terms t) internal pure returns (uint96) {
        return uint96(Terms.unwrap(t) >> 64);
    }

    function callbackGas(Terms t) internal pure returns (uint24) {
        return uint24(Terms.unwrap(t) >> 40);
    }

    function window(Terms t) internal pure returns (uint24) {
        return uint24(Terms.unwrap(t) >> 16);
    }

    function share(Terms t) internal pure returns (uint16) {
        return uint16(Terms.unwrap(t));
    }
}
