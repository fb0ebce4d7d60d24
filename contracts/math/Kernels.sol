// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";
import {FmaChain} from "./FmaChain.sol";
import {Polynomial} from "./Polynomial.sol";
import {RoundedArithmetic} from "./RoundedArithmetic.sol";

/// @notice Functions of one binary32 number as a fixed sequence of binary32 operations (docs/operators/kernels.md, which has
/// the formulas): those that onnxruntime computes. A NaN gives a NaN.
library Kernels {
    using RoundedArithmetic for uint256;

    uint256 private constant ONE = 0x3f800000;
    uint256 private constant HALF = 0x3f000000;

    // Coefficients of polynomials, the first in the most significant lane.
    uint256 private constant EXP = 0x3ab4a0003c092f6e3d2aadad3e2aaa283efffffb3f8000003f80000000000000;
    uint256 private constant TANH_NUMERATOR = 0xa59f25c02a61337eaebd37ff335c00413779434a3a270ded3ba059dc00000000;
    uint256 private constant TANH_DENOMINATOR = 0x35a0d3d838f895d63b14aa053ba059dd00000000000000000000000000000000;
    uint256 private constant SIGMOID_NUMERATOR = 0x2e40355133f84ecb387f413b3c0b7d583e7e3f32000000000000000000000000;
    uint256 private constant SIGMOID_DENOMINATOR = 0x2b2bc4f531c5f27b36d317dd3adf153f3def3e183f7e3f340000000000000000;
    uint256 private constant ERF_NEAR = 0xba1d0d413ba39fa4bcdb45e93de70d23bec093703e0375d30000000000000000;
    uint256 private constant ERF_FAR = 0x37911480b9c8e9663b7e899bbcc6b1803ddaae583f2285503e03ce8600000000;
    uint256 private constant ERF_EXP = 0x3ab54c6d3c0939653d2aad103e2aaa173efffffb3f8000003f80000000000000;

    // Ends of the ranges in which functions are computed, as magnitudes: e^x goes from −103.97208 to 88.77626.
    uint256 private constant EXP_LOW = 0x42cff1b5;
    uint256 private constant EXP_HIGH = 0x42b18d72;
    uint256 private constant TANH_END = 0x41100000; // 9
    uint256 private constant SIGMOID_END = 0x41900000; // 18
    uint256 private constant ERF_END = 0x407b3333; // 3.925
    uint256 private constant ERF_MIDDLE = 0x3f6c0000; // 0.921875

    // RN(1 / ln 2), and −ln 2 as the sum of two numbers, the first of which has 15 bits: in units of 2^-100.
    int256 private constant LOG2_E = 0xb8aa3b << 77;
    int256 private constant LN2_HIGH = -(0xb17200 << 76);
    int256 private constant LN2_LOW = -(0xbfbe8e << 57);

    // √½; √(2/π) · 0.044715 and √(2/π).
    uint256 private constant ROOT_HALF = 0x3f3504f3;
    uint256 private constant GELU_CUBE = 0x3d122279;
    uint256 private constant GELU_LINE = 0x3f4c422a;

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

    /// @notice The hyperbolic tangent.
    function tanh(uint256 x) internal pure returns (uint256) {
        if (Float32.isNaN(x)) return Float32.NAN;
        x = _within(x, TANH_END, TANH_END);
        return _rational(x, TANH_NUMERATOR, 7, TANH_DENOMINATOR, 4);
    }

    /// @notice 1 / (1 + e^−x), by the tangent of half of it.
    function sigmoid(uint256 x) internal pure returns (uint256 y) {
        if (Float32.isNaN(x)) return Float32.NAN;
        x = _within(x, SIGMOID_END, SIGMOID_END);
        y = _rational(x, SIGMOID_NUMERATOR, 5, SIGMOID_DENOMINATOR, 6).add(HALF);
        return y & Float32.SIGN == 0 ? y : 0;
    }

    /// @notice The error function: near zero a polynomial, farther off one minus an exponential.
    /// @dev The last but one step of the polynomial near zero may cancel, down to a multiple of 2^-50. Of a square below 2^-76
    /// holds what is said at _rational, but that one coefficient is three times the next.
    function erf(uint256 x) internal pure returns (uint256) {
        if (Float32.isNaN(x)) return Float32.NAN;
        uint256 a = x & ~Float32.SIGN;
        if (a > ERF_END) a = ERF_END;
        int256 v = Polynomial.unpack(a);
        if (a <= ERF_MIDDLE) {
            uint256 p = Polynomial.pack(Polynomial.horner(ERF_NEAR, 6, Polynomial.fma(v, v, 0)));
            return FmaChain.fma(p, a, a) | (x & Float32.SIGN);
        }
        unchecked {
            int256 t = -Polynomial.fma(Polynomial.horner(ERF_FAR, 7, v), v, v);
            (int256 m, int256 r) = _reduced(t);
            // t lies between −16 and −1: m is −23 or more, and e^t is no subnormal number.
            int256 rest = Polynomial.horner(ERF_EXP, 7, r) << uint256(int256(Polynomial.UNIT) + m);
            return Polynomial.pack(Polynomial.rounded((Polynomial.ONE << Polynomial.UNIT) - rest)) | (x & Float32.SIGN);
        }
    }

    /// @notice x·Φ(x), Φ being the normal distribution function.
    function gelu(uint256 x) internal pure returns (uint256) {
        return HALF.mul(x).mul(erf(x.mul(ROOT_HALF)).add(ONE));
    }

    /// @notice The same by a hyperbolic tangent.
    function geluTanh(uint256 x) internal pure returns (uint256) {
        uint256 inner = x.mul(GELU_CUBE.mul(x).mul(x).add(GELU_LINE));
        return HALF.mul(x).mul(tanh(inner).add(ONE));
    }

    /// @notice αx + β, between 0 and 1.
    function hardSigmoid(uint256 x, uint256 alpha, uint256 beta) internal pure returns (uint256) {
        return Float32.clip(alpha.mul(x).add(beta), 0, ONE);
    }

    /// @dev p(x²)·x / q(x²). No coefficient is more than twice the next one, so a square below 2^-76 adds less than 2^-75 of
    /// a coefficient to it, whatever is left of the square: a polynomial of one is its last coefficient.
    function _rational(uint256 x, uint256 p, uint256 countP, uint256 q, uint256 countQ) private pure returns (uint256) {
        int256 v = Polynomial.unpack(x);
        int256 square = Polynomial.fma(v, v, 0);
        uint256 numerator = Polynomial.pack(Polynomial.horner(p, countP, square)).mul(x);
        return numerator.div(Polynomial.pack(Polynomial.horner(q, countQ, square)));
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

    /// @dev The number, or the end of the interval from −low to high that it lies beyond.
    function _within(uint256 x, uint256 low, uint256 high) private pure returns (uint256) {
        if (x & Float32.SIGN == 0) return x > high ? high : x;
        return x > Float32.SIGN | low ? Float32.SIGN | low : x;
    }
}
