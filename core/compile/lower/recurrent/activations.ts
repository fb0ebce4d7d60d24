import { floatAttribute } from "../lowering.ts";
import type { Writer } from "../writer.ts";

/** A function of single elements inside a recurrent operator. */
export interface Activation {
  readonly name: string;
  readonly alpha: number;
  readonly beta: number;
}

interface Form {
  /** What they are where the node states none; absent where the function has no such number. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly write: (w: Writer, x: string, alpha: number, beta: number) => string;
}

const FORMS: Readonly<Record<string, Form>> = {
  Sigmoid: { write: (w, x) => w.of("Sigmoid", [x]) },
  Tanh: { write: (w, x) => w.of("Tanh", [x]) },
  Relu: { write: (w, x) => w.relu(x) },
  Affine: { alpha: 0, beta: 0, write: (w, x, alpha, beta) => w.add(w.mul(x, alpha), beta) },
  LeakyRelu: { alpha: 0.01, write: (w, x, alpha) => w.of("LeakyRelu", [x], [floatAttribute("alpha", alpha)]) },
  ThresholdedRelu: { alpha: 0, write: (w, x, alpha) => w.of("ThresholdedRelu", [x], [floatAttribute("alpha", alpha)]) },
  ScaledTanh: { alpha: 0, beta: 0, write: (w, x, alpha, beta) => w.mul(w.of("Tanh", [w.mul(x, beta)]), alpha) },
  HardSigmoid: { alpha: 0.2, beta: 0.5, write: (w, x, alpha, beta) => w.of("HardSigmoid", [x], [floatAttribute("alpha", alpha), floatAttribute("beta", beta)]) },
  Elu: { alpha: 1, write: (w, x, alpha) => w.of("Elu", [x], [floatAttribute("alpha", alpha)]) },
  Softsign: { write: (w, x) => w.of("Softsign", [x]) },
  Softplus: { write: (w, x) => w.of("Softplus", [x]) },
};

/** Operators that an activation may be written in. */
export const WRITTEN = ["Sigmoid", "Tanh", "Relu", "LeakyRelu", "ThresholdedRelu", "HardSigmoid", "Elu", "Softsign", "Softplus"];

const NAMES: ReadonlyMap<string, string> = new Map(Object.keys(FORMS).map((name) => [name.toLowerCase(), name]));

/** How a node states its activations: names, and lists of numbers. */
export interface Stated {
  readonly names: readonly string[];
  readonly alphas: readonly number[];
  readonly betas: readonly number[];
}

/**
 * The activations of all directions, in their order; undefined where one is not known. Every function that has an alpha or a beta
 * takes the next of the list, and its default where the list has ended. The runtime reads them so, and names in any case.
 */
export function readActivations({ names, alphas, betas }: Stated): readonly Activation[] | undefined {
  const [alpha, beta] = [alphas[Symbol.iterator](), betas[Symbol.iterator]()];
  const next = (values: Iterator<number>, absent: number | undefined): number => (absent === undefined ? 0 : (values.next().value ?? absent));
  const activations = names.map((given): Activation | undefined => {
    const name = NAMES.get(given.toLowerCase());
    return name === undefined ? undefined : { name, alpha: next(alpha, FORMS[name].alpha), beta: next(beta, FORMS[name].beta) };
  });
  return activations.every((each) => each !== undefined) ? activations : undefined;
}

export const activate = (w: Writer, { name, alpha, beta }: Activation, x: string): string => FORMS[name].write(w, x, alpha, beta);
