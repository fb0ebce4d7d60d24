import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** Families in the order of the opcodes' high byte, from 1 (docs/protocol.md §1.4). */
export const FAMILIES = ["FloatDot", "IntegerDot", "Movement", "Quantization", "Arithmetic", "Statistics"] as const;

/** The judge of single elements and the families it routes to. */
export default buildModule("Verifier", (m) => {
  const families = FAMILIES.map((name) => m.contract(name));
  return { verifier: m.contract("OpVerifier", [families]) };
});
