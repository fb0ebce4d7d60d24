// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Node} from "../types/Program.sol";

/// @notice The same elements in row-major order under another shape (docs/protocol.md §2.1).
library Reshape {
    using TensorViews for TensorView;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint256 offset = TensorIndex.commitOffset(element, x[0].dims, x[0].strides);
        return Element.same(node.output.dtype, claimed, x[0].bits(offset));
    }
}
