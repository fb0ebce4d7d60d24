// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {PairTest} from "../support/PairTest.sol";

contract AddTest is PairTest {
    /// @dev Of all numbers the sum is nearest to the exact one: nearer than both its neighbours, or even at a tie.
    function testFuzz_add_isNearest(uint256 seedA, uint256 seedB) public view {
        uint256 a = float(seedA, 0, 120);
        uint256 b = float(seedB, 0, 120);
        uint256 sum = RoundedArithmetic.add(a, b);
        yes(pair(Opcode.ADD, DType.FLOAT32, a, b, sum), "the sum");
        int256 exact = fixedPoint(a) + fixedPoint(b);
        uint256 off = distance(fixedPoint(sum), exact);
        for (uint256 i = 0; i < 2; ++i) {
            uint256 other = i == 0 ? sum + 1 : sum & 0x7fffffff == 0 ? sum : sum - 1;
            uint256 further = distance(fixedPoint(other), exact);
            yes(other == sum || off < further || (off == further && sum & 1 == 0), "nearest");
            yes(other == sum || !pair(Opcode.ADD, DType.FLOAT32, a, b, other), "a neighbour");
        }
    }

    function testFuzz_add_commutes(uint32 a, uint32 b, uint32 claimed) public view {
        yes(
            pair(Opcode.ADD, DType.FLOAT32, a, b, claimed) == pair(Opcode.ADD, DType.FLOAT32, b, a, claimed), "commutes"
        );
    }

    function testFuzz_add_integersWrap(int32 a, int32 b, uint32 other) public view {
        uint32 sum;
        unchecked {
            sum = uint32(a + b);
        }
        yes(pair(Opcode.ADD, DType.INT32, uint32(a), uint32(b), sum), "the sum");
        yes(other == sum || !pair(Opcode.ADD, DType.INT32, uint32(a), uint32(b), other), "another");
    }

    function test_add_broadcasts() public view {
        Input[] memory inputs = new Input[](2);
        inputs[0] = Input(tensor(DType.INT32, list(2, 1, 3)), encode(draw(1, 6, 1000), 4));
        inputs[1] = Input(tensor(DType.INT32, list(4, 1)), encode(draw(2, 4, 1000), 4));
        bytes memory r = row(Opcode.ADD, Rule.EQUAL, tensor(DType.INT32, list(2, 4, 3)), inputs, new int32[](0));
        for (uint256 i = 0; i < 24; ++i) {
            uint256 sum = draw(1, 6, 1000)[(i / 12) * 3 + (i % 3)] + draw(2, 4, 1000)[(i / 3) % 4];
            yes(judge(family, r, inputs, i, sum), "the sum");
            yes(!judge(family, r, inputs, i, sum + 1), "one more");
        }
    }

    function test_add_floatUnderRuleEqual_reverts() public {
        Input[] memory inputs = new Input[](2);
        inputs[0] = inputs[1] = Input(tensor(DType.FLOAT32, list(1)), encode(list(0), 4));
        bytes memory r = row(Opcode.ADD, Rule.EQUAL, tensor(DType.FLOAT32, list(1)), inputs, new int32[](0));
        vm.expectRevert(abi.encodeWithSelector(IOpFamily.OpUnknown.selector, Opcode.ADD, Rule.EQUAL));
        this.ask(r, inputs);
    }

    function ask(bytes calldata r, Input[] calldata inputs) external view returns (bool) {
        return judge(family, r, inputs, 0, 0);
    }
}
