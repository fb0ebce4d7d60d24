// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FloatProduct, Product} from "./FloatProduct.sol";
import {Gather} from "./Gather.sol";
import {Lines, MatrixProduct} from "./MatrixProduct.sol";
import {Node} from "../types/Program.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView} from "../merkle/TensorView.sol";

/// @notice ONNX MatMul in float32 (docs/protocol.md §2.3, §2.4).
library MatMul {
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        Lines memory l = MatrixProduct.lines(node.inputs[0], node.inputs[1], c);
        Product memory p;
        p.count = l.count;
        p.alpha = p.beta = FloatProduct.ONE;
        p.a = Gather.allocate(4 * l.count);
        Gather.line(x[0], l.baseA, l.count, l.strideA, p.a);
        p.b = Gather.allocate(4 * l.count);
        Gather.line(x[1], l.baseB, l.count, l.strideB, p.b);
        return FloatProduct.admissible(node, p, 1, claimed);
    }
}
