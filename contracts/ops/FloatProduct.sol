// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../math/Float32.sol";
import {FmaChain} from "../math/FmaChain.sol";
import {Gemv} from "../math/Gemv.sol";
import {Node, Rule} from "../types/Program.sol";

/// @dev alpha · Σ a[k]·b[k] + beta · c, of which the products from `from` to before `until` are in hand.
struct Product {
    uint256 a; // memory position of the numbers a[from] …, little-endian binary32
    uint256 b; // the same of b
    uint256 from;
    uint256 until;
    uint256 length; // number of all products
    uint256 alpha;
    uint256 beta;
    uint256 c; // read where `from` is 0, and carried from there
    uint256 run; // outputs that a kernel for one row or column computes in one call; known where rows are contiguous
}

/// @notice Judges a float32 dot product under the node's rule, chain or gemv (docs/protocol.md §2.3, §2.4, §2.9).
///
/// @dev State after the position: the result of the chunk or group in hand, or all lanes; the total of those before it; and
/// what is still to be added to that in the end. Under gemv alpha is not looked at: no compiler makes such a row of a
/// product that is scaled.
library FloatProduct {
    uint256 internal constant ONE = 0x3f800000;
    uint256 private constant BIAS_FIRST = 1;
    uint256 private constant CONTIGUOUS_ROWS = 2;

    // Words of the state.
    uint256 internal constant WORDS = 4;
    uint256 private constant OPEN = 1;
    uint256 private constant TOTAL = 2;
    uint256 private constant LAST = 3;

    /// @notice Adds the products in hand to the state.
    function reduce(Node memory node, Product memory p, uint256[] memory state) internal pure {
        if (p.from == 0) {
            // A factor of 1, a summand of 0: most products are spared an operation by these.
            uint256 bias = p.beta == ONE ? p.c : Float32.isZero(p.beta) ? 0 : Gemv.multiply(p.beta, p.c);
            state[node.flags & BIAS_FIRST != 0 ? TOTAL : LAST] = bias;
        }
        if (node.rule == Rule.CHAIN) {
            (state[OPEN], state[TOTAL]) = FmaChain.extend(
                state[OPEN], state[TOTAL], p.a, p.b, p.from, p.until, p.length, node.chunk, p.alpha
            );
        } else {
            (state[OPEN], state[TOTAL]) = Gemv.extend(
                state[OPEN], state[TOTAL], p.a, p.b, p.from, p.until, p.length, hasContiguousRows(node)
            );
        }
    }

    /// @notice Whether `claimed` is the value of element `element`, given the state after all products.
    function admissible(Node memory node, uint256 element, Product memory p, uint256[] memory state, uint256 claimed)
        internal
        pure
        returns (bool)
    {
        uint256 last = state[LAST];
        uint256 total = state[TOTAL];
        if (hasContiguousRows(node)) {
            uint256 sum = Gemv.fold(state[OPEN], element % p.run, p.run);
            total = total == 0 ? sum : Gemv.add(sum, total);
        }
        return Float32.same(last == 0 ? total : Gemv.add(total, last), claimed);
    }

    /// @notice Whether the products are those of contiguous rows.
    function hasContiguousRows(Node memory node) internal pure returns (bool) {
        return node.rule == Rule.GEMV && node.flags & CONTIGUOUS_ROWS != 0;
    }

    /// @notice Removes from the state what carries no meaning, the sign of a zero and the payload of a NaN: whoever
    /// computes a state finds these very words. Lanes have none of that.
    function normalise(Node memory node, uint256[] memory state) internal pure {
        for (uint256 i = hasContiguousRows(node) ? TOTAL : OPEN; i < WORDS; ++i) {
            if (Float32.isZero(state[i])) state[i] = 0;
            else if (Float32.isNaN(state[i])) state[i] = Float32.NAN;
        }
    }
}
