/** Pages of the contracts' reference, by the names of their files. */
import { CONTRACT_ERRORS, type ContractErrorName } from "../../core/contractErrors.ts";
import { CONTRACT_EVENTS } from "../contractEvents.ts";
import { TYPES, type ContractReference, type Group, type Member, type Reference } from "./contracts.ts";
import type { NatSpec } from "./natspec.ts";
import type { Declaration, Tree } from "./tree.ts";

const MADE = "*This page is made by `npm run reference` from the contracts' sources.*";

/** Prose for a page that is read by a browser: what looks like HTML or like an expression of Vue is text. */
const prose = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll("<", "&lt;").replaceAll("{{", "&#123;{").replaceAll(/\bdocs\/([a-z-]+)\.md/g, "[$1](../../$1.md)")))
    .join("");

const shown = (says: string): string => says.replaceAll(/\{(\w+)(?: \w+)?\}/g, "*$1*");
const solidity = (text: string): string => `\`\`\`solidity\n${text}\n\`\`\``;
const paragraphs = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");
const isError = (name: string): name is ContractErrorName => Object.hasOwn(CONTRACT_ERRORS, name);

/** What checks/contractEvents.ts says of an event: under the contract's name, with or without its `I` or `Mock`. */
export function saidOfEvent(contract: string, event: string): string {
  const own = CONTRACT_EVENTS[contract.replace(/^(I|Mock)(?=[A-Z])/, "")]?.[event];
  return own ?? Object.values(CONTRACT_EVENTS).map((events) => events[event]).find((text) => text !== undefined) ?? "";
}

/** Names of the values that a function returns; empty where it has none. */
const returnedNames = ({ node }: Declaration): string[] => ((node.returnParameters as { parameters: { name: string }[] } | undefined)?.parameters ?? []).map(({ name }) => name);

function parameters({ params, returns }: NatSpec, declaration: Declaration): string {
  const lines = [...params].map(([name, says]) => `- \`${name}\`: ${prose(says)}`);
  const names = returnedNames(declaration);
  const returned = returns.map((says, i) => {
    const named = names[i] && says.startsWith(`${names[i]} `);
    return named ? `- returns \`${names[i]}\`: ${prose(says.slice(names[i].length + 1))}` : `- returns ${prose(says)}`;
  });
  return [...lines, ...returned].join("\n");
}

/** Where a member stands, if not in the contract of the page. */
const origin = ({ holder, file }: Declaration, contract: Declaration): string => (holder === undefined || holder === contract ? "" : `from \`${holder.name}\` (\`${file}\`)`);

const detail = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(", ");

/** A page of one contract. */
class ContractPage {
  readonly #tree: Tree;
  readonly #reference: ContractReference;

  constructor(tree: Tree, reference: ContractReference) {
    this.#tree = tree;
    this.#reference = reference;
  }

  text(): string {
    const { contract, functions, events, errors, types } = this.#reference;
    const { title, notice, dev } = this.#tree.commentOf(contract);
    const bases = this.#tree.basesOf(contract).slice(1).map(({ name }) => `\`${name}\``);
    const sections = [
      [`# ${contract.name}`, MADE, `${kindOf(contract)} of \`${contract.file}\`${bases.length > 0 ? `, is ${bases.join(", ")}` : ""}`],
      [title === undefined ? "" : `**${prose(title)}**`, prose(notice), prose(dev)],
      section("Functions", functions.map((each) => this.#function(each))),
      section("Events", events.map((each) => this.#event(each))),
      section("Errors", errors.map((each) => this.#error(each))),
      section("Types", types.map((each) => typeEntry(this.#tree, each))),
    ];
    return `${paragraphs(sections.flat())}\n`;
  }

  #function({ declaration, selector, reverts }: Member): string {
    const comment = this.#tree.commentOf(declaration);
    const name = declaration.node.kind === "constructor" ? "constructor" : declaration.name;
    return paragraphs([
      `### ${name}`,
      solidity(this.#tree.textOf(declaration)),
      detail(selector === undefined ? "" : `selector \`${selector}\``, origin(declaration, this.#reference.contract)),
      prose(comment.notice),
      prose(comment.dev),
      parameters(comment, declaration),
      reverts.length === 0 ? "" : `Reverts with ${reverts.map(({ name: error }) => `\`${error}\``).join(", ")}.`,
    ]);
  }

  #event({ declaration, selector }: Member): string {
    const comment = this.#tree.commentOf(declaration);
    const said = saidOfEvent(this.#reference.contract.name, declaration.name);
    return paragraphs([
      `### ${declaration.name}`,
      solidity(this.#tree.textOf(declaration)),
      detail(`topic \`${selector}\``, origin(declaration, this.#reference.contract)),
      prose(said === "" ? comment.notice : said),
      parameters(comment, declaration),
    ]);
  }

  #error({ declaration, selector }: Member): string {
    const { name } = declaration;
    const comment = this.#tree.commentOf(declaration);
    const told = isError(name) ? [`\`opg\` says: ${prose(shown(CONTRACT_ERRORS[name].says))}. Way out: ${prose(CONTRACT_ERRORS[name].fix)}.`] : [];
    return paragraphs([
      `### ${name}`,
      solidity(this.#tree.textOf(declaration)),
      detail(`selector \`${selector}\``, origin(declaration, this.#reference.contract)),
      prose(comment.notice),
      parameters(comment, declaration),
      ...told,
    ]);
  }
}

const kindOf = ({ node }: Declaration): string => (node.abstract === true ? "Abstract contract" : { contract: "Contract", interface: "Interface", library: "Library" }[String(node.contractKind)]!);
const section = (title: string, entries: readonly string[]): string[] => (entries.length === 0 ? [] : [`## ${title}`, ...entries]);

function typeEntry(tree: Tree, declaration: Declaration): string {
  const { notice, dev } = tree.commentOf(declaration);
  return paragraphs([`### ${declaration.name}`, prose(notice), prose(dev), solidity(tree.textOf(declaration))]);
}

/** Functions on the values of a type, as a block. */
function libraryEntry(tree: Tree, { contract, functions }: ContractReference): string {
  const lines = functions.map(({ declaration }) => {
    const { notice, dev } = tree.commentOf(declaration);
    const comment = [notice, dev].filter((text) => text !== "").join("\n").split("\n").filter((line) => line !== "");
    return [...comment.map((line) => `/// ${line}`), `${tree.textOf(declaration)};`].join("\n");
  });
  return paragraphs([`### ${contract.name}`, `\`${contract.file}\``, solidity(lines.join("\n"))]);
}

/** The page of types that stand outside of contracts, with the libraries of their functions. */
function typesPage(tree: Tree, groups: readonly Group[]): string {
  const entries = groups.flatMap(({ title, types, contracts }) => [
    ...types.map((each) => typeEntry(tree, each)),
    ...(title === TYPES ? contracts.map((each) => libraryEntry(tree, each)) : []),
  ]);
  return `${paragraphs(["# Types", MADE, "What stands outside of contracts. Fields of a word are read by the functions of its library.", ...entries.map((entry) => entry.replace(/^###/, "##"))])}\n`;
}

/** The first sentence of a contract's comment. */
function summary(tree: Tree, contract: Declaration): string {
  const { title, notice, dev } = tree.commentOf(contract);
  return (title ?? /^[^]*?(?:[.:](?=\s|$)|$)/.exec(notice || dev)![0].replace(/:$/, "")).replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
}

function indexPage(tree: Tree, groups: readonly Group[]): string {
  const table = ({ title, contracts }: Group): string =>
    `## ${title}\n\n| | |\n|---|---|\n${contracts.map(({ contract }) => `| [${contract.name}](${contract.name}.md) | ${prose(summary(tree, contract))} |`).join("\n")}`;
  const introduction =
    "Every function that can be called or inherited, every event and every error of the package `opengradient-optimistic-contracts`. *Reverts with* names errors of a function's own code; a contract that it calls may end the call with one of its own. How to use the package: [its page](../../../contracts/README.md).";
  return `${paragraphs(["# Contracts", MADE, introduction, ...groups.filter(({ title }) => title !== TYPES).map(table), "Structs, enums and value types: [types](Types.md)."])}\n`;
}

/** Texts of the pages by their files' names. */
export function contractPages({ tree, groups }: Reference): ReadonlyMap<string, string> {
  const pages = groups
    .filter(({ title }) => title !== TYPES)
    .flatMap(({ contracts }) => contracts.map((reference) => [`${reference.contract.name}.md`, new ContractPage(tree, reference).text()] as const));
  return new Map([["index.md", indexPage(tree, groups)], ["Types.md", typesPage(tree, groups)], ...pages]);
}
