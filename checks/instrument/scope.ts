import { list } from "./compile.ts";

/** Contracts, and the tests that must notice whatever happens to them, with what else these deploy. */
export interface Scope {
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

/** The verifier and what it consists of. */
const VERIFIER = ["OpVerifier", "ProofCodec", "FamilyCall"].map((name) => `contracts/dispute/${name}.sol`);

/** What holds money and keeps the clocks, what authenticates, and what puts questions to families; each is compiled by itself. */
export const scopes = (): Scope[] => [
  {
    files: list("contracts/{jobs,staking,dispute}/*.sol").filter((file) => !VERIFIER.includes(file)),
    tests: list("test/solidity/{jobs,staking,dispute,attacks,token}/**/*.t.sol"),
  },
  {
    files: list("contracts/merkle/*.sol"),
    tests: [...list("test/solidity/merkle/**/*.t.sol"), "contracts/mocks/MerkleHarness.sol"],
  },
  {
    files: VERIFIER,
    tests: list("test/solidity/verifier/**/*.t.sol"),
  },
];
