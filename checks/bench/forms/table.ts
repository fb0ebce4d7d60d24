/** The figures of whole networks as tables, for the terminal and for docs/benchmarks.md. */
import type { Target } from "../target.ts";
import type { NetworkFigures } from "./figures.ts";
import { FUNCTIONS, type FunctionGas } from "./functions.ts";
import type { Verdict } from "./verdicts.ts";

/** How many times the processor time of plain onnxruntime the canonical form may take. */
const RATIOS: Readonly<Record<string, number>> = { BERT: 1.05, ViT: 1.05, ResNet: 1.3, MobileNet: 1.3 };
const TWO_THREADS = { network: "BERT-6", gain: 1.7 };
/** Rows of which no element may take more gas, by their names. */
const ROWS: readonly { readonly name: string; readonly row: RegExp; readonly limit: number }[] = [
  { name: "quotient of a Softmax", row: /^Softmax_\d+$/, limit: 150_000 },
  { name: "element of a LayerNormalization", row: /^LayerNormalization_/, limit: 450_000 },
];
const DEAREST = 1_000_000;
/** Dot products that are longer may cost more. */
const LONGEST = 2_304;

export const ratioOf = ({ standard, canonical }: NetworkFigures): number => canonical / standard;

/** The dearest verdict of a network apart from dot products that are too long to count. */
const dearestOf = ({ verdicts }: NetworkFigures): Verdict => verdicts.find(({ products }) => products <= LONGEST)!;

export function formTargets(figures: readonly NetworkFigures[]): Target[] {
  return figures.flatMap((network) => {
    const { name, twoThreads, bounded, slack } = network;
    const limit = Object.entries(RATIOS).find(([prefix]) => name.startsWith(prefix))?.[1];
    return [
      ...(limit === undefined ? [] : [{ name: `${name}, against plain onnxruntime`, measured: ratioOf(network), limit, unit: "" }]),
      ...(name === TWO_THREADS.network ? [{ name: `${name}, two threads against one`, measured: twoThreads.gain, limit: TWO_THREADS.gain, atLeast: true, unit: "" }] : []),
      { name: `${name}, same bits with two threads`, measured: Number(twoThreads.same), limit: 1, atLeast: true, unit: "" },
      { name: `${name}, bounded nodes`, measured: bounded, limit: 0, unit: "" },
      { name: `${name}, slack`, measured: slack ?? Infinity, limit: 0, unit: "" },
      ...ROWS.flatMap(({ name: what, row, limit }) => {
        const verdict = network.verdicts.find(({ node }) => row.test(node));
        return verdict === undefined ? [] : [{ name: `${name}, ${what}`, measured: verdict.transaction, limit, unit: "gas" }];
      }),
      { name: `${name}, dearest verdict`, measured: dearestOf(network).transaction, limit: DEAREST, unit: "gas" },
    ];
  });
}

export const functionTargets = (figures: readonly FunctionGas[]): Target[] =>
  figures.map(({ name, beyond }) => ({ name: `${name}, beyond the fixed cost`, measured: beyond, limit: FUNCTIONS.find((each) => each.name === name)!.limit, unit: "gas" }));

/** What an element of a function takes. */
export const functionsTable = (figures: readonly FunctionGas[]): string =>
  [
    row(["function", ...figures.map(({ name }) => name)]),
    `|---|${"--:|".repeat(figures.length)}`,
    row(["gas of the dearest element beyond the fixed cost", ...figures.map(({ beyond }) => beyond.toLocaleString("en"))]),
  ].join("\n");

const short = (value: number): string => (value === 0 ? "0" : value.toPrecision(2));
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** Times and differences. */
export function timesTable(figures: readonly NetworkFigures[]): string {
  return [
    row(["network", "plain", "no optimisation", "canonical form", "against plain", "two threads", "largest, mean difference, of outputs' deviation"]),
    "|---|--:|--:|--:|--:|---|---|",
    ...figures.map((network) => {
      const { name, standard, disabled, canonical, twoThreads, difference } = network;
      const times = [standard, disabled, canonical].map((ms) => `${ms.toFixed(1)} ms`);
      const threads = `${twoThreads.gain.toFixed(2)} times as fast, ${twoThreads.same ? "same bits" : "other bits"}`;
      const differing = `${short(difference.largest)}, ${short(difference.mean)}, of ${short(difference.deviation)}`;
      return row([name, ...times, `**${ratioOf(network).toFixed(2)}**`, threads, differing]);
    }),
  ].join("\n");
}

/** What is left open, and what a verdict takes. */
export function verdictsTable(figures: readonly NetworkFigures[]): string {
  const told = ({ operator, products, transaction }: Verdict): string =>
    `${transaction.toLocaleString("en")} (${operator}${products === 0 ? "" : `, ${products.toLocaleString("en")} operands`})`;
  return [
    row(["network", "nodes", "bounded", "slack", `dearest verdict up to ${LONGEST.toLocaleString("en")} operands`, "dearest of all"]),
    "|---|--:|--:|--:|---|---|",
    ...figures.map((network) => {
      const { name, nodes, bounded, slack, verdicts } = network;
      return row([name, String(nodes), String(bounded), slack === undefined ? "unknown" : short(slack), told(dearestOf(network)), told(verdicts[0])]);
    }),
  ].join("\n");
}
