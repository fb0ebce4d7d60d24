/** What it takes to open a trace, by its number of tensors: a chain of Relu, little in and out, on the real contracts. */
import { getBytes, hexlify } from "ethers";
import { network } from "hardhat";
import { encodeTraceOpening } from "../oracle/core/dispute/proof.ts";
import { programTree } from "../oracle/core/program/program.ts";
import { DType, Opcode, Rule, type Program, type Tensor } from "../oracle/core/program/types.ts";
import { tensorRoot } from "../oracle/core/merkle/tensorTree.ts";
import { by, deployForTests, follow, mined, OPG, publish } from "../test/support/protocol.ts";

export interface Opening {
  readonly tensors: number;
  /** Calldata of the transaction. */
  readonly bytes: number;
  readonly gas: number;
}

const DIMS = [1, 8];
const VALUE = new Uint8Array(Float32Array.from({ length: 8 }, (_, i) => 1 + i / 7).buffer);

/** A program of so many computed tensors, the last of which is its output. */
export function chainOf(tensors: number): Program {
  const tensor = (id: number): Tensor => ({ dtype: DType.float32, dims: DIMS, perm: [0, 1], source: { kind: "computed", id } });
  return {
    tensorCount: tensors,
    inputs: [{ name: "x", dtype: DType.float32, dims: DIMS }],
    outputs: [{ name: "y", dtype: DType.float32, dims: DIMS, id: tensors - 1 }],
    nodes: Array.from({ length: tensors - 1 }, (_, i) => ({
      name: `n${i}`, op: "Relu", opcode: Opcode.Relu, rule: Rule.equal, chunk: 0, flags: 0, attributes: [], inputs: [tensor(i)], output: tensor(i + 1),
    })),
  };
}

/** Opens one trace of each length. Every step of the chain leaves the value as it is. */
export async function measureOpenings(lengths: readonly number[]): Promise<Opening[]> {
  const connection = await network.create();
  const { ethers } = connection;
  const families: string[] = [];
  for (const name of ["FloatDot", "IntegerDot", "Movement", "Quantization", "Arithmetic", "Statistics"]) {
    families.push(await (await ethers.deployContract(name)).getAddress());
  }
  const verifier = await (await ethers.deployContract("OpVerifier", [families])).getAddress();
  const protocol = await deployForTests(connection, { verifier });
  const { jobs, stakes, game, signers } = protocol;
  const [, operator, requester, watcher] = signers;
  await by(stakes, operator).bond(jobs, 100_000n * OPG);
  await by(jobs, requester).deposit(requester.address, 1000n * OPG);
  await by(game, watcher).deposit(watcher.address, 1000n * OPG);

  const results: Opening[] = [];
  for (const tensors of lengths) {
    const program = chainOf(tensors);
    const { version } = await publish(protocol, { programRoot: programTree(program).root });
    const now = await connection.networkHelpers.time.latest();
    const terms = { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: 600, deadline: now + 600 };
    let job = follow(protocol, await mined(by(jobs, requester).request(terms, hexlify(VALUE))));
    job = follow(protocol, await mined(by(jobs, operator).submit(job, hexlify(VALUE))), job);
    await mined(by(game, watcher).challenge(job));
    const root = tensorRoot({ dtype: DType.float32, dims: DIMS, perm: [0, 1] }, VALUE);
    const opening = encodeTraceOpening(program, Array.from({ length: tensors }, () => root), VALUE, VALUE);
    const sent = await by(game, operator).open(job, opening, "https://operator.example/jobs/1/tensors");
    const receipt = await mined(sent);
    results.push({ tensors, bytes: getBytes(sent.data).length, gas: Number(receipt.gasUsed) });
  }
  await connection.close();
  return results;
}
