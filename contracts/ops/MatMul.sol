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
        p.alpha = p.beta = FloatProduct.ONE;
        if (FloatProduct.hasContiguousRows(node)) p.run = MatrixProduct.outputsAtOnce(node.inputs[0], node.inputs[1]);
        products(MatrixProduct.lines(node.inputs[0], node.inputs[1], c), x, p);
    }

    /// @notice The same of any row and column.
    function products(Lines memory l, TensorView[] memory x, Product memory p) internal pure {
        p.length = l.count;
        p.until = Carried.within(p.from, p.until, l.count);
        p.a = _line(x[0], l.baseA, l.strideA, p);
        p.b = _line(x[1], l.baseB, l.strideB, p);
    }

    function _line(TensorView memory v, uint256 base, uint256 stride, Product memory p)
        private
        pure
        returns (uint256 position)
    {
        unchecked {
            // Positions and offsets lie inside tensors.
            uint256 count = p.until - p.from;
            position = Gather.allocate(4 * count);
            Gather.line(v, base + p.from * stride, count, stride, position);
        }
    }
}
