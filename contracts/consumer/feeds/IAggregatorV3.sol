// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice What is read of a Chainlink data feed.
interface IAggregatorV3 {
    /// @notice Decimals of the answers.
    function decimals() external view returns (uint8);

    /// @notice The newest answer.
    /// @return roundId The round of the answer.
    /// @return answer The price, in units of 10^−decimals.
    /// @return startedAt Unused.
    /// @return updatedAt The time of the answer; zero while the first round lasts.
    /// @return answeredInRound Unused.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
