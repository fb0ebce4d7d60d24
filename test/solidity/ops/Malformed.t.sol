// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {Convolution} from "../../../contracts/ops/Convolution.sol";
import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {Opcode, Rule} from "../../../contracts/types/Program.sol";
import {RowBuilder} from "../support/RowBuilder.sol";
import {TensorViews} from "../../../contracts/merkle/TensorView.sol";

/// @dev Rows and openings that no honest party makes: no verdict, but an error with what is wrong.
contract MalformedTest is Cheats {
    function test_admissible_leafMissing_reverts() public {
        Opening[] memory openings = _openings();
        openings[1] = Opening(new uint32[](0), "");
        IOpFamily family = IOpFamily(_create("FloatDot", ""));
        vm.expectRevert(abi.encodeWithSelector(TensorViews.LeafMissing.selector, 0));
        family.admissible(_convolution(11), 4, 0, openings);
    }

    function test_admissible_attributesMissing_reverts() public {
        IOpFamily family = IOpFamily(_create("FloatDot", ""));
        vm.expectRevert(abi.encodeWithSelector(Convolution.AttributesMalformed.selector, 10, 2));
        family.admissible(_convolution(10), 4, 0, _openings());
    }

    /// @dev Integers are equal or not; floats are rounded.
    function test_admissible_floatsUnderRuleEqual_reverts() public {
        bytes[] memory inputs = new bytes[](2);
        inputs[0] = inputs[1] = RowBuilder.tensor(1, RowBuilder.list(1));
        bytes memory row = RowBuilder.row(Opcode.ADD, Rule.EQUAL, 0, 0, inputs[0], inputs, new int256[](0));
        Opening[] memory openings = new Opening[](2);
        openings[0] = openings[1] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(0)));
        IOpFamily family = IOpFamily(_create("Arithmetic", ""));
        vm.expectRevert(abi.encodeWithSelector(IOpFamily.OpUnknown.selector, Opcode.ADD, Rule.EQUAL));
        family.admissible(row, 0, 0, openings);
    }

    /// @dev X is [1, 2, 3, 3], W is [1, 2, 2, 2], padded by one above and to the left: Y is [1, 1, 3, 3].
    function _convolution(uint256 attributes) private pure returns (bytes memory) {
        bytes[] memory inputs = new bytes[](3);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(1, 2, 3, 3));
        inputs[1] = RowBuilder.tensor(1, RowBuilder.list(1, 2, 2, 2));
        inputs[2] = RowBuilder.absent();
        int256[] memory a = new int256[](attributes);
        for (uint256 i = 0; i < attributes; ++i) a[i] = i == 1 || i == 2 ? int256(2) : (i == 7 || i == 8 ? int256(0) : int256(1));
        return RowBuilder.row(Opcode.CONV, Rule.CHAIN, 0, 0, RowBuilder.tensor(1, RowBuilder.list(1, 1, 3, 3)), inputs, a);
    }

    function _openings() private pure returns (Opening[] memory openings) {
        openings = new Opening[](3);
        openings[0] = RowBuilder.open(new bytes(72));
        openings[1] = RowBuilder.open(new bytes(32));
    }
}
