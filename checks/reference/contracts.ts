/** The contracts of the reference, and what of each a caller or an heir can use. */
import { globSync } from "node:fs";
import { root } from "../instrument/compile.ts";
import { revertsOf } from "./reverts.ts";
import { readTree, type Declaration, type Tree } from "./tree.ts";

/** The group of types that stand outside of contracts, and of the libraries of their functions. */
export const TYPES = "Types";

/** Sources by what they are for, in the order of the index. */
const GROUPS: readonly (readonly [title: string, files: readonly string[]])[] = [
  ["To inherit and to import", ["consumer/*.sol", "consumer/feeds/FeedReader.sol"]],
  ["Adapters to standards", ["consumer/adapters/*.sol"]],
  ["Examples", ["consumer/examples/*.sol"]],
  ["For tests", ["testing/*.sol"]],
  ["Deployed", ["token/OPG.sol", "registry/ModelRegistry.sol", "staking/StakeRegistry.sol", "jobs/JobRegistry.sol", "dispute/DisputeGame.sol", "dispute/OpVerifier.sol", "periphery/Lens.sol"]],
  ["Interfaces", ["interfaces/*.sol", "consumer/feeds/I*.sol", "consumer/standards/*.sol"]],
  [TYPES, ["types/{Claim,Job,JobId,Offer,Terms}.sol"]],
];

const TYPE_NODES = ["StructDefinition", "EnumDefinition", "UserDefinedValueTypeDefinition"];

export interface Member {
  readonly declaration: Declaration;
  /** `0x` and hex: a function's selector, an error's selector, an event's topic. */
  readonly selector?: string;
  /** Errors that the function's own code ends with. */
  readonly reverts: readonly Declaration[];
}

export interface ContractReference {
  readonly contract: Declaration;
  readonly functions: readonly Member[];
  readonly events: readonly Member[];
  readonly errors: readonly Member[];
  /** Structs and enums that stand in it. */
  readonly types: readonly Declaration[];
}

export interface Group {
  readonly title: string;
  readonly contracts: readonly ContractReference[];
  /** Types that stand outside of contracts. */
  readonly types: readonly Declaration[];
}

const hex = (value: unknown): { selector?: string } => (typeof value === "string" ? { selector: `0x${value}` } : {});
const member = (declaration: Declaration, reverts: readonly Declaration[] = []): Member => {
  const { functionSelector, eventSelector, errorSelector } = declaration.node;
  return { declaration, reverts, ...hex(functionSelector ?? eventSelector ?? errorSelector) };
};

/** Whether users of a contract can call what stands in it or in one of its bases. */
function isUsable({ node }: Declaration, contract: Declaration): boolean {
  if (node.functionSelector !== undefined) return true;
  if (node.nodeType !== "FunctionDefinition") return false;
  if (node.kind === "constructor") return contract.node.abstract !== true;
  // What a library has for its users, and an abstract contract for its heirs.
  return node.visibility === "internal" && (contract.node.contractKind === "library" || contract.node.abstract === true);
}

/** Functions that differ in their arguments are several. */
const keyOf = ({ node, name }: Declaration): string =>
  String(node.functionSelector ?? `${name}${JSON.stringify((node.parameters as { parameters: { typeDescriptions: object }[] }).parameters.map(({ typeDescriptions }) => typeDescriptions))}`);

function functionsOf(tree: Tree, contract: Declaration): Member[] {
  const found = new Map<string, Declaration>();
  for (const base of tree.basesOf(contract)) {
    for (const each of tree.members(base)) {
      if (each.node.kind === "constructor" && base !== contract) continue;
      if (isUsable(each, contract) && !found.has(keyOf(each))) found.set(keyOf(each), each);
    }
  }
  return [...found.values()].map((each) => member(each, revertsOf(tree, contract, each)));
}

function referenceOf(tree: Tree, contract: Declaration): ContractReference {
  const used = (key: "usedEvents" | "usedErrors"): Member[] => (contract.node[key] as number[]).map((id) => member(tree.find(id)!));
  return {
    contract,
    functions: functionsOf(tree, contract),
    events: used("usedEvents"),
    errors: used("usedErrors"),
    types: tree.members(contract).filter(({ node }) => TYPE_NODES.includes(node.nodeType)),
  };
}

/** Everything that has an entry, with the tree in which its texts are. */
export interface Reference {
  readonly tree: Tree;
  readonly groups: readonly Group[];
}

export function readReference(): Reference {
  const files = GROUPS.map(([, patterns]) => patterns.flatMap((pattern) => globSync(`contracts/${pattern}`, { cwd: root }).sort()));
  const tree = readTree(files.flat());
  const groups = GROUPS.map(([title], i) => {
    const declared = files[i].flatMap((file) => tree.in(file));
    return {
      title,
      contracts: declared.filter(({ node }) => node.nodeType === "ContractDefinition").map((contract) => referenceOf(tree, contract)),
      types: declared.filter(({ node }) => TYPE_NODES.includes(node.nodeType)),
    };
  });
  return { tree, groups };
}
