// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {InferenceConsumer} from "./InferenceConsumer.sol";

/// @title Base of consumers that ask one version, always on the same terms
/// @notice Call `_ask`, and override `_onResult`. Whoever deploys the contract owns what is left of its balances.
abstract contract FixedTermsConsumer is InferenceConsumer {
    /// @notice Only the owner may take OPG out.
    error NotOwner(address caller);

    /// @notice Who may take out what is left of the balances.
    address public immutable owner;
    /// @notice The version that is asked.
    bytes32 public immutable version;

    address private immutable _operator;
    uint96 private immutable _fee;
    uint96 private immutable _bond;
    uint24 private immutable _window;
    uint24 private immutable _callbackGas;
    uint40 private immutable _servePeriod;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// @param terms The terms of every request. Here `deadline` is the time, in seconds, in which a request must be served.
    constructor(IJobRegistry jobs_, IJobRegistry.Request memory terms) InferenceConsumer(jobs_) {
        owner = msg.sender;
        version = terms.version;
        _operator = terms.operator;
        _fee = terms.fee;
        _bond = terms.bond;
        _window = terms.window;
        _callbackGas = terms.callbackGas;
        _servePeriod = terms.deadline;
    }

    /// @notice Ask for an inference on the terms of this contract.
    function _ask(bytes memory input) internal returns (uint256 jobId) {
        return _request(
            IJobRegistry.Request({
                version: version,
                operator: _operator,
                fee: _fee,
                bond: _bond,
                callbackGas: _callbackGas,
                window: _window,
                deadline: uint40(block.timestamp) + _servePeriod
            }),
            input
        );
    }

    /// @notice Owner only: take out prepaid OPG and returned fees.
    function withdraw(uint256 amount) external onlyOwner {
        _withdraw(owner, amount);
    }

    /// @notice Owner only: take out compensations.
    function withdrawCompensation(uint256 amount) external onlyOwner {
        _withdrawCompensation(owner, amount);
    }
}
