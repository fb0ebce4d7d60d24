import type { Lowered, Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { ML } from "./domain.ts";
import { floatsOf, MATRIX } from "./features.ts";
import { kernelOf, kernelValues, KERNELS_INTO } from "./kernel.ts";
import { product } from "./linear.ts";

/** Σ coefficient · kernel(x, vector) + ρ, or without support vectors x · coefficients + ρ. The runtime makes no transform of it. */
export const svmRegressor: Lowering = {
  domain: ML,
  onnx: { SVMRegressor: { since: 1, shapedBy: "shapes" } },
  into: [...KERNELS_INTO, "Greater", "Where", "Identity"],
  difference: "portable",
  where: MATRIX,
  rewrite(site: Site): Lowered | undefined {
    const { attributes } = site;
    const w = new Writer(site);
    const x = floatsOf(w, site);
    if (x === undefined) return undefined;
    const count = attributes.int("n_supports", 0);
    const coefficients = attributes.floats("coefficients") ?? [];
    const values = count === 0 ? x : { rows: x.rows, columns: count, name: kernelValues(w, x, attributes.floats("support_vectors") ?? [], count, kernelOf(attributes)) };
    const [rho = 0] = attributes.floats("rho") ?? [];
    const sum = w.add(product(w, values, coefficients, 1), rho);
    return w.doneOf([attributes.int("one_class", 0) === 0 ? sum : w.of("Where", [w.of("Greater", [sum, 0]), 1, -1])]);
  },
};
