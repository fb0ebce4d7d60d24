// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {Float32} from "../../../contracts/math/Float32.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract QuantizeLinearTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Quantization", ""));

    function _quantize(uint256 x, uint256 scale, uint256 zero, uint256 claimed) private view returns (bool) {
        (bytes memory r, Opening[] memory openings) = _case(x, scale, zero);
        return family.admissible(r, 0, claimed, openings);
    }

    function _case(uint256 x, uint256 scale, uint256 zero)
        private
        pure
        returns (bytes memory r, Opening[] memory openings)
    {
        bytes memory scalar = tensor(DType.FLOAT32, new uint256[](0));
        Input[] memory inputs = new Input[](3);
        inputs[0] = Input(tensor(DType.FLOAT32, list(1)), encode(list(x), 4));
        inputs[1] = Input(scalar, encode(list(scale), 4));
        inputs[2] = Input(tensor(DType.INT8, new uint256[](0)), encode(list(zero), 1));
        r = row(Opcode.QUANTIZELINEAR, Rule.EQUAL, tensor(DType.INT8, list(1)), inputs, new int32[](1));
        openings = openAll(inputs);
    }

    /// @dev x = k/2 over scale 1: halves go to the even neighbour, and the zero point shifts before the clamp.
    function testFuzz_quantize_halvesToEven(int16 k, int8 zero) public view {
        uint256 magnitude = uint256(k < 0 ? -int256(k) : int256(k));
        uint256 x = Float32.round(k < 0, magnitude, -1, false);
        int256 whole = int256(magnitude / 2);
        if (magnitude % 2 == 1 && whole % 2 == 1) ++whole;
        int256 y = (k < 0 ? -whole : whole) + zero;
        y = y < -128 ? int256(-128) : y > 127 ? int256(127) : y;
        yes(_quantize(x, 0x3f800000, uint8(zero), uint8(int8(y))), "the quantised number");
        yes(!_quantize(x, 0x3f800000, uint8(zero), uint8(int8(y)) ^ 1), "another");
    }

    /// @dev Exactly one of the 256 values is admissible, or both ends of the range where the quotient is by a zero, and the
    /// zero point besides where it is a NaN.
    function testFuzz_quantize_hasOneAnswer(uint32 x, uint32 scale, uint8 zero) public view {
        (bytes memory r, Opening[] memory openings) = _case(x, scale, zero);
        uint256 count;
        for (uint256 claimed = 0; claimed < 256; ++claimed) if (family.admissible(r, 0, claimed, openings)) ++count;
        if (Float32.isNaN(RoundedArithmetic.div(x, scale))) {
            eq(count, zero == 0x80 || zero == 0x7f ? 2 : 3, "answers to a NaN");
            yes(_quantize(x, scale, zero, zero), "the zero point");
        }
        else eq(count, Float32.isZero(scale) ? 2 : 1, "answers");
    }

    /// @dev The honest run may have divided by the other zero.
    function testFuzz_quantize_byZero_saturatesEitherWay(uint32 x, bool negative, uint8 zero, uint8 other) public view {
        uint256 scale = negative ? 0x80000000 : 0;
        bool nan = Float32.isNaN(x) || Float32.isZero(x);
        yes(_quantize(x, scale, zero, 0x80) && _quantize(x, scale, zero, 0x7f), "an end of the range");
        yes(_quantize(x, scale, zero, other) == (other == 0x80 || other == 0x7f || (nan && other == zero)), "else");
    }
}
