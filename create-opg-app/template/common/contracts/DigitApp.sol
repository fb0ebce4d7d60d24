// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import {FixedTermsConsumer} from "opengradient-optimistic-contracts/consumer/FixedTermsConsumer.sol";
import {TensorCodec} from "opengradient-optimistic-contracts/consumer/TensorCodec.sol";
import {IJobRegistry} from "opengradient-optimistic-contracts/interfaces/IJobRegistry.sol";

/// @notice Asks a model which digit a picture shows.
contract DigitApp is FixedTermsConsumer {
    error WrongImageSize(uint256 length);

    event DigitRead(uint256 indexed jobId, uint256 digit);

    /// @dev 1 as float32. The model was trained on pixels from 0 to 1.
    uint32 private constant ONE = 0x3f800000;
    uint256 private constant IMAGE_BYTES = 8 * 8 * 4;

    uint256 public lastDigit;
    uint256 public readings;

    constructor(IJobRegistry jobs_, IJobRegistry.Request memory terms) FixedTermsConsumer(jobs_, terms) {}

    /// @notice Ask. Anyone may; the contract's balance in the registry pays.
    /// @param image 64 pixels as float32, little-endian, row by row, 0 white … 1 black.
    function read(bytes calldata image) external returns (uint256 jobId) {
        if (image.length != IMAGE_BYTES) revert WrongImageSize(image.length);
        TensorCodec.requireFloat32Within(image, ONE);
        return _ask(image);
    }

    /// @dev Called once per job, with its final result, by the registry alone. It may be late, and it may never come: then the
    /// fee is back.
    function _onResult(uint256 jobId, bytes calldata output) internal override {
        lastDigit = TensorCodec.argmaxFloat32(output);
        ++readings;
        emit DigitRead(jobId, lastDigit);
    }
}
