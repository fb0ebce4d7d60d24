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

    /// @notice Calldata position of `count` elements that lie next to one another in commit order.
    /// @dev Leaves are opened in strictly ascending order, so all leaves between two are there exactly when the last
    /// one stands as many places later as its index is larger; their contents then follow one another.
    function run(TensorView memory v, uint256 offset, uint256 count) internal pure returns (uint256 position) {
        unchecked {
            uint256 from = offset * v.width;
            uint256 room;
            (position, room) = v.locate(from);
            uint256 size = count * v.width;
            if (size <= room) return position;
            uint256 more = (size - room + 1023) >> 10;
            uint256 i = v.last + more;
            uint256 leaves = v.leaves;
            uint256 leaf;
            assembly ("memory-safe") {
                leaf := calldataload(add(leaves, shl(5, i)))
            }
            uint256 wanted = (from >> 10) + more;
            require(i < v.count && leaf == wanted, TensorViews.LeafMissing(wanted));
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
            uint256 axes = counts.length;
            uint256 count = 1;
            bool contiguous = true;
            for (uint256 j = axes; j != 0;) {
                --j;
                contiguous = contiguous && (strides[j] == count || counts[j] == 1);
                count *= counts[j];
            }
            if (contiguous || count == 0) return line(v, base, count, 1, destination);
            uint256 inner = axes - 1;
            uint256 size = counts[inner] * v.width;
            uint256[] memory index = new uint256[](axes);
            while (true) {
                line(v, base, counts[inner], strides[inner], destination);
                destination += size;
                uint256 j = inner;
                while (true) {
                    if (j == 0) return;
                    --j;
                    base += strides[j];
                    if (++index[j] < counts[j]) break;
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
            uint256 t = 0;
            while (t < taps.length) {
                uint256 offset = taps[t++];
                uint256 size = channels;
                if (offset == PADDING) {
                    assembly ("memory-safe") {
                        // Writes up to 31 bytes too many, which the next tap or nobody reads.
                        let end := add(destination, size)
                        for { let to := destination } lt(to, end) { to := add(to, 32) } { mstore(to, fill) }
                    }
                } else {
                    // Neighbouring taps that lie next to one another are one run.
                    if (stride == 1) {
                        while (t < taps.length && taps[t] == offset + size) {
                            size += channels;
                            ++t;
                        }
                    }
                    line(v, offset, size, stride, destination);
                }
                destination += size;
            }
        }
    }
}
