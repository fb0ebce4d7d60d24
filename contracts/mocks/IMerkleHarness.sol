// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Opening} from "../interfaces/IOpFamily.sol";
import {TensorView} from "../merkle/TensorView.sol";
import {Tensor} from "../types/Program.sol";

/// @notice Trees and views of tensors: Solidity tests reach the deployed code without holding it.
interface IMerkleHarness {
    function tensorDepth(uint256 byteLength) external pure returns (uint256);

    function tensorRoot(bytes calldata data) external view returns (bytes32);

    /// @notice As `tensorRoot`, over memory that holds old values.
    function tensorRootOverDirt(bytes calldata data) external view returns (bytes32);

    function rootFrom(Opening calldata opening, bytes32[] calldata siblings, uint256 depth)
        external
        view
        returns (bytes32);

    function rootAbove(bytes32[] calldata hashes, uint256 index, bytes32[] calldata siblings)
        external
        view
        returns (bytes32);

    function views(Tensor[] calldata t, Opening[] calldata o) external pure returns (TensorView[] memory);

    function isPadded(Tensor calldata t, Opening calldata o) external pure returns (bool);

    /// @return position of a byte behind the first that is opened
    /// @return room bytes that follow in the same leaf
    function locate(Tensor calldata t, Opening calldata o, uint256 byteOffset)
        external
        pure
        returns (uint256 position, uint256 room);

    function bits(Tensor calldata t, Opening calldata o, uint256[] calldata offsets)
        external
        pure
        returns (uint256[] memory values);

    /// @notice Gas of reading elements in this order.
    function bitsCost(Tensor calldata t, Opening calldata o, uint256[] calldata offsets) external view returns (uint256);

    /// @return bytes of consecutive elements, and 32 more
    function elements(Tensor calldata t, Opening calldata o, uint256 offset, uint256 count)
        external
        pure
        returns (bytes memory);
}
