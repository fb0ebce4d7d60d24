// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {Float32} from "../../../contracts/math/Float32.sol";
import {Length} from "../../../contracts/math/Length.sol";
import {LayerNormalization} from "../../../contracts/ops/LayerNormalization.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract LayerNormalizationTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Statistics", ""));
    uint256 private constant ONE = 0x3f800000;

    /// @dev A row of 1-by-n with scale 1 and bias 0.
    function _row(uint256[] memory values, uint256 epsilon) private pure returns (bytes memory r, Input[] memory inputs) {
        uint256 n = values.length;
        uint256[] memory ones = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) ones[i] = ONE;
        inputs = new Input[](3);
        inputs[0] = Input(tensor(DType.FLOAT32, list(1, n)), encode(values, 4));
        inputs[1] = Input(tensor(DType.FLOAT32, list(n)), encode(ones, 4));
        inputs[2] = Input(tensor(DType.FLOAT32, list(n)), new bytes(4 * n));
        int32[] memory attributes = new int32[](2);
        (attributes[0], attributes[1]) = (1, int32(uint32(epsilon)));
        r = row(Opcode.LAYERNORMALIZATION, Rule.BOUND, inputs[0].tensor, inputs, attributes);
    }

    function _layer(uint256[] memory values, uint256 j, uint256 claimed) private view returns (bool) {
        (bytes memory r, Input[] memory inputs) = _row(values, 0x2edbe6ff); // 1e-10
        return judge(family, r, inputs, j, claimed);
    }

    /// @dev Two numbers that are far enough apart become −1 and 1, whatever they are.
    function testFuzz_layerNormalization_ofTwo(uint256 seed) public view {
        uint256[] memory values = list(float(seed, 127, 180) & 0x7fffffff, Float32.SIGN | ONE);
        yes(_layer(values, 0, ONE) && _layer(values, 1, Float32.SIGN | ONE), "1 and -1");
        yes(!_layer(values, 0, ONE + 800) && !_layer(values, 0, ONE - 800) && !_layer(values, 1, ONE), "far off");
        yes(!_layer(values, 0, Float32.NAN) && !_layer(values, 0, Float32.INFINITY), "not finite");
    }

    /// @dev What is not finite anywhere makes all of them NaN.
    function testFuzz_layerNormalization_ofWhatIsNotFinite(uint32 x, uint32 claimed) public view {
        uint256[] memory values = list(ONE, Float32.INFINITY | x, 0);
        yes(_layer(values, 0, claimed) == Float32.isNaN(claimed), "NaN");
    }

    /// @dev No bound is defined for it: no verdict, whatever is opened.
    function test_layerNormalization_ofTooMany_isNotJudged() public {
        (bytes memory r,) = _row(new uint256[](8193), ONE);
        Opening[] memory openings = new Opening[](3);
        vm.expectRevert(abi.encodeWithSelector(Length.LengthNotJudged.selector, 8193, 8192));
        family.admissible(r, 0, 0, openings);
    }

    function testFuzz_layerNormalization_ofAnotherEpsilon_isNotJudged(uint32 bits) public {
        vm.assume(bits < 0x0d800000 || bits > ONE);
        (bytes memory r, Input[] memory inputs) = _row(list(ONE, 0), bits);
        vm.expectRevert(abi.encodeWithSelector(LayerNormalization.EpsilonNotJudged.selector, bits));
        family.admissible(r, 0, 0, openAll(inputs));
    }
}
