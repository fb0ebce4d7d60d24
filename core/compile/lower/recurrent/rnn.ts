import { recurrent } from "./recurrent.ts";
import type { Cell, CellSite, Step } from "./unroll.ts";

const R = 2;

/** H′ = f(X·Wᵀ + H·Rᵀ + biases). */
function begin(site: CellSite): Step {
  const { w, activations: [f], rows } = site;
  const weighted = site.product(R, rows(0, 1));
  return (x, [hidden]) => [site.activate(f, site.clip(hidden === undefined ? x : w.add(x, weighted(hidden))))];
}

const cell: Cell = { gates: 1, states: 1, activations: ["Tanh"], biased: () => 1, begin };

export const rnn = recurrent("RNN", cell);
