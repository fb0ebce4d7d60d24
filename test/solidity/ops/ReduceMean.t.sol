// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {Length} from "../../../contracts/math/Length.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract ReduceMeanTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Accumulation", ""));

    function _mean(uint256[] memory values, uint256 claimed) private view returns (bool) {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.FLOAT32, list(1, values.length)), encode(values, 4));
        int32[] memory axis = new int32[](1);
        axis[0] = 1;
        bytes memory r = row(Opcode.REDUCEMEAN, Rule.BOUND, tensor(DType.FLOAT32, list(1, 1)), inputs, axis);
        return judge(family, r, inputs, 0, claimed);
    }

    /// @dev The mean of n times x is x; K = n + 3 units of 2^-24 around it and no more.
    function testFuzz_mean_ofEqualNumbers(uint256 seed, uint256 count) public view {
        uint256 n = bound(count, 1, 40);
        uint256 x = float(seed, 60, 190);
        uint256[] memory values = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) values[i] = x;
        yes(_mean(values, x), "the mean");
        // One unit in the last place is 2^-23 of a power of two and nearly 2^-24 of the number below the next.
        uint256 m = (x & 0x7fffff) | 0x800000;
        uint256 steps = (m * (n + 3)) >> 24;
        if ((x & 0x7fffff) + steps + 1 < 0x800000) {
            yes(_mean(values, x + steps), "at the bound");
            yes(!_mean(values, x + steps + 1), "past the bound");
        }
        yes(!_mean(values, x ^ 0x80000000), "the other sign");
        yes(!_mean(values, 0x7f800000) && !_mean(values, 0x7fc00000), "infinity and NaN");
    }

    /// @dev The order of the numbers does not matter.
    function testFuzz_mean_ofReversedRow_isTheSame(uint256 seed, uint32 claimed) public view {
        uint256[] memory values = new uint256[](9);
        uint256[] memory reversed = new uint256[](9);
        for (uint256 i = 0; i < 9; ++i) values[i] = reversed[8 - i] = float(seed ^ i, 0, 254);
        yes(_mean(values, claimed) == _mean(reversed, claimed), "order");
    }

    function test_mean_cancelsExactly() public view {
        uint256[] memory values = new uint256[](3);
        (values[0], values[1], values[2]) = (0x7e000000, 0x40400000, 0xfe000000); // 2^125, 3, -2^125
        yes(_mean(values, 0x3f800000), "the mean");
        yes(_mean(values, 0x71000000), "within the error of large numbers");
        yes(!_mean(values, 0x7e000000), "beyond it");
    }

    function test_mean_thatMayOverflow_isWithinTheBoundOrNotFinite() public view {
        yes(_mean(list(0x7f7fffff, 0xff7fffff), 0x7fc00000), "NaN");
        yes(!_mean(list(0x7e000000, 0xfe000000), 0x7fc00000), "NaN of smaller numbers");
        yes(_mean(list(0x7f7fffff, 0xff7fffff), 0x74800000), "within the error of large numbers");
        yes(!_mean(list(0x7f7fffff, 0xff7fffff), 0x75000000), "beyond it");
    }

    /// @dev No bound is defined for them: no verdict, whatever is opened.
    function test_mean_ofNothingOrOfTooMany_isNotJudged() public {
        _refused(0);
        _refused((1 << 22) + 1);
    }

    function _refused(uint256 n) private {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.FLOAT32, list(1, n)), "");
        int32[] memory axis = new int32[](1);
        axis[0] = 1;
        bytes memory r = row(Opcode.REDUCEMEAN, Rule.BOUND, tensor(DType.FLOAT32, list(1, 1)), inputs, axis);
        Opening[] memory openings = new Opening[](1);
        vm.expectRevert(abi.encodeWithSelector(Length.LengthNotJudged.selector, n, 1 << 22));
        family.admissible(r, 0, 0, openings);
    }

    function testFuzz_mean_ofWhatIsNotFinite_isNotFinite(uint32 special, uint32 claimed) public view {
        uint256 x = 0x7f800000 | special;
        yes(_mean(list(x, 0), claimed) == (claimed & 0x7f800000 == 0x7f800000), "an infinity or a NaN");
    }
}
