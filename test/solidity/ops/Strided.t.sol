// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {TensorIndex} from "../../../contracts/math/TensorIndex.sol";
import {Strided} from "../../../contracts/ops/Strided.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract StridedTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Movement", ""));

    function testFuzz_strided_keepsRowMajorOrder(uint256 seed, uint256 element) public view {
        uint256[] memory data = draw(seed, 60, 256);
        element %= 60;
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.UINT8, list(3, 4, 5)), encode(data, 1));
        bytes memory r = row(Opcode.STRIDED, Rule.EQUAL, tensor(DType.UINT8, list(6, 10)), inputs, new int32[](0));
        yes(judge(family, r, inputs, element, data[element]), "the element");
        yes(!judge(family, r, inputs, element, data[element] ^ 1), "another");
    }

    function test_strided_ofFloats_ignoresSignOfZeroAndPayloadOfNaN() public view {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.FLOAT32, list(2)), encode(list(0x80000000, 0x7fc00000), 4));
        bytes memory r = row(Opcode.STRIDED, Rule.EQUAL, tensor(DType.FLOAT32, list(2)), inputs, new int32[](0));
        yes(judge(family, r, inputs, 0, 0), "+0 for -0");
        yes(judge(family, r, inputs, 1, 0xff800001), "another NaN");
        yes(!judge(family, r, inputs, 1, 0x7f800000), "infinity for NaN");
    }

    function test_strided_underAnotherRule_reverts() public {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.UINT8, list(1)), encode(list(1), 1));
        bytes memory r = row(Opcode.STRIDED, Rule.BOUND, tensor(DType.UINT8, list(1)), inputs, new int32[](0));
        vm.expectRevert(abi.encodeWithSelector(IOpFamily.OpUnknown.selector, Opcode.STRIDED, Rule.BOUND));
        this.ask(r, inputs);
    }

    /// @dev Dimensions, strides and an offset against a plain sum, for any of three axes, backwards or not at all along some.
    function testFuzz_strided_takesWhatTheSumSays(uint256 seed) public view {
        uint256[] memory data = draw(seed, 60, 1 << 16);
        uint256[] memory d = draw(seed ^ 1, 3, 3);
        uint256[] memory s = draw(seed ^ 2, 3, 21);
        int32[] memory attributes = new int32[](7);
        for (uint256 i = 0; i < 3; ++i) {
            attributes[i] = int32(int256(d[i] + 1));
            attributes[3 + i] = int32(int256(s[i])) - 10; // at most 10 away, twice on each axis
        }
        attributes[6] = 30 - int32(int256(seed % 30));
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(4, list(3, 4, 5)), encode(data, 2));
        bytes memory r = row(Opcode.STRIDED, Rule.EQUAL, tensor(4, list(d[0] + 1, d[1] + 1, d[2] + 1)), inputs, attributes);
        uint256 count = (d[0] + 1) * (d[1] + 1) * (d[2] + 1);
        for (uint256 element = 0; element < count; ++element) {
            int256 at = _sum(attributes, element);
            if (at < 0 || at >= 60) continue;
            yes(judge(family, r, inputs, element, data[uint256(at)]), "the element");
            yes(!judge(family, r, inputs, element, data[uint256(at)] ^ 0x100), "another");
        }
    }

    function _sum(int32[] memory attributes, uint256 element) private pure returns (int256 at) {
        at = attributes[6];
        for (uint256 i = 3; i > 0; --i) {
            uint256 dim = uint256(int256(attributes[i - 1]));
            at += int256(element % dim) * attributes[2 + i];
            element /= dim;
        }
    }

    /// @dev What no compiler writes is no verdict: a place before the input or behind it, no whole number of axes.
    function test_strided_outsideOrMalformed_reverts() public {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.UINT8, list(2)), encode(list(1, 2), 1));
        int32[] memory attributes = new int32[](3);
        (attributes[0], attributes[1]) = (1, 1);
        for (int32 offset = -1; offset < 3; offset += 3) {
            attributes[2] = offset;
            bytes memory r = row(Opcode.STRIDED, Rule.EQUAL, tensor(DType.UINT8, list(1)), inputs, attributes);
            vm.expectRevert(abi.encodeWithSelector(TensorIndex.ElementOutOfRange.selector, uint256(int256(offset))));
            this.ask(r, inputs);
        }
        bytes memory odd = row(Opcode.STRIDED, Rule.EQUAL, tensor(DType.UINT8, list(1)), inputs, new int32[](2));
        vm.expectRevert(abi.encodeWithSelector(Strided.AttributeCount.selector, 2));
        this.ask(odd, inputs);
    }

    function ask(bytes calldata r, Input[] calldata inputs) external view returns (bool) {
        return judge(family, r, inputs, 0, 0);
    }
}
