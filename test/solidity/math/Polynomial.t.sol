// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {Float32} from "../../../contracts/math/Float32.sol";
import {FmaChain} from "../../../contracts/math/FmaChain.sol";
import {Polynomial} from "../../../contracts/math/Polynomial.sol";

/// @dev What is computed on unpacked numbers is what is computed on packed ones.
contract PolynomialTest is Cheats {
    /// @dev Between 2^-26 and 2^13, so that products and sums that cancel stay within what is unpacked.
    function testFuzz_fma_isThatOfPackedNumbers(uint256 seed) public pure {
        (uint256 a, uint256 b, uint256 c) = (_float(seed, 1, 101, 139), _float(seed, 2, 101, 139), _float(seed, 3, 101, 139));
        _equal(a, b, c);
        // A summand that nearly cancels the product, and one that is its tie.
        uint256 product = FmaChain.fma(a, b, 0);
        _equal(a, b, product ^ Float32.SIGN);
        _equal(a, b, (product ^ Float32.SIGN) + 1);
        _equal(a, 0x3f800000, (a & 0x7f800000) - (24 << 23));
    }

    function testFuzz_horner_isAChain(uint256 seed) public pure {
        uint256 count = 2 + (uint256(keccak256(abi.encode(seed, "count"))) % 7);
        // Coefficients that outweigh what is added to them, as those of kernels do: nothing cancels far.
        uint256 x = _float(seed, 0, 110, 127);
        uint256 table;
        uint256 expected;
        for (uint256 i = 0; i < count; ++i) {
            uint256 c = _float(seed, i + 1, 100, 130);
            table |= c << (224 - 32 * i);
            expected = i == 0 ? c : FmaChain.fma(expected, x, c);
        }
        eq(Polynomial.pack(Polynomial.horner(table, count, Polynomial.unpack(x))), expected, "horner");
    }

    function testFuzz_unpack_andPack_areTheNumber(uint256 seed) public pure {
        uint256 x = _float(seed, 0, 51, 150);
        eq(Polynomial.pack(Polynomial.unpack(x)), x, "packed");
    }

    function test_rounded_ties() public pure {
        int256 one = Polynomial.ONE << Polynomial.UNIT;
        eq(Polynomial.pack(Polynomial.rounded(0)), 0, "nothing");
        eq(Polynomial.pack(Polynomial.rounded(one)), 0x3f800000, "1");
        eq(Polynomial.pack(Polynomial.rounded(one + (one >> 24))), 0x3f800000, "a tie goes to the even one below");
        eq(Polynomial.pack(Polynomial.rounded(one + 3 * (one >> 24))), 0x3f800002, "and above");
        eq(Polynomial.pack(Polynomial.rounded(one + (one >> 24) + 1)), 0x3f800001, "a unit more is no tie");
        eq(Polynomial.pack(Polynomial.rounded(-one - (one >> 24))), 0xbf800000, "below zero");
        eq(Polynomial.pack(Polynomial.rounded(-one - (one >> 24) - 1)), 0xbf800001, "and not a tie");
        eq(Polynomial.pack(Polynomial.rounded(2 * one - (one >> 25))), 0x40000000, "up to the next power of two");
        eq(Polynomial.pack(Polynomial.rounded(-2 * one)), 0xc0000000, "a power of two below zero");
    }

    function _equal(uint256 a, uint256 b, uint256 c) private pure {
        int256 result = Polynomial.fma(Polynomial.unpack(a), Polynomial.unpack(b), Polynomial.unpack(c));
        yes(Float32.same(Polynomial.pack(result), FmaChain.fma(a, b, c)), "fma");
    }

    /// @dev A number of an exponent field from `low` to `high`, drawn from a seed.
    function _float(uint256 seed, uint256 place, uint256 low, uint256 high) private pure returns (uint256) {
        uint256 h = uint256(keccak256(abi.encode(seed, place)));
        return (h & 0x807fffff) | (bound(h >> 32, low, high) << 23);
    }
}
