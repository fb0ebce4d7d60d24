/**
 * What a job and a dispute over it cost, by the same measured gas and the same sums as docs/economics.md. Gas is of whole
 * transactions.
 */
import { leastBond } from "../../../checks/economics/claims.ts";
import type { Constants } from "../../../checks/economics/constants.ts";
import { gasTable, LARGE, modelSizes, roundsIn, type Figures, type ModelSize } from "../../../checks/economics/gas.ts";
import { defenceGas, prosecutionGas, slash } from "../../../checks/economics/scenarios.ts";
import { challengePrice, demandPrice } from "../../../core/dispute/prices.ts";

/** What costs depend on. */
export interface Question {
  readonly tensors: number;
  /** Products of the longest element, and of which kind. */
  readonly products: number;
  readonly kind: "chain" | "int8";
  /** Of the largest computed tensor. */
  readonly largestBytes: number;
  /** Leaves of outputs under a bound: none in portable form. */
  readonly boundLeaves: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly callbackGas: number;
  /** OPG. */
  readonly fee: number;
  readonly bond: number;
  /** Gwei, and dollars for an ether and for an OPG. */
  readonly gasPrice: number;
  readonly ether: number;
  readonly opg: number;
}

export interface Move {
  readonly what: string;
  readonly who: string;
  readonly gas: number;
}

export interface Payment {
  readonly what: string;
  readonly who: string;
  /** OPG in its smallest unit. */
  readonly amount: bigint;
}

export interface Answer {
  readonly job: readonly Move[];
  readonly dispute: readonly Move[];
  readonly payments: readonly Payment[];
  /** Gas of the judgement of the longest element alone. */
  readonly verdict: number;
  /** Rounds of demand and answer until a withheld element is shown. */
  readonly rounds: number;
  /** OPG in its smallest unit. */
  readonly leastBond: bigint;
}

/** Bytes of input and output in the measured job. */
const MEASURED = { input: 256, output: 40 } as const;
/** On chain a larger output is the root of each tensor; one is assumed. */
const ROOT_BYTES = 32;
const LEAF = 1024;

/** A straight line through two measured points. */
const line = (x: number, [x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]): number =>
  Math.ceil(y0 + ((y1 - y0) * (x - x0)) / (x1 - x0));

/** OPG in its smallest unit. */
export const units = (opg: number): bigint => BigInt(Math.round(opg * 1e6)) * 10n ** 12n;

/** What the gas costs, in ethers and dollars, and in OPG of the same worth. */
export function priceOf(gas: number, { gasPrice, ether, opg }: Question): { ether: number; dollars: number; opg: number } {
  const ethers = gas * gasPrice * 1e-9;
  return { ether: ethers, dollars: ethers * ether, opg: opg > 0 ? (ethers * ether) / opg : Infinity };
}

/** What `ModelSize` says of such a model, and the bytes that stand on chain. */
function sizeOf(q: Question, { maxInputBytes, maxOutputBytes }: Constants): ModelSize & { readonly input: number; readonly output: number } {
  const inline = q.inputBytes <= Number(maxInputBytes);
  const output = q.outputBytes <= Number(maxOutputBytes) ? q.outputBytes : ROOT_BYTES;
  const depth = Math.ceil(Math.log2(Math.max(1, q.largestBytes / LEAF)));
  const { tensors, products, boundLeaves } = q;
  // An input by roots brings its roots and an address: no more than the measured job's input.
  const input = inline ? q.inputBytes : MEASURED.input;
  return { name: "asked for", tensors, products, boundLeaves, depth, bytes: (inline ? q.inputBytes : 0) + output, input, output };
}

export function costs(q: Question, figures: Figures, c: Constants): Answer {
  const gas = gasTable(figures, q.kind);
  const size = sizeOf(q, c);
  const rounds = roundsIn(size);
  const [fee, bond] = [units(q.fee), units(q.bond)];
  const { compensation, reward, burned } = slash(c, bond);
  const demand = demandPrice(c, bond);
  // OPG in its smallest unit for one gas, as docs/economics.md has it.
  const price = BigInt(Math.round(Math.min(priceOf(1, q).opg, 1e9) * 1e18));
  return {
    job: [
      { what: "request", who: "requester", gas: line(size.input, [MEASURED.input, gas.request], [LARGE.bytes, gas.moves.requestLarge]) },
      { what: "submit", who: "operator", gas: line(size.output, [MEASURED.output, gas.submit], [LARGE.bytes, gas.moves.submitLarge]) },
      {
        what: "finalize, with all gas of the callback",
        who: "whoever is first; the operator's daemon by itself",
        gas: line(size.output, [MEASURED.output, gas.finalize], [LARGE.bytes, gas.moves.finalize]) + q.callbackGas,
      },
    ],
    dispute: [
      { what: "convict a lie, its trace is served", who: "challenger", gas: prosecutionGas(gas, size, 0) },
      { what: `convict a lie, everything is withheld (${rounds} rounds)`, who: "challenger", gas: prosecutionGas(gas, size, rounds) },
      { what: "open the trace, and end the dispute of an honest result", who: "operator", gas: defenceGas(gas, size) },
    ],
    payments: [
      { what: "fee", who: "requester, to operator and publisher; back if there is no result", amount: fee },
      { what: "bond, locked until the result is final", who: "operator", amount: bond },
      { what: "price of a challenge", who: "challenger; back after a conviction, otherwise the operator's", amount: challengePrice(c, bond) },
      { what: `fees of ${rounds} demands`, who: "challenger; only if values are withheld", amount: BigInt(rounds) * demand.fee },
      { what: `deposits of ${rounds} demands`, who: "challenger; back after a conviction, otherwise burned", amount: BigInt(rounds) * demand.deposit },
      { what: "compensation of a conviction", who: "operator's bond, to the requester", amount: compensation },
      { what: "reward of a conviction", who: "operator's bond, to the challenger", amount: reward },
      { what: "burned by a conviction", who: "operator's bond", amount: burned },
    ],
    verdict: gas.convict(size.products),
    rounds,
    leastBond: leastBond({ c, gas }, size, { price, rateBps: 0n }),
  };
}

export interface Preset {
  readonly name: string;
  readonly shape: Pick<Question, "tensors" | "products" | "kind" | "largestBytes" | "boundLeaves" | "inputBytes" | "outputBytes">;
}

/** Bytes of input and output of the models of docs/economics.md. */
const BYTES: Readonly<Record<string, readonly [input: number, output: number]>> = {
  "digits CNN": [4 * 64, 4 * 10],
  "ResNet-50": [4 * 3 * 224 * 224, 4 * 1000],
  "VGG-16": [4 * 3 * 224 * 224, 4 * 1000],
};

/** The models of docs/economics.md. */
export const presets = (figures: Figures): Preset[] =>
  modelSizes(figures)
    .filter(({ name }) => name in BYTES)
    .map(({ name, tensors, products, depth, boundLeaves }) => {
      const [inputBytes, outputBytes] = BYTES[name];
      return { name, shape: { tensors, products, kind: "chain", largestBytes: LEAF * 2 ** depth, boundLeaves, inputBytes, outputBytes } };
    });
