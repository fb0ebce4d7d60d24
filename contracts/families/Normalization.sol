// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {BatchNormalization} from "../ops/BatchNormalization.sol";
import {LayerNormalization} from "../ops/LayerNormalization.sol";
import {Softmax} from "../ops/Softmax.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";

/// @title Normalisations, within error bounds (opcodes 0x07..)
contract Normalization is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        uint16 opcode = node.opcode;
        if (node.rule != Rule.BOUND) revert OpUnknown(opcode, node.rule);
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        if (opcode == Opcode.BATCHNORMALIZATION) return BatchNormalization.admissible(node, element, claimed, x);
        if (opcode == Opcode.SOFTMAX) return Softmax.admissible(node, element, claimed, x);
        if (opcode == Opcode.LAYERNORMALIZATION) return LayerNormalization.admissible(node, element, claimed, x);
        revert OpUnknown(opcode, node.rule);
    }
}
