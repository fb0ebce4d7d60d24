/** Disputes in which the operator serves no tensor, played on the real contracts: transactions, rounds and gas. */
import { hexlify, keccak256, ZeroHash } from "ethers";
import { network } from "hardhat";
import { constantTrees } from "../../core/dispute/evidence.ts";
import { decodeDemand, decodeReveal, encodeDemand, encodeReveal } from "../../core/dispute/places.ts";
import { PartialTrace } from "../../core/dispute/partialTrace.ts";
import { decodeTop, encodeTraceOpening, Prover, type OpenTree } from "../../core/dispute/proof.ts";
import type { Move } from "../../core/dispute/game.ts";
import { nextMove } from "../../core/dispute/solver.ts";
import { TensorTree, toCommitOrder } from "../../core/merkle/tensorTree.ts";
import { twin } from "../../core/operators/index.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { TRACE } from "../../core/merkle/traceTree.ts";
import { outputId, traceTree, tracedTensors } from "../../core/program/program.ts";
import { byteLength, sizeOf } from "../../core/tensor/shape.ts";
import { Rule } from "../../core/program/types.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { deployVerifier } from "../../test/support/families.ts";
import { by, deployForTests, follow, mined, OPG, publish } from "../../test/support/protocol.ts";

export interface WithheldDispute {
  node: string;
  op: string;
  /** Leaves of the tensor that holds the lie, and the depth of its tree. */
  leaves: number;
  depth: number;
  /** Demands, each with its answer. */
  rounds: number;
  /** All transactions from the challenge to the conviction, the commitment among them. */
  transactions: number;
  gas: { challenge: number; open: number; demand: number; reveal: number; commit: number; advance: number; convict: number; total: number };
}

/** JobStatus of a job whose operator was slashed (contracts/types/Job.sol). */
const CONVICTED = 10n;
const START = 2_000_000_000;

/**
 * One dispute for every given node: its output altered in one element by one unit in the last place, everything
 * withheld. Every transaction is that of the shipped watcher and operator.
 * @param inputs row-major bytes of every graph input
 * @param nodes indices; nodes whose output is submitted are refused, since nobody can withhold it
 */
export async function measureWithheld(model: CompiledModel, inputs: readonly Uint8Array[], nodes: readonly number[]): Promise<WithheldDispute[]> {
  const { program } = model;
  const connection = await network.create();
  const { networkHelpers } = connection;
  let now = START;
  const tick = async (): Promise<void> => networkHelpers.time.setNextBlockTimestamp((now += 12));

  const verifier = await deployVerifier(connection);
  const protocol = await deployForTests(connection, { verifier });
  const { jobs, stakes, game, signers } = protocol;
  const [, operator, requester, watcher] = signers;
  const { version } = await publish(protocol, { programRoot: model.root });
  await by(stakes, operator).bond(jobs, 10_000n * OPG);
  await by(jobs, requester).deposit(requester.address, 1000n * OPG);
  await by(game, watcher).deposit(watcher.address, 10_000n * OPG);

  const tracer = await model.open(ortRuntime);
  const trace = await tracer.run(inputs);
  await tracer.release();
  const tensors = tracedTensors(program);
  const own = tensors.map((tensor, id) => new TensorTree(tensor, toCommitOrder(tensor, trace[id])));
  const output = Buffer.concat(program.outputs.map(({ id }) => trace[id]));
  const constant = constantTrees(program, (node, input) => model.constant(node, input));
  const solver = {
    constant,
    cache: new Map<string, TensorTree>(),
    recompute: (node: number, tensor: (id: number) => Uint8Array) => model.recompute(ortRuntime, node, tensor),
    twin,
    breathe: () => Promise.resolve(),
  };

  const results: WithheldDispute[] = [];
  for (const index of nodes) {
    const node = program.nodes[index];
    const id = outputId(node);
    if (node.rule === Rule.bound || program.outputs.some((spec) => spec.id === id)) throw new Error(`node ${node.name} is not for this`);
    const data = Uint8Array.from(own[id].data);
    const middle = Math.floor(sizeOf(node.output.dims) / 2) * (byteLength(node.output) / sizeOf(node.output.dims));
    data[middle] ^= 1;
    const claimed = own.map((tree, i) => (i === id ? new TensorTree(node.output, data) : tree));
    const roots = claimed.map(({ root }) => root);
    const gas = { challenge: 0, open: 0, demand: 0, reveal: 0, commit: 0, advance: 0, convict: 0, total: 0 };
    let transactions = 0;
    const send = async (kind: keyof typeof gas, transaction: () => ReturnType<typeof mined>) => {
      await tick();
      const receipt = await transaction();
      gas[kind] += Number(receipt.gasUsed);
      gas.total += Number(receipt.gasUsed);
      transactions++;
      return receipt;
    };

    await tick();
    const terms = { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: 600, deadline: now + 600 };
    const inline = inputs.reduce((n, bytes) => n + bytes.length, 0) <= 16_384;
    const bytes = Buffer.concat(inputs);
    const asked = inline
      ? by(jobs, requester).request(terms, hexlify(bytes))
      : by(jobs, requester).requestByRoots(terms, program.inputs.map((_, i) => own[i].root), "https://requester.example/input");
    let job = follow(protocol, await mined(asked));
    await tick();
    job = follow(protocol, await mined(by(jobs, operator).submit(job, hexlify(output))), job);
    await send("challenge", () => mined(by(game, watcher).challenge(job)));
    const opening = encodeTraceOpening(program, roots, inline ? bytes : new Uint8Array(), output);
    const opened = await send("open", () => mined(by(game, operator).open(job, opening, "https://operator.example/jobs/1/tensors")));
    const [event] = opened.logs.flatMap((log) => game.interface.parseLog(log) ?? []);
    const known = new PartialTrace(event.args.traceRoot as string, traceTree(own.map(({ root }) => root)));
    known.learn({ tensor: TRACE, hashes: { level: 0, index: 0, below: decodeTop(event.args.shown as string) }, siblings: [] });

    const shown: string[] = [];
    const withheld = new Set(roots.keys());
    const served = new Map(program.outputs.map((spec) => [spec.id, own[spec.id]] as const));
    let rounds = 0;
    let move: Move;
    for (;;) {
      const seen = { trace: known, rootsWithheld: true, served, withheld, shown: shown.flatMap(decodeReveal), pending: new Set<string>(), free: 64 };
      move = await nextMove({ program, own, ...seen }, solver);
      if (move.kind !== "demand") break;
      rounds++;
      const wanted = encodeDemand(program, move.places);
      await send("demand", () => mined(by(game, watcher).demand(job, wanted)));
      const answer = encodeReveal(claimed, decodeDemand(program, wanted));
      await send("reveal", () => mined(by(game, operator).reveal(job.id, answer)));
      shown.push(answer);
    }
    if (move.kind !== "convict" || move.node !== index) throw new Error(`the lie in ${node.name} was not found, but ${move.kind}`);
    const prover = new Prover<OpenTree>(program, { computed: move.trees, constant }, known);
    const { proof, admissible } = prover.prove(twin, index, move.element);
    if (admissible) throw new Error(`the lie in ${node.name} is admissible`);
    const salt = keccak256(ZeroHash);
    const commitment = await game.commitmentOf(job.id, watcher.address, keccak256(proof), salt);
    await send("commit", () => mined(by(game, watcher).commit(commitment)));
    await send("convict", () => mined(by(game, watcher).convict(job, proof, salt)));
    if ((await jobs.statusOf(job.id)) !== CONVICTED) throw new Error(`${node.name}: not convicted`);
    const { depth } = own[id];
    results.push({ node: node.name, op: node.op, leaves: Math.max(1, Math.ceil(data.length / 1024)), depth, rounds, transactions, gas });
  }
  await connection.close();
  return results;
}
