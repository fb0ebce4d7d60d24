import type { Opcode, Rule } from "../program/types.ts";
import type { Acceptance } from "./acceptance.ts";
import type { Question } from "./operand.ts";

/** What an operator admits, and the rules that its rows may have. */
export interface Definition {
  readonly of: keyof typeof Opcode;
  readonly rules: readonly Rule[];
  readonly judge: (q: Question) => Acceptance;
}

export const define = (of: keyof typeof Opcode, rules: readonly Rule[], judge: (q: Question) => Acceptance): Definition => ({ of, rules, judge });
