import { expect } from "chai";
import { getBytes, hexlify } from "ethers";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Deployed } from "../../oracle/certify/localChain.ts";
import { canonicalise } from "../../core/tensor/canonical.ts";
import { LEAF, toCommitOrder } from "../../core/merkle/tensorTree.ts";
import { operatorOf } from "../../core/operators/index.ts";
import { BytesReader } from "../../core/tensor/reader.ts";
import { RecordingReader } from "../../core/merkle/recordingReader.ts";
import { FAMILIES, familyOf, type FamilyName } from "../../core/program/families.ts";
import { decodeRow, encodeRow } from "../../core/program/row.ts";
import { DType, widthOf } from "../../core/tensor/dtype.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { Node } from "../../core/program/types.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import { openChain } from "./chain.ts";
import { SPECIAL_BITS, fromOrder, isFiniteBits, isNaNBits, toOrder } from "./floats.ts";
import type { Attribute } from "./onnxModel.ts";
import { runNode } from "./ort.ts";
import type { Random } from "./random.ts";

// Judging many elements in one call takes more gas than one transaction may have.
const chain = await openChain([...FAMILIES.map((name) => ["families", name] as const), ["mocks", "BatchJudge"]], () => undefined, 2_000_000_000);
const batch = await chain.deploy("mocks", "BatchJudge");
const deployed = new Map<FamilyName, Promise<Deployed>>();

function contractOf(opcode: number): Promise<Deployed> {
  const name = familyOf(opcode);
  const family = deployed.get(name) ?? chain.deploy("families", name);
  deployed.set(name, family);
  return family;
}

/** A node of a program with the values of its inputs (row-major bytes). */
export interface OpCase {
  readonly node: Node;
  readonly inputs: readonly (Uint8Array | undefined)[];
}

/** A case together with how ONNX writes it. */
export interface OnnxCase extends OpCase {
  readonly onnx: { op: string; attributes?: Record<string, Attribute>; opset?: number };
  /** Inputs as ONNX has them, where they are not the row's. */
  readonly onnxInputs?: readonly ({ dtype: number; dims: readonly number[]; raw: Uint8Array; constant?: boolean } | null)[];
}

/** A computed tensor with a commit order: a random one, or row-major. */
export function tensor(dtype: DType, dims: readonly number[], random?: Random): Tensor {
  const axes = dims.map((_, a) => a);
  return { dtype, dims, perm: random === undefined ? axes : random.shuffle(axes), source: { kind: "computed", id: 0 } };
}

/** The output of the runtime itself, row-major. */
export async function honestOutput(c: OnnxCase): Promise<Uint8Array> {
  const inputs =
    c.onnxInputs ??
    c.node.inputs.map((t, i) => {
      const raw = c.inputs[i];
      return t === undefined || raw === undefined ? null : { dtype: t.dtype, dims: t.dims, raw };
    });
  const [output] = await runNode({ ...c.onnx, inputs, outputs: [{ dtype: c.node.output.dtype }] });
  expect(output.raw.length, `${c.onnx.op} gives ${output.dims}`).to.equal(byteLength(c.node.output));
  return output.raw;
}

/** Row-major bytes of a computed tensor as they are committed; the argument stays as it is. */
export function canonicalBytes(dtype: DType, raw: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(raw);
  if (dtype === DType.float32) canonicalise(new Int32Array(copy.buffer));
  return copy;
}

/** The output of the canonical run as an operator commits it. */
export const canonicalOutput = async (c: OnnxCase): Promise<Uint8Array> =>
  canonicalBytes(c.node.output.dtype, await honestOutput(c));

/** An element of row-major bytes as its little-endian bits. */
export function bitsAt(raw: Uint8Array, dtype: DType, element: number): bigint {
  const width = widthOf(dtype);
  let bits = 0n;
  for (let i = width - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(raw[element * width + i]);
  return bits;
}

interface Claim {
  value: bigint;
  label: string;
  twin: boolean;
}

/** One element of a case and everything claimed for it. */
interface Question {
  case: OpCase;
  element: number;
  row: Uint8Array;
  inputs: { leaves: number[]; data: Uint8Array }[];
  claims: Claim[];
}

const orders = new WeakMap<OpCase, (Uint8Array | undefined)[]>();

/** The inputs of a case in commit order. */
function commitOrders(c: OpCase): (Uint8Array | undefined)[] {
  let order = orders.get(c);
  if (order === undefined) {
    order = c.node.inputs.map((t, i) => {
      const raw = c.inputs[i];
      return t === undefined || raw === undefined ? undefined : toCommitOrder(t, raw);
    });
    orders.set(c, order);
  }
  return order;
}

/** Collects judgements of the twin and then asks the contract for the same ones, many in a call. */
export class Judge {
  #questions: Question[] = [];
  /** Gas of every judgement, in the order of the questions. */
  readonly gas: number[] = [];
  asked = 0;

  /** The twin's verdict, without asking the contract. */
  probe(c: OpCase, element: number, claimed: bigint): boolean {
    const order = commitOrders(c);
    const readers = c.node.inputs.map((t, i) => (t === undefined || order[i] === undefined ? undefined : new BytesReader(t, order[i])));
    return operatorOf(c.node.opcode).admissible(c.node, element, claimed, readers);
  }

  /** The twin's verdict. With `expected` it must be that; the contract's must be the twin's in any case. */
  ask(c: OpCase, element: number, claimed: bigint, expected?: boolean): boolean {
    const { node } = c;
    const order = commitOrders(c);
    const readers = node.inputs.map((t, i) => {
      const data = order[i];
      return t === undefined || data === undefined ? undefined : new RecordingReader(new BytesReader(t, data));
    });
    const { name, admissible } = operatorOf(node.opcode);
    const twin = admissible(node, element, claimed, readers);
    const label = `${name} #${this.asked++} element ${element} claimed 0x${claimed.toString(16)}`;
    if (expected !== undefined && twin !== expected) {
      expect.fail(`${label}: the twin says ${twin}\n${JSON.stringify(node)}\n${c.inputs.map((raw) => raw && hexlify(raw)).join("\n").slice(0, 4000)}`);
    }
    const wanted = readers.map((reader) => (reader === undefined ? [] : [...reader.leaves].sort((a, b) => a - b)));
    const claim = { value: claimed, label, twin };
    const last = this.#questions.at(-1);
    if (last?.case === c && last.element === element && last.inputs.every((o, i) => o.leaves.join() === wanted[i].join())) {
      last.claims.push(claim);
      return twin;
    }
    const inputs = wanted.map((leaves, i) => {
      const data = new Uint8Array(LEAF * leaves.length);
      leaves.forEach((leaf, k) => data.set(order[i]!.subarray(leaf * LEAF, (leaf + 1) * LEAF), k * LEAF));
      return { leaves, data };
    });
    this.#questions.push({ case: c, element, row: encodeRow(node), inputs, claims: [claim] });
    return twin;
  }

  /** Asks the contracts everything that has been asked since the last time. */
  async settle(): Promise<void> {
    const questions = this.#questions;
    this.#questions = [];
    const family = (q: Question): FamilyName => familyOf(q.case.node.opcode);
    for (let start = 0; start < questions.length; ) {
      // Small batches: the simulated node takes longer for every inner call, the more calldata the outer one has.
      let end = start;
      let bytes = 0;
      while (end < questions.length && family(questions[end]) === family(questions[start]) && end - start < 5 && bytes < 100_000) {
        bytes += questions[end].inputs.reduce((n, o) => n + o.data.length, 1000);
        end++;
      }
      const part = questions.slice(start, end);
      const { address } = await contractOf(part[0].case.node.opcode);
      const asked = part.map(({ row, element, claims, inputs }) => ({ row, element, claims: claims.map((c) => c.value), inputs }));
      const [verdicts, gas, reasons] = (await chain.read(batch, "judge", [address, asked])) as [bigint[], bigint[], string[]];
      let i = 0;
      for (const q of part)
        for (const { label, twin } of q.claims) {
          const verdict = Number(verdicts[i]);
          if (verdict !== (twin ? 1 : 0)) {
            expect.fail(`${label}: the twin says ${twin}, the contract ${verdict === 2 ? `reverts with ${reasons[i]}` : verdict === 1}\n${hexlify(q.row)}\n${q.inputs.map((o) => hexlify(o.data.subarray(0, 150))).join("\n")}`);
          }
          this.gas.push(Number(gas[i]));
          i++;
        }
      start = end;
    }
  }

  /** Golden cases: test/vectors/ops/NAME.json, which OPG_WRITE_VECTORS=1 writes anew from `cases`. */
  async vectors(name: string, cases: () => Promise<readonly Vector[]>): Promise<void> {
    const file = join(import.meta.dirname, "..", "vectors", "ops", `${name}.json`);
    if (process.env.OPG_WRITE_VECTORS === "1") {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `[\n${(await cases()).map((v) => `  ${JSON.stringify(v)}`).join(",\n")}\n]\n`);
    }
    expect(existsSync(file), file).to.equal(true);
    const vectors = JSON.parse(readFileSync(file, "utf8")) as Vector[];
    expect(vectors.length).to.be.greaterThan(3);
    for (const v of vectors) {
      const node = decodeRow(getBytes(v.row));
      expect(operatorOf(node.opcode).name).to.equal(name);
      const inputs = v.inputs.map((raw) => (raw === null ? undefined : getBytes(raw)));
      this.ask({ node, inputs }, v.element, BigInt(v.claimed), v.admissible);
    }
    await this.settle();
  }
}

/** A golden case: inputs are row-major bytes, `claimed` the element's little-endian bits. */
export interface Vector {
  about: string;
  row: string;
  inputs: (string | null)[];
  element: number;
  claimed: string;
  admissible: boolean;
}

export function vector(about: string, c: OpCase, element: number, claimed: bigint, admissible: boolean): Vector {
  return {
    about,
    row: hexlify(encodeRow(c.node)),
    inputs: c.inputs.map((raw) => (raw === undefined ? null : hexlify(raw))),
    element,
    claimed: `0x${claimed.toString(16)}`,
    admissible,
  };
}

/** The neighbours of a float32 in the order of numbers: one unit in the last place below and above. */
export function neighbours(bits: number): number[] {
  if (isNaNBits(bits)) return [];
  const order = toOrder(bits);
  return [order - 1, order + 1].map(fromOrder).filter((b) => !isNaNBits(b));
}

/** Wrong values for a float32, a neighbour and one of another kind; none of them equals it. */
export function corruptions(bits: number, random: Random): number[] {
  const others = [
    (bits ^ 0x80000000) >>> 0,
    (bits ^ (1 << random.int(0, 31))) >>> 0,
    0,
    0x7fc00000,
    0x7f800000,
    0xff800000,
    random.pick(SPECIAL_BITS),
    random.u32(),
  ];
  const near = neighbours(bits);
  const wrong = [...(near.length > 0 ? [random.pick(near)] : []), random.pick(others)];
  return wrong.filter((w) => !(w === bits || (isNaNBits(w) && isNaNBits(bits)) || ((w | bits) & 0x7fffffff) === 0));
}

/** The first float32 past `inside`, upwards or downwards, that the judgement does not admit. */
export function edge(inside: number, direction: 1 | -1, admits: (bits: number) => boolean): number {
  let good = toOrder(inside);
  let bad = toOrder(direction === 1 ? 0x7f800000 : 0xff800000);
  if (admits(fromOrder(bad))) throw new Error("even infinity is admissible");
  while (Math.abs(bad - good) > 1) {
    const middle = Math.trunc((good + bad) / 2);
    if (admits(fromOrder(middle))) good = middle;
    else bad = middle;
  }
  return fromOrder(bad);
}

export { isFiniteBits };
