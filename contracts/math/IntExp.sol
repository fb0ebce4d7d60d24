// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The exponential function in fixed-point integers.
library IntExp {
    uint256 internal constant LOG2E_Q64 = 0x171547652b82fe177; // floor(2^64 / ln 2)
    int256 internal constant LN2_Q120 = 0xb17217f7d1cf79abc9e3b39803f2f6; // floor(2^120 · ln 2)

    /// @notice e^-d as f · 2^(-120 - k), with a relative error below 2^-97.
    /// @param d the exponent · 2^104, at most 180 · 2^104
    /// @return f between 2^119 and 2^121
    /// @return k at most 260
    ///
    /// @dev With k = d / ln 2 rounded, e^-d = e^r / 2^k where r = k ln 2 − d and |r| < 0.3466 (a k that is off by one
    /// at a tie would only make |r| a little larger). e^r = (e^(r/16))^16. For |r/16| < 0.0217 the terms up to the
    /// twelfth leave less than 0.0217^13 / 13! < 2^-104. In units of 2^-120: r is off by less than k/1 (the floor of
    /// ln 2, k ≤ 260) + 1, that is 2^-111; every step of Horner's scheme by less than 2, and as each later step
    /// multiplies by |r/16|, all of them together by less than 3; every squaring doubles the relative error and adds
    /// at most 2 units. Altogether below 2^-111 + 16 · (2^-104 + 2^-118) + 2^-116 < 2^-99.
    function expNegative(uint256 d) internal pure returns (uint256 f, uint256 k) {
        assembly ("memory-safe") {
            k := shr(168, add(mul(d, LOG2E_Q64), shl(167, 1)))
            let r := sar(4, sub(mul(k, LN2_Q120), shl(16, d)))
            // sum of r^i / i!, the coefficients being floor(2^120 / i!)
            f := 0x8f76c77fc6c4bdaa26d4c3d
            f := add(0x6b99159fd5138e3f9d1f92e0, sar(120, mul(f, r)))
            f := add(0x49f93edde27d71cbbc05b4fa9, sar(120, mul(f, r)))
            f := add(0x2e3bc74aad8e671f5583911ca0, sar(120, mul(f, r)))
            f := add(0x1a01a01a01a01a01a01a01a01a0, sar(120, mul(f, r)))
            f := add(0xd00d00d00d00d00d00d00d00d00, sar(120, mul(f, r)))
            f := add(0x5b05b05b05b05b05b05b05b05b05, sar(120, mul(f, r)))
            f := add(0x22222222222222222222222222222, sar(120, mul(f, r)))
            f := add(0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, sar(120, mul(f, r)))
            f := add(0x2aaaaaaaaaaaaaaaaaaaaaaaaaaaaa, sar(120, mul(f, r)))
            f := add(0x800000000000000000000000000000, sar(120, mul(f, r)))
            f := add(0x1000000000000000000000000000000, sar(120, mul(f, r)))
            f := add(0x1000000000000000000000000000000, sar(120, mul(f, r)))
            f := shr(120, mul(f, f))
            f := shr(120, mul(f, f))
            f := shr(120, mul(f, f))
            f := shr(120, mul(f, f))
        }
    }
}
