// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TraceShown} from "../../../contracts/interfaces/IOpVerifier.sol";
import {KeccakTree} from "../../../contracts/merkle/KeccakTree.sol";
import {TensorPlaces} from "../../../contracts/merkle/TensorPlaces.sol";
import {TraceTree} from "../../../contracts/merkle/TraceTree.sol";
import {Trees} from "../support/Trees.sol";
import {Cheats} from "../support/Vm.sol";

contract TraceTreeTest is Cheats {
    uint256 private constant TRACE = 1 << 32;
    /// @dev Numbers of tensors: trees of one span and less, of two, and of two with a level between them and the leaves.
    uint256[5] private counts = [uint256(2), 3, 64, 65, 130];

    function nodes(bytes32[] calldata hashes, bool leaves) external pure returns (bytes32[] memory) {
        assembly ("memory-safe") {
            mstore(0x00, not(0))
        }
        return TraceTree.nodes(hashes, leaves);
    }

    function sealFrom(bytes32 root, uint256 id, bytes32[] calldata path) external pure returns (bytes32) {
        return TraceTree.sealFrom(root, id, path);
    }

    function demanded(uint256 depth, uint64 place) external pure returns (bytes32) {
        return TraceTree.demanded(depth, place);
    }

    function revealed(TraceShown calldata shown, bytes32 traceRoot) external pure returns (bytes32) {
        return TraceTree.revealed(shown.index, shown.siblings, shown.hashes, traceRoot);
    }

    function _roots(uint256 count) private pure returns (bytes32[] memory roots) {
        roots = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) roots[i] = keccak256(abi.encode("tensor", i));
    }

    function _leaves(bytes32[] memory roots) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](roots.length);
        for (uint256 i = 0; i < roots.length; ++i) leaves[i] = keccak256(abi.encodePacked(hex"00", roots[i]));
    }

    function _sealed(bytes32 root, uint256 depth) private pure returns (bytes32) {
        return bytes32((uint256(root) >> 8 << 8) | depth);
    }

    /// @dev What stands six levels below a node, or on the level of the leaves: there tensor roots.
    function _below(bytes32[] memory roots, bytes32[] memory leaves, uint256 level, uint256 index)
        private
        pure
        returns (TraceShown memory shown)
    {
        uint256 depth = Trees.keccakDepth(roots.length);
        uint256 span = depth - level < 6 ? depth - level : 6;
        bool lowest = level + span == depth;
        shown.index = index;
        shown.hashes = new bytes32[](1 << span);
        for (uint256 i = 0; i < 1 << span; ++i) {
            uint256 place = (index << span) | i;
            if (!lowest) shown.hashes[i] = Trees.keccakNode(leaves, depth - level - span, place);
            else if (place < roots.length) shown.hashes[i] = roots[place];
        }
        shown.siblings = new bytes32[](level);
        for (uint256 h = 0; h < level; ++h) {
            shown.siblings[h] = Trees.keccakNode(leaves, depth - level + h, (index >> h) ^ 1);
        }
    }

    function test_nodes_atTheLeaves_areTheirHashes_andNoneWhereThereIsNoTensor() public view {
        bytes32[] memory roots = _roots(5);
        roots[2] = 0;
        bytes32[] memory leaves = _leaves(roots);
        leaves[2] = 0;
        bytes32[] memory atLeaves = this.nodes(roots, true);
        bytes32[] memory above = this.nodes(roots, false);
        eq(atLeaves.length, 5, "as many");
        eq(above.length, 5, "as many");
        for (uint256 i = 0; i < 5; ++i) {
            eq(atLeaves[i], leaves[i], "a leaf of the trace");
            eq(above[i], roots[i], "higher up, the node itself");
        }
    }

    function test_seal_isTheRootWithTheDepthInItsLowByte() public view {
        for (uint256 n = 0; n < counts.length; ++n) {
            bytes32[] memory roots = _roots(counts[n]);
            bytes32[] memory leaves = _leaves(roots);
            uint256 depth = Trees.keccakDepth(counts[n]);
            bytes32 traceRoot = _sealed(Trees.keccakRoot(leaves), depth);
            eq(TraceTree.depthOf(traceRoot), depth, "depth");
            uint256 id = counts[n] - 1;
            eq(this.sealFrom(roots[id], id, Trees.keccakPath(leaves, id)), traceRoot, "by the last tensor");
        }
        eq(TraceTree.seal(bytes32(type(uint256).max), 0), bytes32(type(uint256).max - 255), "the low byte gives way");
    }

    function test_revealed_ofEveryLevel_namesThePlace() public view {
        for (uint256 n = 0; n < counts.length; ++n) {
            bytes32[] memory roots = _roots(counts[n]);
            bytes32[] memory leaves = _leaves(roots);
            uint256 depth = Trees.keccakDepth(counts[n]);
            bytes32 traceRoot = _sealed(Trees.keccakRoot(leaves), depth);
            for (uint256 level = 0; level < depth; ++level) {
                uint256 index = ((1 << level) - 1) & 5;
                TraceShown memory shown = _below(roots, leaves, level, index);
                bytes32 name = keccak256(abi.encode(TRACE, level, index, shown.hashes.length));
                eq(this.revealed(shown, traceRoot), name, "shown");
                eq(this.demanded(depth, uint64((level << 32) | index)), name, "as it is asked for");
            }
        }
    }

    function test_revealed_ofAnotherTrace_reverts() public {
        bytes32[] memory roots = _roots(130);
        bytes32[] memory leaves = _leaves(roots);
        bytes32 traceRoot = _sealed(Trees.keccakRoot(leaves), 8);
        for (uint256 level = 0; level < 8; ++level) {
            TraceShown memory shown = _below(roots, leaves, level, 0);
            shown.hashes[1] = keccak256("another");
            if (level == 0) {
                bytes32 computed = _sealed(Trees.keccakRoot(shown.hashes), 8);
                vm.expectRevert(abi.encodeWithSelector(TraceTree.NotTheTrace.selector, traceRoot, computed));
            } else {
                vm.expectPartialRevert(TraceTree.NotTheTrace.selector);
            }
            this.revealed(shown, traceRoot);
            bytes32[] memory given = shown.hashes;
            shown.hashes = new bytes32[](given.length / 2);
            vm.expectRevert(
                abi.encodeWithSelector(TraceTree.TraceHashes.selector, given.length, given.length / 2)
            );
            this.revealed(shown, traceRoot);
        }
        TraceShown memory other = _below(roots, leaves, 1, 0);
        other.index = 2;
        vm.expectRevert(abi.encodeWithSelector(KeccakTree.IndexBeyondTree.selector, 2, 1));
        this.revealed(other, traceRoot);
    }

    function test_noPlaceIsALeaf() public {
        bytes32[] memory roots = _roots(65);
        TraceShown memory shown = TraceShown(3, new bytes32[](7), new bytes32[](1));
        bytes32 traceRoot = _sealed(Trees.keccakRoot(_leaves(roots)), 7);
        bytes memory err = abi.encodeWithSelector(TensorPlaces.NoSuchPlace.selector, TRACE, 7, 3, 7);
        vm.expectRevert(err);
        this.revealed(shown, traceRoot);
        vm.expectRevert(err);
        this.demanded(7, (uint64(7) << 32) | 3);
    }
}
