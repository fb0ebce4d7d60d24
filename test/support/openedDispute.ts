import { hexlify } from "ethers";
import { encodeTraceOpening } from "../../core/dispute/proof.ts";
import type { TensorTree } from "../../core/merkle/tensorTree.ts";
import { isRooted, rootsIn } from "../../core/program/jobOutput.ts";
import type { Program } from "../../core/program/types.ts";
import { OPG, by, follow, mined, type Job, type Protocol } from "./protocol.ts";

/**
 * A job whose input is given by roots, served by the second signer with this output, challenged by the fourth and opened:
 * the whole way on the real contracts, with the real opening.
 */
export async function openedDispute(
  protocol: Protocol,
  { version, program, trees, output }: { version: string; program: Program; trees: readonly TensorTree[]; output: Uint8Array },
): Promise<Job> {
  const { jobs, stakes, game, signers } = protocol;
  const [, operator, requester, watcher] = signers;
  await mined(by(stakes, operator).bond(await jobs.getAddress(), 10_000n * OPG));
  await mined(by(jobs, requester).deposit(requester.address, 1_000n * OPG));
  await mined(by(game, watcher).deposit(watcher.address, 1_000n * OPG));
  const { timestamp } = (await requester.provider!.getBlock("latest"))!;
  const terms = { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: 600, deadline: timestamp + 600 };
  const inputs = program.inputs.map((_, id) => trees[id].root);
  const asked = follow(protocol, await mined(by(jobs, requester).requestByRoots(terms, inputs, "https://requester.example/x")));
  const operated = by(jobs, operator);
  const submission = isRooted(program) ? operated.submitByRoots(asked, rootsIn(output), "https://operator.example/y") : operated.submit(asked, hexlify(output));
  const job = follow(protocol, await mined(submission), asked);
  await mined(by(game, watcher).challenge(job));
  const opening = encodeTraceOpening(program, trees.map(({ root }) => root), new Uint8Array(), output);
  await mined(by(game, operator).open(job, opening, "https://operator.example/t"));
  return job;
}
