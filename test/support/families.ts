import type { NetworkConnection } from "hardhat/types/network";

/** All families, in the order in which OpVerifier takes them. */
export const FAMILIES = ["FloatDot", "IntegerDot", "Movement", "Quantization", "Arithmetic", "Statistics"] as const;

/** The family that judges an opcode, whose high byte is its place among them. */
export const familyName = (opcode: number): (typeof FAMILIES)[number] => FAMILIES[(opcode >> 8) - 1];

/** Addresses of freshly deployed families. */
export async function deployFamilies({ ethers }: NetworkConnection): Promise<string[]> {
  const addresses: string[] = [];
  for (const name of FAMILIES) addresses.push(await (await ethers.deployContract(name)).getAddress());
  return addresses;
}
