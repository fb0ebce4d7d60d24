// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";
import {PerAxis} from "./PerAxis.sol";

/// @notice y = RN(RN(x − zero) · scale); the inner rounding only matters for int32 (docs/protocol.md §2.6).
library DequantizeLinear {
    using TensorViews for TensorView;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint8 dtype = node.inputs[0].dtype;
        if (dtype != DType.UINT8 && dtype != DType.INT8 && dtype != DType.INT32) {
            revert Element.DTypeUnsupported(node.opcode, dtype);
        }
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        int256 value = Element.toInt(dtype, x[0].bits(TensorIndex.offset(coords, x[0].strides)));
        (uint256 scale, int256 zero) = PerAxis.read(node, coords, dtype, x);
        value -= zero;
        uint256 difference = Float32.round(value < 0, uint256(value < 0 ? -value : value), 0, false);
        return Float32.same(claimed, RoundedArithmetic.mul(difference, scale));
    }
}
