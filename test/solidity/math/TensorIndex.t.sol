// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorIndex} from "../../../contracts/math/TensorIndex.sol";

contract TensorIndexTest {
    function unravel(uint256 element, uint256[] memory dims) external pure returns (uint256[] memory) {
        return TensorIndex.unravel(element, dims);
    }

    function _shape(uint256 seed) private pure returns (uint256[] memory dims, uint256 size) {
        dims = new uint256[](seed % 6);
        size = 1;
        for (uint256 a = 0; a < dims.length; ++a) {
            dims[a] = 1 + (uint256(keccak256(abi.encode(seed, a))) % 9);
            size *= dims[a];
        }
    }

    function testFuzz_unravel_isInverseOfRowMajorOffset(uint256 seed, uint256 element) public pure {
        (uint256[] memory dims, uint256 size) = _shape(seed);
        element %= size;
        uint256[] memory strides = new uint256[](dims.length);
        uint256 stride = 1;
        for (uint256 a = dims.length; a != 0;) {
            strides[--a] = stride;
            stride *= dims[a];
        }
        uint256[] memory c = TensorIndex.unravel(element, dims);
        for (uint256 a = 0; a < dims.length; ++a) assert(c[a] < dims[a]);
        assert(TensorIndex.offset(c, strides) == element);
    }

    function testFuzz_unravel_beyondTensor_reverts(uint256 seed, uint256 element) public view {
        (uint256[] memory dims, uint256 size) = _shape(seed);
        if (element < size) element += size;
        try this.unravel(element, dims) {
            assert(false);
        } catch (bytes memory reason) {
            assert(bytes4(reason) == TensorIndex.ElementOutOfRange.selector);
        }
    }
}
