import { expect } from "chai";
import { hexlify } from "ethers";
import type { Deployed } from "../../oracle/certify/localChain.ts";
import { RecordingReader } from "../../core/merkle/recordingReader.ts";
import { LEAF } from "../../core/merkle/tensorTree.ts";
import { operatorOf } from "../../core/operators/index.ts";
import { FAMILIES, judgeOf, type FamilyName } from "../../core/program/families.ts";
import { encodeRow } from "../../core/program/row.ts";
import type { Node } from "../../core/program/types.ts";
import { BytesReader } from "../../core/tensor/reader.ts";
import { openChain } from "./chain.ts";
import { fromOrder, toOrder } from "./floats.ts";
import { commitOrders, type OpCase } from "./opCase.ts";

// Judging many elements in one call takes more gas than one transaction may have.
const chain = await openChain([...FAMILIES.map((name) => ["families", name] as const), ["mocks", "BatchJudge"]], () => undefined, 2_000_000_000);
const batch = await chain.deploy("mocks", "BatchJudge");
const deployed = new Map<FamilyName, Promise<Deployed>>();

function contractOf(node: Node): Promise<Deployed> {
  const name = judgeOf(node);
  const family = deployed.get(name) ?? chain.deploy("families", name);
  deployed.set(name, family);
  return family;
}

/** Asks the family of a case's operator a function that changes nothing. */
export const askFamily = async (c: OpCase, method: string, ...args: readonly unknown[]): Promise<unknown> =>
  (await chain.read(await contractOf(c.node), method, args))[0];

/** Name of the error with which the contract refuses to judge an element, given these openings; undefined if it gives a verdict. */
export async function refusal(c: OpCase, element: number, openings: readonly Opening[]): Promise<string | undefined> {
  const { address, abi } = await contractOf(c.node);
  const asked = [{ row: encodeRow(c.node), element, claims: [0n], inputs: openings }];
  const [verdicts, , reasons] = (await chain.read(batch, "judge", [address, asked])) as [bigint[], bigint[], string[]];
  return Number(verdicts[0]) === 2 ? (abi.parseError(reasons[0])?.name ?? reasons[0]) : undefined;
}

/** Leaves of an input with their content. */
export interface Opening {
  readonly leaves: readonly number[];
  readonly data: Uint8Array;
}

/** These leaves of bytes in commit order. */
export function opened(bytes: Uint8Array, wanted: Iterable<number>): Opening {
  const leaves = [...wanted].sort((a, b) => a - b);
  const data = new Uint8Array(LEAF * leaves.length);
  leaves.forEach((leaf, k) => data.set(bytes.subarray(leaf * LEAF, (leaf + 1) * LEAF), k * LEAF));
  return { leaves, data };
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
  inputs: Opening[];
  claims: Claim[];
}

const orders = new WeakMap<OpCase, (Uint8Array | undefined)[]>();

/** The inputs of a case in commit order, brought into it once. */
function committed(c: OpCase): (Uint8Array | undefined)[] {
  const order = orders.get(c) ?? commitOrders(c);
  orders.set(c, order);
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
    const order = committed(c);
    const readers = c.node.inputs.map((t, i) => (t === undefined || order[i] === undefined ? undefined : new BytesReader(t, order[i])));
    return operatorOf(c.node.opcode).admissible(c.node, element, claimed, readers);
  }

  /** The twin's verdict. With `expected` it must be that; the contract's must be the twin's in any case. */
  ask(c: OpCase, element: number, claimed: bigint, expected?: boolean): boolean {
    const { node } = c;
    const order = committed(c);
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
    const inputs = wanted.map((leaves, i) => opened(order[i] ?? new Uint8Array(), leaves));
    this.#questions.push({ case: c, element, row: encodeRow(node), inputs, claims: [claim] });
    return twin;
  }

  /** Asks the contracts everything that has been asked since the last time. */
  async settle(): Promise<void> {
    const questions = this.#questions;
    this.#questions = [];
    const family = (q: Question): FamilyName => judgeOf(q.case.node);
    for (let start = 0; start < questions.length; ) {
      // Small batches: the simulated node takes longer for every inner call, the more calldata the outer one has.
      let end = start;
      let bytes = 0;
      while (end < questions.length && family(questions[end]) === family(questions[start]) && end - start < 5 && bytes < 100_000) {
        bytes += questions[end].inputs.reduce((n, o) => n + o.data.length, 1000);
        end++;
      }
      const part = questions.slice(start, end);
      const { address } = await contractOf(part[0].case.node);
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
