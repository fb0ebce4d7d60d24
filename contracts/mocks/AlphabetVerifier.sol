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

    /// @notice Marks the index of a letter that took pieces.
    uint256 public constant LONG = 1 << 255;
    /// @notice Letters that can be asked for. Where a trace is shorter, the answer is that there is none.
    uint256 public constant LENGTH = 26;

    /// @inheritdoc IVerifier
    /// @param opening The trace itself.
    function traceOf(bytes32, bytes32 inputCommitment, bytes32 outputCommitment, bytes calldata opening)
        external
        pure
        returns (bytes32, bytes memory)
    {
        bytes32 first = keccak256(abi.encodePacked(uint8(0), opening[0]));
        bytes32 last = keccak256(abi.encodePacked(uint8(0), opening[opening.length - 1]));
        if (first != inputCommitment) revert BoundaryMismatch(inputCommitment, first);
        if (last != outputCommitment) revert BoundaryMismatch(outputCommitment, last);
        return (keccak256(opening), opening);
    }

    /// @inheritdoc IVerifier
    /// @param proof `abi.encode(uint256 index, bytes trace)`; with the flag LONG in the index, one that took pieces.
    function convicts(bytes32, bytes32 traceRoot, bytes calldata proof)
        external
        pure
        returns (bool guilty, bytes32 progress)
    {
        (uint256 index, bytes memory trace) = _trace(traceRoot, proof);
        if (index & LONG != 0) {
            index ^= LONG;
            progress = _progress(index, index);
        }
        if (index == 0 || index >= trace.length) revert NoSuchElement(index);
        guilty = uint8(trace[index]) != uint8(trace[index - 1]) + 1;
    }

    /// @inheritdoc IVerifier
    /// @notice A letter takes as many pieces as stand before it.
    function advance(bytes32, bytes32 traceRoot, uint256 until, bytes calldata piece)
        external
        pure
        returns (bytes32 progress, bytes32, bytes memory)
    {
        (uint256 index,) = _trace(traceRoot, piece);
        if (until != 1) progress = _progress(index, until - 1);
        return (progress, _progress(index, until), abi.encode(until));
    }

    /// @inheritdoc IVerifier
    /// @param wanted `abi.encode(uint256[] indices)`.
    function demanded(bytes32, bytes calldata wanted) external pure returns (bytes32[] memory items) {
        uint256[] memory indices = abi.decode(wanted, (uint256[]));
        items = new bytes32[](indices.length);
        for (uint256 i = 0; i < indices.length; ++i) {
            if (indices[i] >= LENGTH) revert NoSuchElement(indices[i]);
            items[i] = bytes32(indices[i]);
        }
    }

    /// @inheritdoc IVerifier
    /// @param shown `abi.encode(uint256[] indices, bytes trace)`.
    function revealed(bytes32 traceRoot, bytes calldata shown) external pure returns (bytes32[] memory items) {
        (uint256[] memory indices, bytes memory trace) = abi.decode(shown, (uint256[], bytes));
        if (keccak256(trace) != traceRoot) revert NotThisTrace(traceRoot, keccak256(trace));
        items = new bytes32[](indices.length);
        for (uint256 i = 0; i < indices.length; ++i) items[i] = bytes32(indices[i]);
    }

    function _trace(bytes32 traceRoot, bytes calldata proof) private pure returns (uint256 index, bytes memory trace) {
        (index, trace) = abi.decode(proof, (uint256, bytes));
        if (keccak256(trace) != traceRoot) revert NotThisTrace(traceRoot, keccak256(trace));
    }

    function _progress(uint256 index, uint256 until) private pure returns (bytes32) {
        return keccak256(abi.encode(index, until));
    }
}
