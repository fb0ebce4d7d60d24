import { ZeroHash } from "ethers";
import { network } from "hardhat";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { TRANSACTION_GAS } from "../../core/dispute/budget.ts";
import { commitTrace, constantTrees, traceTrees } from "../../core/dispute/evidence.ts";
import { Prover } from "../../core/dispute/proof.ts";
import type { Hex } from "../../core/hex.ts";
import { twin } from "../../core/operators/index.ts";
import { jobOutput } from "../../core/program/jobOutput.ts";
import { traceTree } from "../../core/program/program.ts";
import { concatBytes } from "../../core/bytes.ts";
import { deployProtocol, readParameters } from "../../scripts/deploy.ts";
import { openedDispute } from "./openedDispute.ts";
import { by, deployForTests, mined, publish, type Protocol } from "./protocol.ts";

/** A conviction by the real contracts, as the chain tells it. */
export interface ConvictedJob {
  readonly id: bigint;
  readonly output: Uint8Array;
  readonly traceRoot: Hex;
  /** The part of the trace that the event of the opening shows. */
  readonly shown: Hex;
  /** Calldata of the transactions with the pieces, and of the one that convicted. */
  readonly advanced: readonly Hex[];
  readonly convicted: Hex;
}

/** The protocol with the real verifier. */
export async function deployWithVerifier(): Promise<Protocol> {
  const connection = await network.create();
  const { verifier } = await deployProtocol(connection, readParameters("local"));
  return deployForTests(connection, { verifier });
}

/** Has the operator submit and open this trace, and the watcher convict it by one element. @param trace row-major bytes of all tensors */
export async function convictedJob(protocol: Protocol, model: CompiledModel, trace: readonly Uint8Array[], node: number, element: number): Promise<ConvictedJob> {
  const { game, jobs, signers } = protocol;
  const [, , , watcher] = signers;
  const { program } = model;
  const { version } = await publish(protocol, { programRoot: model.root });
  const trees = commitTrace(program, trace);
  const output = jobOutput(program, concatBytes(program.outputs.map(({ id }) => trace[id])));
  const job = await openedDispute(protocol, { version, program, trees, output });
  const prover = new Prover(program, traceTrees(trees, constantTrees(program, (index, i) => model.constant(index, i))));
  const { pieces, proof, admissible } = prover.provePieces(twin, node, element);
  if (admissible) throw new Error("the twin admits the element");
  const gasLimit = TRANSACTION_GAS;
  const dataOf = async (sent: ReturnType<typeof mined>): Promise<Hex> => (await watcher.provider!.getTransaction((await sent).hash))!.data as Hex;
  const advanced: Hex[] = [];
  for (const piece of pieces) advanced.push(await dataOf(mined(by(game, watcher).advance(job, piece.until, piece.proof, { gasLimit }))));
  const convicted = await dataOf(mined(by(game, watcher).convict(job, proof, ZeroHash, { gasLimit })));
  if ((await jobs.statusOf(job.id)) !== 10n) throw new Error("the operator was not convicted");
  const roots = traceTree(trees.map(({ root }) => root));
  return { id: job.id, output, traceRoot: roots.root as Hex, shown: `0x${roots.below(0, 0).map((hash) => hash.slice(2)).join("")}`, advanced, convicted };
}
