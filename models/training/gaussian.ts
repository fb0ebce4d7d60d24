import type { Random } from "../../core/math/random.ts";

/** A normally distributed number, by the transformation of Box and Muller. */
export const gaussian = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
