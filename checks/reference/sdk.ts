/** Pages of the kit's reference: TypeDoc's Markdown of what its entries export. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Application, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { anchorsOf } from "../links.ts";

const root = join(import.meta.dirname, "..", "..");

/** Entries of the package, by the names of their pages. */
export const ENTRIES: Readonly<Record<string, { readonly from: string; readonly file: string }>> = {
  ethers: { from: "opengradient-optimistic-sdk", file: "sdk/index.ts" },
  viem: { from: "opengradient-optimistic-sdk/viem", file: "sdk/viem.ts" },
  history: { from: "opengradient-optimistic-sdk/history", file: "sdk/history/index.ts" },
};

/** Types that TypeChain makes of the ABIs: the contracts' pages say what their methods do. */
export const TYPECHAIN = ["DigitReader", "DisputeGame", "IInferenceConsumer", "JobRegistry", "Lens", "ModelRegistry", "OPG", "OpVerifier", "StakeRegistry"];

const options = (out: string): TypeDocOptions & Partial<PluginOptions> => ({
  plugin: ["typedoc-plugin-markdown"],
  entryPoints: Object.values(ENTRIES).map(({ file }) => join(root, file)),
  tsconfig: join(root, "tsconfig.json"),
  out,
  readme: "none",
  // The types are checked by `npm run typecheck`.
  skipErrorChecking: true,
  exclude: ["**/types/ethers-contracts/**"],
  excludeExternals: true,
  disableSources: true,
  logLevel: "Error",
  entryFileName: "index",
  outputFileStrategy: "modules",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  propertyMembersFormat: "table",
  sort: ["source-order"],
});

/** What the entries have in common stands on the page of the first. */
const INDEX = `# SDK

*This page is made by \`npm run reference\` from the kit's sources.*

Everything that the package \`opengradient-optimistic-sdk\` exports. How to use it: [its page](../../../sdk/README.md).

| import from | page |
|---|---|
${Object.entries(ENTRIES).map(([page, { from }]) => `| \`${from}\` | [${page}](${page}.md) |`).join("\n")}

The entry over ethers also exports TypeChain's types of the contracts: ${TYPECHAIN.map((name) => `[${name}](../contracts/${name}.md)`).join(", ")}. Their methods are the contracts' functions.
`;

/**
 * Rationale: TypeDoc counts a type and a function whose names differ in a capital alone (NumberTensor, numberTensor) otherwise than they
 * are counted where Markdown is shown: a link to a number that no heading has means the first of that name.
 */
function withFirstHeadings(out: string): void {
  const pages = Object.keys(ENTRIES).map((name) => `${name}.md`);
  const texts = new Map(pages.map((file) => [file, readFileSync(join(out, file), "utf8")]));
  const places = new Map([...texts].map(([file, text]) => [file, new Set([...anchorsOf(text), ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)])]));
  for (const [file, text] of texts) {
    const led = text.replace(/\]\(([\w.]*)#([\w-]+?)-(\d+)\)/g, (link, page: string, name: string, number: string) =>
      places.get(page === "" ? file : page)!.has(`${name}-${number}`) ? link : `](${page}#${name})`,
    );
    writeFileSync(join(out, file), led);
  }
}

/** Writes the pages into a folder. Throws if TypeDoc finds a fault. */
export async function writeSdkPages(out: string): Promise<void> {
  const application = await Application.bootstrapWithPlugins(options(out));
  const project = await application.convert();
  if (project === undefined) throw new Error("TypeDoc cannot read the entries of the kit: see npm run typecheck");
  await application.generateOutputs(project);
  if (application.logger.hasErrors()) throw new Error("TypeDoc cannot write the pages of the kit");
  withFirstHeadings(out);
  writeFileSync(join(out, "index.md"), INDEX);
}
