// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract ReshapeTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Movement", ""));

    function testFuzz_reshape_keepsRowMajorOrder(uint256 seed, uint256 element) public view {
        uint256[] memory data = draw(seed, 60, 256);
        element %= 60;
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.UINT8, list(3, 4, 5)), encode(data, 1));
        bytes memory r = row(Opcode.RESHAPE, Rule.EQUAL, tensor(DType.UINT8, list(6, 10)), inputs, new int32[](0));
        yes(judge(family, r, inputs, element, data[element]), "the element");
        yes(!judge(family, r, inputs, element, data[element] ^ 1), "another");
    }

    function test_reshape_ofFloats_ignoresSignOfZeroAndPayloadOfNaN() public view {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.FLOAT32, list(2)), encode(list(0x80000000, 0x7fc00000), 4));
        bytes memory r = row(Opcode.RESHAPE, Rule.EQUAL, tensor(DType.FLOAT32, list(2)), inputs, new int32[](0));
        yes(judge(family, r, inputs, 0, 0), "+0 for -0");
        yes(judge(family, r, inputs, 1, 0xff800001), "another NaN");
        yes(!judge(family, r, inputs, 1, 0x7f800000), "infinity for NaN");
    }

    function test_reshape_underAnotherRule_reverts() public {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.UINT8, list(1)), encode(list(1), 1));
        bytes memory r = row(Opcode.RESHAPE, Rule.BOUND, tensor(DType.UINT8, list(1)), inputs, new int32[](0));
        vm.expectRevert(abi.encodeWithSelector(IOpFamily.OpUnknown.selector, Opcode.RESHAPE, Rule.BOUND));
        this.ask(r, inputs);
    }

    function ask(bytes calldata r, Input[] calldata inputs) external view returns (bool) {
        return judge(family, r, inputs, 0, 0);
    }
}
