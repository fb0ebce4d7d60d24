import { recurrent } from "./recurrent.ts";
import type { Cell, CellSite, Step } from "./unroll.ts";

const [R, BIAS] = [2, 3];

/**
 * Gates z, r, h of X·Wᵀ + H·Rᵀ + biases: z and r by the first activation, h by the second, of X·Wᵀ + (r ⊙ H)·Rᵀ + biases or, with
 * linear_before_reset, of X·Wᵀ + r ⊙ (H·Rᵀ + its bias) + the other; H′ = (1 − z) ⊙ h + z ⊙ H.
 */
function begin(site: CellSite): Step {
  const { w, parameters, activations: [f, g], rows } = site;
  const isLinear = site.attributes.int("linear_before_reset", 0) !== 0;
  const weighted = site.product(R, isLinear ? rows(0, 3) : rows(0, 2));
  const candidate = isLinear ? undefined : site.product(R, rows(2, 3));
  const bias = isLinear && parameters.has(BIAS) ? parameters.vector(BIAS, rows(5, 6)) : undefined;

  /** What the state adds to h; absent where that is nothing. */
  function added(reset: () => string, hidden: string | undefined, product: string | undefined): string | undefined {
    if (candidate !== undefined) return hidden === undefined ? undefined : candidate(w.mul(reset(), hidden));
    if (product === undefined) return bias === undefined ? undefined : w.mul(reset(), bias);
    const own = site.gates(product, 2, 3);
    return w.mul(reset(), bias === undefined ? own : w.add(own, bias));
  }

  return (x, [hidden]) => {
    const product = hidden === undefined ? undefined : weighted(hidden);
    const update = site.gates(x, 0, 2);
    const gates = product === undefined ? update : w.add(update, candidate === undefined ? site.gates(product, 0, 2) : product);
    const both = site.activate(f, site.clip(gates));
    const z = site.gates(both, 0, 1);
    const more = added(() => site.gates(both, 1, 2), hidden, product);
    const own = site.gates(x, 2, 3);
    const h = site.activate(g, site.clip(more === undefined ? own : w.add(own, more)));
    const fresh = w.mul(w.sub(1, z), h);
    return [hidden === undefined ? fresh : w.add(fresh, w.mul(z, hidden))];
  };
}

const cell: Cell = {
  gates: 3,
  states: 1,
  activations: ["Sigmoid", "Tanh"],
  biased: (attributes) => (attributes.int("linear_before_reset", 0) === 0 ? 3 : 2),
  begin,
};

export const gru = recurrent("GRU", cell);
