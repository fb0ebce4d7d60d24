// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract BatchNormalizationTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Normalization", ""));
    uint256 private constant ONE = 0x3f800000;

    /// @param v X, scale, B, mean, var
    function _normalise(uint256[5] memory v, uint256 epsilon, uint256 claimed) private view returns (bool) {
        Input[] memory inputs = new Input[](5);
        inputs[0] = Input(tensor(DType.FLOAT32, list(1, 1)), encode(list(v[0]), 4));
        for (uint256 i = 1; i < 5; ++i) inputs[i] = Input(tensor(DType.FLOAT32, list(1)), encode(list(v[i]), 4));
        int32[] memory attributes = new int32[](1);
        attributes[0] = int32(uint32(epsilon));
        bytes memory r =
            row(Opcode.BATCHNORMALIZATION, Rule.BOUND, tensor(DType.FLOAT32, list(1, 1)), inputs, attributes);
        return judge(family, r, inputs, 0, claimed);
    }

    /// @dev With scale = var = 1 and all else 0, y = x, and 10 units of 2^-24 around it are admissible.
    function testFuzz_normalise_byNothing_isIdentity(uint256 seed) public view {
        uint256 x = float(seed, 60, 190);
        uint256[5] memory v = [x, ONE, 0, 0, ONE];
        yes(_normalise(v, 0, x), "x");
        uint256 steps = (((x & 0x7fffff) | 0x800000) * 10) >> 24;
        if ((x & 0x7fffff) + steps + 1 < 0x800000) {
            yes(_normalise(v, 0, x + steps), "at the bound");
            yes(!_normalise(v, 0, x + steps + 1), "past the bound");
        }
        yes(!_normalise(v, 0, 0x7f800000) && !_normalise(v, 0, 0x7fc00000), "infinity and NaN");
    }

    /// @dev A variance of 4^k divides by 2^k exactly.
    function testFuzz_normalise_byPowersOfFour(uint256 seed, uint256 power) public view {
        uint256 x = float(seed, 100, 150);
        uint256 k = bound(power, 0, 40);
        uint256 y = x - (k << 23) + (20 << 23); // x · 2^(20 − k)
        uint256[5] memory v = [x, ONE, 0, 0, ONE + (2 * k << 23) - (40 << 23)];
        yes(_normalise(v, 0, y), "the quotient");
        yes(!_normalise(v, 0, y + 16), "sixteen units more");
    }

    /// @dev x = mean leaves the bias, within the error of the two products that cancel.
    function testFuzz_normalise_ofTheMean_isTheBias(uint256 seedX, uint256 seedB) public view {
        uint256 x = float(seedX, 100, 150);
        uint256 b = float(seedB, 100, 150);
        yes(_normalise([x, ONE, b, x, ONE], 0x3727c5ac, b), "the bias");
    }

    uint256 private constant NAN = 0x7fc00000;

    function test_normalise_whereARootOrATermMayBreak_isWithinTheBoundOrNotFinite() public view {
        yes(_normalise([ONE, ONE, 0, 0, 0], 0, NAN) && !_normalise([ONE, ONE, 0, 0, 0], 0, 7), "var + epsilon = 0");
        yes(!_normalise([ONE, ONE, 0, 0, 0xbf800000], 0, 7), "var + epsilon < 0");
        yes(_normalise([0, ONE, 0, 0, 0x7fffff], 0, NAN), "NaN, var + epsilon subnormal");
        yes(!_normalise([ONE, ONE, 0, 0, 0x7fffff], 0, 7), "a lie, var + epsilon subnormal");
        yes(!_normalise([0, ONE, 0, 0, 0x800000], 0, NAN), "NaN, var + epsilon normal");
        yes(_normalise([0x7e800000, ONE, 0, 0, ONE], 0, NAN), "NaN, a term of 2^126");
        yes(!_normalise([0x7e800000, ONE, 0, 0, ONE], 0, 7), "a lie, a term of 2^126");
        yes(!_normalise([0x7d800000, ONE, 0, 0, ONE], 0, NAN), "a term of 2^124");
    }

    /// @dev s is zero, so that B is left of everything.
    function testFuzz_normalise_byAnInfiniteVariance_isTheBias(uint256 seed, uint32 claimed) public view {
        uint256 b = float(seed, 1, 254);
        yes(_normalise([ONE, ONE, b, ONE, 0x7f800000], 0, b), "var infinite");
        yes(_normalise([ONE, ONE, b, ONE, 0x7f7fffff], 0x7f7fffff, b), "var + epsilon infinite");
        yes(claimed == b || !_normalise([ONE, ONE, b, ONE, 0x7f7fffff], 0x7f7fffff, claimed), "another number");
    }

    function testFuzz_normalise_ofANaN_isOne(uint256 i, uint32 claimed) public view {
        uint256[5] memory v = [ONE, ONE, ONE, ONE, ONE];
        v[bound(i, 0, 4)] = NAN;
        yes(_normalise(v, 0, claimed) == (claimed & 0x7fffffff > 0x7f800000), "NaN");
    }
}
