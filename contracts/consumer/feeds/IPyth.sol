// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice What is read of a Pyth contract.
interface IPyth {
    /// @notice `price · 10^expo`, give or take `conf · 10^expo`, at `publishTime`.
    struct Price {
        int64 price;
        uint64 conf;
        int32 expo;
        uint256 publishTime;
    }

    /// @notice The newest price of a feed, however old it is.
    function getPriceUnsafe(bytes32 id) external view returns (Price memory);
}
