// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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
                require(i + more < v.count && _leaf(v, i + more) == leaf, TensorViews.LeafMissing(leaf));
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
            for (uint256 i = 0; i < count; ++i) {
                (uint256 position,) = v.locate(base * width);
                assembly ("memory-safe") {
                    calldatacopy(destination, position, width)
                }
                base += stride;
                destination += width;
            }
        }
    }

    /// @notice Copies the elements base + Σ i[j]·strides[j], 0 <= i[j] < counts[j], the last index running fastest.
    function box(
        TensorView memory v,
        uint256 base,
        uint256[] memory counts,
        uint256[] memory strides,
        uint256 destination
    ) internal pure {
        unchecked {
            // Innermost axes of which each, run to its end, meets the next step of the one outside it are one line.
            uint256 outer = counts.length;
            uint256 count = 1;
            uint256 stride = 1;
            while (outer != 0) {
                uint256 n;
                uint256 step;
                assembly ("memory-safe") {
                    n := mload(add(counts, shl(5, outer)))
                    step := mload(add(strides, shl(5, outer)))
                }
                if (n == 0) return;
                if (n != 1) {
                    if (count == 1) stride = step;
                    else if (step != count * stride) break;
                    count *= n;
                }
                --outer;
            }
            if (outer == 0) return line(v, base, count, stride, destination);
            uint256[] memory index = new uint256[](outer);
            uint256 size = count * v.width;
            while (true) {
                line(v, base, count, stride, destination);
                destination += size;
                uint256 j = outer;
                while (j != 0) {
                    --j;
                    base += strides[j];
                    if (++index[j] < counts[j]) break;
                    if (j == 0) return;
                    base -= strides[j] * counts[j];
                    index[j] = 0;
                }
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
            uint256 t = 0;
            while (t < taps.length) {
                uint256 offset = taps[t];
                uint256 first = t++;
                if (offset == PADDING) continue;
                if (stride != 1) {
                    for (uint256 c = 0; c < channels; ++c) {
                        line(v, offset + c * stride, 1, 1, destination + 4 * first + c * step);
                    }
                    continue;
                }
                // Neighbouring taps that lie next to one another are one run.
                while (t < taps.length && taps[t] == offset + (t - first) * channels) ++t;
                uint256 from = run(v, offset, (t - first) * channels);
                for (; first < t; ++first) {
                    _spread(from, channels, destination + 4 * first, step);
                    from += 4 * channels;
                }
            }
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
            // Where the channels of a tap lie next to one another, neighbouring taps may be one run.
            if (channels == 1) stride = 1;
            uint256 next;
            uint256 end;
            assembly ("memory-safe") {
                next := add(taps, 32)
                end := add(next, shl(5, mload(taps)))
            }
            while (next < end) {
                uint256 offset;
                uint256 size = channels;
                assembly ("memory-safe") {
                    offset := mload(next)
                    next := add(next, 32)
                    // INVARIANT: a run starts at a tap; what follows padding is at no place that could continue it.
                    if and(eq(stride, 1), iszero(iszero(not(offset)))) {
                        for {} lt(next, end) { next := add(next, 32) } {
                            if xor(mload(next), add(offset, size)) { break }
                            size := add(size, channels)
                        }
                    }
                }
                if (offset == PADDING) {
                    assembly ("memory-safe") {
                        // Writes up to 31 bytes too many, which the next tap or nobody reads.
                        let past := add(destination, size)
                        for { let to := destination } lt(to, past) { to := add(to, 32) } { mstore(to, fill) }
                    }
                } else {
                    line(v, offset, size, stride, destination);
                }
                destination += size;
            }
        }
    }
}
