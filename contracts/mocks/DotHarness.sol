// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DotBound} from "../math/DotBound.sol";
import {FmaChain} from "../math/FmaChain.sol";
import {Int8Dot} from "../math/Int8Dot.sol";
import {Requantize} from "../math/Requantize.sol";

/// @notice Gives tests the dot-product kernels, with the gas that each of them used.
contract DotHarness {
    struct ChainCase {
        bytes a;
        bytes b;
        uint256 acc;
    }

    struct BoundCase {
        bytes a;
        bytes b;
        uint256 roundings;
        uint256 claimed;
        uint256 alpha;
        uint256 beta;
        uint256 c;
    }

    struct IntegerCase {
        bytes a;
        bytes b;
        bool signedA;
        bool signedB;
        int256 zeroA;
        int256 zeroB;
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

    /// @dev The vectors are fed in two pieces, as a long product would be.
    function bounds(BoundCase[] calldata cases) external view returns (bool[] memory results, uint256[] memory gas) {
        results = new bool[](cases.length);
        gas = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            BoundCase calldata c = cases[i];
            (uint256 a, uint256 b) = _load(c.a, c.b);
            uint256 count = c.a.length / 4;
            uint256 half = (count / 16) * 8;
            uint256 before = gasleft();
            (uint256 sums,) = _load(new bytes(288), "");
            DotBound.accumulate(sums, a, b, half);
            DotBound.accumulate(sums, a + 4 * half, b + 4 * half, count - half);
            results[i] = DotBound.admissible(sums, count, c.roundings, c.claimed, c.alpha, c.beta, c.c);
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

    function _load(bytes memory a, bytes memory b) private pure returns (uint256 positionA, uint256 positionB) {
        assembly ("memory-safe") {
            positionA := add(a, 32)
            positionB := add(b, 32)
        }
    }
}
