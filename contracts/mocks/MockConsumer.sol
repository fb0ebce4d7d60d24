// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";

/// @title A consumer in every mood
contract MockConsumer is IInferenceConsumer {
    enum Mood {
        Grateful,
        Reverting,
        BurningGas,
        ReturningBomb,
        Reentering
    }

    Mood public mood;
    uint256 public results;
    uint256 public lastJob;
    bytes public lastOutput;
    uint256 public gasReceived;

    address public target;
    bytes public data;
    bool public reentered;
    bytes public reentryResult;

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    /// @dev What to call from within the callback.
    function setReentry(address target_, bytes calldata data_) external {
        mood = Mood.Reentering;
        target = target_;
        data = data_;
    }

    /// @dev Makes any call as this contract.
    function act(address to, bytes calldata data_) external returns (bytes memory) {
        return _act(to, data_);
    }

    function onInferenceResult(uint256 jobId, bytes calldata output) external {
        gasReceived = gasleft();
        if (mood == Mood.Reverting) revert("no thanks");
        if (mood == Mood.BurningGas) while (true) {}
        ++results;
        lastJob = jobId;
        lastOutput = output;
        if (mood == Mood.ReturningBomb) {
            assembly {
                return(0, 1000000)
            }
        }
        if (mood == Mood.Reentering) (reentered, reentryResult) = target.call(data);
    }

    function _act(address to, bytes memory data_) private returns (bytes memory) {
        (bool ok, bytes memory result) = to.call(data_);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        return result;
    }
}
