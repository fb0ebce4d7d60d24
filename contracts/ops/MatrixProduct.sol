// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tensor} from "../types/Program.sol";

/// @dev Where a row of the first operand and a column of the second lie: element k at base + k·stride.
struct Lines {
    uint256 count;
    uint256 baseA;
    uint256 strideA;
    uint256 baseB;
    uint256 strideB;
    uint256 column; // of the output; 0 where the second operand is a vector
}

/// @notice Which elements an output element of a matrix product reads: NumPy's matmul, with broadcast batch axes and
/// one-dimensional operands.
library MatrixProduct {
    /// @param c coordinates of the output element
    function lines(Tensor memory a, Tensor memory b, uint256[] memory c) internal pure returns (Lines memory l) {
        // Coordinates and offsets lie inside tensors.
        unchecked {
            uint256 rankA = a.dims.length;
            uint256 rankB = b.dims.length;
            uint256 batch = c.length; // batch axes of the output; its last axes are A's row and B's column, if any
            if (rankB > 1) {
                l.column = c[--batch];
                l.baseB = l.column * b.strides[rankB - 1];
            }
            if (rankA > 1) l.baseA = c[--batch] * a.strides[rankA - 2];
            l.count = a.dims[rankA - 1];
            l.strideA = a.strides[rankA - 1];
            l.strideB = b.strides[rankB > 1 ? rankB - 2 : 0];
            l.baseA += _batch(a, c, batch);
            l.baseB += _batch(b, c, batch);
        }
    }

    /// @notice Outputs that the runtime computes in one call. Where there is one matrix on the right it takes all rows on the
    /// left as those of one matrix, but only if that has as many axes; beside a vector it multiplies every row by itself.
    function outputsAtOnce(Tensor memory a, Tensor memory b) internal pure returns (uint256 count) {
        // No more than the output has.
        unchecked {
            uint256 rankA = a.dims.length;
            uint256 rankB = b.dims.length;
            count = rankB == 1 ? 1 : b.dims[rankB - 1];
            if (rankA == 1 || rankB == 1) return count;
            uint256 matrices = 1;
            for (uint256 axis = 0; axis < rankB - 2; ++axis) matrices *= b.dims[axis];
            bool isOne = rankA >= rankB && matrices == 1;
            for (uint256 axis = isOne ? 0 : rankA - 2; axis < rankA - 1; ++axis) count *= a.dims[axis];
        }
    }

    /// @notice Offset along the first axes of an operand, which are aligned from the right with the coordinates before `end`; an
    /// axis of length 1 is broadcast.
    function aligned(uint256[] memory dims, uint256[] memory strides, uint256 axes, uint256[] memory c, uint256 end)
        internal
        pure
        returns (uint256 offset)
    {
        unchecked {
            for (uint256 j = 0; j < axes; ++j) {
                if (dims[j] != 1) offset += c[end - axes + j] * strides[j];
            }
        }
    }

    function _batch(Tensor memory t, uint256[] memory c, uint256 batch) private pure returns (uint256) {
        uint256 rank = t.dims.length;
        unchecked {
            return rank < 3 ? 0 : aligned(t.dims, t.strides, rank - 2, c, batch);
        }
    }
}
