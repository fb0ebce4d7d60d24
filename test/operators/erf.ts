import { kernel } from "./support/kernels.ts";

export const erf = kernel("Erf", { reaches: [-4.5, 4.5] }, [
  { about: "0", x: 0, y: 0 },
  { about: "−0", x: -0, y: 0 },
  { about: "½", x: 0.5, y: 0x3f053f7bn, not: [0x3f053f7an] },
  { about: "−½", x: -0.5, y: 0xbf053f7bn },
  { about: "the last number of the polynomial near zero", x: 0.921875, y: 0x3f4ec3b4n },
  { about: "the first number of the exponential", x: 0.92187506, y: 0x3f4ec3b5n },
  { about: "1", x: 1, y: 0x3f57bb3dn },
  { about: "the end of the range", x: 3.925, y: 1 },
  { about: "∞", x: Infinity, y: 1 },
  { about: "−∞", x: -Infinity, y: -1 },
  { about: "a subnormal number", x: 1e-38, y: 0x007ade9en },
  { about: "the least number", x: 2 ** -149, y: 2 ** -149 },
  { about: "NaN", x: NaN, y: NaN },
]);
