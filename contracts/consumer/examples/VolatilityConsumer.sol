// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import {IJobRegistry} from "../../interfaces/IJobRegistry.sol";
import {FixedTermsConsumer} from "../FixedTermsConsumer.sol";
import {TensorCodec} from "../TensorCodec.sol";
import {FeedReader} from "../feeds/FeedReader.sol";

/// @title Forecasts the volatility of a price with a model
/// @notice Collects the returns of a feed, and sends the last `length` of them, oldest first, as one float32 tensor. The first
/// output element is the volatility, in the unit in which the model was trained.
///
/// What may be trusted, and when:
/// - The returns are made of the feed's own prices. Whoever calls `observe` chooses among the feed's prices only by its timing:
///   two prices are at least `spacing` seconds apart, by the feed's clock, and at most `spacing + slack`. A longer gap starts
///   the window anew, because a return over a longer time is no return of this model.
/// - `volatility` is final when it is set. `volatilityTime` is the time of the newest price that it is about. It may be late,
///   and stays as it was if a job is refunded or convicted: whoever uses it decides how old it may be.
/// - Anyone may call `observe`, which costs nothing but gas. Anyone may call `forecast`, once per new price.
contract VolatilityConsumer is FixedTermsConsumer {
    /// @notice The feed's newest price is less than `spacing` seconds newer than the last one.
    error TooSoon(uint256 earliest);
    /// @notice There are not as many returns as the model takes.
    error TooFewReturns(uint256 count, uint256 length);
    /// @notice There was a request for these returns already.
    error NothingNew(uint256 time);
    /// @notice The model's answer is no volatility; the callback fails.
    error NegativeVolatility(uint256 jobId, int256 volatility);
    /// @notice A model that takes no returns forecasts nothing.
    error NoLength();

    /// @notice The feed's newest price was taken.
    event PriceObserved(int256 price, uint80 round, uint64 time);
    /// @notice These returns were sent to the model. `time` is that of the newest price.
    event ForecastAsked(uint256 indexed jobId, int256[] returns_, uint64 time);
    /// @notice A forecast is final. `time` is that of the newest price that it is about.
    event VolatilityForecast(uint256 indexed jobId, int256 volatility, uint64 time);

    /// @notice Decimals of returns and of `volatility`.
    uint256 public constant DECIMALS = 18;

    /// @notice Number of returns that the model takes.
    uint256 public immutable length;
    /// @notice Least seconds between two prices.
    uint32 public immutable spacing;
    /// @notice Seconds that the next price may be later than that.
    uint32 public immutable slack;

    /// @notice The latest final forecast.
    int256 public volatility;
    /// @notice Time of the newest price that it is about.
    uint64 public volatilityTime;
    /// @notice Returns since the last gap.
    uint256 public count;
    /// @notice The newest price.
    FeedReader.Observation public last;
    /// @notice Time of the newest price that was asked about.
    uint64 public askedTime;

    FeedReader.Source private _source;
    /// @dev Return number n stands at n mod length.
    mapping(uint256 place => int256) private _returns;
    mapping(uint256 jobId => uint64) private _timeOf;

    constructor(
        IJobRegistry jobs_,
        IJobRegistry.Request memory terms,
        FeedReader.Source memory source,
        uint256 length_,
        uint32 spacing_,
        uint32 slack_
    ) FixedTermsConsumer(jobs_, terms) {
        if (length_ == 0) revert NoLength();
        _source = source;
        length = length_;
        spacing = spacing_;
        slack = slack_;
    }

    /// @notice Take the feed's newest price. Reverts if it is refused (FeedReader) or comes too early.
    function observe() external {
        FeedReader.Observation memory next = FeedReader.read(_source);
        FeedReader.Observation memory before = last;
        if (before.time != 0) {
            uint64 earliest = before.time + spacing;
            if (next.time < earliest) revert TooSoon(earliest);
            if (next.time > earliest + slack) {
                count = 0;
            } else {
                // Simple return: p₁/p₀ − 1. Both prices have the same decimals and are positive.
                _returns[count % length] = ((next.value - before.value) * int256(10 ** DECIMALS)) / before.value;
                ++count;
            }
        }
        last = next;
        emit PriceObserved(next.value, next.round, next.time);
    }

    /// @notice Ask for a forecast from the last `length` returns.
    function forecast() external returns (uint256 jobId) {
        if (count < length) revert TooFewReturns(count, length);
        uint64 time = last.time;
        if (time == askedTime) revert NothingNew(time);
        askedTime = time;
        int256[] memory window = new int256[](length);
        for (uint256 i; i < length; ++i) window[i] = _returns[(count + i) % length];
        jobId = _ask(TensorCodec.encodeFloat32(window, DECIMALS));
        _timeOf[jobId] = time;
        emit ForecastAsked(jobId, window, time);
    }

    /// @dev Reverts, so that the callback fails, for a negative number, NaN or an infinity: no volatility is made of them.
    function _onResult(uint256 jobId, bytes calldata output) internal override {
        int256 next = TensorCodec.fromFloat32(TensorCodec.float32At(output, 0), DECIMALS);
        if (next < 0) revert NegativeVolatility(jobId, next);
        uint64 time = _timeOf[jobId];
        delete _timeOf[jobId];
        // INVARIANT: a late forecast never replaces one from newer prices.
        if (time > volatilityTime) (volatility, volatilityTime) = (next, time);
        emit VolatilityForecast(jobId, next, time);
    }
}
