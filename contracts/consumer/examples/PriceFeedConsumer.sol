// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import {IJobRegistry} from "../../interfaces/IJobRegistry.sol";
import {FixedTermsConsumer} from "../FixedTermsConsumer.sol";
import {TensorCodec} from "../TensorCodec.sol";
import {FeedReader} from "../feeds/FeedReader.sol";

/// @title Asks a model about the prices of some feeds
/// @notice The model takes a float32 tensor with one price per source, in the order of the sources, and its first output
/// element is the score.
///
/// What may be trusted, and when:
/// - Inputs are the feeds' own prices, read on chain when `ask` is called. The event names their rounds and times, so anyone can
///   compare them with the feed later. Who calls `ask` chooses the moment, not the prices.
/// - `score` is final when it is set, and never taken back. Until then nothing of a job is trusted: a submitted result may still
///   be convicted.
/// - A result may come late, after that of a later request, or never (a refunded or convicted job has no callback). So look at
///   `scoreTime` before you use `score`. It is the time of the oldest price that the score is about.
/// - Anyone may call `ask`, at most once in `interval` seconds. So nobody can spend the balance faster than that.
contract PriceFeedConsumer is FixedTermsConsumer {
    using FeedReader for FeedReader.Source;

    /// @notice It is to be asked about no feed.
    error NoSources();
    /// @notice The last request is less than `interval` seconds ago.
    error TooSoon(uint256 earliest);

    /// @notice These prices were sent to the model, each with its feed's round and time.
    event PricesAsked(uint256 indexed jobId, FeedReader.Observation[] observations);
    /// @notice A result is final. `score` has `SCORE_DECIMALS` decimals.
    event Scored(uint256 indexed jobId, int256 score);

    /// @notice Decimals of `score`.
    uint256 public constant SCORE_DECIMALS = 18;

    /// @notice Least time between two requests, in seconds.
    uint32 public immutable interval;

    /// @notice Time from which `ask` may be called again.
    uint64 public nextAsk;
    /// @notice The newest score, in units of 10^−18.
    int256 public score;
    /// @notice Time of the oldest price that `score` is about; zero while there is none.
    uint64 public scoreTime;

    FeedReader.Source[] private _sources;
    /// @dev Of a job that was asked for: the time of the oldest price.
    mapping(uint256 jobId => uint64) private _askedAt;

    constructor(IJobRegistry jobs_, IJobRegistry.Request memory terms, FeedReader.Source[] memory sources, uint32 interval_)
        FixedTermsConsumer(jobs_, terms)
    {
        if (sources.length == 0) revert NoSources();
        for (uint256 i; i < sources.length; ++i) _sources.push(sources[i]);
        interval = interval_;
    }

    /// @notice Ask about the newest prices. Reverts if one is refused (FeedReader).
    function ask() external returns (uint256 jobId) {
        if (block.timestamp < nextAsk) revert TooSoon(nextAsk);
        nextAsk = uint64(block.timestamp) + interval;

        FeedReader.Observation[] memory observations = new FeedReader.Observation[](_sources.length);
        TensorCodec.Number[] memory prices = new TensorCodec.Number[](observations.length);
        uint64 oldest = type(uint64).max;
        for (uint256 i; i < observations.length; ++i) {
            FeedReader.Observation memory o = _sources[i].read();
            observations[i] = o;
            prices[i] = TensorCodec.Number({value: o.value, decimals: o.decimals});
            if (o.time < oldest) oldest = o.time;
        }
        jobId = _ask(TensorCodec.encodeFloat32(prices));
        _askedAt[jobId] = oldest;
        emit PricesAsked(jobId, observations);
    }

    /// @notice A source of the model's input.
    function sourceAt(uint256 index) external view returns (FeedReader.Source memory) {
        return _sources[index];
    }

    /// @dev Reverts, so that the callback fails, if the score is NaN, infinite or beyond an int256. Then the job stays undelivered
    /// and `score` as it was.
    function _onResult(uint256 jobId, bytes calldata output) internal override {
        int256 next = TensorCodec.fromFloat32(TensorCodec.float32At(output, 0), SCORE_DECIMALS);
        uint64 time = _askedAt[jobId];
        delete _askedAt[jobId];
        // INVARIANT: a late result never replaces one about newer prices.
        if (time >= scoreTime) (score, scoreTime) = (next, time);
        emit Scored(jobId, next);
    }
}
