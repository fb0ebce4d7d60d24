// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../math/Float32.sol";
import {LaneState} from "./LaneState.sol";
import {Node} from "../types/Program.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice BatchNormalization in the order in which onnxruntime rounds (docs/protocol.md §2.13): x·s + (b − mean·s) with
/// s = scale · (1 / √(var + ε)).
library BatchNormalizationLanes {
    using TensorViews for TensorView;

    uint256 private constant ONE = 0x3f800000;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        LaneState.requireSchedule(node, node.chunk == 0 && node.flags == 0);
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        uint256[5] memory v; // X, scale, B, mean, var
        v[0] = x[0].bits(TensorIndex.offset(coords, x[0].strides));
        for (uint256 i = 1; i < 5; ++i) v[i] = x[i].bits(coords[1] * x[i].strides[0]);
        uint256 root = RoundedArithmetic.sqrt(RoundedArithmetic.add(v[4], uint256(node.attributes[0]) & 0xffffffff));
        uint256 s = RoundedArithmetic.mul(v[1], RoundedArithmetic.div(ONE, root));
        uint256 rest = RoundedArithmetic.sub(v[2], RoundedArithmetic.mul(v[3], s));
        return Float32.same(RoundedArithmetic.add(RoundedArithmetic.mul(v[0], s), rest), claimed);
    }
}
