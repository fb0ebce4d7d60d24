// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FmaChain} from "../math/FmaChain.sol";
import {Gemv} from "../math/Gemv.sol";
import {Int8Dot} from "../math/Int8Dot.sol";
import {Requantize} from "../math/Requantize.sol";
import {IDotHarness} from "./IDotHarness.sol";

/// @notice Gives tests the dot-product kernels, with the gas that each of them used.
contract DotHarness is IDotHarness {
    struct ChainCase {
        bytes a;
        bytes b;
        uint256 acc;
    }

    struct QuantizeCase {
        int256 sum;
        uint256 scaleX;
        uint256 scaleW;
        uint256 scaleY;
        int256 zero;
        bool signed;
    }

    function fma(uint256[3][] calldata operands) external pure returns (uint256[] memory results) {
        results = new uint256[](operands.length);
        for (uint256 i = 0; i < operands.length; ++i) {
            results[i] = FmaChain.fma(operands[i][0], operands[i][1], operands[i][2]);
        }
    }

    function chains(ChainCase[] calldata cases) external view returns (uint256[] memory results, uint256[] memory gas) {
        results = new uint256[](cases.length);
        gas = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            (uint256 a, uint256 b) = _load(cases[i].a, cases[i].b);
            uint256 before = gasleft();
            results[i] = FmaChain.accumulate(cases[i].acc, a, b, cases[i].a.length / 4);
            gas[i] = before - gasleft();
        }
    }

    struct GemvCase {
        bytes a;
        bytes b;
        uint256 cut; // where the second piece begins
        uint256 place;
        uint256 run;
    }

    /// @dev Both forms of every product, in two pieces, with the gas that all of it used.
    function gemv(GemvCase[] calldata cases)
        external
        view
        returns (uint256[] memory byGroups, uint256[] memory byRows, uint256[] memory gas)
    {
        byGroups = new uint256[](cases.length);
        byRows = new uint256[](cases.length);
        gas = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            GemvCase calldata c = cases[i];
            (uint256 a, uint256 b) = _load(c.a, c.b);
            uint256 count = c.a.length / 4;
            uint256 before = gasleft();
            (uint256 open, uint256 total) = Gemv.extend(0, 0, a, b, 0, c.cut, count, false);
            (, byGroups[i]) = Gemv.extend(open, total, a + 4 * c.cut, b + 4 * c.cut, c.cut, count, count, false);
            (uint256 packed,) = Gemv.extend(0, 0, a, b, 0, c.cut, count, true);
            (packed,) = Gemv.extend(packed, 0, a + 4 * c.cut, b + 4 * c.cut, c.cut, count, count, true);
            byRows[i] = Gemv.fold(packed, c.place, c.run);
            gas[i] = before - gasleft();
        }
    }

    function integers(IntegerCase[] calldata cases)
        external
        view
        returns (int256[] memory results, uint256[] memory gas)
    {
        results = new int256[](cases.length);
        gas = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            IntegerCase calldata c = cases[i];
            (uint256 a, uint256 b) = _load(c.a, c.b);
            uint256 before = gasleft();
            results[i] = Int8Dot.accumulate(a, b, c.a.length, c.signedA, c.signedB, c.zeroA, c.zeroB);
            gas[i] = before - gasleft();
        }
    }

    function quantize(QuantizeCase[] calldata cases)
        external
        pure
        returns (bool[] memory determined, int256[] memory results)
    {
        determined = new bool[](cases.length);
        results = new int256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            QuantizeCase calldata c = cases[i];
            (determined[i], results[i]) = Requantize.quantize(
                Requantize.wrap(c.sum),
                Requantize.factor(c.scaleX, c.scaleW, c.scaleY),
                c.zero,
                c.signed ? -128 : int256(0),
                c.signed ? int256(127) : int256(255)
            );
        }
    }

    /// @inheritdoc IDotHarness
    function fused(uint256 a, uint256 b, uint256 c) external pure returns (uint256) {
        return FmaChain.fma(a, b, c);
    }

    /// @inheritdoc IDotHarness
    function chain(uint256 acc, Piece calldata piece) external pure returns (uint256) {
        (uint256 a, uint256 b) = _from(piece);
        return FmaChain.accumulate(acc, a, b, piece.until - piece.from);
    }

    /// @inheritdoc IDotHarness
    function extend(uint256 open, uint256 total, Piece calldata piece, Schedule calldata s)
        external
        pure
        returns (uint256, uint256)
    {
        (uint256 a, uint256 b) = _from(piece);
        return FmaChain.extend(open, total, a, b, piece.from, piece.until, s.length, s.size, s.alpha);
    }

    /// @inheritdoc IDotHarness
    function groups(uint256 open, uint256 total, Piece calldata piece, uint256 length)
        external
        pure
        returns (uint256, uint256)
    {
        (uint256 a, uint256 b) = _from(piece);
        return Gemv.extend(open, total, a, b, piece.from, piece.until, length, false);
    }

    /// @inheritdoc IDotHarness
    function lanes(uint256 packed, Piece calldata piece) external pure returns (uint256) {
        (uint256 a, uint256 b) = _from(piece);
        (packed,) = Gemv.extend(packed, 0, a, b, piece.from, piece.until, piece.until, true);
        return packed;
    }

    /// @inheritdoc IDotHarness
    function fold(uint256 packed, uint256 place, uint256 run) external pure returns (uint256) {
        return Gemv.fold(packed, place, run);
    }

    /// @inheritdoc IDotHarness
    function integer(IntegerCase calldata c, uint256 count)
        external
        pure
        returns (int256 sum, bytes memory a, bytes memory b)
    {
        (a, b) = (c.a, c.b);
        (uint256 positionA, uint256 positionB) = _load(a, b);
        sum = Int8Dot.accumulate(positionA, positionB, count, c.signedA, c.signedB, c.zeroA, c.zeroB);
    }

    function _from(Piece calldata piece) private pure returns (uint256 a, uint256 b) {
        (a, b) = _load(piece.a, piece.b);
        (a, b) = (a + 4 * piece.from, b + 4 * piece.from);
    }

    function _load(bytes memory a, bytes memory b) private pure returns (uint256 positionA, uint256 positionB) {
        assembly ("memory-safe") {
            positionA := add(a, 32)
            positionB := add(b, 32)
        }
    }
}
