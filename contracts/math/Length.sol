// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Lengths of reductions for which an error bound is defined.
library Length {
    /// @notice No bound is defined for so many operands; `most` are judged. No compiler makes such a row, and nobody
    /// serves a version that has one.
    error LengthNotJudged(uint256 length, uint256 most);

    /// @notice No bound is defined for a row with an attribute of these bits. No compiler makes such a row, either.
    error AttributeNotJudged(uint256 bits);

    // INVARIANT: what is not defined is refused. A verdict would free the element, or convict an honest run.
    function requireAtMost(uint256 most, uint256 length) internal pure {
        if (length > most) revert LengthNotJudged(length, most);
    }
}
