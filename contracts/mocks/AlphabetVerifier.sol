// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVerifier} from "../interfaces/IVerifier.sol";

/// @title A toy judge that plays by the real rules
/// @notice The only program is the alphabet: a trace is a string that starts with the input and ends in the output, and
/// a letter is admissible when it follows the one before it *in that same trace*. So the whole game can be tested, with
/// honest runs, liars that carry a lie through consistently, and proofs of one wrong element.
contract AlphabetVerifier is IVerifier {
    error NotThisTrace(bytes32 expected, bytes32 actual);
    error BoundaryMismatch(bytes32 expected, bytes32 actual);
    error NoSuchElement(uint256 index);

    /// @inheritdoc IVerifier
    /// @param opening The trace itself.
    function traceOf(bytes32, bytes32 inputCommitment, bytes32 outputCommitment, bytes calldata opening)
        external
        pure
        returns (bytes32)
    {
        bytes32 first = keccak256(abi.encodePacked(uint8(0), opening[0]));
        bytes32 last = keccak256(abi.encodePacked(uint8(0), opening[opening.length - 1]));
        if (first != inputCommitment) revert BoundaryMismatch(inputCommitment, first);
        if (last != outputCommitment) revert BoundaryMismatch(outputCommitment, last);
        return keccak256(opening);
    }

    /// @inheritdoc IVerifier
    /// @param proof `abi.encode(uint256 index, bytes trace)`.
    function convicts(bytes32, bytes32 traceRoot, bytes calldata proof) external pure returns (bool) {
        (uint256 index, bytes memory trace) = abi.decode(proof, (uint256, bytes));
        if (keccak256(trace) != traceRoot) revert NotThisTrace(traceRoot, keccak256(trace));
        if (index == 0 || index >= trace.length) revert NoSuchElement(index);
        return uint8(trace[index]) != uint8(trace[index - 1]) + 1;
    }
}
