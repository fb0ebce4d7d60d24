// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LaneSums} from "./LaneSums.sol";
import {RoundedArithmetic} from "./RoundedArithmetic.sol";

/// @notice The exponentials of a Softmax and their sums in lanes, bit for bit (docs/protocol.md §2.13).
/// @dev Binary32 numbers are whole multiples of 2^-149, the units here: below 2^64 they fit a word, as do their differences.
library LaneExp {
    uint256 private constant LOG2_E = 0xb8aa3b; // in units of 2^-23
    uint256 private constant LN2_HIGH = 0xb17200 << 125;
    uint256 private constant LN2_LOW = 0x5fdf47 << 107;
    // Differences beyond these count as they do.
    uint256 private constant LEAST_16 = 0xcff1b5 << 132;
    uint256 private constant LEAST_8 = 0xb0c0a5 << 132;
    // The polynomial in units of 2^-40, the highest power first; the last two coefficients are 1.
    uint256 private constant P0 = 0x5a500000;
    uint256 private constant P1 = 0x224bdb800;
    uint256 private constant P2 = 0xaaadad000;
    uint256 private constant P3 = 0x2aaa8a0000;
    uint256 private constant P4 = 0x7ffffd8000;
    uint256 private constant P5 = 0x10000000000;

    /// @notice Adds e^(x − max), for numbers of which the first is number i, to lanes of units.
    /// @param max a finite number that none of `x` exceeds
    function add(uint256[] memory lanes, uint256[] memory x, uint256 i, uint256 max) internal pure {
        uint256 mask = lanes.length - 1;
        uint256 least = _least(lanes.length);
        unchecked {
            for (uint256 k = 0; k < x.length; ++k) {
                uint256 e = _power(_distance(x[k], max), least);
                assembly ("memory-safe") {
                    let at := add(lanes, shl(5, add(and(add(i, k), mask), 1)))
                    e := add(e, mload(at))
                    let c := clz(shl(1, e))
                    e := shl(c, e)
                    e := shr(231, add(add(e, sub(shl(230, 1), 1)), and(shr(231, e), 1)))
                    mstore(at, shr(c, shl(231, e)))
                }
            }
        }
    }

    /// @notice e^(x − max) in units, as rows of 16 or 8 lanes have it: a binary32 number.
    function power(uint256 x, uint256 max, uint256 lanes) internal pure returns (uint256) {
        return _power(_distance(x, max), _least(lanes));
    }

    function _least(uint256 lanes) private pure returns (uint256) {
        return lanes == 8 ? LEAST_8 : LEAST_16;
    }

    /// @dev With k = RN(d · log₂e) and r = k · ln 2 − d in two steps, it is p · 2^-k, p being a polynomial of r.
    ///
    /// k and r follow from multiples of 2^-172 and 2^-149 below 2^181. A polynomial on its way is a multiple of 2^-40, and with r one of
    /// 2^-189. |r| < 0.3467, so the first three lie in [2^-7, 2^-6), [2^-5, 2^-4) and [2^-3, 2^-2): their 24 bits end at known
    /// places, those of the others are looked for.
    function _power(uint256 d, uint256 least) private pure returns (uint256 e) {
        uint256 k;
        assembly ("memory-safe") {
            // To 24 bits, ties to even: the leading bit, the highest that differs from the sign, goes to position 253.
            function round24(v) -> rounded {
                let c := clz(xor(v, shl(2, v)))
                rounded := shl(c, v)
                rounded := sar(230, add(add(rounded, sub(shl(229, 1), 1)), and(shr(230, rounded), 1)))
                rounded := sar(c, shl(230, rounded))
            }
            if gt(d, least) { d := least }
            k := mul(LOG2_E, d)
            k := shr(172, add(k, add(sub(shl(171, 1), 1), and(shr(172, k), 1))))
            let r := round24(sub(mul(k, LN2_HIGH), d))
            r := round24(add(mul(k, LN2_LOW), r))
            // The units of the last places are 2^-30, 2^-28 and 2^-26.
            e := add(mul(P0, r), shl(149, P1))
            e := shl(10, shr(159, add(e, add(sub(shl(158, 1), 1), and(shr(159, e), 1)))))
            e := add(mul(e, r), shl(149, P2))
            e := shl(12, shr(161, add(e, add(sub(shl(160, 1), 1), and(shr(161, e), 1)))))
            e := add(mul(e, r), shl(149, P3))
            e := shl(14, shr(163, add(e, add(sub(shl(162, 1), 1), and(shr(163, e), 1)))))
            e := shr(149, round24(add(mul(e, r), shl(149, P4))))
            e := shr(149, round24(add(mul(e, r), shl(149, P5))))
            e := shr(149, round24(add(mul(e, r), shl(149, P5))))
        }
        unchecked {
            if (k <= 109) return e << (109 - k);
            // Eight lanes build 2^-k out of its exponent field, which is 0 for k = 127.
            if (least == LEAST_8 && k > 126) return 0;
            k -= 109;
            return (e + (1 << (k - 1)) - 1 + ((e >> k) & 1)) >> k;
        }
    }

    /// @dev max − x in units, rounded to binary32; something beyond every difference that counts where x is −∞ or far away.
    function _distance(uint256 x, uint256 max) private pure returns (uint256 d) {
        if ((x >> 23) & 0xff > 190 || (max >> 23) & 0xff > 190) {
            d = RoundedArithmetic.sub(max, x);
            return (d >> 23) & 0xff > 140 ? LEAST_16 + 1 : LaneSums.toUnits(d);
        }
        unchecked {
            d = LaneSums.toUnits(max) - LaneSums.toUnits(x);
        }
        assembly ("memory-safe") {
            let c := clz(shl(1, d))
            d := shl(c, d)
            d := shr(231, add(add(d, sub(shl(230, 1), 1)), and(shr(231, d), 1)))
            d := shr(c, shl(231, d))
        }
    }
}
