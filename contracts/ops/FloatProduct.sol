// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DotBound} from "../math/DotBound.sol";
import {Float32} from "../math/Float32.sol";
import {FmaChain} from "../math/FmaChain.sol";
import {Node, Rule} from "../types/Program.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";

/// @dev alpha · Σ a[k]·b[k] + beta · c, with the vectors in memory as little-endian binary32.
struct Product {
    uint256 a;
    uint256 b;
    uint256 count;
    uint256 alpha;
    uint256 beta;
    uint256 c;
}

/// @notice Judges a float32 dot product under the node's rule, chain or bound (docs/protocol.md §2.3, §2.4).
library FloatProduct {
    uint256 internal constant ONE = 0x3f800000;
    uint256 private constant BIAS_FIRST = 1;

    /// @param roundings see DotBound.admissible
    function admissible(Node memory node, Product memory p, uint256 roundings, uint256 claimed)
        internal
        pure
        returns (bool)
    {
        if (node.rule == Rule.CHAIN) {
            uint256 bias = Float32.isZero(p.beta) ? 0 : RoundedArithmetic.mul(p.beta, p.c);
            (uint256 first, uint256 last) = node.flags & BIAS_FIRST != 0 ? (bias, uint256(0)) : (uint256(0), bias);
            return Float32.same(FmaChain.dot(p.a, p.b, p.count, node.chunk, p.alpha, first, last), claimed);
        }
        DotBound.Sums memory sums;
        DotBound.accumulate(sums, p.a, p.b, p.count);
        return DotBound.admissible(sums, p.count, roundings, claimed, p.alpha, p.beta, p.c);
    }
}
