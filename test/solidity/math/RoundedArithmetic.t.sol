// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";

/// @dev Of all numbers the result is nearest to the exact one: nearer than both its neighbours, or even at a tie.
contract RoundedArithmeticTest is Cheats {
    function testFuzz_add_isNearest(uint256 seedA, uint256 seedB) public pure {
        (uint256 a, uint256 b) = (_float(seedA, 0, 120), _float(seedB, 0, 120));
        _nearest(RoundedArithmetic.add(a, b), 1, _units(a) + _units(b));
    }

    function testFuzz_sub_isAddOfTheNegative(uint32 a, uint32 b) public pure {
        eq(RoundedArithmetic.sub(a, b), RoundedArithmetic.add(a, uint256(b) ^ 0x80000000), "a + -b");
    }

    /// @dev Numbers within a factor of two of each other have an exact difference (Sterbenz).
    function testFuzz_sub_ofNearNumbers_isExact(uint256 seed, uint256 other) public pure {
        uint256 a = _float(seed, 2, 100) & 0x7fffffff;
        uint256 b = bound(other, a - 0x800000, a + 0x800000);
        // Neighbouring binades: the difference of their ends may still be too far.
        if (_units(b) > 2 * _units(a) || _units(a) > 2 * _units(b)) return;
        yes(_units(RoundedArithmetic.sub(a, b)) == _units(a) - _units(b), "exact");
    }

    /// @dev In units of 2^-298.
    function testFuzz_mul_isNearest(uint256 seedA, uint256 seedB) public pure {
        (uint256 a, uint256 b) = (_float(seedA, 0, 60), _float(seedB, 80, 127));
        _nearest(RoundedArithmetic.mul(a, b), 1 << 149, _units(a) * _units(b));
    }

    /// @dev |q·b − a| is least.
    function testFuzz_div_isNearest(uint256 seedA, uint256 seedB) public pure {
        (uint256 a, uint256 b) = (_float(seedA, 20, 80) & 0x7fffffff, _float(seedB, 100, 127) & 0x7fffffff);
        _nearest(RoundedArithmetic.div(a, b), _units(b), _units(a) << 149);
    }

    /// @dev A number lies between the squares of the middles around its root; all are counted in units of 2^-298.
    function testFuzz_sqrt_isNearest(uint256 seed) public pure {
        uint256 a = _float(seed, 0, 60) & 0x7fffffff;
        uint256 root = RoundedArithmetic.sqrt(a);
        uint256 twice = 2 * uint256(_units(root));
        (uint256 below, uint256 above) = (uint256(_units(root - 1)) + twice / 2, uint256(_units(root + 1)) + twice / 2);
        uint256 square = uint256(_units(a)) << 151;
        yes(below * below <= square && square <= above * above, "nearest");
    }

    function test_sqrt_special() public pure {
        eq(RoundedArithmetic.sqrt(0x80000000), 0, "of -0");
        eq(RoundedArithmetic.sqrt(0x80000001), 0x7fc00000, "of a negative number");
        eq(RoundedArithmetic.sqrt(0x7f800000), 0x7f800000, "of infinity");
        eq(RoundedArithmetic.sqrt(0xff800000), 0x7fc00000, "of minus infinity");
        eq(RoundedArithmetic.sqrt(0x7f800001), 0x7fc00000, "of NaN");
        eq(RoundedArithmetic.sqrt(1), 0x1a3504f3, "of the least number");
        eq(RoundedArithmetic.sqrt(0x40800000), 0x40000000, "of 4");
    }

    /// @param unit what a unit of the result is worth in those of the exact number
    function _nearest(uint256 result, int256 unit, int256 exact) private pure {
        uint256 off = _distance(_units(result) * unit, exact);
        for (uint256 i = 0; i < 2; ++i) {
            uint256 other = i == 0 ? result + 1 : result & 0x7fffffff == 0 ? result : result - 1;
            uint256 further = _distance(_units(other) * unit, exact);
            yes(other == result || off < further || (off == further && result & 1 == 0), "nearest");
        }
    }

    /// @dev A float32 of an exponent field from `low` to `high`, drawn from a seed.
    function _float(uint256 seed, uint256 low, uint256 high) private pure returns (uint256) {
        uint256 h = uint256(keccak256(abi.encode(seed, "float")));
        return (h & 0x807fffff) | (bound(h >> 32, low, high) << 23);
    }

    /// @dev A finite number as a multiple of 2^-149; its exponent field must be small enough for the word.
    function _units(uint256 bits) private pure returns (int256) {
        uint256 field = (bits >> 23) & 0xff;
        int256 magnitude = int256(field == 0 ? bits & 0x7fffff : ((bits & 0x7fffff) | 0x800000) << (field - 1));
        return bits >> 31 == 0 ? magnitude : -magnitude;
    }

    function _distance(int256 a, int256 b) private pure returns (uint256) {
        return uint256(a > b ? a - b : b - a);
    }
}
