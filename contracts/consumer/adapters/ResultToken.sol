// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IJobRegistry} from "../../interfaces/IJobRegistry.sol";
import {Job} from "../../types/Job.sol";
import {JobId} from "../../types/JobId.sol";
import {FinalResult} from "../FinalResult.sol";
import {IERC7007} from "../standards/IERC7007.sol";

/// @title Tokens for final results of one model version (ERC-7007)
/// @notice `prompt` is a job's input, `aigcData` its output, and `proof` is `abi.encode(job)` of a job without callback
/// (FinalResult). A token's id is the job's id, and the token goes to whoever asked for the job.
///
/// What may be trusted, and when:
/// - A token exists only for a final result. So its data never change, and the standard's updatable extension is not needed.
/// - Rationale for the id: by the standard's text a token is indexed by its prompt. But a prompt is public once it is asked, so
///   somebody else could ask it, too, and take the token first. A job belongs to its requester alone. Two jobs with the same
///   prompt make two tokens; whoever wants one per prompt looks at `promptOf`.
/// - Anyone may call `addAigcData`; it moves nothing but the new token, to its owner, and calls nobody (no `onERC721Received`).
contract ResultToken is ERC721, IERC7007 {
    /// @notice The proof does not show a final result of this prompt.
    error NotProved(uint256 tokenId);
    /// @notice The proof is that of another job.
    error WrongToken(uint256 tokenId, uint256 jobId);

    /// @notice The registry whose final results are taken.
    IJobRegistry public immutable jobs;
    /// @notice The version whose results are taken.
    bytes32 public immutable version;

    /// @notice Commitment to the prompt of a token, `keccak(0x00 ‖ prompt)`.
    mapping(uint256 tokenId => bytes32) public promptOf;

    constructor(IJobRegistry jobs_, bytes32 version_, string memory name_, string memory symbol_) ERC721(name_, symbol_) {
        (jobs, version) = (jobs_, version_);
    }

    /// @inheritdoc IERC7007
    /// @dev The token is made here: its job's requester gets it.
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external {
        if (!verify(prompt, aigcData, proof)) revert NotProved(tokenId);
        JobId id = abi.decode(proof, (Job)).id;
        if (JobId.unwrap(id) != tokenId) revert WrongToken(tokenId, JobId.unwrap(id));
        promptOf[tokenId] = FinalResult.commitmentOf(prompt);
        _mint(id.requester(), tokenId);
        emit AigcData(tokenId, prompt, aigcData, proof);
    }

    /// @inheritdoc IERC7007
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) public view returns (bool) {
        return FinalResult.isProved(
            jobs, version, FinalResult.commitmentOf(prompt), FinalResult.commitmentOf(aigcData), proof
        );
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7007).interfaceId || super.supportsInterface(interfaceId);
    }
}
