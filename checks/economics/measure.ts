/** Gas of the moves that the other snapshots leave out, whole transactions on the real contracts, at the sizes that matter. */
import { hexlify, keccak256, toBeHex, zeroPadValue } from "ethers";
import { network } from "hardhat";
import { encodeDemand, encodeReveal, type Place } from "../../core/dispute/places.ts";
import { encodeTraceOpening } from "../../core/dispute/proof.ts";
import { TensorTree } from "../../core/merkle/tensorTree.ts";
import { programTree, tracedTensors } from "../../core/program/program.ts";
import { byteLength, sizeOf } from "../../core/tensor/shape.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { Opcode, Rule, type Program } from "../../core/program/types.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import { deployVerifier } from "../../test/support/families.ts";
import { by, deployForTests, follow, mined, OPG, publish, type Job } from "../../test/support/protocol.ts";
import { LARGE, type MoveGas } from "./gas.ts";

const SMALL = { tensors: 16, bytes: 4 } as const;
/** A clock that always reads the same makes the same calldata, to the last zero byte. */
const START = 2_000_000_000;
const WINDOW = 600;
/** Most places that one demand of this measurement names. */
const PLACES = 64;

/** Bytes without zeros, for those are cheaper calldata; different for every seed. */
const bytesOf = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => 1 + ((i * 131 + seed * 17) % 255));

/** A chain of Relu, since only sizes matter here. Tensor 1 may be a large one. */
function chainOf(tensors: number, bytes: number, depth = 0): Program {
  const tensor = (id: number): Tensor => ({
    dtype: DType.float32,
    dims: [id === 1 && depth > 0 ? 256 * 2 ** depth : bytes / 4],
    perm: [0],
    source: { kind: "computed", id },
  });
  const spec = { name: "x", dtype: DType.float32, dims: [bytes / 4] };
  return {
    tensorCount: tensors,
    inputs: [spec],
    outputs: [{ ...spec, id: tensors - 1 }],
    nodes: Array.from({ length: tensors - 1 }, (_, i) => ({
      ...{ name: `n${i}`, op: "Relu", opcode: Opcode.Relu, rule: Rule.equal, chunk: 0, flags: 0, attributes: [] },
      output: tensor(i + 1),
      inputs: [tensor(i)],
    })),
  };
}

/** The same on every machine. */
export async function measureMoves(): Promise<MoveGas> {
  const connection = await network.create();
  const { networkHelpers } = connection;
  let now = START;
  const wait = async (seconds = 12): Promise<void> => networkHelpers.time.setNextBlockTimestamp((now += seconds));
  const verifier = await deployVerifier(connection);
  const protocol = await deployForTests(connection, { verifier, maxInputBytes: 32_768n, maxOutputBytes: 32_768n });
  const { opg, jobs, stakes, game, signers, parameters } = protocol;
  const [, operator, requester, watcher, rival] = signers;
  const gas = {} as MoveGas;
  const send = async (transaction: () => ReturnType<typeof mined>, key?: keyof MoveGas) => {
    await wait();
    const receipt = await transaction();
    if (key !== undefined) gas[key] = Number(receipt.gasUsed);
    return receipt;
  };

  await send(() => mined(by(stakes, operator).bond(jobs, 10_000n * OPG)));
  await send(() => mined(by(jobs, requester).deposit(requester.address, 1000n * OPG)));
  await send(() => mined(by(opg, watcher).approve(game, 10n ** 30n)), "approve");
  await send(() => mined(by(game, watcher).deposit(watcher.address, 10_000n * OPG)), "deposit");
  await send(() => mined(by(game, rival).deposit(rival.address, 1000n * OPG)));

  interface Opened {
    job: Job;
    program: Program;
    output: Uint8Array;
    trees: TensorTree[];
    open: () => ReturnType<typeof mined>;
  }
  const ask = async (version: string, input: Uint8Array, key?: keyof MoveGas): Promise<Job> => {
    const terms = { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: WINDOW, deadline: now + 600 };
    return follow(protocol, await send(() => mined(by(jobs, requester).request(terms, hexlify(input))), key));
  };
  /** A job of such a program, submitted and challenged; equal tensors share one tree. */
  const challenged = async (program: Program, large: boolean): Promise<Opened> => {
    const { version } = await publish(protocol, { programRoot: programTree(program).root });
    const specs = tracedTensors(program);
    const shared = new Map<number, TensorTree>();
    const trees = specs.map((spec, id) => {
      const kind = id === 0 ? -1 : sizeOf(spec.dims);
      const tree = shared.get(kind) ?? new TensorTree(spec, bytesOf(byteLength(spec), kind));
      shared.set(kind, tree);
      return tree;
    });
    const [input, output] = [trees[0].data, trees[specs.length - 1].data];
    let job = await ask(version, input, large ? "requestLarge" : undefined);
    job = follow(protocol, await send(() => mined(by(jobs, operator).submit(job, hexlify(output))), large ? "submitLarge" : undefined), job);
    await send(() => mined(by(game, watcher).challenge(job)));
    const opening = encodeTraceOpening(program, trees.map(({ root }) => root), input, output);
    return { job, program, output, trees, open: () => mined(by(game, operator).open(job, opening, "https://operator.example/jobs/1/tensors")) };
  };

  // Openings of every mixture of few and many tensors, few and many bytes.
  const small = await challenged(chainOf(SMALL.tensors, SMALL.bytes), false);
  await send(small.open, "openSmall");
  await send((await challenged(chainOf(LARGE.tensors, SMALL.bytes), false)).open, "openTensors");
  await send((await challenged(chainOf(SMALL.tensors, LARGE.bytes), true)).open, "openBytes");
  const large = await challenged(chainOf(LARGE.tensors, LARGE.bytes, LARGE.depth), false);
  await send(() => mined(by(game, rival).challenge(large.job)), "challengeLater");
  await send(large.open, "openLargest");

  // Demands and answers in the deepest tree, alone and many at once, far from one another.
  const { job, program, trees } = large;
  const leaf = (index: number): Place => ({ tensor: 1, level: LARGE.depth, index });
  const far = (i: number): number => (i * 2 ** LARGE.depth) / PLACES + 1;
  const leaves = Array.from({ length: PLACES }, (_, i) => leaf(far(i)));
  const hashes: Place = { tensor: 1, level: LARGE.depth - 6, index: 1 };
  const demanded = async (places: readonly Place[], key: keyof MoveGas) =>
    send(() => mined(by(game, watcher).demand(job, encodeDemand(program, places))), key);
  const revealed = async (places: readonly Place[], key: keyof MoveGas) =>
    send(() => mined(by(game, operator).reveal(job.id, encodeReveal(trees, places))), key);
  await demanded([leaf(0)], "demandLeaf");
  await revealed([leaf(0)], "revealLeaf");
  await demanded([hashes], "demandHashes");
  await revealed([hashes], "revealHashes");
  await demanded(leaves, "demandLeaves");
  // A transaction has at most 2^24 gas: a quarter of the leaves at a time.
  await revealed(leaves.slice(0, PLACES / 4), "revealLeaves");
  for (let i = 1; i < 4; ++i) await revealed(leaves.slice((i * PLACES) / 4, ((i + 1) * PLACES) / 4), "revealLeaves");

  // An answer that never comes.
  await send(() => mined(by(game, watcher).demand(small.job, encodeDemand(small.program, [{ tensor: 1, level: 0, index: 0 }]))));
  await wait(Number(parameters.revealPeriod));
  const [item] = await openItems(small.job);
  await send(() => mined(by(game, watcher).silence(small.job, item)), "silence");
  await send(() => mined(by(game, watcher).collect(small.job)), "collect");
  await send(() => mined(by(game, watcher).reclaim(small.job)), "reclaim");

  // An opening that never comes.
  const silent = await challenged(chainOf(SMALL.tensors, SMALL.bytes), false);
  await wait(Number(parameters.openPeriod));
  await send(() => mined(by(game, watcher).timeout(silent.job)), "timeout");
  await send(() => mined(by(game, watcher).collect(silent.job)));
  await send(() => mined(by(stakes, watcher).withdrawCredit(watcher.address, OPG)), "withdrawCredit");

  // Upheld.
  await wait(WINDOW + Number(parameters.openPeriod + parameters.provePeriod));
  await send(() => mined(by(game, operator).resolve(job)), "resolve");
  await send(() => mined(by(jobs, operator).finalize(job, hexlify(large.output))), "finalize");
  await send(() => mined(by(game, operator).withdraw(operator.address, OPG)), "withdraw");
  await send(() => mined(game.burn()), "burn");

  await send(() => mined(by(game, watcher).commit(keccak256("0x01"))), "commit");

  // Reserved and left, and called off.
  const { version } = await publish(protocol, { programRoot: keccak256(zeroPadValue(toBeHex(1), 32)) });
  const free = await ask(version, bytesOf(4, 1));
  const accepted = follow(protocol, await send(() => mined(by(jobs, operator).accept(free)), "accept"), free);
  await wait(Number(parameters.acceptPeriod));
  await send(() => mined(by(jobs, requester).cancel(accepted)), "cancel");
  await connection.close();
  return gas;

  async function openItems({ id }: Job): Promise<string[]> {
    const [event] = await game.queryFilter(game.filters.Demanded(id));
    return Array.from((event as unknown as { args: { items: string[] } }).args.items);
  }
}
