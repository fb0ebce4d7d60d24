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

    function testFuzz_leaves_carryTheirTags(bytes calldata data, bytes32 tensorRoot) public view {
        eq(this.rowLeaf(data), keccak256(bytes.concat(hex"00", data)), "row");
        eq(this.headerLeaf(data), keccak256(bytes.concat(hex"02", data)), "header");
        bytes32 expected = keccak256(abi.encodePacked(hex"00", tensorRoot));
        // Whatever lies in the scratch space.
        assembly ("memory-safe") {
            mstore(0x00, not(0))
        }
        eq(KeccakTree.traceLeaf(tensorRoot), expected, "trace");
    }

    function root(bytes32[] memory hashes) external pure returns (bytes32) {
        return KeccakTree.root(hashes);
    }

    function lift(uint256[] memory index, bytes32[] memory hashes, uint256 levels, bytes32[] calldata siblings)
        external
        pure
        returns (uint256 count, uint256[] memory, bytes32[] memory)
    {
        count = KeccakTree.lift(index, hashes, levels, siblings);
        return (count, index, hashes);
    }

    function test_root_ofAPowerOfTwo_leavesTheListsLengthAlone() public pure {
        for (uint256 count = 1; count < 200; count <<= 1) {
            bytes32 expected = Trees.keccakRoot(_leaves(count, count));
            bytes32[] memory leaves = new bytes32[](count);
            bytes memory behind = Trees.bytesOf(count, 64 * count);
            bytes32 untouched = keccak256(behind);
            for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode(count, i));
            eq(KeccakTree.root(leaves), expected, "root");
            eq(leaves.length, count, "length");
            eq(keccak256(behind), untouched, "nothing else is overwritten");
        }
    }

    function test_root_ofAnotherNumber_reverts() public {
        for (uint256 count = 0; count < 70; ++count) {
            if (count != 0 && count & (count - 1) == 0) continue;
            vm.expectRevert(abi.encodeWithSelector(KeccakTree.HashCount.selector, count));
            this.root(_leaves(1, count));
        }
    }

    function test_depth() public pure {
        for (uint256 count = 0; count < 300; ++count) eq(KeccakTree.depth(count), Trees.keccakDepth(count), "depth");
        eq(KeccakTree.depth(type(uint32).max), 32, "of the most tensors that a header can state");
    }

    /// Any set of nodes, lifted any number of levels, becomes the set of their ancestors.
    function testFuzz_lift_givesTheAncestors(uint256 seed, uint16 bitmap, uint8 levels) public view {
        if (bitmap == 0) bitmap = 1;
        levels = uint8(bound(levels, 0, 4));
        bytes32[] memory leaves = _leaves(seed, 16);
        (uint256[] memory index, bytes32[] memory hashes) = _chosen(leaves, bitmap);
        bytes32[] memory siblings = _siblings(leaves, bitmap, levels);
        (uint256 count, uint256[] memory above, bytes32[] memory lifted) = this.lift(index, hashes, levels, siblings);
        uint256 expected;
        for (uint256 i = 0; i < 16 >> levels; ++i) {
            if (!_known(bitmap, levels, i)) continue;
            eq(above[expected], i, "ancestor");
            eq(lifted[expected++], Trees.keccakNode(leaves, levels, i), "hash");
        }
        eq(count, expected, "number of ancestors");
    }

    function test_lift_withMoreOrFewerSiblings_reverts() public {
        bytes32[] memory leaves = _leaves(1, 16);
        (uint256[] memory index, bytes32[] memory hashes) = _chosen(leaves, 0x0041);
        bytes32[] memory siblings = _siblings(leaves, 0x0041, 3);
        eq(siblings.length, 4, "two nodes that meet at the third level");
        for (uint256 n = 0; n < 6; ++n) {
            if (n == 4) continue;
            bytes32[] memory other = new bytes32[](n);
            vm.expectRevert(abi.encodeWithSelector(KeccakTree.PathLength.selector, n < 4 ? n + 1 : 4, n));
            this.lift(index, hashes, 3, other);
        }
    }

    function _chosen(bytes32[] memory leaves, uint16 bitmap)
        private
        pure
        returns (uint256[] memory index, bytes32[] memory hashes)
    {
        uint32[] memory chosen = Trees.positions(bitmap, 16);
        index = new uint256[](chosen.length);
        hashes = new bytes32[](chosen.length);
        for (uint256 i = 0; i < chosen.length; ++i) (index[i], hashes[i]) = (chosen[i], leaves[chosen[i]]);
    }

    function _siblings(bytes32[] memory leaves, uint16 bitmap, uint256 levels)
        private
        pure
        returns (bytes32[] memory list)
    {
        list = new bytes32[](64);
        uint256 count;
        for (uint256 h = 0; h < levels; ++h) {
            for (uint256 i = 0; i < 16 >> h; ++i) {
                if (_known(bitmap, h, i) && !_known(bitmap, h, i ^ 1)) {
                    list[count++] = Trees.keccakNode(leaves, h, i ^ 1);
                }
            }
        }
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    function _known(uint16 bitmap, uint256 height, uint256 index) private pure returns (bool) {
        uint256 width = 1 << height;
        return (bitmap >> (index * width)) & ((1 << width) - 1) != 0;
    }

    function testFuzz_rootFrom_everyLeafLeadsToTheRoot(uint256 seed, uint8 count, uint8 index) public view {
        bytes32[] memory leaves = _leaves(seed, bound(count, 1, 20));
        index = uint8(bound(index, 0, leaves.length - 1));
        bytes32 computed = this.rootFrom(leaves[index], index, Trees.keccakPath(leaves, index));
        eq(computed, Trees.keccakRoot(leaves), "root");
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
