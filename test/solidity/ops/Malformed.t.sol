// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {Convolution} from "../../../contracts/ops/Convolution.sol";
import {Operands} from "../../../contracts/ops/Operands.sol";
import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {LaneState} from "../../../contracts/ops/LaneState.sol";
import {Opcode, Rule} from "../../../contracts/types/Program.sol";
import {Regions} from "../../../contracts/ops/Region.sol";
import {RowBuilder} from "../support/RowBuilder.sol";
import {Strided} from "../../../contracts/ops/Strided.sol";
import {TensorIndex} from "../../../contracts/math/TensorIndex.sol";
import {TensorViews} from "../../../contracts/merkle/TensorView.sol";

/// @dev Rows and openings that no honest party makes: no verdict, but an error with what is wrong.
contract MalformedTest is Cheats {
    function test_admissible_leafMissing_reverts() public {
        Opening[] memory openings = _openings();
        openings[1] = Opening(new uint32[](0), "");
        IOpFamily family = IOpFamily(_create("FloatDot", ""));
        vm.expectRevert(abi.encodeWithSelector(TensorViews.LeafMissing.selector, 0));
        family.admissible(_convolution(11), 4, 0, openings);
    }

    function test_admissible_attributesMissing_reverts() public {
        IOpFamily family = IOpFamily(_create("FloatDot", ""));
        vm.expectRevert(abi.encodeWithSelector(Convolution.AttributesMalformed.selector, 10, 2));
        family.admissible(_convolution(10), 4, 0, _openings());
    }

    /// @dev Orders of additions that nobody follows, and an operator that has none.
    function test_admissible_orderUnknown_reverts() public {
        IOpFamily[2] memory families = [IOpFamily(_create("Accumulation", "")), IOpFamily(_create("Lanes", ""))];
        uint16[4] memory opcodes = [Opcode.REDUCEMEAN, Opcode.SOFTMAX, Opcode.LAYERNORMALIZATION, Opcode.BATCHNORMALIZATION];
        bytes[] memory inputs = new bytes[](5);
        Opening[] memory openings = new Opening[](5);
        for (uint256 i = 0; i < 5; ++i) {
            inputs[i] = RowBuilder.tensor(1, RowBuilder.list(1, 1));
            openings[i] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(0)));
        }
        int256[] memory attributes = new int256[](2);
        attributes[1] = 1;
        for (uint256 i = 0; i < 4; ++i) {
            for (uint8 flags = 0; flags < 2; ++flags) {
                bytes memory row = RowBuilder.row(opcodes[i], Rule.LANES, flags, 5, inputs[0], inputs, attributes);
                vm.expectRevert(
                    abi.encodeWithSelector(LaneState.ScheduleUnknown.selector, 5, flags)
                );
                families[i == 0 ? 0 : 1].admissible(row, 0, 0, openings);
            }
        }
        bytes memory other = RowBuilder.row(Opcode.RELU, Rule.LANES, 0, 8, inputs[0], inputs, attributes);
        vm.expectRevert(abi.encodeWithSelector(IOpFamily.OpUnknown.selector, Opcode.RELU, Rule.LANES));
        families[1].admissible(other, 0, 0, openings);
    }

    /// @dev Integers are equal or not; floats are rounded.
    function test_admissible_floatsUnderRuleEqual_reverts() public {
        bytes[] memory inputs = new bytes[](2);
        inputs[0] = inputs[1] = RowBuilder.tensor(1, RowBuilder.list(1));
        bytes memory row = RowBuilder.row(Opcode.ADD, Rule.EQUAL, 0, 0, inputs[0], inputs, new int256[](0));
        Opening[] memory openings = new Opening[](2);
        openings[0] = openings[1] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(0)));
        IOpFamily family = IOpFamily(_create("Elementwise", ""));
        vm.expectRevert(abi.encodeWithSelector(IOpFamily.OpUnknown.selector, Opcode.ADD, Rule.EQUAL));
        family.admissible(row, 0, 0, openings);
    }

    function test_admissible_operandMissing_reverts() public {
        bytes[] memory inputs = new bytes[](1);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(1));
        bytes memory row = RowBuilder.row(Opcode.ADD, Rule.ROUNDED, 0, 0, inputs[0], inputs, new int256[](0));
        Opening[] memory openings = new Opening[](1);
        openings[0] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(0)));
        IOpFamily family = IOpFamily(_create("Elementwise", ""));
        vm.expectRevert(abi.encodeWithSelector(Operands.OperandCount.selector, Opcode.ADD, 1));
        family.admissible(row, 0, 0, openings);
    }

    /// @dev A place before the input or behind it, an element that the dimensions do not have, no whole number of axes.
    function test_admissible_orderOutsideOrMalformed_reverts() public {
        int256[] memory order = new int256[](3);
        (order[0], order[1], order[2]) = (1, 1, -1);
        _refuseOrder(order, 0, abi.encodeWithSelector(TensorIndex.ElementOutOfRange.selector, type(uint256).max));
        order[2] = 2;
        _refuseOrder(order, 0, abi.encodeWithSelector(TensorIndex.ElementOutOfRange.selector, 2));
        order[2] = 0;
        _refuseOrder(order, 1, abi.encodeWithSelector(TensorIndex.ElementOutOfRange.selector, 1));
        order[0] = 0;
        _refuseOrder(order, 0, abi.encodeWithSelector(TensorIndex.ElementOutOfRange.selector, 0));
        _refuseOrder(new int256[](2), 0, abi.encodeWithSelector(Strided.AttributeCount.selector, 2));
    }

    function _refuseOrder(int256[] memory order, uint256 element, bytes memory expected) private {
        bytes[] memory inputs = new bytes[](1);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(2));
        bytes memory row = RowBuilder.row(Opcode.STRIDED, Rule.EQUAL, 0, 0, inputs[0], inputs, order);
        Opening[] memory openings = new Opening[](1);
        openings[0] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(0)));
        IOpFamily family = IOpFamily(_create("Movement", ""));
        vm.expectRevert(expected);
        family.admissible(row, element, 0, openings);
    }

    /// @dev Four attributes for a window over one axis, and a distance of taps that is none.
    function test_admissible_windowMalformed_reverts() public {
        bytes[] memory inputs = new bytes[](1);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(1, 1, 1));
        Opening[] memory openings = new Opening[](1);
        openings[0] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(0)));
        IOpFamily family = IOpFamily(_create("Accumulation", ""));
        for (uint256 count = 4; count < 6; ++count) {
            bytes memory row = RowBuilder.row(Opcode.MAXPOOL, Rule.EQUAL, 0, 0, inputs[0], inputs, new int256[](count));
            vm.expectRevert(abi.encodeWithSelector(Regions.WindowMalformed.selector, count, 3));
            family.admissible(row, 0, 0, openings);
        }
    }

    /// @dev X is [1, 2, 3, 3], W is [1, 2, 2, 2], padded by one above and to the left: Y is [1, 1, 3, 3].
    function _convolution(uint256 attributes) private pure returns (bytes memory) {
        bytes[] memory inputs = new bytes[](3);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(1, 2, 3, 3));
        inputs[1] = RowBuilder.tensor(1, RowBuilder.list(1, 2, 2, 2));
        inputs[2] = RowBuilder.absent();
        int256[] memory a = new int256[](attributes);
        for (uint256 i = 0; i < attributes; ++i) a[i] = i == 1 || i == 2 ? int256(2) : (i == 7 || i == 8 ? int256(0) : int256(1));
        return RowBuilder.row(Opcode.CONV, Rule.CHAIN, 0, 0, RowBuilder.tensor(1, RowBuilder.list(1, 1, 3, 3)), inputs, a);
    }

    function _openings() private pure returns (Opening[] memory openings) {
        openings = new Opening[](3);
        openings[0] = RowBuilder.open(new bytes(72));
        openings[1] = RowBuilder.open(new bytes(32));
    }
}
