// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {Element} from "../../../contracts/math/Element.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract ReluTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Elementwise", ""));

    function _relu(uint8 dtype, uint256 value, uint256 claimed) private view returns (bool) {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(dtype, list(1)), encode(list(value), DType.size(dtype)));
        bytes memory r = row(Opcode.RELU, Rule.EQUAL, tensor(dtype, list(1)), inputs, new int32[](0));
        return judge(family, r, inputs, 0, claimed);
    }

    function testFuzz_relu_ofFloat(uint32 x, uint32 claimed) public view {
        bool nan = x & 0x7fffffff > 0x7f800000;
        uint256 y = x >> 31 == 1 ? 0 : x;
        yes(_relu(DType.FLOAT32, x, y), "max(x, 0)");
        if (claimed == y || (y == 0 && claimed == 0x80000000)) return;
        bool either = claimed & 0x7fffffff == 0 || claimed & 0x7fffffff > 0x7f800000;
        yes(_relu(DType.FLOAT32, x, claimed) == (nan && either), "another value");
    }

    function testFuzz_relu_ofSignedInteger(int32 x, uint32 claimed) public view {
        uint32 y = x < 0 ? 0 : uint32(x);
        yes(_relu(DType.INT32, uint32(x), y), "max(x, 0)");
        yes(claimed == y || !_relu(DType.INT32, uint32(x), claimed), "another value");
    }

    function test_relu_ofFloat16_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(Element.DTypeUnsupported.selector, Opcode.RELU, uint8(10)));
        this.float16();
    }

    function float16() external view returns (bool) {
        return _relu(10, 0, 0);
    }
}
