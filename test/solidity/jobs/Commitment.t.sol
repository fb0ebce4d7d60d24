// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Commitment} from "../../../contracts/jobs/Commitment.sol";
import {Cheats} from "../support/Vm.sol";

/// @dev Commitments by their definition, over memory that holds old values.
contract CommitmentTest is Cheats {
    function _dirty() private pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            for { let i := 0 } lt(i, 2048) { i := add(i, 32) } { mstore(add(free, i), not(0)) }
        }
    }

    function inline_(bytes calldata data) external pure returns (bytes32) {
        _dirty();
        return Commitment.inline_(data);
    }

    function roots_(bytes32[] calldata roots) external pure returns (bytes32) {
        _dirty();
        return Commitment.roots_(roots);
    }

    function bytesOf(bytes32[] calldata roots) external pure returns (bytes memory) {
        return Commitment.bytesOf(roots);
    }

    function testFuzz_eachFormHasItsTag(bytes calldata data, bytes32[] calldata roots) public view {
        eq(this.inline_(data), keccak256(bytes.concat(hex"00", data)), "bytes");
        eq(this.roots_(roots), keccak256(abi.encodePacked(hex"01", roots)), "roots");
        eq(keccak256(this.bytesOf(roots)), keccak256(abi.encodePacked(roots)), "roots as bytes");
    }
}
