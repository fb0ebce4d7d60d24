import { kernel } from "./support/kernels.ts";

export const exp = kernel("Exp", { reaches: [-105, 90] }, [
  { about: "0", x: 0, y: 1 },
  { about: "−0", x: -0, y: 1 },
  { about: "1", x: 1, y: 0x402df854n, not: [0x402df853n, 0x402df855n] },
  { about: "88", x: 88, y: 0x7ef882b7n, not: [0x7ef882b6n] },
  { about: "the last number below overflow", x: 88.72283, y: 0x7f7fff84n },
  { about: "overflow", x: 88.72284, y: Infinity },
  { about: "∞", x: Infinity, y: Infinity },
  { about: "the least normal results", x: -87.33654, y: 0x00800026n },
  { about: "a subnormal result is rounded a second time", x: -87.33655, y: 0x007fffe6n },
  { about: "the least subnormal result", x: -103.97, y: 2 ** -149, not: [0] },
  { about: "the end of the range", x: -103.972084, y: 0 },
  { about: "−∞", x: -Infinity, y: 0 },
  { about: "a tie of 1 and the next number goes to 1", x: 2 ** -24, y: 1, not: [1 + 2 ** -23] },
  { about: "the least number above 1", x: 6e-8, y: 1 + 2 ** -23 },
  { about: "the least subnormal number", x: 2 ** -149, y: 1 },
  { about: "NaN", x: NaN, y: NaN },
]);
