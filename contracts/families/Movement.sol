// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";
import {Reshape} from "../ops/Reshape.sol";
import {Transpose} from "../ops/Transpose.sol";
import {Relu} from "../ops/Relu.sol";
import {MaxPool} from "../ops/MaxPool.sol";

/// @title Operators that move or select elements (opcodes 0x03..)
contract Movement is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        uint16 opcode = node.opcode;
        require(node.rule == Rule.EQUAL, OpUnknown(opcode, node.rule));
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        if (opcode == Opcode.RESHAPE) return Reshape.admissible(node, element, claimed, x);
        if (opcode == Opcode.TRANSPOSE) return Transpose.admissible(node, element, claimed, x);
        if (opcode == Opcode.RELU) return Relu.admissible(node, element, claimed, x);
        if (opcode == Opcode.MAXPOOL) return MaxPool.admissible(node, element, claimed, x);
        revert OpUnknown(opcode, node.rule);
    }
}
