// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import {IJobRegistry} from "../../interfaces/IJobRegistry.sol";
import {InferenceConsumer} from "../InferenceConsumer.sol";
import {TensorCodec} from "../TensorCodec.sol";

/// @title Reads handwritten digits
/// @notice The smallest useful consumer: send it an 8×8 picture, and later read the digit from it. Anyone may call
/// `classify`, which spends the contract's prepaid balance. Its owner may withdraw the rest.
contract DigitReader is InferenceConsumer {
    /// @notice Only the owner may take OPG out.
    error NotOwner(address caller);
    /// @notice The picture has not 64 pixels of four bytes.
    error WrongImageSize(uint256 length);

    /// @notice A result is final.
    event DigitRead(uint256 indexed jobId, uint8 digit);

    uint256 private constant IMAGE_BYTES = 8 * 8 * 4;

    /// @notice Who may take OPG out.
    address public immutable owner;
    /// @notice The version that is asked.
    bytes32 public immutable version;
    uint96 private immutable _fee;
    uint96 private immutable _bond;
    uint24 private immutable _window;
    uint24 private immutable _callbackGas;
    uint40 private immutable _servePeriod;

    /// @notice The latest digit.
    uint8 public lastDigit;
    /// @notice Number of readings so far.
    uint64 public readings;

    /// @param terms The terms of every request. Here `deadline` is the time, in seconds, in which a request must be served.
    constructor(IJobRegistry jobs_, IJobRegistry.Request memory terms) InferenceConsumer(jobs_) {
        owner = msg.sender;
        version = terms.version;
        _fee = terms.fee;
        _bond = terms.bond;
        _window = terms.window;
        _callbackGas = terms.callbackGas;
        _servePeriod = terms.deadline;
    }

    /// @notice Ask which digit a picture shows.
    /// @param image 64 pixels as float32, little-endian, row by row, 0 white … 1 black.
    function classify(bytes calldata image) external returns (uint256 jobId) {
        if (image.length != IMAGE_BYTES) revert WrongImageSize(image.length);
        jobId = _request(
            IJobRegistry.Request({
                version: version,
                operator: address(0),
                fee: _fee,
                bond: _bond,
                callbackGas: _callbackGas,
                window: _window,
                deadline: uint40(block.timestamp) + _servePeriod
            }),
            image
        );
    }

    function _onResult(uint256 jobId, bytes calldata output) internal override {
        uint8 digit = uint8(TensorCodec.argmaxFloat32(output));
        lastDigit = digit;
        ++readings;
        emit DigitRead(jobId, digit);
    }

    /// @notice Owner only: take out prepaid OPG and returned fees.
    function withdraw(uint256 amount) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _withdraw(owner, amount);
    }

    /// @notice Owner only: take out compensations.
    function withdrawCompensation(uint256 amount) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _withdrawCompensation(owner, amount);
    }
}
