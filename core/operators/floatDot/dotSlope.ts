import type { Slope, TakeApart } from "../descriptor.ts";
import type { FloatInputs } from "../dot.ts";
import type { Mapped } from "../reading/mapped.ts";

/** Which element of the bias an output element adds, and times what. */
export interface BiasPlaces {
  readonly place: (element: number) => number;
  readonly factor: number;
}

type Into = (i: number) => Float64Array | undefined;

/** @param placesOf where the bias of a node that has one is added; of an operator that never has one left out */
export const slopeOfDot = (takeApart: TakeApart, placesOf?: (mapped: Mapped) => BiasPlaces): { follows: "all"; back: Slope } => ({
  follows: "all",
  back({ mapped, inputs }, outer, into) {
    backThroughProducts(takeApart, mapped, inputs, outer, into);
    const c = into(2);
    if (c === undefined || placesOf === undefined) return;
    const { place, factor } = placesOf(mapped);
    outer.forEach((g, i) => (c[place(i)] += g * factor));
  },
});

/** Gathers indices instead of values to learn which element of the input each product reads. */
function backThroughProducts(takeApart: TakeApart, mapped: Mapped, inputs: FloatInputs, outer: Float64Array, into: Into): void {
  const dot = takeApart(mapped, inputs);
  const [a, b] = [into(0), into(1)];
  const counted = inputs.map((values, i) => (values && [a, b][i] ? Float32Array.from(values, (_, at) => at + 1) : values));
  const places = takeApart(mapped, counted);
  const [left, from] = [new Float32Array(dot.length), new Float32Array(dot.length)];
  for (let block = 0; block < dot.blocks; block++) {
    for (let row = 0; row < dot.rows; row++) {
      dot.gather(block, row, left);
      places.gather(block, row, from);
      for (let column = 0; column < dot.columns; column++) {
        const g = outer[dot.element(block, row, column)] * dot.alpha;
        if (g === 0) continue;
        const right = dot.column(block, column);
        if (a) for (let k = 0; k < dot.length; k++) if (from[k] > 0) a[from[k] - 1] += g * right[k];
        if (b) {
          const at = places.column(block, column);
          for (let k = 0; k < dot.length; k++) b[at[k] - 1] += g * left[k];
        }
      }
    }
  }
}
