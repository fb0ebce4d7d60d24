import type { TensorSpec } from "../../../../../core/tensor/tensor.ts";
import { sizeOf } from "../../../../../core/tensor/shape.ts";
import { nested, type NestedNumbers, type Tensor } from "../../../../../sdk/tensors/decode.ts";
import { digitsOf } from "./digits.ts";
import { opgOf, type Terms } from "./terms.ts";

/** Numbers that stand in a command; more go into a file. */
const MOST = 1_024;

/** What is asked for, as far as it is known: an input that is missing has no tensor. */
export interface Wish {
  readonly version: string;
  readonly specs: readonly TensorSpec[];
  readonly inputs: readonly (Tensor | undefined)[];
  readonly terms: Terms;
}

/** Whether the command reads its input from a file. */
export const takesFile = ({ specs }: Pick<Wish, "specs">): boolean => specs.some(({ dims }) => sizeOf(dims) > MOST);

/** The file that the command names. */
export const INPUT_FILE = "input.bin";

/** The command that asks for the same. */
export function commandFor(wish: Wish): string {
  const { version, inputs, terms } = wish;
  const input = takesFile(wish) ? `--input ${INPUT_FILE}` : `--values ${inputs.map((tensor) => (tensor === undefined ? "NUMBERS" : Array.from(tensor.data as ArrayLike<number | bigint>, digitsOf).join(","))).join(" ")}`;
  const { fee, bond, window, serveWithin, operator } = terms;
  return ["npx opg request", version, input, `--fee ${opgOf(fee)}`, `--bond ${opgOf(bond)}`, `--window ${window}`, `--deadline ${serveWithin}`, ...(operator === undefined ? [] : [`--operator ${operator}`])].join(" \\\n  ");
}

/** TypeScript that asks for the same and waits for the result. */
export function snippetFor(wish: Wish): string {
  const { version, inputs, terms } = wish;
  const { fee, bond, window, serveWithin, operator } = terms;
  const valueOf = (tensor: Tensor | undefined): string => (tensor === undefined ? "[/* numbers */]" : literal(tensor));
  const values = takesFile(wish) ? inputs.map((_, i) => `input${i}`) : inputs.map(valueOf);
  return `import { connect } from "opengradient-optimistic-sdk";

const client = await connect(signer); // an ethers signer with a provider
const { job } = await client.request("${version}", [${values.join(", ")}], {
  fee: ${fee}n,
  bond: ${bond}n,
  window: ${window},
  serveWithin: ${serveWithin},${operator === undefined ? "" : `\n  operator: "${operator}",`}
});
for await (const update of client.waitForResult(job)) {
  console.log(update.stage, update.reason);
  if (update.isFinal) console.log(update.outputs);
}
`;
}

/** Lists as they stand in code: whole numbers of 64 bits are bigints there. */
function literal(tensor: Tensor): string {
  const written = (part: NestedNumbers<number | bigint>): string =>
    typeof part === "bigint" ? `${part}n` : typeof part === "number" ? digitsOf(part) : `[${part.map(written).join(", ")}]`;
  return written(nested(tensor));
}
