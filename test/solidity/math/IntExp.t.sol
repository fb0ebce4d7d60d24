// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IntExp} from "../../../contracts/math/IntExp.sol";
import {Cheats} from "../support/Vm.sol";

contract IntExpTest is Cheats {
    uint256 private constant LIMIT = 180 << 104;

    /// @dev e^-d in units of 2^-120 of its power of two, as one number in units of 2^-379.
    function _value(uint256 d) private pure returns (uint256 f, uint256 k) {
        (f, k) = IntExp.expNegative(d);
        yes(f > 1 << 119 && f < 1 << 121 && k <= 260, "range");
    }

    /// @dev e^-(a+b) = e^-a · e^-b, to a relative 2^-95.
    function testFuzz_exp_ofSum_isProduct(uint256 a, uint256 b) public pure {
        a = bound(a, 0, LIMIT);
        b = bound(b, 0, LIMIT - a);
        (uint256 fa, uint256 ka) = _value(a);
        (uint256 fb, uint256 kb) = _value(b);
        (uint256 f, uint256 k) = _value(a + b);
        uint256 product = (fa * fb) >> 120;
        // The powers of two differ by at most one either way.
        if (ka + kb > k) f <<= ka + kb - k;
        else product <<= k - ka - kb;
        uint256 off = product > f ? product - f : f - product;
        yes(off < f >> 95, "product");
    }

    function testFuzz_exp_decreases(uint256 a, uint256 b) public pure {
        a = bound(a, 0, LIMIT);
        b = bound(b, 0, LIMIT);
        if (a > b) (a, b) = (b, a);
        if (b - a < 1 << 10) return; // closer than the precision
        (uint256 fa, uint256 ka) = _value(a);
        (uint256 fb, uint256 kb) = _value(b);
        yes(kb > ka + 1 || (fb << 2) >> (kb + 1 - ka) <= fa << 1, "order");
    }

    function test_exp_ofZeroAndOne() public pure {
        (uint256 f, uint256 k) = _value(0);
        eq(f, 1 << 120, "e^0");
        eq(k, 0, "e^0");
        (f, k) = _value(1 << 104);
        // floor(2^121 / e): k = 1 and f = 2/e.
        eq(k, 1, "e^-1");
        uint256 expected = 0xbc5ab1b16779be3575bd8f0520a9f2;
        yes((f > expected ? f - expected : expected - f) < 1 << 22, "2/e");
    }
}
