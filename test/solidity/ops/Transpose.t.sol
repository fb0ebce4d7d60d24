// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {DType, Opcode, Rule} from "../../../contracts/types/Program.sol";
import {OpTest} from "../support/OpTest.sol";

contract TransposeTest is OpTest {
    IOpFamily internal immutable family = IOpFamily(_create("Movement", ""));

    /// @dev Output axis a is input axis perm[a], for all six permutations of three axes.
    function testFuzz_transpose_permutesAxes(uint256 seed, uint256 which) public view {
        uint256[] memory data = draw(seed, 24, 1 << 16);
        uint256[] memory dims = list(2, 3, 4);
        int32[] memory perm = new int32[](3);
        perm[0] = int32(int256(which % 3));
        perm[1] = int32(int256((which % 3 + 1 + which / 3 % 2) % 3));
        perm[2] = 3 - perm[0] - perm[1];
        uint256[] memory out = new uint256[](3);
        for (uint256 a = 0; a < 3; ++a) out[a] = dims[uint32(perm[a])];

        Input[] memory inputs = new Input[](1);
        inputs[0] = Input(tensor(4, dims), encode(data, 2));
        bytes memory r = row(Opcode.TRANSPOSE, Rule.EQUAL, tensor(4, out), inputs, perm);
        for (uint256 element = 0; element < 24; ++element) {
            uint256[] memory c = new uint256[](3);
            c[uint32(perm[0])] = element / (out[1] * out[2]);
            c[uint32(perm[1])] = element / out[2] % out[1];
            c[uint32(perm[2])] = element % out[2];
            uint256 value = data[c[0] * 12 + c[1] * 4 + c[2]];
            yes(judge(family, r, inputs, element, value), "the element");
            yes(!judge(family, r, inputs, element, value ^ 0x100), "another");
        }
    }
}
