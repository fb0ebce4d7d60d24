// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {Opcode, Rule} from "../../../contracts/types/Program.sol";
import {RowBuilder} from "../support/RowBuilder.sol";

/// @dev x is u8 [1, 5, 4], w is s8 [2, 5, 3], one tap of padding on either side: y is u8 [1, 2, 4].
contract QLinearConvTest is Cheats {
    IOpFamily private immutable family = IOpFamily(_create("IntegerDot", ""));
    uint8 private constant U8 = 2;
    uint8 private constant S8 = 3;
    uint256 private constant SCALE = 0x3c000000; // 2^-7

    function testFuzz_admissible_isTheDefinition_inEitherLayout(uint256 seed, uint8 pick, uint8 zeroX, int8 zeroW) public view {
        uint256 element = pick % 8;
        (uint256 filter, uint256 column) = (element / 4, element % 4);
        int256 sum = filter == 0 ? int256(77) : int256(-1000);
        for (uint256 c = 0; c < 5; ++c) {
            for (uint256 t = 0; t < 3; ++t) {
                if (column + t == 0 || column + t == 5) continue;
                int256 x = int256(uint256(uint8(_byte(seed, 4 * c + column + t - 1))));
                int256 w = int256(int8(uint8(_byte(seed, 100 + 15 * filter + 3 * c + t))));
                sum += (x - int256(uint256(zeroX))) * (w - zeroW);
            }
        }
        // The scale is 2^-7 · 1 / 1, so the result is sum / 128 to the nearest, ties to even, clamped.
        int256 q = sum >> 7;
        int256 rest = sum - (q << 7);
        if (rest > 64 || (rest == 64 && q & 1 == 1)) ++q;
        q += 100;
        uint256 expected = q < 0 ? 0 : (q > 255 ? 255 : uint256(q));
        for (uint256 order = 0; order < 2; ++order) {
            (bytes memory row, Opening[] memory o) = _case(seed, zeroX, zeroW, order == 1, Rule.EQUAL);
            yes(family.admissible(row, element, expected, o), "right");
            yes(!family.admissible(row, element, expected ^ 1, o), "wrong");
            yes(!family.admissible(row, element, expected | 256, o), "more than a byte");
        }
    }

    function test_admissible_otherRule_reverts() public {
        (bytes memory row, Opening[] memory o) = _case(1, 0, 0, false, Rule.CHAIN);
        vm.expectRevert(abi.encodeWithSelector(IOpFamily.OpUnknown.selector, Opcode.QLINEARCONV, Rule.CHAIN));
        family.admissible(row, 0, 0, o);
    }

    function _case(uint256 seed, uint8 zeroX, int8 zeroW, bool channelLast, uint8 rule)
        private
        pure
        returns (bytes memory row, Opening[] memory o)
    {
        uint256[] memory perm = channelLast ? RowBuilder.list(0, 2, 1) : RowBuilder.list(0, 1, 2);
        uint256[] memory scalar = new uint256[](0);
        bytes[] memory inputs = new bytes[](9);
        inputs[0] = RowBuilder.tensor(U8, RowBuilder.list(1, 5, 4), perm);
        inputs[1] = inputs[4] = inputs[6] = RowBuilder.tensor(1, scalar);
        inputs[2] = inputs[7] = RowBuilder.tensor(U8, scalar);
        inputs[3] = RowBuilder.tensor(S8, RowBuilder.list(2, 5, 3), perm);
        inputs[5] = RowBuilder.tensor(S8, scalar);
        inputs[8] = RowBuilder.tensor(6, RowBuilder.list(2));
        int256[] memory attributes = new int256[](6);
        (attributes[0], attributes[1], attributes[2]) = (1, 3, 1);
        (attributes[3], attributes[4], attributes[5]) = (1, 1, 1);
        row = RowBuilder.row(
            Opcode.QLINEARCONV, rule, 0, 0, RowBuilder.tensor(U8, RowBuilder.list(1, 2, 4)), inputs, attributes
        );
        o = new Opening[](9);
        o[0] = RowBuilder.open(_x(seed, channelLast));
        o[1] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(SCALE)));
        o[2] = RowBuilder.open(abi.encodePacked(zeroX));
        o[3] = RowBuilder.open(_w(seed, channelLast));
        o[4] = o[6] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(0x3f800000)));
        o[5] = RowBuilder.open(abi.encodePacked(zeroW));
        o[7] = RowBuilder.open(hex"64"); // 100
        o[8] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(77, uint32(int32(-1000)))));
    }

    function _x(uint256 seed, bool channelLast) private pure returns (bytes memory x) {
        x = new bytes(20);
        for (uint256 c = 0; c < 5; ++c) {
            for (uint256 i = 0; i < 4; ++i) x[channelLast ? 5 * i + c : 4 * c + i] = bytes1(_byte(seed, 4 * c + i));
        }
    }

    function _w(uint256 seed, bool channelLast) private pure returns (bytes memory w) {
        w = new bytes(30);
        for (uint256 c = 0; c < 5; ++c) {
            for (uint256 i = 0; i < 6; ++i) {
                (uint256 filter, uint256 t) = (i / 3, i % 3);
                w[15 * filter + (channelLast ? 5 * t + c : 3 * c + t)] = bytes1(_byte(seed, 100 + 15 * filter + 3 * c + t));
            }
        }
    }

    function _byte(uint256 seed, uint256 i) private pure returns (bytes1) {
        return keccak256(abi.encode(seed, i))[0];
    }
}
