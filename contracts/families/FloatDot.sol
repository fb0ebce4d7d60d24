// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "../ops/Carried.sol";
import {Conv} from "../ops/Conv.sol";
import {FloatProduct, Product} from "../ops/FloatProduct.sol";
import {Gemm} from "../ops/Gemm.sol";
import {IOpFamily, IReductionFamily, Opening} from "../interfaces/IOpFamily.sol";
import {MatMul} from "../ops/MatMul.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @title Float32 dot products
/// @notice Family 1: Conv, Gemm and MatMul, under the rules chain and gemv.
contract FloatDot is IReductionFamily {
    using Carried for uint256[];

    /// @inheritdoc IReductionFamily
    function accumulate(
        bytes calldata row,
        uint256 element,
        bytes calldata carried,
        uint256 until,
        Opening[] calldata inputs
    ) external pure returns (bytes memory) {
        Node memory node = NodeRow.decode(row);
        uint256[] memory state = Carried.load(carried, FloatProduct.WORDS, until);
        Product memory p;
        (p.from, p.until) = (state[0], until);
        _gather(node, element, inputs, p);
        FloatProduct.reduce(node, p, state);
        FloatProduct.normalise(node, state);
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
        return _conclude(row, element, claimed, carried, inputs);
    }

    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        return _conclude(row, element, claimed, row[:0], inputs);
    }

    function _conclude(
        bytes calldata row,
        uint256 element,
        uint256 claimed,
        bytes calldata carried,
        Opening[] calldata inputs
    ) private pure returns (bool) {
        Node memory node = NodeRow.decode(row);
        uint256[] memory state = Carried.load(carried, FloatProduct.WORDS);
        Product memory p;
        (p.from, p.until) = (state[0], Carried.END);
        _gather(node, element, inputs, p);
        FloatProduct.reduce(node, p, state);
        return FloatProduct.admissible(node, element, p, state, claimed);
    }

    /// @dev Gathers the products at the positions from p.from to before p.until.
    function _gather(Node memory node, uint256 element, Opening[] calldata inputs, Product memory p) private pure {
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        uint16 opcode = node.rule == Rule.CHAIN || node.rule == Rule.GEMV ? node.opcode : 0;
        if (opcode == Opcode.CONV) Conv.gather(node, element, x, p);
        else if (opcode == Opcode.GEMM) Gemm.gather(node, element, x, p);
        else if (opcode == Opcode.MATMUL) MatMul.gather(node, element, x, p);
        else revert OpUnknown(node.opcode, node.rule);
    }
}
