// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IAggregatorV3} from "../consumer/feeds/IAggregatorV3.sol";

/// @title A Chainlink data feed whose prices a test sets
contract MockAggregator is IAggregatorV3 {
    uint8 public decimals;
    uint80 private _round;
    int256 private _answer;
    uint256 private _updatedAt;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    /// @notice The number of decimals from now on.
    function mockDecimals(uint8 decimals_) external {
        decimals = decimals_;
    }

    /// @notice The next round.
    function mockPrice(int256 answer, uint256 updatedAt) external {
        ++_round;
        (_answer, _updatedAt) = (answer, updatedAt);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_round, _answer, _updatedAt, _updatedAt, _round);
    }
}
