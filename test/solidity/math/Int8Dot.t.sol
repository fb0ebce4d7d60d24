// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../../../contracts/math/Float32.sol";
import {Requantize} from "../../../contracts/math/Requantize.sol";
import {IDotHarness} from "../../../contracts/mocks/IDotHarness.sol";
import {DotTest} from "../support/DotTest.sol";

contract Int8DotTest is DotTest {
    function testFuzz_accumulate_isTheSumOfProducts(
        bytes calldata data,
        bool signedA,
        bool signedB,
        int8 zeroA,
        int8 zeroB
    ) public view {
        uint256 count = data.length / 2;
        IDotHarness.IntegerCase memory c;
        c.a = bytes.concat(data[:count], new bytes(32));
        c.b = bytes.concat(data[count:2 * count], new bytes(32));
        (c.signedA, c.signedB) = (signedA, signedB);
        c.zeroA = signedA ? int256(zeroA) : int256(uint256(uint8(zeroA)));
        c.zeroB = signedB ? int256(zeroB) : int256(uint256(uint8(zeroB)));
        int256 expected;
        for (uint256 k = 0; k < count; ++k) {
            expected += (_value(c.a[k], signedA) - c.zeroA) * (_value(c.b[k], signedB) - c.zeroB);
        }
        (int256 sum, bytes memory a, bytes memory b) = dots.integer(c, count);
        eq(uint256(sum), uint256(expected), "sum");
        eq(keccak256(a), keccak256(c.a), "a is as it was");
        eq(keccak256(b), keccak256(c.b), "b is as it was");
    }

    function test_quantize_tiesGoToEven() public pure {
        // Scale 1/2: sums 1, 3, 5, −1, −3 are ties.
        int256[5] memory sums = [int256(1), 3, 5, -1, -3];
        int256[5] memory expected = [int256(0), 2, 2, 0, -2];
        for (uint256 i = 0; i < 5; ++i) {
            (bool determined, int256 q) = Requantize.quantize(sums[i], 0x3f000000, 0, -128, 127);
            yes(determined, "determined");
            eq(uint256(q), uint256(expected[i]), "q");
        }
    }

    function testFuzz_quantize_staysInRange(int32 sum, uint32 scale, uint8 zero) public pure {
        (bool determined, int256 q) = Requantize.quantize(sum, scale, int256(uint256(zero)), 0, 255);
        yes(determined || Float32.isNaN(scale) || (sum == 0 && !Float32.isFinite(scale)), "determined");
        if (determined) yes(q >= 0 && q <= 255, "range");
    }

    function testFuzz_quantize_scaleOneIsClamping(int24 sum, int8 zero) public pure {
        (, int256 q) = Requantize.quantize(sum, 0x3f800000, zero, -128, 127);
        int256 expected = int256(sum) + zero;
        if (expected < -128) expected = -128;
        if (expected > 127) expected = 127;
        eq(uint256(q), uint256(expected), "q");
    }

    function _value(bytes1 b, bool signed) private pure returns (int256) {
        return signed ? int256(int8(uint8(b))) : int256(uint256(uint8(b)));
    }
}
