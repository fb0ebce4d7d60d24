// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {Convolution} from "../../../contracts/ops/Convolution.sol";
import {FmaChain} from "../../../contracts/math/FmaChain.sol";
import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {Opcode, Rule} from "../../../contracts/types/Program.sol";
import {RowBuilder} from "../support/RowBuilder.sol";
import {TensorViews} from "../../../contracts/merkle/TensorView.sol";

/// @dev X is [1, 2, 3, 3], W is [1, 2, 2, 2], padded by one above and to the left: Y is [1, 1, 3, 3].
contract ConvTest is Cheats {
    IOpFamily private immutable family = IOpFamily(_create("FloatDot", ""));

    function testFuzz_admissible_isTheDefinition_inEitherLayout(uint256 seed, uint8 pick) public view {
        uint256 element = pick % 9;
        uint256 expected = _expected(seed, element);
        for (uint256 order = 0; order < 2; ++order) {
            Opening[] memory openings = _openings(seed, order == 1);
            bytes memory chain = _row(order == 1, Rule.CHAIN, 11);
            yes(family.admissible(chain, element, expected, openings), "right");
            yes(!family.admissible(chain, element, expected ^ 1, openings), "wrong");
            bytes memory bounded = _row(order == 1, Rule.BOUND, 11);
            yes(family.admissible(bounded, element, expected, openings), "right, bound");
            yes(!family.admissible(bounded, element, expected ^ 0x80000000, openings), "wrong, bound");
        }
    }

    function test_admissible_leafMissing_reverts() public {
        Opening[] memory openings = _openings(1, false);
        openings[1] = Opening(new uint32[](0), "");
        vm.expectRevert(abi.encodeWithSelector(TensorViews.LeafMissing.selector, 0));
        family.admissible(_row(false, Rule.CHAIN, 11), 4, 0, openings);
    }

    function test_admissible_otherRule_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IOpFamily.OpUnknown.selector, Opcode.CONV, Rule.EQUAL));
        family.admissible(_row(false, Rule.EQUAL, 11), 4, 0, _openings(1, false));
    }

    function test_admissible_attributesMissing_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(Convolution.AttributesMalformed.selector, 10, 2));
        family.admissible(_row(false, Rule.CHAIN, 10), 4, 0, _openings(1, false));
    }

    function _row(bool channelLast, uint8 rule, uint256 attributes) private pure returns (bytes memory) {
        uint256[] memory perm = channelLast ? RowBuilder.list(0, 2, 3, 1) : RowBuilder.list(0, 1, 2, 3);
        bytes[] memory inputs = new bytes[](3);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(1, 2, 3, 3), perm);
        inputs[1] = RowBuilder.tensor(1, RowBuilder.list(1, 2, 2, 2), perm);
        inputs[2] = RowBuilder.absent();
        int256[] memory a = new int256[](attributes);
        for (uint256 i = 0; i < attributes; ++i) a[i] = i == 1 || i == 2 ? int256(2) : (i == 7 || i == 8 ? int256(0) : int256(1));
        bytes memory output = RowBuilder.tensor(1, RowBuilder.list(1, 1, 3, 3));
        return RowBuilder.row(Opcode.CONV, rule, 0, 0, output, inputs, a);
    }

    function _openings(uint256 seed, bool channelLast) private pure returns (Opening[] memory openings) {
        uint256[] memory x = new uint256[](18);
        uint256[] memory w = new uint256[](8);
        for (uint256 c = 0; c < 2; ++c) {
            for (uint256 p = 0; p < 9; ++p) x[channelLast ? 2 * p + c : 9 * c + p] = _number(seed, 9 * c + p);
            for (uint256 p = 0; p < 4; ++p) w[channelLast ? 2 * p + c : 4 * c + p] = _number(seed, 100 + 4 * c + p);
        }
        openings = new Opening[](3);
        openings[0] = RowBuilder.open(RowBuilder.floats(x));
        openings[1] = RowBuilder.open(RowBuilder.floats(w));
    }

    function _expected(uint256 seed, uint256 element) private pure returns (uint256 sum) {
        for (uint256 k = 0; k < 8; ++k) {
            (uint256 row, uint256 column) = (element / 3 + (k >> 1 & 1), element % 3 + (k & 1));
            uint256 x = row == 0 || column == 0 ? 0 : _number(seed, 9 * (k >> 2) + 3 * (row - 1) + column - 1);
            sum = FmaChain.fma(x, _number(seed, 100 + k), sum);
        }
    }

    /// @dev Positive, between 1/8 and 2: no result is near zero.
    function _number(uint256 seed, uint256 i) private pure returns (uint256) {
        uint256 random = uint256(keccak256(abi.encode(seed, i)));
        return (random & 0x7fffff) | ((124 + (random >> 30 & 3)) << 23);
    }
}
