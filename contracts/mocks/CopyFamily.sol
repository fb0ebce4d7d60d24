// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Node, NodeRow} from "../types/Program.sol";

/// @notice A family whose only operator copies: enough to test what authenticates and routes, without arithmetic.
contract CopyFamily is IOpFamily {
    using TensorViews for TensorView;

    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        return x[0].bits(TensorIndex.commitOffset(element, x[0].dims, x[0].strides)) == claimed;
    }
}
