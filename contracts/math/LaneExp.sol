// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";
import {RoundedArithmetic} from "./RoundedArithmetic.sol";

/// @notice The exponentials of a Softmax and their sums in lanes, bit for bit (docs/protocol.md §2.12).
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
        unchecked {
            uint256 count = lanes.length;
            for (uint256 k = 0; k < x.length; ++k) {
                uint256 lane = (i + k) & (count - 1);
                lanes[lane] = _round24(lanes[lane] + power(x[k], max, count));
            }
        }
    }

    /// @notice e^(x − max) in units, as rows of 16 or 8 lanes have it: a binary32 number.
    ///
    /// @dev With d = max − x rounded, k = RN(d · log₂e) and r = k · ln 2 − d in two steps, it is p · 2^-k, p being a polynomial of r.
    /// k and r follow from multiples of 2^-172 and 2^-149 below 2^181. A polynomial on its way lies between 2^-10 and 2, so its last
    /// place is not below 2^-34: it is a multiple of 2^-40, and with r one of 2^-189.
    function power(uint256 x, uint256 max, uint256 lanes) internal pure returns (uint256 e) {
        uint256 d = _distance(x, max);
        uint256 k;
        assembly ("memory-safe") {
            // To 24 bits, ties to even; 0 stays.
            function round24(v) -> rounded {
                rounded := v
                let drop := sub(232, clz(v))
                if sgt(drop, 0) {
                    rounded := shl(drop, shr(drop, add(v, add(sub(shl(sub(drop, 1), 1), 1), and(shr(drop, v), 1)))))
                }
            }
            function signed24(v) -> rounded {
                let sign := sar(255, v)
                rounded := round24(sub(xor(v, sign), sign))
                rounded := sub(xor(rounded, sign), sign)
            }
            function step(p, r, c) -> next {
                next := shr(149, round24(add(mul(p, r), shl(149, c))))
            }
            let least := LEAST_16
            if eq(lanes, 8) { least := LEAST_8 }
            if gt(d, least) { d := least }
            k := mul(LOG2_E, d)
            k := shr(172, add(k, add(sub(shl(171, 1), 1), and(shr(172, k), 1))))
            let r := signed24(sub(mul(k, LN2_HIGH), d))
            r := signed24(add(mul(k, LN2_LOW), r))
            e := step(P0, r, P1)
            e := step(e, r, P2)
            e := step(e, r, P3)
            e := step(e, r, P4)
            e := step(e, r, P5)
            e := step(e, r, P5)
        }
        unchecked {
            // Eight lanes build 2^-k out of its exponent field, which is 0 for k = 127.
            if (lanes == 8 && k > 126) return 0;
            if (k <= 109) return e << (109 - k);
            k -= 109;
            return (e + (1 << (k - 1)) - 1 + ((e >> k) & 1)) >> k;
        }
    }

    /// @notice The bits of units that are a binary32 number.
    function toBits(uint256 units) internal pure returns (uint256) {
        return Float32.round(false, units, -149, false);
    }

    /// @notice A number below 2^64 that is not negative in units.
    function toUnits(uint256 bits) internal pure returns (uint256) {
        (, uint256 mantissa, int256 exponent) = Float32.decode(bits);
        unchecked {
            return mantissa << uint256(exponent + 149);
        }
    }

    /// @dev max − x in units, rounded to binary32; something beyond every difference that counts where x is −∞ or far away.
    function _distance(uint256 x, uint256 max) private pure returns (uint256) {
        unchecked {
            uint256 fieldX = (x >> 23) & 0xff;
            uint256 fieldMax = (max >> 23) & 0xff;
            if (fieldX < 191 && fieldMax < 191) {
                uint256 a = toUnits(x);
                uint256 b = toUnits(max);
                // Modulo 2^256: the difference itself is not negative.
                a = (max & Float32.SIGN == 0 ? b : 0 - b) - (x & Float32.SIGN == 0 ? a : 0 - a);
                return _round24(a);
            }
            uint256 difference = RoundedArithmetic.sub(max, x);
            return (difference >> 23) & 0xff > 140 ? LEAST_16 + 1 : toUnits(difference);
        }
    }

    function _round24(uint256 v) private pure returns (uint256 rounded) {
        assembly ("memory-safe") {
            rounded := v
            let drop := sub(232, clz(v))
            if sgt(drop, 0) {
                rounded := shl(drop, shr(drop, add(v, add(sub(shl(sub(drop, 1), 1), 1), and(shr(drop, v), 1)))))
            }
        }
    }
}
