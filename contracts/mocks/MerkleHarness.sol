// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Opening} from "../interfaces/IOpFamily.sol";
import {KeccakTree} from "../merkle/KeccakTree.sol";
import {TensorPlaces} from "../merkle/TensorPlaces.sol";
import {TensorTree} from "../merkle/TensorTree.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Header, Headers} from "../types/Header.sol";
import {Node, NodeRow, Tensor} from "../types/Program.sol";
import {IMerkleHarness} from "./IMerkleHarness.sol";

/// @notice Gives tests the internal libraries of commitments and rows.
contract MerkleHarness is IMerkleHarness {
    using TensorViews for TensorView;

    /// @inheritdoc IMerkleHarness
    function tensorDepth(uint256 byteLength) external pure returns (uint256) {
        return TensorTree.depth(byteLength);
    }

    /// @inheritdoc IMerkleHarness
    function tensorRoot(bytes calldata data) external view returns (bytes32) {
        return TensorTree.root(data);
    }

    /// @inheritdoc IMerkleHarness
    function tensorRootOverDirt(bytes calldata data) external view returns (bytes32) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            for { let i := 0 } lt(i, 4096) { i := add(i, 32) } { mstore(add(free, i), not(0)) }
        }
        return TensorTree.root(data);
    }

    /// @inheritdoc IMerkleHarness
    function rootFrom(Opening calldata opening, bytes32[] calldata siblings, uint256 depth)
        external
        view
        returns (bytes32)
    {
        return TensorTree.rootOfWhole(opening.leaves, opening.data, siblings, depth);
    }

    /// @inheritdoc IMerkleHarness
    function rootAbove(bytes32[] calldata hashes, uint256 index, bytes32[] calldata siblings)
        external
        view
        returns (bytes32)
    {
        return TensorTree.rootAbove(hashes, index, siblings);
    }

    function placeDemanded(uint256 tensorId, uint256 depth, uint64 place) external pure returns (bytes32) {
        return TensorPlaces.demanded(tensorId, depth, place);
    }

    function keccakRoot(bytes32[] memory leaves) external pure returns (bytes32) {
        return KeccakTree.root(leaves);
    }

    function keccakLift(uint256[] memory index, bytes32[] memory hashes, uint256 levels, bytes32[] calldata siblings)
        external
        pure
        returns (uint256 count, uint256[] memory, bytes32[] memory)
    {
        count = KeccakTree.lift(index, hashes, levels, siblings);
        return (count, index, hashes);
    }

    function keccakRootFrom(bytes32 leaf, uint256 index, bytes32[] calldata path) external pure returns (bytes32) {
        return KeccakTree.rootFrom(leaf, index, path);
    }

    function decodeRow(bytes calldata row) external pure returns (Node memory) {
        return NodeRow.decode(row);
    }

    function decodeHeader(bytes calldata header) external pure returns (Header memory) {
        return Headers.decode(header);
    }

    /// @return values elements at commit offsets of input 0 of the row
    function read(bytes calldata row, Opening calldata opening, uint256[] calldata offsets)
        external
        pure
        returns (uint256[] memory values)
    {
        TensorView memory v = TensorViews.open(NodeRow.decode(row).inputs[0], opening);
        values = new uint256[](offsets.length);
        for (uint256 i = 0; i < offsets.length; ++i) values[i] = v.bits(offsets[i]);
    }

    /// @return run raw bytes of consecutive elements of input 0 of the row
    function copy(bytes calldata row, Opening calldata opening, uint256 offset, uint256 count)
        external
        pure
        returns (bytes memory run)
    {
        TensorView memory v = TensorViews.open(NodeRow.decode(row).inputs[0], opening);
        run = new bytes(count * v.width);
        uint256 destination;
        assembly ("memory-safe") {
            destination := add(run, 0x20)
        }
        v.copy(offset, count, destination);
    }

    /// @inheritdoc IMerkleHarness
    function views(Tensor[] calldata t, Opening[] calldata o) external pure returns (TensorView[] memory) {
        return TensorViews.open(t, o);
    }

    /// @inheritdoc IMerkleHarness
    function isPadded(Tensor calldata t, Opening calldata o) external pure returns (bool) {
        return TensorViews.isPadded(t, o);
    }

    /// @inheritdoc IMerkleHarness
    function locate(Tensor calldata t, Opening calldata o, uint256 byteOffset)
        external
        pure
        returns (uint256 position, uint256 room)
    {
        (position, room) = TensorViews.open(t, o).locate(byteOffset);
        bytes calldata data = o.data;
        assembly ("memory-safe") {
            position := sub(position, data.offset)
        }
    }

    /// @inheritdoc IMerkleHarness
    function bits(Tensor calldata t, Opening calldata o, uint256[] calldata offsets)
        external
        pure
        returns (uint256[] memory values)
    {
        TensorView memory v = TensorViews.open(t, o);
        values = new uint256[](offsets.length);
        for (uint256 i = 0; i < offsets.length; ++i) values[i] = v.bits(offsets[i]);
    }

    /// @inheritdoc IMerkleHarness
    function bitsCost(Tensor calldata t, Opening calldata o, uint256[] calldata offsets) external view returns (uint256) {
        TensorView memory v = TensorViews.open(t, o);
        uint256 before = gasleft();
        for (uint256 i = 0; i < offsets.length; ++i) v.bits(offsets[i]);
        return before - gasleft();
    }

    /// @inheritdoc IMerkleHarness
    function elements(Tensor calldata t, Opening calldata o, uint256 offset, uint256 count)
        external
        pure
        returns (bytes memory data)
    {
        TensorView memory v = TensorViews.open(t, o);
        data = new bytes(count * v.width + 32);
        uint256 destination;
        assembly ("memory-safe") {
            destination := add(data, 32)
        }
        v.copy(offset, count, destination);
    }
}
