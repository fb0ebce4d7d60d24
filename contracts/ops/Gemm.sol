// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../math/Float32.sol";
import {FloatProduct, Product} from "./FloatProduct.sol";
import {Lines, MatrixProduct} from "./MatrixProduct.sol";
import {MatMul} from "./MatMul.sol";
import {Kind, Node} from "../types/Program.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice ONNX Gemm in float32: alpha · A'·B' + beta · C (docs/protocol.md §2.3, §2.4).
library Gemm {
    using TensorViews for TensorView;

    /// @notice Gathers the products at the positions from p.from to before p.until.
    function gather(Node memory node, uint256 element, TensorView[] memory x, Product memory p) internal pure {
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        // The axis of A that k runs over, and the one of B.
        uint256 axisA = node.attributes[0] == 0 ? 1 : 0;
        uint256 axisB = node.attributes[1] == 0 ? 0 : 1;
        p.alpha = uint32(uint256(node.attributes[2]));
        p.beta = uint32(uint256(node.attributes[3]));
        if (FloatProduct.hasContiguousRows(node)) p.run = node.output.dims[0] * node.output.dims[1];
        Lines memory l;
        l.count = x[0].dims[axisA];
        (l.baseA, l.strideA) = _along(x[0].strides, axisA, c[0]);
        (l.baseB, l.strideB) = _along(x[1].strides, axisB, c[1]);
        MatMul.products(l, x, p);
        if (p.from == 0 && node.inputs[2].kind != Kind.ABSENT && !Float32.isZero(p.beta)) {
            p.c = x[2].bits(MatrixProduct.aligned(x[2].dims, x[2].strides, x[2].dims.length, c, 2));
        }
    }

    /// @return base offset of the line at `place` on the other axis
    /// @return stride of its elements
    function _along(uint256[] memory strides, uint256 axis, uint256 place) private pure returns (uint256 base, uint256 stride) {
        unchecked {
            return (place * strides[1 - axis], strides[axis]);
        }
    }
}
