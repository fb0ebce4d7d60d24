// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Node} from "../types/Program.sol";

/// @notice Elements of one tensor in another order: the output, in row-major order under factored dimensions d, has at the
/// coordinates c the input's element of row-major index offset + Σ c[i]·s[i] (docs/protocol.md §2.1).
library Strided {
    using TensorViews for TensorView;

    /// @notice The attributes are not as many dimensions as strides, and an offset.
    error AttributeCount(uint256 given);

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint256 place = TensorIndex.commitOffset(_source(node.attributes, element), x[0].dims, x[0].strides);
        return Element.same(node.output.dtype, claimed, x[0].bits(place));
    }

    /// @dev Row-major index of the element in the input. A negative one is a number that no tensor has an index of.
    /// @param attributes d…, s…, offset; none at all where the order stays
    function _source(int256[] memory attributes, uint256 element) private pure returns (uint256 index) {
        if (attributes.length == 0) return element;
        if (attributes.length & 1 != 1) revert AttributeCount(attributes.length);
        uint256 rest = element;
        assembly ("memory-safe") {
            let size := shl(4, sub(mload(attributes), 1)) // 32 bytes for each dimension
            index := mload(add(add(attributes, 32), shl(1, size)))
            for { let d := add(attributes, size) } gt(d, attributes) { d := sub(d, 32) } {
                let dim := mload(d)
                // Nothing has an index among no elements.
                if iszero(dim) {
                    rest := 1
                    break
                }
                let quotient := div(rest, dim)
                index := add(index, mul(sub(rest, mul(quotient, dim)), mload(add(d, size))))
                rest := quotient
            }
        }
        // INVARIANT: an element that the dimensions do not have is none of the output's.
        if (rest != 0) revert TensorIndex.ElementOutOfRange(element);
    }
}
