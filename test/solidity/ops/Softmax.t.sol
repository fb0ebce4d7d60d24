// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {Float32} from "../../../contracts/math/Float32.sol";
import {Length} from "../../../contracts/math/Length.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract SoftmaxTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Normalization", ""));
    uint256 private constant ONE = 0x3f800000;

    function _softmax(uint256[] memory values, uint256 j, uint256 claimed) private view returns (bool) {
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.FLOAT32, list(1, values.length)), encode(values, 4));
        int32[] memory axes = new int32[](2);
        (axes[0], axes[1]) = (1, 2);
        bytes memory shape = tensor(DType.FLOAT32, list(1, values.length));
        return judge(family, row(Opcode.SOFTMAX, Rule.BOUND, shape, inputs, axes), inputs, j, claimed);
    }

    /// @dev n equal numbers: 1/n each, within n + 20 units of 2^-24.
    function testFuzz_softmax_ofEqualNumbers(uint32 x, uint256 count) public view {
        uint256 n = bound(count, 1, 32);
        uint256[] memory values = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) values[i] = x;
        uint256 y = RoundedArithmetic.div(ONE, Float32.round(false, n, 0, false));
        bool finite = Float32.isFinite(x);
        yes(_softmax(values, n / 2, y) == finite, "1/n");
        yes(!_softmax(values, n / 2, y + 2 * n + 42), "far above");
        yes(!_softmax(values, n / 2, y - 2 * n - 42), "far below");
        yes(_softmax(values, n / 2, Float32.NAN) == !finite, "NaN");
    }

    /// @dev A NaN or +∞ anywhere makes all of them NaN; −∞ beside 0 is nothing.
    function testFuzz_softmax_ofWhatIsNotFinite(uint32 x, uint32 claimed) public view {
        uint256 special = Float32.INFINITY | x;
        bool nothing = special == Float32.SIGN | Float32.INFINITY;
        uint256[] memory values = list(special, 0);
        yes(_softmax(values, 1, ONE) == nothing && _softmax(values, 0, 0) == nothing, "1 and 0");
        bool nan = Float32.isNaN(claimed);
        yes(nothing || (_softmax(values, 0, claimed) == nan && _softmax(values, 1, claimed) == nan), "NaN");
        yes(!nothing || !_softmax(values, 1, Float32.NAN), "no NaN");
    }

    /// @dev No bound is defined for it: no verdict, whatever is opened.
    function test_softmax_ofTooMany_isNotJudged() public {
        uint256 n = (1 << 20) + 1;
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(DType.FLOAT32, list(1, n)), "");
        int32[] memory axes = new int32[](2);
        (axes[0], axes[1]) = (1, 2);
        bytes memory r = row(Opcode.SOFTMAX, Rule.BOUND, inputs[0].tensor, inputs, axes);
        Opening[] memory openings = new Opening[](1);
        vm.expectRevert(abi.encodeWithSelector(Length.LengthNotJudged.selector, n, n - 1));
        family.admissible(r, 0, 0, openings);
    }

    /// @dev Only differences count: numbers that are moved together, exactly, have the same softmax.
    function testFuzz_softmax_isInvariantUnderShifts(uint256 seed, uint32 claimed) public view {
        uint256[] memory values = new uint256[](5);
        uint256[] memory moved = new uint256[](5);
        for (uint256 i = 0; i < 5; ++i) {
            uint256 k = draw(seed, 5, 1 << 12)[i];
            values[i] = Float32.round(false, k, -8, false);
            moved[i] = RoundedArithmetic.sub(values[i], 0x42000000); // - 32
        }
        uint256 near = bound(claimed, 0x3d000000, 0x3f800000);
        yes(_softmax(values, 2, near) == _softmax(moved, 2, near), "shift");
    }

    /// @dev ln 2 apart: 2/3 and 1/3 (ln 2 is not a float32, but near enough for the bound).
    function test_softmax_ofLn2() public view {
        uint256[] memory values = list(0x3f317218, 0);
        yes(_softmax(values, 0, 0x3f2aaaab) && _softmax(values, 1, 0x3eaaaaab), "2/3 and 1/3");
        yes(!_softmax(values, 0, 0x3f2aaaab + 40) && !_softmax(values, 1, 0x3eaaaaab + 80), "past the bound");
    }

    function test_softmax_farApart_isOneAndZero() public view {
        uint256[] memory values = list(0x7f7fffff, 0xff7fffff);
        yes(_softmax(values, 0, ONE) && _softmax(values, 1, 0), "1 and 0");
        yes(!_softmax(values, 0, 0) && !_softmax(values, 1, 0x02000000), "not 0, and nothing normal");
        yes(!_softmax(values, 0, 0x40000000) && !_softmax(values, 0, 0x7fc00000), "neither 2 nor NaN");
    }
}
