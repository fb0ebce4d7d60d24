import { recurrent } from "./recurrent.ts";
import type { Cell, CellSite, Step } from "./unroll.ts";

const [R, P] = [2, 7];

/**
 * Gates i, o, f, c of g = X·Wᵀ + H·Rᵀ + biases: i, o and f by the first activation, with peepholes of g + P ⊙ C, that of o of the
 * new C; C′ = f ⊙ C + i ⊙ c, and H′ = o ⊙ h(C′). With input_forget f is 1 − i.
 */
function begin(site: CellSite): Step {
  const { w, parameters, activations: [f, g, h], rows } = site;
  const weighted = site.product(R, rows(0, 4));
  const peepholes = parameters.has(P) ? [0, 1, 2].map((k) => parameters.vector(P, rows(k, k + 1))) : undefined;
  const isCoupled = site.attributes.int("input_forget", 0) !== 0;
  return (x, [hidden, cell]) => {
    const sum = hidden === undefined ? x : w.add(x, weighted(hidden));
    const gate = (k: number, seen: string | undefined): string => {
      const own = site.gates(sum, k, k + 1);
      return site.activate(f, site.clip(peepholes === undefined || seen === undefined ? own : w.add(own, w.mul(peepholes[k], seen))));
    };
    // Without peepholes these three are one piece.
    const together = peepholes === undefined ? site.activate(f, site.clip(site.gates(sum, 0, 3))) : undefined;
    const gateOf = (k: number, seen: string | undefined) => (together === undefined ? gate(k, seen) : site.gates(together, k, k + 1));
    const input = gateOf(0, cell);
    const written = w.mul(input, site.activate(g, site.clip(site.gates(sum, 3, 4))));
    const forget = () => (isCoupled ? w.sub(1, input) : gateOf(2, cell));
    const next = cell === undefined ? written : w.add(w.mul(forget(), cell), written);
    return [w.mul(gateOf(1, next), site.activate(h, next)), next];
  };
}

export const lstmCell: Cell = { gates: 4, states: 2, activations: ["Sigmoid", "Tanh", "Tanh"], biased: () => 4, begin };

export const lstm = recurrent("LSTM", lstmCell);
