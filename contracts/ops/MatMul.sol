// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "./Carried.sol";
import {FloatProduct, Product} from "./FloatProduct.sol";
import {Gather} from "./Gather.sol";
import {Lines, MatrixProduct} from "./MatrixProduct.sol";
import {Node} from "../types/Program.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView} from "../merkle/TensorView.sol";

/// @notice ONNX MatMul in float32 (docs/protocol.md §2.3, §2.4).
library MatMul {
    /// @notice Gathers the products at the positions from p.from to before p.until.
    function gather(Node memory node, uint256 element, TensorView[] memory x, Product memory p) internal pure {
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        Lines memory l = MatrixProduct.lines(node.inputs[0], node.inputs[1], c);
        p.length = l.count;
        p.until = Carried.within(p.from, p.until, l.count);
        p.alpha = p.beta = FloatProduct.ONE;
        p.roundings = 1;
        uint256 count = p.until - p.from;
        p.a = Gather.allocate(4 * count);
        Gather.line(x[0], l.baseA + p.from * l.strideA, count, l.strideA, p.a);
        p.b = Gather.allocate(4 * count);
        Gather.line(x[1], l.baseB + p.from * l.strideB, count, l.strideB, p.b);
    }
}
