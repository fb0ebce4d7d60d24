// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import {IJobRegistry} from "../../interfaces/IJobRegistry.sol";
import {FixedTermsConsumer} from "../FixedTermsConsumer.sol";
import {TensorCodec} from "../TensorCodec.sol";

/// @title Lets a model say what a picture shows
/// @notice Takes pictures as canvases and files hold them: one byte per pixel and channel, channels together, row by row. The
/// model gets them as float32 in the order [channel, row, column], each divided by `divisor`. Its output is a score per class.
///
/// What may be trusted, and when:
/// - Pixels are bytes, so every input is finite and at most 255/divisor: no picture makes more than one result admissible.
/// - `ImageClassified` is emitted once per job, with the final result. `classOf` answers `false` until then, and for ever if the
///   job is refunded or convicted.
/// - Of two equal scores the first class wins. `score` is the model's number, not a probability, unless the model ends in a
///   Softmax.
/// - Anyone may call `classify`, which spends the contract's prepaid balance.
contract ImageClassifier is FixedTermsConsumer {
    /// @notice The picture has not `height · width · channels` bytes.
    error WrongImageSize(uint256 length, uint256 expected);
    /// @notice Height, width or number of channels is zero.
    error NoPixels();
    /// @notice Pixels cannot be divided by zero.
    error DivisorIsZero();

    /// @notice A picture was sent to the model.
    event ImageAsked(uint256 indexed jobId, address indexed asker);
    /// @notice A result is final. `score` has `SCORE_DECIMALS` decimals.
    event ImageClassified(uint256 indexed jobId, uint256 class, int256 score);

    /// @notice Decimals of scores.
    uint256 public constant SCORE_DECIMALS = 18;

    /// @notice Rows of a picture.
    uint256 public immutable height;
    /// @notice Columns of a picture.
    uint256 public immutable width;
    /// @notice Channels of a picture.
    uint256 public immutable channels;
    /// @notice What every byte is divided by before the model gets it.
    uint8 public immutable divisor;

    /// @dev One more than the class; zero while there is no result.
    mapping(uint256 jobId => uint256) private _classPlusOne;

    constructor(
        IJobRegistry jobs_,
        IJobRegistry.Request memory terms,
        uint256 height_,
        uint256 width_,
        uint256 channels_,
        uint8 divisor_
    ) FixedTermsConsumer(jobs_, terms) {
        if (height_ * width_ * channels_ == 0) revert NoPixels();
        if (divisor_ == 0) revert DivisorIsZero();
        (height, width, channels, divisor) = (height_, width_, channels_, divisor_);
    }

    /// @notice Ask for the class of a picture.
    /// @param image `height · width · channels` bytes.
    function classify(bytes calldata image) external returns (uint256 jobId) {
        uint256 expected = height * width * channels;
        if (image.length != expected) revert WrongImageSize(image.length, expected);
        jobId = _ask(_tensorOf(image));
        emit ImageAsked(jobId, msg.sender);
    }

    /// @notice The class of a picture, once it is final.
    function classOf(uint256 jobId) external view returns (bool known, uint256 class) {
        uint256 next = _classPlusOne[jobId];
        return next == 0 ? (false, 0) : (true, next - 1);
    }

    /// @dev [row, column, channel] bytes to [channel, row, column] float32, little-endian.
    function _tensorOf(bytes calldata image) private view returns (bytes memory tensor) {
        uint256 perChannel = height * width;
        tensor = new bytes(image.length * 4);
        // A pixel has 256 values, and a picture often few of them: each is converted once.
        bytes4[] memory known = new bytes4[](256);
        for (uint256 i; i < image.length; ++i) {
            uint256 pixel = uint8(image[i]);
            if (pixel != 0 && known[pixel] == 0) known[pixel] = TensorCodec.bytesOf(TensorCodec.ratioToFloat32(uint64(pixel), divisor));
            uint256 place = ((i % channels) * perChannel + i / channels) * 4;
            bytes4 element = known[pixel];
            for (uint256 k; k < 4; ++k) tensor[place + k] = element[k];
        }
    }

    function _onResult(uint256 jobId, bytes calldata output) internal override {
        uint256 class = TensorCodec.argmaxFloat32(output);
        int256 score = TensorCodec.fromFloat32(TensorCodec.float32At(output, class), SCORE_DECIMALS);
        _classPlusOne[jobId] = class + 1;
        emit ImageClassified(jobId, class, score);
    }
}
