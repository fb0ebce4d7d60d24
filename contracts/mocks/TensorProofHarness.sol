// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorProof} from "../consumer/TensorProof.sol";

/// @title TensorProof for tests
contract TensorProofHarness {
    function rootAt(bytes calldata output, uint256 index) external pure returns (bytes32) {
        return TensorProof.rootAt(output, index);
    }

    function bits(
        bytes32 root,
        uint256 count,
        uint256 width,
        uint256 element,
        bytes calldata leaf,
        bytes32[] calldata path
    ) external pure returns (uint256) {
        return TensorProof.bits(root, count, width, element, leaf, path);
    }
}
