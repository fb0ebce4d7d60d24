// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Gather} from "./Gather.sol";
import {IntegerProduct} from "./IntegerProduct.sol";
import {Lines, MatrixProduct} from "./MatrixProduct.sol";
import {Node} from "../types/Program.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView} from "../merkle/TensorView.sol";

/// @notice ONNX QLinearMatMul, with broadcast batch axes and one-dimensional operands (docs/protocol.md §2.5).
library QLinearMatMul {
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        IntegerProduct.requireBytes(node);
        Lines memory l = lines(node, element);
        return IntegerProduct.admissible(node, x, sum(node, l, x), l.column, claimed);
    }

    /// @notice Where the two vectors lie whose product is an output element.
    function lines(Node memory node, uint256 element) internal pure returns (Lines memory) {
        return
            MatrixProduct.lines(node.inputs[0], node.inputs[3], TensorIndex.unravel(element, node.output.dims));
    }

    /// @notice The sum of products of these vectors.
    function sum(Node memory node, Lines memory l, TensorView[] memory x) internal pure returns (int256) {
        uint256 a = Gather.allocate(l.count);
        Gather.line(x[0], l.baseA, l.count, l.strideA, a);
        uint256 b = Gather.allocate(l.count);
        Gather.line(x[3], l.baseB, l.count, l.strideB, b);
        int256 zeroA = IntegerProduct.zeroPoint(node, x, 2, 0);
        int256 zeroB = IntegerProduct.zeroPoint(node, x, 5, l.column);
        return IntegerProduct.sum(node, a, b, l.count, zeroA, zeroB);
    }
}
