// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, IReductionFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";
import {BatchNormalization} from "../ops/BatchNormalization.sol";
import {Carried} from "../ops/Carried.sol";
import {LayerNormalization} from "../ops/LayerNormalization.sol";
import {ReduceMean} from "../ops/ReduceMean.sol";
import {Softmax} from "../ops/Softmax.sol";

/// @title Sums over many elements and functions of them, within error bounds (opcodes 0x06..)
/// @dev A ReduceMean can be judged in pieces.
contract Statistics is IReductionFamily {
    using Carried for uint256[];

    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        (Node memory node, TensorView[] memory x) = _open(row, inputs);
        if (node.opcode == Opcode.REDUCEMEAN) return _mean(node, element, claimed, row[:0], x);
        if (node.opcode == Opcode.BATCHNORMALIZATION) return BatchNormalization.admissible(node, element, claimed, x);
        if (node.opcode == Opcode.SOFTMAX) return Softmax.admissible(node, element, claimed, x);
        if (node.opcode == Opcode.LAYERNORMALIZATION) return LayerNormalization.admissible(node, element, claimed, x);
        revert OpUnknown(node.opcode, node.rule);
    }

    /// @inheritdoc IReductionFamily
    function accumulate(
        bytes calldata row,
        uint256 element,
        bytes calldata carried,
        uint256 until,
        Opening[] calldata inputs
    ) external pure returns (bytes memory) {
        (Node memory node, TensorView[] memory x) = _open(row, inputs);
        require(node.opcode == Opcode.REDUCEMEAN, OpUnknown(node.opcode, node.rule));
        uint256[] memory state = Carried.load(carried, ReduceMean.WORDS, until);
        ReduceMean.reduce(node, element, x, until, state);
        return state.store(until);
    }

    /// @inheritdoc IReductionFamily
    function admissibleAfter(
        bytes calldata row,
        uint256 element,
        uint256 claimed,
        bytes calldata carried,
        Opening[] calldata inputs
    ) external pure returns (bool) {
        (Node memory node, TensorView[] memory x) = _open(row, inputs);
        require(node.opcode == Opcode.REDUCEMEAN, OpUnknown(node.opcode, node.rule));
        return _mean(node, element, claimed, carried, x);
    }

    function _open(bytes calldata row, Opening[] calldata inputs)
        private
        pure
        returns (Node memory node, TensorView[] memory x)
    {
        node = NodeRow.decode(row);
        require(node.rule == Rule.BOUND, OpUnknown(node.opcode, node.rule));
        x = TensorViews.open(node.inputs, inputs);
    }

    function _mean(Node memory node, uint256 element, uint256 claimed, bytes calldata carried, TensorView[] memory x)
        private
        pure
        returns (bool)
    {
        uint256[] memory state = Carried.load(carried, ReduceMean.WORDS);
        uint256 n = ReduceMean.reduce(node, element, x, Carried.END, state);
        return ReduceMean.admissible(state, n, claimed);
    }
}
