import type { NetworkConnection } from "hardhat/types/network";
import { FAMILIES } from "../../core/program/families.ts";

/** Addresses of freshly deployed families, in the order in which OpVerifier takes them. */
export async function deployFamilies({ ethers }: NetworkConnection): Promise<string[]> {
  const addresses: string[] = [];
  for (const name of FAMILIES) addresses.push(await (await ethers.deployContract(name)).getAddress());
  return addresses;
}

/** Address of a freshly deployed verifier, over families of its own unless others are given. */
export async function deployVerifier(connection: NetworkConnection, families?: readonly string[]): Promise<string> {
  const verifier = await connection.ethers.deployContract("OpVerifier", [families ?? (await deployFamilies(connection))]);
  return verifier.getAddress();
}
