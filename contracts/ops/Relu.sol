// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice y = max(x, 0) (docs/protocol.md §2.1).
library Relu {
    using TensorViews for TensorView;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint8 dtype = node.output.dtype;
        uint256 value = x[0].bits(TensorIndex.commitOffset(element, x[0].dims, x[0].strides));
        if (dtype == DType.FLOAT32) {
            // INVARIANT: the maximum of a NaN and 0 is one of the two, which depends on the processor.
            if (Float32.isNaN(value)) return Float32.isNaN(claimed) || Float32.isZero(claimed);
            return Float32.same(claimed, Float32.order(value) < 0 ? 0 : value);
        }
        require(Element.isInteger(dtype), Element.DTypeUnsupported(node.opcode, dtype));
        return claimed == (Element.toInt(dtype, value) < 0 ? 0 : value);
    }
}
