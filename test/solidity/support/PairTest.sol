// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {DType, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "./OpTest.sol";

/// @dev A binary operator on two scalars.
abstract contract PairTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Elementwise", ""));

    function pair(uint16 opcode, uint8 dtype, uint256 a, uint256 b, uint256 claimed) internal view returns (bool) {
        // A call of its own keeps the tests within the stack.
        return this.askPair(opcode, dtype, a, b, claimed);
    }

    function askPair(uint16 opcode, uint8 dtype, uint256 a, uint256 b, uint256 claimed) external view returns (bool) {
        bytes memory scalar = tensor(dtype, new uint256[](0));
        uint256 width = DType.size(dtype);
        Input[] memory inputs = new Input[](2);
        inputs[0] = Input(scalar, encode(list(a), width));
        inputs[1] = Input(scalar, encode(list(b), width));
        uint8 rule = dtype == DType.FLOAT32 ? Rule.ROUNDED : Rule.EQUAL;
        return judge(family, row(opcode, rule, scalar, inputs, new int32[](0)), inputs, 0, claimed);
    }

    /// @dev A finite number as a multiple of 2^-149; its exponent field must be small enough for the word.
    function fixedPoint(uint256 bits) internal pure returns (int256) {
        uint256 field = (bits >> 23) & 0xff;
        int256 magnitude = int256(field == 0 ? bits & 0x7fffff : ((bits & 0x7fffff) | 0x800000) << (field - 1));
        return bits >> 31 == 0 ? magnitude : -magnitude;
    }

    function distance(int256 a, int256 b) internal pure returns (uint256) {
        return uint256(a > b ? a - b : b - a);
    }
}
