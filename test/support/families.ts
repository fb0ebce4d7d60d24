import type { NetworkConnection } from "hardhat/types/network";

/** All families, in the order in which OpVerifier takes them. */
export const FAMILIES = ["FloatDot", "IntegerDot", "Movement", "Quantization", "Arithmetic", "Statistics"] as const;

/** Addresses of freshly deployed families. */
export async function deployFamilies({ ethers }: NetworkConnection): Promise<string[]> {
  const addresses: string[] = [];
  for (const name of FAMILIES) addresses.push(await (await ethers.deployContract(name)).getAddress());
  return addresses;
}
