// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Concat} from "../ops/Concat.sol";
import {Indexed} from "../ops/Indexed.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";

/// @title Operators that take elements from where indices or positions say (opcodes 0x0C..)
contract Indexing is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        if (node.rule == Rule.EQUAL) {
            TensorView[] memory x = TensorViews.open(node.inputs, inputs);
            if (node.opcode == Opcode.INDEXED) return Indexed.admissible(node, element, claimed, x);
            if (node.opcode == Opcode.CONCAT) return Concat.admissible(node, element, claimed, x);
        }
        revert OpUnknown(node.opcode, node.rule);
    }
}
