// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Node} from "../types/Program.sol";

/// @notice Axis a of the output is axis perm[a] of the input (docs/protocol.md §2.1).
library Transpose {
    using TensorViews for TensorView;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        uint256 offset;
        for (uint256 a = 0; a < coords.length; ++a) offset += coords[a] * x[0].strides[uint256(node.attributes[a])];
        return Element.same(node.output.dtype, claimed, x[0].bits(offset));
    }
}
