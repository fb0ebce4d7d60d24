// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Gather} from "./Gather.sol";
import {IntegerProduct} from "./IntegerProduct.sol";
import {Lines, MatrixProduct} from "./MatrixProduct.sol";
import {Node} from "../types/Program.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView} from "../merkle/TensorView.sol";

/// @notice ONNX QLinearMatMul (docs/protocol.md §2.5).
library QLinearMatMul {
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        Lines memory l = MatrixProduct.lines(node.inputs[0], node.inputs[3], c);
        uint256 a = Gather.allocate(l.count);
        Gather.line(x[0], l.baseA, l.count, l.strideA, a);
        uint256 b = Gather.allocate(l.count);
        Gather.line(x[3], l.baseB, l.count, l.strideB, b);
        return IntegerProduct.admissible(node, x, a, b, l.count, l.column, 0, claimed);
    }
}
