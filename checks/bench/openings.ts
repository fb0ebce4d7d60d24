/** What it takes to open a trace, by its number of tensors: a chain of Relu, little in and out, on the real contracts. */
import { getBytes, hexlify } from "ethers";
import { network } from "hardhat";
import { encodeTraceOpening } from "../../core/dispute/proof.ts";
import { jobOutput } from "../../core/program/jobOutput.ts";
import { programTree } from "../../core/program/program.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { Opcode, Rule, type Program } from "../../core/program/types.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import { tensorRoot } from "../../core/merkle/tensorTree.ts";
import { deployVerifier } from "../../test/support/families.ts";
import { by, deployForTests, follow, mined, OPG, publish } from "../../test/support/protocol.ts";

export interface Opening {
  readonly tensors: number;
  /** Calldata of the transaction. */
  readonly bytes: number;
  readonly gas: number;
}

/** A program of so many computed tensors of so many elements; the outputs are the last ones, the first of them last. */
export function chainOf(tensors: number, elements = 8, outputs = 1): Program {
  const dims = [1, elements];
  const tensor = (id: number): Tensor => ({ dtype: DType.float32, dims, perm: [0, 1], source: { kind: "computed", id } });
  return {
    tensorCount: tensors,
    inputs: [{ name: "x", dtype: DType.float32, dims }],
    outputs: Array.from({ length: outputs }, (_, i) => ({ name: `y${i}`, dtype: DType.float32, dims, id: tensors - 1 - i })),
    nodes: Array.from({ length: tensors - 1 }, (_, i) => ({
      name: `n${i}`, op: "Relu", opcode: Opcode.Relu, rule: Rule.equal, chunk: 0, flags: 0, attributes: [], inputs: [tensor(i)], output: tensor(i + 1),
    })),
  };
}

/** Opens a trace of every chain. Every step of it leaves the value as it is; no byte of that is zero. */
export async function measureOpenings(programs: readonly Program[]): Promise<Opening[]> {
  const connection = await network.create();
  const verifier = await deployVerifier(connection);
  const protocol = await deployForTests(connection, { verifier, maxInputBytes: 64n * 1024n, maxOutputBytes: 64n * 1024n });
  const { jobs, stakes, game, signers } = protocol;
  const [, operator, requester, watcher] = signers;
  await by(stakes, operator).bond(jobs, 100_000n * OPG);
  await by(jobs, requester).deposit(requester.address, 1000n * OPG);
  await by(game, watcher).deposit(watcher.address, 1000n * OPG);

  const results: Opening[] = [];
  for (const program of programs) {
    const [input] = program.inputs;
    const value = new Uint8Array(new Uint32Array(byteLength(input) / 4).fill(0x3f8a1b2c).buffer);
    const output = jobOutput(program, Buffer.concat(program.outputs.map(() => value)));
    const { version } = await publish(protocol, { programRoot: programTree(program).root });
    const now = await connection.networkHelpers.time.latest();
    const terms = { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: 600, deadline: now + 600 };
    let job = follow(protocol, await mined(by(jobs, requester).request(terms, hexlify(value))));
    job = follow(protocol, await mined(by(jobs, operator).submit(job, hexlify(output))), job);
    await mined(by(game, watcher).challenge(job));
    const root = tensorRoot({ ...input, perm: [0, 1] }, value);
    const opening = encodeTraceOpening(program, Array.from({ length: program.tensorCount }, () => root), value, output);
    const sent = await by(game, operator).open(job, opening, "https://operator.example/jobs/1/tensors");
    const receipt = await mined(sent);
    results.push({ tensors: program.tensorCount, bytes: getBytes(sent.data).length, gas: Number(receipt.gasUsed) });
  }
  await connection.close();
  return results;
}
