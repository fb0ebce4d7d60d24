/** Gas of the happy path and of a dispute on the shipped CNN, in whole transactions, and of a multiply-accumulate. */
import { hexlify } from "ethers";
import { network } from "hardhat";
import { readDigits, readModel } from "../../models/digits.ts";
import { commitRun } from "../../oracle/certify/certify.ts";
import { commitTrace, constantTrees, traceTrees } from "../../core/dispute/evidence.ts";
import { encodeTraceOpening, Prover } from "../../core/dispute/proof.ts";
import { twin } from "../../core/operators/index.ts";
import { compile } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { Opcode, type Node } from "../../core/program/types.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { deployVerifier } from "../../test/support/families.ts";
import { by, deployForTests, follow, mined, OPG, publish } from "../../test/support/protocol.ts";
import { productModel, type NumberKind } from "./models.ts";
import { openVerifierMeter } from "./verifierMeter.ts";

export interface JobGas {
  request: number;
  submit: number;
  finalize: number;
}

export interface DisputeGas {
  challenge: number;
  open: number;
  convict: number;
  /** Products of the convicted element. */
  products: number;
}

export interface ProductGas {
  /** Products of the element. */
  k: number;
  /** Gas of the verifier's execution, all of it, and of the whole transaction. */
  execution: number;
  transaction: number;
}

export interface GasFigures {
  job: JobGas;
  dispute: DisputeGas;
  chain: ProductGas[];
  int8: ProductGas[];
}

/** JobStatus of a job that is settled, and of one whose operator was slashed (contracts/types/Job.sol). */
const FINAL = 6n;
const CONVICTED = 10n;
/** The first block's time. A clock that always reads the same makes the same calldata, to the last zero byte. */
const START = 2_000_000_000;
/** Products of one element in the measured convolutions: one channel of 3×3 taps has nine. */
const CHANNELS = [8, 32, 128, 512] as const;

/** All figures; the same on every machine. */
export async function measureGas(): Promise<GasFigures> {
  const { job, dispute } = await measureProtocol();
  return { job, dispute, chain: await measureProducts("float32"), int8: await measureProducts("int8") };
}

async function measureProtocol(): Promise<{ job: JobGas; dispute: DisputeGas }> {
  const connection = await network.create();
  const { ethers, networkHelpers } = connection;
  let now = START;
  const tick = async (seconds = 12): Promise<void> => {
    now += seconds;
    await networkHelpers.time.setNextBlockTimestamp(now);
  };

  const verifier = await deployVerifier(connection);
  const protocol = await deployForTests(connection, { verifier });
  const { jobs, stakes, game, signers } = protocol;
  const [, operator, caller, watcher] = signers;

  const model = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
  const { version } = await publish(protocol, { programRoot: model.root });
  const reader = await ethers.deployContract("DigitReader", [
    jobs,
    { version, operator: ethers.ZeroAddress, fee: OPG, bond: 100n * OPG, callbackGas: 100_000, window: 600, deadline: 3600 },
  ]);
  await jobs.deposit(await reader.getAddress(), 1000n * OPG);
  await by(stakes, operator).bond(await jobs.getAddress(), 10_000n * OPG);
  await by(game, watcher).deposit(watcher.address, 1000n * OPG);

  const [first, second, third, fourth] = readDigits();
  const submitted = async (input: Uint8Array, output: Uint8Array) => {
    await tick();
    const requested = await mined(by(reader, caller).classify(input));
    let job = follow(protocol, requested);
    await tick();
    const answered = await mined(by(jobs, operator).submit(job, output));
    job = follow(protocol, answered, job);
    return { job, request: Number(requested.gasUsed), submit: Number(answered.gasUsed) };
  };

  // Twice each: the second time every balance is one that was there before.
  let job: JobGas | undefined;
  for (const { input } of [first, second]) {
    const output = lastOf(await run(model, input));
    const done = await submitted(input, output);
    await tick(600);
    const finalized = await mined(by(jobs, operator).finalize(done.job, output));
    if ((await jobs.statusOf(done.job.id)) !== FINAL) throw new Error("the job is not final");
    job = { request: done.request, submit: done.submit, finalize: Number(finalized.gasUsed) };
  }

  let dispute: DisputeGas | undefined;
  for (const { input } of [third, fourth]) {
    const lie = await lieOf(model, input);
    const { job: wrong } = await submitted(input, lie.output);
    await tick();
    const challenged = await mined(by(game, watcher).challenge(wrong));
    await tick();
    const opened = await mined(by(game, operator).open(wrong, lie.opening, "https://operator.example/jobs/1/tensors"));
    await tick();
    const convicted = await mined(by(game, watcher).convict(wrong, lie.proof, ethers.ZeroHash));
    if ((await jobs.statusOf(wrong.id)) !== CONVICTED) throw new Error("the job is not convicted");
    const [challenge, open, convict] = [challenged, opened, convicted].map(({ gasUsed }) => Number(gasUsed));
    dispute = { challenge, open, convict, products: lie.products };
    await tick();
    await mined(by(game, watcher).reclaim(wrong));
  }
  await connection.close();
  return { job: job!, dispute: dispute! };
}

const lastOf = (trace: readonly Uint8Array[]): Uint8Array => trace[trace.length - 1];

async function run(model: CompiledModel, input: Uint8Array): Promise<Uint8Array[]> {
  const tracer = await model.open(ortRuntime);
  const trace = await tracer.run([input]);
  await tracer.release();
  return trace;
}

const outputOf = ({ output: { source } }: Node): number => (source.kind === "computed" ? source.id : -1);

/** Products that one element of a convolution is the sum of. */
const productsOf = ({ opcode, inputs }: Node): number => (opcode === Opcode.Conv ? sizeOf(inputs[1]!.dims.slice(1)) : 0);

/**
 * A run with one number of the largest convolution altered by one unit in the last place, and everything after it
 * recomputed from that: the opening, and the proof about that number. The number is the one whose proof is longest.
 */
async function lieOf(model: CompiledModel, input: Uint8Array): Promise<{ output: Uint8Array; opening: string; proof: string; products: number }> {
  const { program } = model;
  const largest = program.nodes.reduce((best, node, i) => (productsOf(node) > productsOf(program.nodes[best]) ? i : best), 0);
  const node = program.nodes[largest];
  const trace = (await run(model, input)).map((bytes) => Uint8Array.from(bytes));
  const constant = constantTrees(program, (index, place) => model.constant(index, place));
  const prover = () => new Prover(program, traceTrees(commitTrace(program, trace), constant));

  const honest = prover();
  const lengths = Array.from({ length: sizeOf(node.output.dims) }, (_, element) => honest.prove(twin, largest, element).proof.length);
  const element = lengths.indexOf(Math.max(...lengths));
  trace[outputOf(node)][4 * element] ^= 1;
  for (const [later, next] of program.nodes.entries()) {
    if (later > largest) trace[outputOf(next)] = Uint8Array.from(await model.recompute(ortRuntime, later, (id) => trace[id]));
  }
  const guilty = prover();
  const { proof, admissible } = guilty.prove(twin, largest, element);
  if (admissible) throw new Error("the altered number is admissible");
  const roots = Array.from({ length: program.tensorCount }, (_, id) => guilty.trees.computed(id).root);
  const output = lastOf(trace);
  return { output, opening: encodeTraceOpening(program, roots, input, output), proof: hexlify(proof), products: productsOf(node) };
}

/** An inner element of convolutions of growing depth, asked of the real verifier. */
async function measureProducts(kind: NumberKind): Promise<ProductGas[]> {
  const verifier = await openVerifierMeter();
  const figures: ProductGas[] = [];
  for (const channels of CHANNELS) {
    const model = await compile(productModel(kind, channels), { runtime: ortRuntime });
    const index = 1;
    const prover = new Prover(model.program, await commitRun(model, ortRuntime, 1));
    // The middle of a 5×5 map: every tap lies inside.
    const { proof } = prover.prove(twin, index, 12);
    const { convicts, execution, transaction } = await verifier.measure(prover.programRoot, prover.traceRoot, proof);
    if (convicts) throw new Error(`the honest number of ${kind} with ${channels} channels is not admitted`);
    figures.push({ k: 9 * channels, execution, transaction });
  }
  await verifier.close();
  return figures;
}
