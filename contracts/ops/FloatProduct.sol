// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DotBound} from "../math/DotBound.sol";
import {Float32} from "../math/Float32.sol";
import {FmaChain} from "../math/FmaChain.sol";
import {Node, Rule} from "../types/Program.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";

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
    uint256 roundings; // see DotBound.admissible
}

/// @notice Judges a float32 dot product under the node's rule, chain or bound (docs/protocol.md §2.3, §2.4, §2.9).
///
/// @dev State after the position: of a chain the result of the unfinished chunk, the total and what is still to be
/// added to it in the end; of a bound c and the sums.
library FloatProduct {
    uint256 internal constant ONE = 0x3f800000;
    uint256 private constant BIAS_FIRST = 1;

    // Words of the state.
    uint256 private constant CHAIN_WORDS = 4;
    uint256 private constant BOUND_WORDS = 11;
    uint256 private constant OPEN = 1;
    uint256 private constant TOTAL = 2;
    uint256 private constant LAST = 3;
    uint256 private constant ADDEND = 1;
    uint256 private constant SUMS = 2;

    function words(Node memory node) internal pure returns (uint256) {
        return node.rule == Rule.CHAIN ? CHAIN_WORDS : BOUND_WORDS;
    }

    /// @notice Adds the products in hand to the state.
    function reduce(Node memory node, Product memory p, uint256[] memory state) internal pure {
        if (node.rule == Rule.CHAIN) {
            if (p.from == 0) {
                // A factor of 1, a summand of 0: most products are spared an operation by these.
                uint256 bias = p.beta == ONE ? p.c : Float32.isZero(p.beta) ? 0 : RoundedArithmetic.mul(p.beta, p.c);
                state[node.flags & BIAS_FIRST != 0 ? TOTAL : LAST] = bias;
            }
            (state[OPEN], state[TOTAL]) = FmaChain.extend(
                state[OPEN], state[TOTAL], p.a, p.b, p.from, p.until, p.length, node.chunk, p.alpha
            );
        } else {
            if (p.from == 0) state[ADDEND] = p.c;
            DotBound.accumulate(_sums(state), p.a, p.b, p.until - p.from);
        }
    }

    /// @notice Whether `claimed` is admissible, given the state after all products.
    function admissible(Node memory node, Product memory p, uint256[] memory state, uint256 claimed)
        internal
        pure
        returns (bool)
    {
        if (node.rule == Rule.CHAIN) {
            uint256 last = state[LAST];
            uint256 total = state[TOTAL];
            return Float32.same(last == 0 ? total : FmaChain.fma(ONE, total, last), claimed);
        }
        return DotBound.admissible(_sums(state), p.length, p.roundings, claimed, p.alpha, p.beta, state[ADDEND]);
    }

    /// @notice Removes from the state what carries no meaning, the sign of a zero and the payload of a NaN: whoever
    /// computes a state finds these very words.
    function normalise(Node memory node, uint256[] memory state) internal pure {
        if (node.rule != Rule.CHAIN) return;
        for (uint256 i = 1; i < CHAIN_WORDS; ++i) {
            if (Float32.isZero(state[i])) state[i] = 0;
            else if (Float32.isNaN(state[i])) state[i] = Float32.NAN;
        }
    }

    /// @dev Memory position of the sums.
    function _sums(uint256[] memory state) private pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := add(state, mul(32, add(1, SUMS)))
        }
    }
}
