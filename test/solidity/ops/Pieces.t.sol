// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "../../../contracts/ops/Carried.sol";
import {Cheats} from "../support/Vm.sol";
import {IReductionFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {Opcode, Rule} from "../../../contracts/types/Program.sol";
import {RowBuilder} from "../support/RowBuilder.sol";

/// @dev However a reduction is divided, the same is carried in the end and the same claims are admissible.
contract PiecesTest is Cheats {
    IReductionFamily private immutable floats = IReductionFamily(_create("FloatDot", ""));
    IReductionFamily private immutable integers = IReductionFamily(_create("IntegerDot", ""));
    IReductionFamily private immutable accumulation = IReductionFamily(_create("Accumulation", ""));
    IReductionFamily private immutable lanes = IReductionFamily(_create("Lanes", ""));

    function testFuzz_matMul(uint256 seed, uint8 length, uint8[3] memory cuts, uint8 chunk, uint32 claimed) public view {
        uint256 count = 1 + length % 50;
        (bytes memory row, Opening[] memory o) = _matMul(seed, count, Rule.CHAIN, chunk % 20, 0);
        _check(floats, row, o, count, cuts, claimed);
        for (uint8 flags = 0; flags < 3; ++flags) {
            (row, o) = _matMul(seed, count, Rule.GEMV, 0, flags);
            _check(floats, row, o, count, cuts, claimed);
        }
    }

    /// @dev 5 channels of 3 taps, cut anywhere between two taps, with a bias, of which the first comes before the products.
    function testFuzz_conv(uint256 seed, uint8[3] memory cuts, uint8 chunk, bool first, uint32 claimed) public view {
        seed >>= 8; // room to count on from
        bytes[] memory inputs = new bytes[](3);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(1, 5, 3), RowBuilder.list(0, 2, 1));
        inputs[1] = RowBuilder.tensor(1, RowBuilder.list(1, 5, 3));
        inputs[2] = RowBuilder.tensor(1, RowBuilder.list(1));
        int256[] memory attributes = new int256[](6);
        (attributes[0], attributes[1], attributes[2], attributes[5]) = (1, 3, 1, 1);
        // The first tap falls into the padding.
        attributes[3] = 1;
        Opening[] memory o = new Opening[](3);
        for (uint256 i = 0; i < 3; ++i) o[i] = RowBuilder.open(_numbers(seed + i, i < 2 ? 15 : 1));
        bytes memory output = RowBuilder.tensor(1, RowBuilder.list(1, 1, 2));
        uint8 rule = seed & 1 == 0 ? Rule.CHAIN : Rule.GEMV;
        uint8 flags = (first ? 1 : 0) | (rule == Rule.GEMV && seed & 2 != 0 ? 2 : 0);
        bytes memory row =
            RowBuilder.row(Opcode.CONV, rule, flags, rule == Rule.CHAIN ? chunk % 9 : 0, output, inputs, attributes);
        _check(floats, row, o, 15, cuts, claimed);
    }

    /// @dev 4 channels under 2 × 3 taps, of which some fall into the padding, in a layout that `turn` chooses; cut anywhere
    /// between two channels of a tap.
    function testFuzz_qLinearConv(uint256 seed, uint8[3] memory cuts, bool turn, uint8 claimed) public view {
        seed >>= 8;
        bytes[] memory inputs = new bytes[](9);
        Opening[] memory o = new Opening[](9);
        uint256[] memory perm = turn ? RowBuilder.list(0, 2, 3, 1) : RowBuilder.list(0, 1, 2, 3);
        for (uint256 i = 0; i < 9; ++i) {
            bool scale = i == 1 || i == 4 || i == 6;
            inputs[i] = RowBuilder.tensor(scale ? 1 : 3, new uint256[](0));
            o[i] = RowBuilder.open(scale ? RowBuilder.floats(RowBuilder.list(0x3d000000)) : _bytes(seed + i, 1));
        }
        inputs[0] = RowBuilder.tensor(3, RowBuilder.list(1, 4, 3, 4), perm);
        o[0] = RowBuilder.open(_bytes(seed, 48));
        inputs[3] = RowBuilder.tensor(3, RowBuilder.list(1, 4, 2, 3), perm);
        o[3] = RowBuilder.open(_bytes(seed + 3, 24));
        inputs[8] = RowBuilder.tensor(6, RowBuilder.list(1));
        o[8] = RowBuilder.open(_bytes(seed + 8, 4));
        int256[] memory attributes = new int256[](11);
        // Strides 1 and 2, dilation 2 along the second axis.
        (attributes[0], attributes[1], attributes[2], attributes[3], attributes[4]) = (1, 2, 3, 1, 2);
        (attributes[5], attributes[6], attributes[9], attributes[10]) = (1, 1, 1, 2);
        bytes memory output = RowBuilder.tensor(3, RowBuilder.list(1, 1, 3, 1));
        bytes memory row = RowBuilder.row(Opcode.QLINEARCONV, Rule.EQUAL, 0, 0, output, inputs, attributes);
        _check(integers, row, o, 24, cuts, claimed);
    }

    function testFuzz_qLinearMatMul(uint256 seed, uint8 length, uint8[3] memory cuts, uint8 claimed) public view {
        uint256 count = 1 + length % 80;
        seed >>= 8;
        bytes[] memory inputs = new bytes[](8);
        Opening[] memory o = new Opening[](8);
        for (uint256 i = 0; i < 8; ++i) {
            bool scale = i == 1 || i == 4 || i == 6;
            bool operand = i == 0 || i == 3;
            inputs[i] = RowBuilder.tensor(scale ? 1 : 3, operand ? RowBuilder.list(count) : new uint256[](0));
            o[i] = RowBuilder.open(
                scale ? RowBuilder.floats(RowBuilder.list(0x3d000000)) : _bytes(seed + i, operand ? count : 1)
            );
        }
        bytes memory output = RowBuilder.tensor(3, new uint256[](0));
        bytes memory row = RowBuilder.row(Opcode.QLINEARMATMUL, Rule.EQUAL, 0, 0, output, inputs, new int256[](0));
        _check(integers, row, o, count, cuts, claimed);
    }

    /// @dev The mean over both axes, of which the second is the outer one in commit order.
    function testFuzz_reduceMean(uint256 seed, uint8 rows, uint8[3] memory cuts, uint32 claimed) public view {
        uint256 count = 7 * (1 + rows % 9);
        bytes[] memory inputs = new bytes[](1);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(count / 7, 7), RowBuilder.list(1, 0));
        int256[] memory axes = new int256[](2);
        axes[1] = 1;
        Opening[] memory o = new Opening[](1);
        o[0] = RowBuilder.open(_numbers(seed, count));
        bytes memory output = RowBuilder.tensor(1, new uint256[](0));
        bytes memory row = RowBuilder.row(Opcode.REDUCEMEAN, Rule.BOUND, 0, 0, output, inputs, axes);
        _check(accumulation, row, o, count, cuts, claimed);
    }

    /// @dev The same in every order of additions, over rows that begin anywhere modulo 16 bytes.
    function testFuzz_reduceMeanLanes(uint256 seed, uint8 length, uint8[3] memory cuts, uint8 order, uint32 claimed)
        public
        view
    {
        uint256 n = 1 + length % 40;
        bytes[] memory inputs = new bytes[](1);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(1, n));
        int256[] memory axes = new int256[](1);
        axes[0] = 1;
        Opening[] memory o = new Opening[](1);
        o[0] = RowBuilder.open(_numbers(seed, n));
        bytes memory output = RowBuilder.tensor(1, RowBuilder.list(1, 1));
        uint8[4] memory chunks = [8, 4, 1, 1];
        uint8 flags = order % 4 == 3 ? 1 : 0;
        bytes memory row = RowBuilder.row(Opcode.REDUCEMEAN, Rule.LANES, flags, chunks[order % 4], output, inputs, axes);
        _check(accumulation, row, o, n, cuts, claimed);
    }

    /// @dev Two passes over a row, cut anywhere in either.
    function testFuzz_softmaxLanes(uint256 seed, uint8 length, uint8[3] memory cuts, bool wide, uint32 claimed) public view {
        uint256 n = 1 + length % 40;
        bytes[] memory inputs = new bytes[](1);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(n));
        int256[] memory axes = new int256[](2);
        axes[1] = 1;
        Opening[] memory o = new Opening[](1);
        o[0] = RowBuilder.open(_numbers(seed, n));
        bytes memory row = RowBuilder.row(Opcode.SOFTMAX, Rule.LANES, 0, wide ? 16 : 8, inputs[0], inputs, axes);
        _check(lanes, row, o, 2 * n, cuts, claimed);
    }

    function testFuzz_layerNormalizationLanes(uint256 seed, uint8 length, uint8[3] memory cuts, uint32 claimed) public view {
        uint256 n = 1 + length % 40;
        bytes[] memory inputs = new bytes[](3);
        Opening[] memory o = new Opening[](3);
        for (uint256 i = 0; i < 3; ++i) {
            inputs[i] = RowBuilder.tensor(1, RowBuilder.list(n));
            o[i] = RowBuilder.open(_numbers((seed >> 8) + i, n));
        }
        int256[] memory attributes = new int256[](2);
        attributes[1] = 0x3727c5ac;
        bytes memory row = RowBuilder.row(Opcode.LAYERNORMALIZATION, Rule.LANES, 0, 8, inputs[0], inputs, attributes);
        _check(lanes, row, o, 2 * n, cuts, claimed);
    }

    function test_accumulate_pieceThatDoesNotGetAhead_reverts() public {
        (bytes memory row, Opening[] memory o) = _matMul(1, 10, Rule.CHAIN, 4, 0);
        bytes memory carried = floats.accumulate(row, 0, "", 6, o);
        for (uint256 until = 0; until < 7; until += 3) {
            vm.expectRevert(
                abi.encodeWithSelector(Carried.PositionOutOfRange.selector, 6, until, type(uint256).max)
            );
            floats.accumulate(row, 0, carried, until, o);
        }
        vm.expectRevert(abi.encodeWithSelector(Carried.PositionOutOfRange.selector, 6, 11, 10));
        floats.accumulate(row, 0, carried, 11, o);
        vm.expectRevert(
            abi.encodeWithSelector(
                Carried.PositionOutOfRange.selector, 6, type(uint256).max, type(uint256).max
            )
        );
        floats.accumulate(row, 0, carried, type(uint256).max, o);
    }

    function test_accumulate_carriedOfAnotherSize_reverts() public {
        (bytes memory row, Opening[] memory o) = _matMul(1, 10, Rule.GEMV, 0, 0);
        bytes memory carried = bytes.concat(floats.accumulate(row, 0, "", 6, o), bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(Carried.CarriedMalformed.selector, 160, 128));
        floats.accumulate(row, 0, carried, 8, o);
        vm.expectRevert(abi.encodeWithSelector(Carried.CarriedMalformed.selector, 160, 128));
        floats.admissibleAfter(row, 0, 0, carried, o);
    }

    /// @dev Cuts as they come, at most one at the end; the rest of the positions in one piece.
    function _check(
        IReductionFamily family,
        bytes memory row,
        Opening[] memory o,
        uint256 length,
        uint8[3] memory cuts,
        uint256 claimed
    ) private view {
        bytes memory carried;
        uint256 from;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 until = cuts[i] % (length + 1);
            if (until <= from) continue;
            carried = family.accumulate(row, 0, carried, until, o);
            from = until;
        }
        bytes memory whole = family.accumulate(row, 0, "", length, o);
        bool verdict = family.admissible(row, 0, claimed, o);
        yes(family.admissibleAfter(row, 0, claimed, carried, o) == verdict, "verdict");
        yes(family.admissibleAfter(row, 0, claimed, whole, o) == verdict, "verdict of the whole");
        if (from < length) carried = family.accumulate(row, 0, carried, length, o);
        eq(keccak256(carried), keccak256(whole), "carried");
    }

    function _matMul(uint256 seed, uint256 count, uint8 rule, uint32 chunk, uint8 flags)
        private
        pure
        returns (bytes memory row, Opening[] memory o)
    {
        seed >>= 8;
        bytes[] memory inputs = new bytes[](2);
        inputs[0] = inputs[1] = RowBuilder.tensor(1, RowBuilder.list(count));
        bytes memory output = RowBuilder.tensor(1, new uint256[](0));
        row = RowBuilder.row(Opcode.MATMUL, rule, flags, chunk, output, inputs, new int256[](0));
        o = new Opening[](2);
        o[0] = RowBuilder.open(_numbers(seed, count));
        o[1] = RowBuilder.open(_numbers(seed + 1, count));
    }

    /// @dev One seed in four gives any bits, the others numbers of one scale with a zero now and then.
    function _numbers(uint256 seed, uint256 count) private pure returns (bytes memory) {
        uint256[] memory bits = new uint256[](count);
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            bits[k] = uint32(random);
            if (seed & 12 != 0) bits[k] = (bits[k] & 0x807fffff) | ((120 + (random >> 32 & 15)) << 23);
            if (random >> 252 == 0) bits[k] = 0;
        }
        return RowBuilder.floats(bits);
    }

    function _bytes(uint256 seed, uint256 count) private pure returns (bytes memory data) {
        data = new bytes(count);
        for (uint256 k = 0; k < count; ++k) data[k] = bytes1(uint8(uint256(keccak256(abi.encode(seed, k)))));
    }
}
