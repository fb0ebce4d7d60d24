// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";

/// @notice Asks a family about many elements in one call and meters each judgement. For tests and benchmarks.
contract BatchJudge {
    struct Case {
        bytes row;
        uint256 element;
        uint256 claimed;
        Opening[] inputs;
    }

    enum Verdict {
        INADMISSIBLE,
        ADMISSIBLE,
        REVERTED
    }

    /// @return verdicts in the order of the cases
    /// @return gas spent by each call of the family
    /// @return reasons what a reverted call returned; empty for the others
    function judge(IOpFamily family, Case[] calldata cases)
        external
        view
        returns (Verdict[] memory verdicts, uint256[] memory gas, bytes[] memory reasons)
    {
        verdicts = new Verdict[](cases.length);
        gas = new uint256[](cases.length);
        reasons = new bytes[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            Case calldata c = cases[i];
            uint256 before = gasleft();
            try family.admissible(c.row, c.element, c.claimed, c.inputs) returns (bool ok) {
                verdicts[i] = ok ? Verdict.ADMISSIBLE : Verdict.INADMISSIBLE;
            } catch (bytes memory reason) {
                verdicts[i] = Verdict.REVERTED;
                reasons[i] = reason;
            }
            gas[i] = before - gasleft();
        }
    }
}
