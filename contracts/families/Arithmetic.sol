// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {DType, Node, NodeRow, Opcode, Rule} from "../types/Program.sol";
import {Add} from "../ops/Add.sol";
import {Sub} from "../ops/Sub.sol";
import {Mul} from "../ops/Mul.sol";
import {Div} from "../ops/Div.sol";

/// @title Broadcast arithmetic on pairs of elements (opcodes 0x05..)
contract Arithmetic is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        uint16 opcode = node.opcode;
        // Integers are exact, so their rule is equality.
        uint8 rule = node.output.dtype == DType.FLOAT32 ? Rule.ROUNDED : Rule.EQUAL;
        require(node.rule == rule, OpUnknown(opcode, node.rule));
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        if (opcode == Opcode.ADD) return Add.admissible(node, element, claimed, x);
        if (opcode == Opcode.SUB) return Sub.admissible(node, element, claimed, x);
        if (opcode == Opcode.MUL) return Mul.admissible(node, element, claimed, x);
        if (opcode == Opcode.DIV) return Div.admissible(node, element, claimed, x);
        revert OpUnknown(opcode, node.rule);
    }
}
