// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {Float32} from "../../../contracts/math/Float32.sol";
import {FmaChain} from "../../../contracts/math/FmaChain.sol";
import {Kernels} from "../../../contracts/math/Kernels.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";

/// @dev Kernels by their definition, docs/operators/kernels.md, one operation on packed numbers after the other, beside what
/// contracts compute.
contract KernelsTest is Cheats {
    using FmaChain for uint256;
    using RoundedArithmetic for uint256;

    uint256 private constant MAGIC = 0x4b400000; // 1.5 · 2^23
    uint256 private constant ONE = 0x3f800000;

    function testFuzz_exp(uint256 seed) public pure {
        uint256 x = _number(seed, 7);
        eq(Kernels.exp(x), _exp(x), "exp");
    }

    function testFuzz_tanh(uint256 seed) public pure {
        uint256 x = _number(seed, 4);
        _same(Kernels.tanh(x), _tanh(x), "tanh");
    }

    function testFuzz_sigmoid(uint256 seed) public pure {
        uint256 x = _number(seed, 5);
        eq(Kernels.sigmoid(x), _sigmoid(x), "sigmoid");
    }

    function testFuzz_erf(uint256 seed) public pure {
        uint256 x = _number(seed, 2);
        _same(Kernels.erf(x), _erf(x), "erf");
    }

    function test_ofNaN_isNaN() public pure {
        uint256[3] memory nans = [Float32.NAN, 0xffc00001, 0x7f800001];
        for (uint256 i = 0; i < 3; ++i) {
            eq(Kernels.exp(nans[i]), Float32.NAN, "exp");
            eq(Kernels.tanh(nans[i]), Float32.NAN, "tanh");
            eq(Kernels.sigmoid(nans[i]), Float32.NAN, "sigmoid");
            eq(Kernels.erf(nans[i]), Float32.NAN, "erf");
            eq(Kernels.gelu(nans[i]), Float32.NAN, "gelu");
            eq(Kernels.geluTanh(nans[i]), Float32.NAN, "gelu by a tangent");
            eq(Kernels.hardSigmoid(nans[i], ONE, ONE), Float32.NAN, "hard sigmoid");
        }
    }

    function test_atInfinity() public pure {
        uint256 low = Float32.SIGN | Float32.INFINITY;
        eq(Kernels.exp(Float32.INFINITY), Float32.INFINITY, "exp");
        eq(Kernels.exp(low), 0, "exp of the lowest");
        eq(Kernels.tanh(low), Float32.SIGN | ONE, "tanh");
        eq(Kernels.sigmoid(low), 0, "sigmoid");
        eq(Kernels.erf(low), Float32.SIGN | ONE, "erf");
        eq(Kernels.gelu(low), Float32.NAN, "gelu");
        eq(Kernels.gelu(Float32.INFINITY), Float32.INFINITY, "gelu of the highest");
    }

    function _exp(uint256 x) private pure returns (uint256) {
        (int256 m, uint256 r) = _reduced(_within(x, 0xc2cff1b5, 0x42b18d72));
        int256 n = m > 127 ? int256(127) : m < -126 ? -126 : m;
        uint256 o = uint256(m - n + 127) << 23;
        uint256[6] memory c = [uint256(0x3ab4a000), 0x3c092f6e, 0x3d2aadad, 0x3e2aaa28, 0x3efffffb, ONE];
        uint256 p = c[0];
        for (uint256 i = 1; i < 6; ++i) p = p.fma(r, c[i]);
        return p.fma(r.mul(o), o).mul(uint256(n + 127) << 23);
    }

    function _tanh(uint256 x) private pure returns (uint256) {
        x = _within(x, 0xc1100000, 0x41100000);
        uint256 s = x.mul(x);
        uint256[7] memory c =
            [uint256(0xa59f25c0), 0x2a61337e, 0xaebd37ff, 0x335c0041, 0x3779434a, 0x3a270ded, 0x3ba059dc];
        uint256 p = c[0];
        for (uint256 i = 1; i < 7; ++i) p = p.fma(s, c[i]);
        uint256 q = uint256(0x35a0d3d8).fma(s, 0x38f895d6).fma(s, 0x3b14aa05).fma(s, 0x3ba059dd);
        return p.mul(x).div(q);
    }

    function _sigmoid(uint256 x) private pure returns (uint256) {
        x = _within(x, 0xc1900000, 0x41900000);
        uint256 s = x.mul(x);
        uint256 p = uint256(0x2e403551).fma(s, 0x33f84ecb).fma(s, 0x387f413b).fma(s, 0x3c0b7d58).fma(s, 0x3e7e3f32);
        uint256 q = uint256(0x2b2bc4f5).fma(s, 0x31c5f27b).fma(s, 0x36d317dd).fma(s, 0x3adf153f);
        uint256 y = p.mul(x).div(q.fma(s, 0x3def3e18).fma(s, 0x3f7e3f34)).add(0x3f000000);
        return Float32.order(y) < 0 ? 0 : y;
    }

    function _erf(uint256 x) private pure returns (uint256) {
        uint256 a = _within(x & ~Float32.SIGN, 0, 0x407b3333);
        uint256 sign = x & Float32.SIGN;
        if (a <= 0x3f6c0000) {
            uint256 s = a.mul(a);
            uint256 p = uint256(0xba1d0d41).fma(s, 0x3ba39fa4).fma(s, 0xbcdb45e9).fma(s, 0x3de70d23);
            return sign | p.fma(s, 0xbec09370).fma(s, 0x3e0375d3).fma(a, a);
        }
        uint256 t = uint256(0x37911480).fma(a, 0xb9c8e966).fma(a, 0x3b7e899b).fma(a, 0xbcc6b180);
        t = t.fma(a, 0x3ddaae58).fma(a, 0x3f228550).fma(a, 0x3e03ce86).fma(a, a) ^ Float32.SIGN;
        (int256 m, uint256 r) = _reduced(t);
        uint256 y = uint256(0x3ab54c6d).fma(r, 0x3c093965).fma(r, 0x3d2aad10).fma(r, 0x3e2aaa17);
        y = y.fma(r, 0x3efffffb).fma(r, ONE).fma(r, ONE).mul(uint256(m + 127) << 23);
        return sign | ONE.sub(y);
    }

    function _reduced(uint256 x) private pure returns (int256 m, uint256 r) {
        uint256 shifted = uint256(0x3fb8aa3b).fma(x, MAGIC);
        uint256 whole = shifted.sub(MAGIC);
        return (int256(shifted) - int256(MAGIC), whole.fma(0xb5bfbe8e, whole.fma(0xbf317200, x)));
    }

    function _within(uint256 x, uint256 low, uint256 high) private pure returns (uint256) {
        if (Float32.order(x) < Float32.order(low)) return low;
        return Float32.order(x) > Float32.order(high) ? high : x;
    }

    function _same(uint256 a, uint256 b, string memory about) private pure {
        yes(Float32.same(a, b), about);
    }

    /// @dev Any number, or one below 2^top, mostly not far below; no NaN.
    function _number(uint256 seed, uint256 top) private pure returns (uint256 x) {
        uint256 h = uint256(keccak256(abi.encode(seed, "number")));
        x = h & 0xffffffff;
        if ((h >> 32) % 4 != 0) x = (h & 0x807fffff) | (bound(h >> 40, 127 + top - 12, 126 + top) << 23);
        if (Float32.isNaN(x)) x = Float32.INFINITY;
    }
}
