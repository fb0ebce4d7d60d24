import { buildModule } from "@nomicfoundation/ignition-core";
import { FAMILIES } from "../../core/program/families.ts";

/** The judge of single elements and the families it routes to. */
export default buildModule("Verifier", (m) => {
  const families = FAMILIES.map((name) => m.contract(name));
  return { verifier: m.contract("OpVerifier", [families]) };
});
