// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {Float32} from "../../../contracts/math/Float32.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract DequantizeLinearTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Quantization", ""));

    function _dequantize(uint8 dtype, uint256 x, uint256 scale, uint256 zero, uint256 claimed)
        private
        view
        returns (bool)
    {
        uint256 width = DType.size(dtype);
        Input[] memory inputs = new Input[](3);
        inputs[0] = Input(tensor(dtype, list(1, 1)), encode(list(x), width));
        inputs[1] = Input(tensor(DType.FLOAT32, list(1)), encode(list(scale), 4));
        inputs[2] = Input(tensor(dtype, list(1)), encode(list(zero), width));
        int32[] memory axis = new int32[](1);
        axis[0] = 1;
        bytes memory r = row(Opcode.DEQUANTIZELINEAR, Rule.EQUAL, tensor(DType.FLOAT32, list(1, 1)), inputs, axis);
        return judge(family, r, inputs, 0, claimed);
    }

    function testFuzz_dequantize_isDifferenceTimesScale(int8 x, int8 zero, uint32 scale, uint32 other) public view {
        int256 d = int256(x) - zero;
        uint256 y = RoundedArithmetic.mul(Float32.round(d < 0, uint256(d < 0 ? -d : d), 0, false), scale);
        yes(_dequantize(DType.INT8, uint8(x), scale, uint8(zero), y), "the number");
        yes(Float32.same(other, y) || !_dequantize(DType.INT8, uint8(x), scale, uint8(zero), other), "another");
    }

    /// @dev 2^24 + 1 is no float32: it becomes 2^24 before it is multiplied.
    function test_dequantize_int32_roundsFirst() public view {
        yes(_dequantize(DType.INT32, 0x1000001, 0x3f800001, 0, 0x4b800001), "rounded twice");
        yes(!_dequantize(DType.INT32, 0x1000001, 0x3f800001, 0, 0x4b800002), "rounded once");
    }

    function testFuzz_dequantize_unsigned(uint8 x, uint8 zero) public view {
        int256 d = int256(uint256(x)) - int256(uint256(zero));
        uint256 y = Float32.round(d < 0, uint256(d < 0 ? -d : d), -3, false);
        yes(_dequantize(DType.UINT8, x, 0x3e000000, zero, y), "(x - zero) / 8");
        yes(d == 0 || !_dequantize(DType.UINT8, x, 0x3e000000, zero, y ^ 0x80000000), "the other sign");
    }
}
