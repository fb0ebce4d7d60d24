// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, IReductionFamily} from "../interfaces/IOpFamily.sol";
import {ProofCodec} from "./ProofCodec.sol";

/// @notice Hands what an authenticated proof shows to a family, as it stands.
/// @dev ABI encoding lets an argument stand anywhere behind the head. The call is a head whose offsets point into a copy of
/// the proof's own bytes, so that nothing is encoded anew, whatever the proof opens.
///
/// INVARIANT: the family sees the very bytes that were authenticated. The copy goes to the end of calldata, as reading did:
/// what a caller puts behind the proof would otherwise be zeros to the family, and what comes after that is zeros to both.
library FamilyCall {
    /// @notice The family's answer is not of the type that was asked for.
    error AnswerMalformed(address family);

    /// @notice Whether the family admits the claimed value of the proof's element.
    /// @param proof `abi.encode(Proof)`
    /// @param p calldata position of its struct
    function admissible(IOpFamily family, bytes calldata proof, uint256 p, uint256 claimed)
        internal
        view
        returns (bool)
    {
        bool begun = ProofCodec.word(ProofCodec.follow(p, ProofCodec.CARRIED), 0) != 0;
        uint256 words = begun ? 5 : 4;
        uint256 head = _head(begun ? IReductionFamily.admissibleAfter.selector : IOpFamily.admissible.selector);
        _set(head, 0, _place(proof, p, ProofCodec.ROW, words));
        _set(head, 1, ProofCodec.word(p, ProofCodec.ELEMENT));
        _set(head, 2, claimed);
        if (begun) _set(head, 3, _place(proof, p, ProofCodec.CARRIED, words));
        _set(head, words - 1, _place(proof, p, ProofCodec.INPUTS, words));
        bytes memory answer = _ask(address(family), head, words, proof);
        bytes32 admitted = bytes32(answer);
        if (answer.length != 32 || uint256(admitted) >= 2) revert AnswerMalformed(address(family));
        return admitted != 0;
    }

    /// @notice What the family carries on from the proof's element up to the position `until`.
    function accumulate(IOpFamily family, bytes calldata proof, uint256 p, uint256 until)
        internal
        view
        returns (bytes memory)
    {
        uint256 head = _head(IReductionFamily.accumulate.selector);
        _set(head, 0, _place(proof, p, ProofCodec.ROW, 5));
        _set(head, 1, ProofCodec.word(p, ProofCodec.ELEMENT));
        _set(head, 2, _place(proof, p, ProofCodec.CARRIED, 5));
        _set(head, 3, until);
        _set(head, 4, _place(proof, p, ProofCodec.INPUTS, 5));
        return abi.decode(_ask(address(family), head, 5, proof), (bytes));
    }

    /// @dev Begins a call at the free memory pointer.
    /// @return head memory position of its first argument
    function _head(bytes4 selector) private pure returns (uint256 head) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, selector)
            head := add(free, 4)
        }
    }

    function _set(uint256 head, uint256 index, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(head, shl(5, index)), value)
        }
    }

    /// @dev Offset of a part of the proof in a call whose head of so many words is followed by the proof.
    function _place(bytes calldata proof, uint256 p, uint256 part, uint256 words) private pure returns (uint256) {
        unchecked {
            return 32 * words + ProofCodec.follow(p, part) - ProofCodec.begin(proof);
        }
    }

    /// @dev Calls with the head and a copy of the proof and of all behind it; reverts with what the family reverts with.
    function _ask(address family, uint256 head, uint256 words, bytes calldata proof)
        private
        view
        returns (bytes memory answer)
    {
        assembly ("memory-safe") {
            let start := sub(head, 4)
            let length := sub(calldatasize(), proof.offset)
            calldatacopy(add(head, shl(5, words)), proof.offset, length)
            let size := add(add(4, shl(5, words)), length)
            let ok := staticcall(gas(), family, start, size, 0, 0)
            if iszero(ok) {
                returndatacopy(start, 0, returndatasize())
                revert(start, returndatasize())
            }
            answer := start
            mstore(answer, returndatasize())
            returndatacopy(add(answer, 32), 0, returndatasize())
            mstore(0x40, and(add(add(answer, returndatasize()), 63), not(31)))
        }
    }
}
