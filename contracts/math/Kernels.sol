// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";
import {Polynomial} from "./Polynomial.sol";

/// @notice Functions of one binary32 number as a fixed sequence of binary32 operations (docs/operators/kernels.md, which has
/// the formulas): those that onnxruntime computes. A NaN gives a NaN.
library Kernels {
    // Coefficients, the first in the most significant lane.
    uint256 private constant EXP = 0x3ab4a0003c092f6e3d2aadad3e2aaa283efffffb3f8000003f80000000000000;

    // Ends of the range in which e^x is computed: −103.97208 and 88.77626.
    uint256 private constant EXP_LOW = 0xc2cff1b5;
    uint256 private constant EXP_HIGH = 0x42b18d72;

    // RN(1 / ln 2), and −ln 2 as the sum of two numbers, the first of which has 15 bits: in units of 2^-100.
    int256 private constant LOG2_E = 0xb8aa3b << 77;
    int256 private constant LN2_HIGH = -(0xb17200 << 76);
    int256 private constant LN2_LOW = -(0xbfbe8e << 57);

    /// @notice e^x
    function exp(uint256 x) internal pure returns (uint256) {
        if (Float32.isNaN(x)) return Float32.NAN;
        (int256 m, int256 r) = _reduced(Polynomial.unpack(_within(x, EXP_LOW, EXP_HIGH)));
        unchecked {
            // The kernel's last step is fma(p, r·o, o)·n with powers of two o·n = 2^m: o is exact to multiply by, so this
            // is p·r + 1 rounded, times 2^m rounded.
            return Float32.round(false, uint256(Polynomial.horner(EXP, 7, r)), m - int256(Polynomial.UNIT), false);
        }
    }

    /// @dev x = m·ln 2 + r: m is the integer nearest to x·RN(1/ln 2), ties to even, which the kernel finds by adding
    /// 1.5·2^23. For |x| < 104 all is at least 2^-43 or zero: r is made of multiples of 2^-42 unless m = 0, and then it is x.
    function _reduced(int256 x) private pure returns (int256 m, int256 r) {
        unchecked {
            int256 product = x * LOG2_E;
            m = (product + ((1 << 199) - 1) + ((product >> 200) & 1)) >> 200;
            int256 whole = m << Polynomial.UNIT;
            r = Polynomial.fma(whole, LN2_LOW, Polynomial.fma(whole, LN2_HIGH, x));
        }
    }

    /// @dev The number, or the end of the interval that it lies beyond.
    function _within(uint256 x, uint256 low, uint256 high) private pure returns (uint256) {
        if (Float32.order(x) < Float32.order(low)) return low;
        return Float32.order(x) > Float32.order(high) ? high : x;
    }
}
