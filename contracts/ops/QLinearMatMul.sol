// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "./Carried.sol";
import {Gather} from "./Gather.sol";
import {IntegerProduct} from "./IntegerProduct.sol";
import {Lines, MatrixProduct} from "./MatrixProduct.sol";
import {Node} from "../types/Program.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView} from "../merkle/TensorView.sol";

/// @notice ONNX QLinearMatMul and MatMulInteger, with broadcast batch axes and one-dimensional operands (docs/protocol.md
/// §2.5).
library QLinearMatMul {
    /// @notice The sum of products at the positions from `from` to before `until`.
    /// @param second place of the second operand among the inputs
    /// @return total exact
    /// @return column of the output
    function sum(Node memory node, uint256 element, TensorView[] memory x, uint256 second, uint256 from, uint256 until)
        internal
        pure
        returns (int256 total, uint256 column)
    {
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        Lines memory l = MatrixProduct.lines(node.inputs[0], node.inputs[second], c);
        until = Carried.within(from, until, l.count);
        column = l.column;
        uint256 count = until - from;
        uint256 a = Gather.allocate(count);
        Gather.line(x[0], l.baseA + from * l.strideA, count, l.strideA, a);
        uint256 b = Gather.allocate(count);
        Gather.line(x[second], l.baseB + from * l.strideB, count, l.strideB, b);
        int256 zeroA = IntegerProduct.zeroPoint(node, x, 2, 0);
        int256 zeroB = IntegerProduct.zeroPoint(node, x, second + 2, column);
        total = IntegerProduct.sum(node, second, a, b, count, zeroA, zeroB);
    }
}
