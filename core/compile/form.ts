/**
 * What the canonical file is made of. `portable`: of what every CPU with FMA computes alike, as far as there is such an operator;
 * other operators are written in terms of these, and results change a little. `source`: of the publisher's operators, every bit
 * kept.
 */
export type Form = "portable" | "source";
