// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Broadcast} from "../math/Broadcast.sol";
import {Element} from "../math/Element.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice The two numbers that one element of a broadcast binary operator is made of.
library Operands {
    using TensorViews for TensorView;

    function read(Node memory node, uint256 element, TensorView[] memory x)
        internal
        pure
        returns (uint256 a, uint256 b)
    {
        uint8 dtype = node.output.dtype;
        require(
            dtype == DType.FLOAT32 || Element.isInteger(dtype), Element.DTypeUnsupported(node.opcode, dtype)
        );
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        a = x[0].bits(Broadcast.offset(coords, x[0].dims, x[0].strides));
        b = x[1].bits(Broadcast.offset(coords, x[1].dims, x[1].strides));
    }
}
