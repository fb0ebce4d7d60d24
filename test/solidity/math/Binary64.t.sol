// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Binary64} from "../../../contracts/math/Binary64.sol";
import {Cheats} from "../support/Vm.sol";
import {Float32} from "../../../contracts/math/Float32.sol";

/// @dev The numbers are multiples of 2^-149 that fit a word; an integer tells what is exact.
contract Binary64Test is Cheats {
    uint256 private constant NAN = 0x7ff8000000000000;
    uint256 private constant INFINITY = 0x7ff0000000000000;
    uint256 private constant NEGATIVE_INFINITY = 0xfff0000000000000;

    function testFuzz_from_isExact(uint32 bits) public pure {
        uint256 float = bits;
        uint256 field = (float >> 23) & 0xff;
        if (field >= 200) return;
        int256 magnitude = int256(field == 0 ? float & 0x7fffff : ((float & 0x7fffff) | 0x800000) << (field - 1));
        eq(uint256(_units(Binary64.from(float))), uint256(float >> 31 == 0 ? magnitude : -magnitude), "units");
        uint256 back = Binary64.toFloat(Binary64.from(float));
        eq(back, Float32.isZero(float) ? 0 : float, "and back");
    }

    /// @dev Of all numbers of 53 bits none is nearer to the sum, and one as near is odd.
    function testFuzz_add_isNearest(uint256 seedA, uint256 seedB) public pure {
        (uint256 a, uint256 b) = (_number(seedA), _number(seedB));
        _nearest(Binary64.add(a, b), _units(a) + _units(b), 1);
        eq(Binary64.add(a, b), Binary64.add(b, a), "either way");
    }

    function testFuzz_div_isNearest(uint256 seed, uint32 n) public pure {
        if (n == 0) return;
        uint256 a = _number(seed);
        // Two hundred bits are enough above the quotient's last place.
        _nearest(Binary64.div(a, n), _units(a), int256(uint256(n)));
    }

    function test_add_ofNothingFinite() public pure {
        uint256 one = Binary64.from(0x3f800000);
        eq(Binary64.add(INFINITY, one), INFINITY, "stays");
        eq(Binary64.add(one, NEGATIVE_INFINITY), NEGATIVE_INFINITY, "stays negative");
        eq(Binary64.add(INFINITY, INFINITY), INFINITY, "twice");
        eq(Binary64.add(INFINITY, NEGATIVE_INFINITY), NAN, "of both signs");
        eq(Binary64.add(NAN, one), NAN, "a NaN");
        eq(Binary64.from(0xffc00001), NAN, "a NaN of other bits");
        eq(Binary64.from(0xff800000), NEGATIVE_INFINITY, "an infinity");
        eq(Binary64.toFloat(NEGATIVE_INFINITY), 0xff800000, "and back");
        eq(Binary64.toFloat(NAN), Float32.NAN, "a NaN back");
        eq(Binary64.div(INFINITY, 3), INFINITY, "divided");
        eq(Binary64.add(one, Binary64.from(0xbf800000)), 0, "what cancels has no sign");
    }

    /// @dev 2^64 and a number far below that only tells a midpoint from what lies beside it.
    function test_add_farApart() public pure {
        uint256 large = Binary64.round(false, (1 << 53) + 1, 11); // a tie, rounded to even
        eq(large, Binary64.round(false, 1 << 53, 11), "to even");
        uint256 tiny = Binary64.from(1);
        uint256 huge = Binary64.from(0x7f7fffff);
        eq(Binary64.add(huge, tiny), huge, "too small to count");
        eq(Binary64.add(tiny, huge ^ (1 << 63)), huge ^ (1 << 63), "either way");
    }

    /// @dev |result · n − exact| is least.
    function _nearest(uint256 result, int256 exact, int256 n) private pure {
        uint256 off = _distance(_units(result) * n, exact);
        for (uint256 i = 0; i < 2; ++i) {
            uint256 other = i == 0 ? result + 1 : result & ~uint256(1 << 63) == 0 ? result : result - 1;
            uint256 further = _distance(_units(other) * n, exact);
            yes(other == result || off < further || (off == further && result & 1 == 0), "nearest");
        }
    }

    /// @dev A binary64 number with up to 53 bits between 2^-40 and 2^30.
    function _number(uint256 seed) private pure returns (uint256) {
        uint256 h = uint256(keccak256(abi.encode(seed, "binary64")));
        if (h % 17 == 0) return 0;
        uint256 mantissa = (h >> 64) & (h % 3 == 0 ? 0x1f000000000000 : 0x1fffffffffffff);
        return Binary64.round(h % 2 == 0, mantissa | 1 << 52, -int256(22 + (h >> 128) % 70));
    }

    /// @dev In units of 2^-149.
    function _units(uint256 a) private pure returns (int256) {
        (bool negative, uint256 mantissa, int256 exponent) = Binary64.decode(a);
        int256 shift = exponent + 149;
        int256 magnitude = int256(shift < 0 ? mantissa >> uint256(-shift) : mantissa << uint256(shift));
        return negative ? -magnitude : magnitude;
    }

    function _distance(int256 a, int256 b) private pure returns (uint256) {
        return uint256(a > b ? a - b : b - a);
    }
}
