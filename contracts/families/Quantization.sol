// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";
import {QuantizeLinear} from "../ops/QuantizeLinear.sol";
import {DequantizeLinear} from "../ops/DequantizeLinear.sol";

/// @title Conversion between float32 and quantised numbers (opcodes 0x04..)
contract Quantization is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        uint16 opcode = node.opcode;
        if (node.rule != Rule.EQUAL) revert OpUnknown(opcode, node.rule);
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        if (opcode == Opcode.QUANTIZELINEAR) return QuantizeLinear.admissible(node, element, claimed, x);
        if (opcode == Opcode.DEQUANTIZELINEAR) return DequantizeLinear.admissible(node, element, claimed, x);
        revert OpUnknown(opcode, node.rule);
    }
}
