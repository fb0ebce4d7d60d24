import { kernel } from "./support/kernels.ts";

export const tanh = kernel("Tanh", { reaches: [-10, 10] }, [
  { about: "0", x: 0, y: 0 },
  { about: "−0", x: -0, y: 0 },
  { about: "1", x: 1, y: 0x3f42f7d6n, not: [0x3f42f7d5n, 0x3f42f7d7n] },
  { about: "−1", x: -1, y: 0xbf42f7d6n },
  { about: "a number whose square is less than the least number", x: 2 ** -100, y: 0x0d7ffffen },
  { about: "a subnormal number", x: 1e-38, y: 0x006ce3a5n },
  { about: "the least number comes to 0", x: 2 ** -149, y: 0 },
  { about: "one unit above 1", x: 8.127431, y: 1 + 2 ** -23, not: [1] },
  { about: "the end of the range", x: 9, y: 1 },
  { about: "beyond it", x: -100, y: -1 },
  { about: "∞", x: Infinity, y: 1 },
  { about: "−∞", x: -Infinity, y: -1 },
  { about: "NaN", x: NaN, y: NaN },
]);
