// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FmaChain} from "../../../contracts/math/FmaChain.sol";

/// @notice Whole schedules over two vectors in memory (docs/protocol.md §2.3).
library Schedule {
    /// @param chunk products in a chunk, 0 for all of them
    /// @param first total before the first chunk
    /// @param last added to the total in the end
    function dot(uint256 a, uint256 b, uint256 count, uint256 chunk, uint256 alpha, uint256 first, uint256 last)
        internal
        pure
        returns (uint256)
    {
        (, uint256 total) = FmaChain.extend(0, first, a, b, 0, count, count, chunk, alpha);
        return FmaChain.fma(0x3f800000, total, last);
    }
}
