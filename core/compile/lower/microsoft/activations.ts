import type { Attributes } from "../../../onnx/model.ts";
import { FLOAT, floatDims } from "../known.ts";
import { floatAttribute, stringAttribute, type Lowering, type Site } from "../lowering.ts";
import { Writer, type Term } from "../writer.ts";
import { MICROSOFT } from "./domain.ts";

/** Since this opset Gelu is an operator of the standard. */
const GELU = 20;

/** x · Φ(x). */
export function gelu(w: Writer, { opset }: Pick<Site, "opset">, x: string): string {
  if (opset >= GELU) return w.of("Gelu", [x]);
  return w.mul(w.mul(x, 0.5), w.add(w.of("Erf", [w.mul(x, Math.SQRT1_2)]), 1));
}

/** The same with a tangent in the place of Φ: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))). */
export function geluByTangent(w: Writer, { opset }: Pick<Site, "opset">, x: string): string {
  if (opset >= GELU) return w.of("Gelu", [x], [stringAttribute("approximate", "tanh")]);
  const root = Math.sqrt(2 / Math.PI);
  const inner = w.mul(x, w.add(w.mul(w.mul(x, x), 0.044715 * root), root));
  return w.mul(w.mul(x, 0.5), w.add(w.of("Tanh", [inner]), 1));
}

/** x · σ(α · x). */
export const sigmoidal = (w: Writer, x: string, alpha: number): string => w.mul(x, w.of("Sigmoid", [alpha === 1 ? x : w.mul(x, alpha)]));

type Write = (w: Writer, site: Site, x: string) => string;

/** A function of single elements, to which a bias may be added before. */
const biased = (op: string, into: readonly string[], write: Write): Lowering => ({
  domain: MICROSOFT,
  onnx: { [op]: { since: 1, shapedBy: "shapes" } },
  into: [...into, "Add"],
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const [x, bias = ""] = site.node.input;
    if (floatDims(site.inputs[0]) === undefined) return undefined;
    const w = new Writer(site);
    return w.done(write(w, site, bias === "" ? x : w.add(x, bias)));
  },
});

const BY_ERF = ["Gelu", "Mul", "Erf"] as const;

export const erfGelu = biased("Gelu", BY_ERF, gelu);
export const biasGelu = biased("BiasGelu", BY_ERF, gelu);
export const fastGelu = biased("FastGelu", ["Gelu", "Mul", "Tanh"], geluByTangent);
export const quickGelu = biased("QuickGelu", ["Mul", "Sigmoid"], (w, { attributes }, x) => sigmoidal(w, x, attributes.float("alpha", 1.702)));

/** The activations that the runtime writes behind a product, with their parameters in the order in which it states them. */
const ACTIVATIONS: Readonly<Record<string, (w: Writer, x: Term, parameters: readonly number[]) => string>> = {
  Relu: (w, x) => w.relu(x),
  Tanh: (w, x) => w.of("Tanh", [x]),
  Sigmoid: (w, x) => w.of("Sigmoid", [x]),
  LeakyRelu: (w, x, [alpha = 0.01]) => w.of("LeakyRelu", [x], [floatAttribute("alpha", alpha)]),
  HardSigmoid: (w, x, [alpha = 0.2, beta = 0.5]) => w.of("HardSigmoid", [x], [floatAttribute("alpha", alpha), floatAttribute("beta", beta)]),
  Clip: (w, x, [least = -Infinity, greatest = Infinity]) => w.clip(x, least, greatest),
};

/** The operators that an activation behind a product becomes. */
export const ACTIVATED: readonly string[] = Object.keys(ACTIVATIONS);

/** The words for the activations that are known. */
export const ACTIVATION = `its activation is one of ${ACTIVATED.join(", ")}`;

/** The product with the activation that the node states behind it; undefined where that is not known. */
export function activated(w: Writer, attributes: Attributes, x: string, parameters: readonly number[]): string | undefined {
  const name = attributes.text("activation", "");
  if (name === "") return x;
  return Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name](w, x, parameters) : undefined;
}
