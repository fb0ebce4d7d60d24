import { kernel } from "./support/kernels.ts";

export const sigmoid = kernel("Sigmoid", { reaches: [-20, 20] }, [
  { about: "0", x: 0, y: 0.5 },
  { about: "1", x: 1, y: 0x3f3b26a8n, not: [0x3f3b26a7n, 0x3f3b26a9n] },
  { about: "−1", x: -1, y: 0x3e89b2b1n },
  { about: "the least number", x: 2 ** -149, y: 0.5 },
  { about: "far below zero two units of ½ are left", x: -15.79, y: 2 ** -23 },
  { about: "the lower end of the range", x: -18, y: 0 },
  { about: "one unit above 1", x: 17.763828, y: 1 + 2 ** -23, not: [1] },
  { about: "the upper end of the range", x: 18, y: 1 },
  { about: "∞", x: Infinity, y: 1 },
  { about: "−∞", x: -Infinity, y: 0 },
  { about: "NaN", x: NaN, y: NaN },
]);
