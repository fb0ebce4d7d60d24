// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Elements Σ i[j]·strides[j], 0 <= i[j] < counts[j], the last index running fastest, as lines of equal distances.
/// @dev Innermost axes of which each, run to its end, meets the next step of the one outside it are one line.
library Axes {
    /// @return outer axes that remain outside
    /// @return size elements of a line
    /// @return stride their distance
    function line(uint256[] memory counts, uint256[] memory strides)
        internal
        pure
        returns (uint256 outer, uint256 size, uint256 stride)
    {
        unchecked {
            outer = counts.length;
            (size, stride) = (1, 1);
            while (outer != 0) {
                uint256 n;
                uint256 step;
                assembly ("memory-safe") {
                    n := mload(add(counts, shl(5, outer)))
                    step := mload(add(strides, shl(5, outer)))
                }
                if (n != 1) {
                    if (size == 1) stride = step;
                    else if (step != size * stride) return (outer, size, stride);
                    size *= n;
                }
                --outer;
            }
        }
    }

    /// @return index of the line of that number along the outer axes
    /// @return offset of its first element
    function place(uint256 number, uint256 outer, uint256[] memory counts, uint256[] memory strides)
        internal
        pure
        returns (uint256[] memory index, uint256 offset)
    {
        index = new uint256[](outer);
        unchecked {
            while (outer != 0) {
                --outer;
                index[outer] = number % counts[outer];
                number /= counts[outer];
                offset += index[outer] * strides[outer];
            }
        }
    }

    /// @notice From a line to the next one: moves the index, and returns where the line begins whose predecessor begins at
    /// `offset`.
    function next(uint256[] memory index, uint256 offset, uint256[] memory counts, uint256[] memory strides)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            for (uint256 j = index.length; j != 0;) {
                --j;
                offset += strides[j];
                if (++index[j] < counts[j]) break;
                offset -= strides[j] * counts[j];
                index[j] = 0;
            }
            return offset;
        }
    }
}
