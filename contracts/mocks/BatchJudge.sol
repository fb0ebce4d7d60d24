// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";

/// @notice Asks a family about many elements in one call and meters each judgement. For tests and benchmarks.
contract BatchJudge {
    /// @dev One element and the values that are claimed for it.
    struct Case {
        bytes row;
        uint256 element;
        uint256[] claims;
        Opening[] inputs;
    }

    enum Verdict {
        INADMISSIBLE,
        ADMISSIBLE,
        REVERTED
    }

    /// @return verdicts one for every claim, in the order of the cases
    /// @return gas spent by each call of the family
    /// @return reasons what a reverted call returned; empty for the others
    function judge(IOpFamily family, Case[] calldata cases)
        external
        view
        returns (Verdict[] memory verdicts, uint256[] memory gas, bytes[] memory reasons)
    {
        uint256 count;
        for (uint256 i = 0; i < cases.length; ++i) count += cases[i].claims.length;
        verdicts = new Verdict[](count);
        gas = new uint256[](count);
        reasons = new bytes[](count);
        uint256 next;
        for (uint256 i = 0; i < cases.length; ++i) {
            Case calldata c = cases[i];
            for (uint256 j = 0; j < c.claims.length; ++j) {
                uint256 free;
                assembly ("memory-safe") {
                    free := mload(0x40)
                }
                uint256 before = gasleft();
                try family.admissible(c.row, c.element, c.claims[j], c.inputs) returns (bool ok) {
                    verdicts[next] = ok ? Verdict.ADMISSIBLE : Verdict.INADMISSIBLE;
                    // The encoded call is not needed any more: memory stays small over hundreds of them.
                    assembly ("memory-safe") {
                        mstore(0x40, free)
                    }
                } catch (bytes memory reason) {
                    verdicts[next] = Verdict.REVERTED;
                    reasons[next] = reason;
                }
                gas[next++] = before - gasleft();
            }
        }
    }
}
