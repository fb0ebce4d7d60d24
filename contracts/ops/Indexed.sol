// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice Elements of one tensor at places that another one names: at the coordinates c within dimensions d, as many indices as
/// there are indexed axes stand in the second input from Σ c[i]·t[i] on, and the output has the element of the first of row-major
/// index Σ c[i]·s[i] + Σ index[k]·stride[k] (docs/protocol.md §2.1). Negative indices count from the end of their axis.
library Indexed {
    using TensorViews for TensorView;

    /// @notice The attributes are not a number of indices, two lists of that length, and three of one other.
    error PlacesMalformed(uint256 given);

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        int256[] memory attributes = node.attributes;
        uint256 count = _count(attributes);
        (uint256 place, uint256 start) = _beginnings(attributes, count, element);
        TensorView memory indices = x[1];
        uint8 dtype = node.inputs[1].dtype;
        if (dtype != DType.INT32 && dtype != DType.INT64) revert Element.DTypeUnsupported(node.opcode, dtype);
        unchecked {
            for (uint256 k = 0; k < count; ++k) {
                int256 index =
                    Element.toInt(dtype, indices.bits(TensorIndex.commitOffset(start + k, indices.dims, indices.strides)));
                int256 dim = attributes[1 + k];
                if (index < 0) index += dim;
                // INVARIANT: an index out of range names no element, and no run has one: no value is right.
                if (index < 0 || index >= dim) return false;
                place += uint256(index * attributes[1 + count + k]);
            }
        }
        return Element.same(node.output.dtype, claimed, x[0].bits(TensorIndex.commitOffset(place, x[0].dims, x[0].strides)));
    }

    /// @return count of indices that an element has
    function _count(int256[] memory attributes) private pure returns (uint256 count) {
        uint256 given = attributes.length;
        if (given != 0) count = uint256(attributes[0]);
        if (given == 0 || count > given || given < 1 + 2 * count || (given - 1 - 2 * count) % 3 != 0) {
            revert PlacesMalformed(given);
        }
    }

    /// @return place where an element's own steps lead in the data, row-major; modulo 2²⁵⁶
    /// @return start the same in the indices
    function _beginnings(int256[] memory attributes, uint256 count, uint256 element)
        private
        pure
        returns (uint256 place, uint256 start)
    {
        uint256 rest = element;
        assembly ("memory-safe") {
            let first := add(add(attributes, 64), shl(6, count)) // of the dimensions
            let size := shl(5, div(sub(sub(mload(attributes), 1), shl(1, count)), 3)) // 32 bytes for each
            for { let d := sub(add(first, size), 32) } iszero(lt(d, first)) { d := sub(d, 32) } {
                let dim := mload(d)
                // Nothing has an index among no elements.
                if iszero(dim) {
                    rest := 1
                    break
                }
                let quotient := div(rest, dim)
                let c := sub(rest, mul(quotient, dim))
                place := add(place, mul(c, mload(add(d, size))))
                start := add(start, mul(c, mload(add(d, shl(1, size)))))
                rest := quotient
            }
        }
        // INVARIANT: an element that the dimensions do not have is none of the output's.
        if (rest != 0) revert TensorIndex.ElementOutOfRange(element);
    }
}
