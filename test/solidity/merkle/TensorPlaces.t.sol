// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorPlaces} from "../../../contracts/merkle/TensorPlaces.sol";
import {Cheats} from "../support/Vm.sol";

contract TensorPlacesTest is Cheats {
    function demanded(uint256 tensorId, uint256 depth, uint64 place) external pure returns (bytes32) {
        return TensorPlaces.demanded(tensorId, depth, place);
    }

    function _place(uint256 level, uint256 index) private pure returns (uint64) {
        return uint64((level << 32) | index);
    }

    function test_aPlaceOfTheLowestLevel_isALeaf() public view {
        for (uint256 depth = 0; depth < 20; ++depth) {
            uint256 index = (1 << depth) - 1;
            bytes32 expected = keccak256(abi.encode(uint256(9), depth, index, uint256(1)));
            eq(this.demanded(9, depth, _place(depth, index)), expected, "named by depth and index");
            eq(TensorPlaces.leaf(9, depth, index), expected, "as it is shown");
        }
    }

    /// Six levels at a time, or down to the leaves where fewer remain.
    function test_aPlaceAboveIt_isTheHashesSixLevelsDown() public view {
        for (uint256 depth = 1; depth < 20; ++depth) {
            for (uint256 level = 0; level < depth; ++level) {
                uint256 index = (1 << level) - 1;
                uint256 count = depth - level >= 6 ? 64 : 1 << (depth - level);
                bytes32 expected = keccak256(abi.encode(uint256(9), level, index, count));
                eq(this.demanded(9, depth, _place(level, index)), expected, "named by level, index and number");
                eq(TensorPlaces.hashes(9, level, index, count), expected, "as they are shown");
            }
        }
    }

    function test_aPlaceOutsideTheTree_reverts() public {
        for (uint256 depth = 0; depth < 4; ++depth) {
            vm.expectRevert(abi.encodeWithSelector(TensorPlaces.NoSuchPlace.selector, 9, depth + 1, 0, depth));
            this.demanded(9, depth, _place(depth + 1, 0));
            for (uint256 level = 0; level <= depth; ++level) {
                uint256 index = 1 << level;
                vm.expectRevert(abi.encodeWithSelector(TensorPlaces.NoSuchPlace.selector, 9, level, index, depth));
                this.demanded(9, depth, _place(level, index));
            }
        }
    }
}
