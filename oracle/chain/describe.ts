import type { Interface, ParamType } from "ethers";
import { showOpg, showTime } from "../../core/words.ts";
import type { Call, Deployment } from "../ports.ts";
import { gameInterface, jobsInterface, modelsInterface, stakesInterface, tokenInterface } from "./contracts.ts";

type Named = Exclude<keyof Deployment, "chainId" | "startBlock">;

/** The contracts that calls go to, by their names. */
const CONTRACTS: readonly (readonly [Named, string, Interface])[] = [
  ["opg", "OPG", tokenInterface],
  ["models", "ModelRegistry", modelsInterface],
  ["stakes", "StakeRegistry", stakesInterface],
  ["jobs", "JobRegistry", jobsInterface],
  ["game", "DisputeGame", gameInterface],
];

/** Parameters that are amounts of OPG, and those that are times. */
const AMOUNTS = new Set(["amount", "value", "fee", "bond", "price", "minBond"]);
const TIMES = new Set(["deadline"]);
/** Bytes of a value that are shown. */
const SHOWN = 32;

export interface DescribedCall {
  readonly contract: string;
  readonly signature: string;
  /** Parameters by name, those of a struct after a dot, in people's form. */
  readonly values: readonly (readonly [name: string, value: string])[];
}

/** What a call says, read back from its bytes. */
export function describeCall(deployment: Deployment, { to, data }: Call): DescribedCall {
  const found = CONTRACTS.find(([key]) => deployment[key] === to.toLowerCase());
  const parsed = found?.[2].parseTransaction({ data }) ?? undefined;
  if (found === undefined || parsed === undefined) return { contract: "no contract of this project", signature: data.slice(0, 10), values: [] };
  const nameOf = (address: string) => CONTRACTS.find(([key]) => deployment[key] === address.toLowerCase())?.[1];
  const values = parsed.fragment.inputs.flatMap((input, i) => flatten(input.name, input, parsed.args[i], nameOf));
  return { contract: found[1], signature: parsed.signature, values };
}

function flatten(name: string, type: ParamType, value: unknown, nameOf: (address: string) => string | undefined): [string, string][] {
  if (type.baseType === "tuple") {
    return (type.components ?? []).flatMap((part, i) => flatten(`${name}.${part.name}`, part, (value as unknown[])[i], nameOf));
  }
  return [[name, show(name.split(".").at(-1)!, type, value, nameOf)]];
}

function show(name: string, type: ParamType, value: unknown, nameOf: (address: string) => string | undefined): string {
  if (typeof value === "bigint") return AMOUNTS.has(name) ? showOpg(value) : TIMES.has(name) ? showTime(value) : String(value);
  if (Array.isArray(value)) return `[${value.map((item) => shorten(String(item))).join(", ")}]`;
  const text = String(value);
  if (type.baseType === "address") return [text.toLowerCase(), nameOf(text)].filter((part) => part !== undefined).join(" ");
  return type.baseType === "string" ? JSON.stringify(text) : shorten(text);
}

const shorten = (hex: string): string => (hex.length <= 2 + 2 * SHOWN ? hex : `${hex.slice(0, 2 + 2 * SHOWN)}… (${hex.length / 2 - 1} bytes)`);
