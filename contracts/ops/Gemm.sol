// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../math/Float32.sol";
import {Carried} from "./Carried.sol";
import {FloatProduct, Product} from "./FloatProduct.sol";
import {Gather} from "./Gather.sol";
import {Kind, Node, Tensor} from "../types/Program.sol";
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
        Tensor memory a = node.inputs[0];
        Tensor memory b = node.inputs[1];
        p.length = a.dims[axisA];
        p.until = Carried.within(p.from, p.until, p.length);
        p.alpha = uint32(uint256(node.attributes[2]));
        p.beta = uint32(uint256(node.attributes[3]));
        p.roundings = 3;
        uint256 count = p.until - p.from;
        p.a = Gather.allocate(4 * count);
        Gather.line(x[0], c[0] * a.strides[1 - axisA] + p.from * a.strides[axisA], count, a.strides[axisA], p.a);
        p.b = Gather.allocate(4 * count);
        Gather.line(x[1], c[1] * b.strides[1 - axisB] + p.from * b.strides[axisB], count, b.strides[axisB], p.b);
        if (p.from == 0 && node.inputs[2].kind != Kind.ABSENT && !Float32.isZero(p.beta)) {
            p.c = x[2].bits(_bias(node.inputs[2], c));
        }
    }

    /// @dev Commit offset of C's element: C is broadcast to the shape of the output, from the right.
    function _bias(Tensor memory t, uint256[] memory c) private pure returns (uint256 offset) {
        uint256 rank = t.dims.length;
        for (uint256 j = 0; j < rank; ++j) {
            if (t.dims[j] != 1) offset += c[2 - rank + j] * t.strides[j];
        }
    }
}
