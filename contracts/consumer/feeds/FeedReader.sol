// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IPyth} from "./IPyth.sol";

/// @title Prices of feeds that may be asked a model about
/// @notice Reads feeds in the shapes of Chainlink and Pyth. It refuses prices that are too old, not positive, too uncertain, or in
/// other units than expected. What it cannot see is whether the feed itself is right: a consumer trusts its feeds.
library FeedReader {
    enum Shape {
        Aggregator,
        Pyth
    }

    /// @notice Where a price comes from, and what is demanded of it.
    struct Source {
        Shape shape;
        /// The aggregator, or the Pyth contract.
        address feed;
        /// Of a feed of Pyth; unused for an aggregator.
        bytes32 id;
        /// Decimals that the price must have. Rationale: a feed that is replaced by one with other decimals would shift every
        /// price by a power of ten.
        uint8 decimals;
        /// Most seconds between the price's time and now. Before or after: Pyth's clocks may run ahead of the chain's.
        uint32 maxAge;
        /// Most confidence interval of a price of Pyth, in basis points of the price; unused for an aggregator.
        uint16 maxConfidenceBps;
    }

    /// @notice A price, `value / 10^decimals`, and what names it for ever.
    struct Observation {
        int256 value;
        uint8 decimals;
        /// Round of the aggregator; zero for Pyth, whose prices are named by their time.
        uint80 round;
        uint64 time;
    }

    /// @notice The price is older than `maxAge` seconds.
    error StalePrice(address feed, uint256 time, uint256 maxAge);
    /// @notice The price is zero or negative.
    error NonPositivePrice(address feed, int256 price);
    /// @param exponent The unit of the feed's prices is 10^exponent.
    error WrongDecimals(address feed, int256 exponent, uint256 expected);
    /// @notice The price may be off by more than the source permits.
    error UncertainPrice(address feed, uint256 confidence, int256 price);

    /// @notice The newest price of a source, or a refusal.
    function read(Source memory source) internal view returns (Observation memory o) {
        int256 exponent;
        uint256 time;
        uint256 confidence;
        if (source.shape == Shape.Aggregator) {
            IAggregatorV3 feed = IAggregatorV3(source.feed);
            exponent = -int256(uint256(feed.decimals()));
            (o.round, o.value,, time,) = feed.latestRoundData();
        } else {
            IPyth.Price memory price = IPyth(source.feed).getPriceUnsafe(source.id);
            (exponent, o.value, time, confidence) = (price.expo, price.price, price.publishTime, price.conf);
        }
        if (exponent != -int256(uint256(source.decimals))) revert WrongDecimals(source.feed, exponent, source.decimals);
        if (o.value <= 0) revert NonPositivePrice(source.feed, o.value);
        if (confidence * 10_000 > uint256(o.value) * source.maxConfidenceBps) {
            revert UncertainPrice(source.feed, confidence, o.value);
        }
        uint256 age = time > block.timestamp ? time - block.timestamp : block.timestamp - time;
        if (age > source.maxAge) revert StalePrice(source.feed, time, source.maxAge);
        o.decimals = source.decimals;
        o.time = uint64(time);
    }
}
