// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeccakTree} from "../../../contracts/merkle/KeccakTree.sol";
import {Trees} from "../support/Trees.sol";
import {Cheats} from "../support/Vm.sol";

contract KeccakTreeTest is Cheats {
    function rowLeaf(bytes calldata row) external pure returns (bytes32) {
        return KeccakTree.rowLeaf(row);
    }

    function headerLeaf(bytes calldata header) external pure returns (bytes32) {
        return KeccakTree.headerLeaf(header);
    }

    function rootFrom(bytes32 leaf, uint256 index, bytes32[] calldata path) external pure returns (bytes32) {
        return KeccakTree.rootFrom(leaf, index, path);
    }

    function _leaves(uint256 seed, uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode(seed, i));
    }

    function testFuzz_leaves_carryTheirTags(bytes calldata data, bytes32 root) public view {
        eq(this.rowLeaf(data), keccak256(bytes.concat(hex"00", data)), "row");
        eq(this.headerLeaf(data), keccak256(bytes.concat(hex"02", data)), "header");
        bytes32 expected = keccak256(abi.encodePacked(hex"00", root));
        // Whatever lies in the scratch space.
        assembly ("memory-safe") {
            mstore(0x00, not(0))
        }
        eq(KeccakTree.traceLeaf(root), expected, "trace");
    }

    function test_root_ofAnyNumberOfLeaves() public pure {
        for (uint256 count = 0; count < 18; ++count) {
            bytes32[] memory leaves = _leaves(count, count);
            bytes32 expected = Trees.keccakRoot(leaves);
            eq(KeccakTree.root(leaves), expected, "root");
        }
    }

    function testFuzz_rootFrom_everyLeafLeadsToTheRoot(uint256 seed, uint8 count, uint8 index) public view {
        bytes32[] memory leaves = _leaves(seed, bound(count, 1, 20));
        index = uint8(bound(index, 0, leaves.length - 1));
        bytes32 root = this.rootFrom(leaves[index], index, Trees.keccakPath(leaves, index));
        eq(root, Trees.keccakRoot(leaves), "root");
    }

    /// The tree is full: an index has one place at one depth, and beyond it none.
    function test_rootFrom_indexBeyondTheTree_reverts() public {
        bytes32 expected = keccak256("leaf");
        for (uint256 depth = 0; depth < 64; ++depth) {
            bytes32[] memory path = _leaves(1, depth);
            uint256 last = (1 << depth) - 1;
            eq(this.rootFrom(keccak256("leaf"), last, path), expected, "the last leaf, right in every pair");
            vm.expectRevert(abi.encodeWithSelector(KeccakTree.IndexBeyondTree.selector, last + 1, depth));
            this.rootFrom(keccak256("leaf"), last + 1, path);
            expected = Trees.keccakJoin(keccak256(abi.encode(1, depth)), expected);
        }
        vm.expectRevert(abi.encodeWithSelector(KeccakTree.IndexBeyondTree.selector, 0, 64));
        this.rootFrom(keccak256("leaf"), 0, _leaves(1, 64));
    }
}
