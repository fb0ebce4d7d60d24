import { Rule } from "./types.ts";

/**
 * Families of operators, in the order of the high byte of their opcodes, from 1 (docs/protocol.md §1.4). Each is a contract of that
 * name in contracts/families. OpVerifier's constructor takes them in this order.
 */
export const FAMILIES = [
  ...(["FloatDot", "IntegerDot", "Movement", "Quantization", "Elementwise", "Accumulation"] as const),
  ...(["Normalization", "Kernel", "Lanes", "Logic", "Conversion", "Indexing"] as const),
] as const;

export type FamilyName = (typeof FAMILIES)[number];

/** The family that judges an opcode. */
export function familyOf(opcode: number): FamilyName {
  const name = FAMILIES.at((opcode >> 8) - 1);
  if (opcode < 0x100 || name === undefined) throw new RangeError(`no family has opcode 0x${opcode.toString(16).padStart(4, "0")}`);
  return name;
}

/** The family that judges a node: that of its opcode, but of normalisations under the rule `lanes` one of its own. */
export function judgeOf({ opcode, rule }: { readonly opcode: number; readonly rule: Rule }): FamilyName {
  const name = familyOf(opcode);
  return name === "Normalization" && rule === Rule.lanes ? "Lanes" : name;
}
