// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {ElementFunction} from "../ops/ElementFunction.sol";
import {Node, NodeRow, Rule} from "../types/Program.sol";

/// @title Functions of one element of every operand (opcodes 0x05..)
contract Elementwise is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        uint8 rule = ElementFunction.isRounded(node.opcode, node.output.dtype) ? Rule.ROUNDED : Rule.EQUAL;
        if (node.rule != rule) revert OpUnknown(node.opcode, node.rule);
        return ElementFunction.admissible(node, element, claimed, TensorViews.open(node.inputs, inputs));
    }
}
