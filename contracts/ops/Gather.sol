// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Axes} from "./Axes.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice Copies the elements that a dot product reads from the opened leaves into contiguous memory.
/// @dev Elements that lie next to one another in commit order are copied as one run; any other layout works, one
/// element at a time.
library Gather {
    using TensorViews for TensorView;

    /// @dev Stands for the commit offset of a tap that falls into the padding.
    uint256 internal constant PADDING = type(uint256).max;

    /// @notice Memory for `size` bytes, with room to read and write a whole word at the last of them.
    function allocate(uint256 size) internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := mload(0x40)
            mstore(0x40, and(add(add(position, size), 63), not(31)))
        }
    }

    /// @notice Calldata position of `count` elements (at least one) that lie next to one another in commit order.
    /// @dev Leaves are opened in strictly ascending order, so all leaves between two are there exactly when the last
    /// one stands as many places later as its index is larger; their contents then follow one another.
    function run(TensorView memory v, uint256 offset, uint256 count) internal pure returns (uint256 position) {
        unchecked {
            uint256 width = v.width;
            uint256 from = offset * width;
            uint256 leaf = from >> 10;
            uint256 more = ((from + count * width - 1) >> 10) - leaf;
            if (_leaf(v, v.last) != leaf || v.last >= v.count) v.locate(from);
            uint256 i = v.last;
            if (more != 0) {
                v.last = i + more;
                leaf += more;
                if (i + more >= v.count || _leaf(v, i + more) != leaf) revert TensorViews.LeafMissing(leaf);
            }
            return v.data + (i << 10) + (from & 1023);
        }
    }

    function _leaf(TensorView memory v, uint256 i) private pure returns (uint256 leaf) {
        uint256 leaves = v.leaves;
        assembly ("memory-safe") {
            leaf := calldataload(add(leaves, shl(5, i)))
        }
    }

    /// @notice Copies `count` elements that are `stride` apart.
    function line(TensorView memory v, uint256 base, uint256 count, uint256 stride, uint256 destination)
        internal
        pure
    {
        if (count == 0) return;
        unchecked {
            uint256 width = v.width;
            if (stride == 1 || count == 1) {
                uint256 position = run(v, base, count);
                assembly ("memory-safe") {
                    calldatacopy(destination, position, mul(count, width))
                }
                return;
            }
            uint256 step = stride * width;
            while (count != 0) {
                (uint256 position, uint256 room) = v.locate(base * width);
                uint256 here = (room + step - 1) / step; // elements of the line within this leaf
                if (here > count) here = count;
                assembly ("memory-safe") {
                    for { let end := add(destination, mul(here, width)) } lt(destination, end) {
                        destination := add(destination, width)
                    } {
                        calldatacopy(destination, position, width)
                        position := add(position, step)
                    }
                }
                base += here * stride;
                count -= here;
            }
        }
    }

    /// @notice Copies elements base + Σ i[j]·strides[j], 0 <= i[j] < counts[j], the last index running fastest: `count` of
    /// them from the one of number `from` on.
    function box(
        TensorView memory v,
        uint256 base,
        uint256[] memory counts,
        uint256[] memory strides,
        uint256 from,
        uint256 count,
        uint256 destination
    ) internal pure {
        if (count == 0) return;
        (uint256 outer, uint256 size, uint256 stride) = Axes.line(counts, strides);
        (uint256[] memory index, uint256 offset) = Axes.place(from / size, outer, counts, strides);
        unchecked {
            uint256 skipped = from % size; // the first line may begin inside
            while (true) {
                uint256 here = size - skipped;
                if (here > count) here = count;
                line(v, base + offset + skipped * stride, here, stride, destination);
                count -= here;
                if (count == 0) return;
                destination += here * v.width;
                skipped = 0;
                offset = Axes.next(index, offset, counts, strides);
            }
        }
    }

    /// @notice Copies binary32 windows with the channel as the outer index: channel c of tap t becomes element
    /// c · taps + t. Padding becomes zeros.
    /// @param taps commit offsets of every tap's first channel
    /// @param stride distance of two channels
    function byChannel(
        TensorView memory v,
        uint256[] memory taps,
        uint256 channels,
        uint256 stride,
        uint256 destination
    ) internal pure {
        unchecked {
            uint256 step = taps.length * 4;
            assembly ("memory-safe") {
                // Past its end calldata reads as zeros.
                calldatacopy(destination, calldatasize(), mul(channels, step))
            }
            bool together = stride == 1 && channels != 1; // the channels of a tap are one run
            uint256 t;
            while (t < taps.length) {
                uint256 offset = _at(taps, t);
                uint256 to = destination + 4 * t;
                if (offset == PADDING) {
                    ++t;
                } else if (together) {
                    uint256 count = _inLine(taps, t, channels);
                    t += count;
                    uint256 from = run(v, offset, count * channels);
                    for (uint256 end = to + 4 * count; to < end; to += 4) {
                        _spread(from, channels, to, step);
                        from += 4 * channels;
                    }
                } else {
                    uint256 distance = _distance(taps, t);
                    uint256 count = _inLine(taps, t, distance);
                    t += count;
                    for (uint256 c = 0; c < channels; ++c) {
                        line(v, offset, count, distance, to);
                        offset += stride;
                        to += step;
                    }
                }
            }
        }
    }

    /// @dev From tap `t` to the next one; 1 where that is none or lies before it.
    function _distance(uint256[] memory taps, uint256 t) private pure returns (uint256) {
        unchecked {
            if (t + 1 >= taps.length) return 1;
            uint256 offset = _at(taps, t);
            uint256 next = _at(taps, t + 1);
            return next == PADDING || next <= offset ? 1 : next - offset;
        }
    }

    /// @dev Unchecked: the caller knows the length.
    function _at(uint256[] memory list, uint256 i) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(list, 32), shl(5, i)))
        }
    }

    /// @dev Taps from `t` on that lie one `distance` after another; with a distance of 0, as many as are padding.
    function _inLine(uint256[] memory taps, uint256 t, uint256 distance) private pure returns (uint256 count) {
        assembly ("memory-safe") {
            let next := add(taps, shl(5, add(t, 1)))
            let end := add(taps, shl(5, add(mload(taps), 1)))
            let expected := add(mload(next), distance)
            let from := next
            // INVARIANT: padding is at no place that could continue a line.
            for { next := add(next, 32) } lt(next, end) { next := add(next, 32) } {
                if xor(mload(next), expected) { break }
                expected := add(expected, distance)
            }
            count := shr(5, sub(next, from))
        }
    }

    /// @dev Copies `channels` consecutive 4-byte elements from calldata to places in memory `step` bytes apart.
    function _spread(uint256 from, uint256 channels, uint256 to, uint256 step) private pure {
        assembly ("memory-safe") {
            let end := add(from, shl(2, channels))
            for { let body := add(from, shl(2, and(channels, not(7)))) } lt(from, body) { from := add(from, 32) } {
                calldatacopy(to, from, 4)
                to := add(to, step)
                calldatacopy(to, add(from, 4), 4)
                to := add(to, step)
                calldatacopy(to, add(from, 8), 4)
                to := add(to, step)
                calldatacopy(to, add(from, 12), 4)
                to := add(to, step)
                calldatacopy(to, add(from, 16), 4)
                to := add(to, step)
                calldatacopy(to, add(from, 20), 4)
                to := add(to, step)
                calldatacopy(to, add(from, 24), 4)
                to := add(to, step)
                calldatacopy(to, add(from, 28), 4)
                to := add(to, step)
            }
            for {} lt(from, end) { from := add(from, 4) } {
                calldatacopy(to, from, 4)
                to := add(to, step)
            }
        }
    }

    /// @notice Copies byte windows with the tap as the outer index: channel c of tap t becomes element
    /// t · channels + c. Padding becomes `fill`.
    function byTap(
        TensorView memory v,
        uint256[] memory taps,
        uint256 channels,
        uint256 stride,
        uint256 fill,
        uint256 destination
    ) internal pure {
        unchecked {
            fill *= 0x0101010101010101010101010101010101010101010101010101010101010101;
            bool single = channels == 1;
            uint256 t;
            while (t < taps.length) {
                uint256 offset = _at(taps, t);
                uint256 size = channels;
                if (offset == PADDING) {
                    uint256 count = _inLine(taps, t, 0);
                    t += count;
                    size *= count;
                    assembly ("memory-safe") {
                        // Writes up to 31 bytes too many, which the next tap or nobody reads.
                        let past := add(destination, size)
                        for { let to := destination } lt(to, past) { to := add(to, 32) } { mstore(to, fill) }
                    }
                } else if (single || stride == 1) {
                    // Neighbouring taps are one line.
                    uint256 distance = single ? _distance(taps, t) : channels;
                    uint256 count = _inLine(taps, t, distance);
                    t += count;
                    size *= count;
                    line(v, offset, size, single ? distance : 1, destination);
                } else {
                    ++t;
                    line(v, offset, channels, stride, destination);
                }
                destination += size;
            }
        }
    }
}
