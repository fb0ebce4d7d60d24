// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract MaxPoolTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Accumulation", ""));

    /// @dev Against a plain loop, on a line of int8 numbers.
    function testFuzz_maxPool_isTheGreatestTapInside(uint256 seed) public view {
        uint256[] memory data = draw(seed, 11, 256);
        uint256[] memory p = draw(seed ^ 1, 4, 4); // kernel, stride, padding, dilation
        int32[] memory attributes = new int32[](5);
        attributes[0] = int32(int256(p[0] + 1));
        attributes[1] = int32(int256(p[1] + 1));
        attributes[2] = int32(int256(p[2] % (p[0] + 1)));
        attributes[3] = attributes[2];
        attributes[4] = int32(int256(p[3] + 1));
        int256 reach = int256(attributes[4]) * (attributes[0] - 1) + 1;
        int256 span = 11 + 2 * int256(attributes[2]) - reach;
        if (span < 0) return;
        uint256 out = uint256(span / attributes[1]) + 1;

        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.INT8, list(1, 1, 11)), encode(data, 1));
        bytes memory r = row(Opcode.MAXPOOL, Rule.EQUAL, tensor(DType.INT8, list(1, 1, out)), inputs, attributes);
        for (uint256 o = 0; o < out; ++o) {
            int256 greatest = -128;
            for (int256 t = 0; t < attributes[0]; ++t) {
                int256 at = int256(o) * attributes[1] - attributes[2] + t * attributes[4];
                if (at < 0 || at >= 11) continue;
                int256 value = int8(uint8(data[uint256(at)]));
                if (value > greatest) greatest = value;
            }
            yes(judge(family, r, inputs, o, uint8(int8(greatest))), "the greatest");
            yes(!judge(family, r, inputs, o, uint8(int8(greatest)) ^ 1), "another");
        }
    }

    function testFuzz_maxPool_withNaN_isATapOrWhereItStarted(uint32 claimed) public view {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.FLOAT32, list(1, 1, 2)), encode(list(0x3f800000, 0x7fc00000), 4));
        int32[] memory attributes = new int32[](5);
        (attributes[0], attributes[1], attributes[4]) = (2, 1, 1);
        bytes memory r = row(Opcode.MAXPOOL, Rule.EQUAL, tensor(DType.FLOAT32, list(1, 1, 1)), inputs, attributes);
        yes(judge(family, r, inputs, 0, 0x3f800000) && judge(family, r, inputs, 0, 0x7fc00000), "a tap");
        yes(judge(family, r, inputs, 0, 0xff800000) && judge(family, r, inputs, 0, 0xff7fffff), "a start");
        bool nan = claimed & 0x7fffffff > 0x7f800000;
        bool known = nan || claimed == 0x3f800000 || claimed == 0xff800000 || claimed == 0xff7fffff;
        yes(known || !judge(family, r, inputs, 0, claimed), "another");
    }
}
