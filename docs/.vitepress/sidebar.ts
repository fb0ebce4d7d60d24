/** Where pages stand. Folders of generated references are listed where they have been made. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";
import { ROOT } from "./documents.ts";

type Item = DefaultTheme.SidebarItem;

const page = (text: string, link: string): Item => ({ text, link });

/** Pages of a folder of docs/ and of folders in it, by their own titles, its index first. Empty if the folder was not made. */
function folder(path: string): Item[] {
  const place = join(ROOT, "docs", path);
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .sort((a, b) => Number(b === "index.md") - Number(a === "index.md") || a.localeCompare(b))
    .map((file) => {
      const title = /^# (.*)$/m.exec(readFileSync(join(place, file), "utf8"))?.[1] ?? file;
      return page(title.replaceAll(/[`*\\]/g, ""), `/${path}/${file.replace(/\.md$/, "").replace(/(^|\/)index$/, "$1")}`);
    });
}

/** References that are generated have a sidebar of their own, since they have many pages. */
const GENERATED = [
  { text: "Contracts", path: "reference/contracts" },
  { text: "Kit for dApps", path: "reference/sdk" },
] as const;

const START: Item = {
  text: "Start",
  items: [
    page("In a minute", "/start"),
    page("A network on your machine", "/devnet"),
    page("The repository", "/readme"),
    page("Glossary", "/glossary"),
  ],
};

const ROLES: Item = {
  text: "Roles",
  items: [
    page("A contract that asks", "/roles/dapp"),
    page("Requester", "/roles/requester"),
    page("Publisher", "/roles/publisher"),
    page("Operator", "/roles/operator"),
    page("Watcher and challenger", "/roles/watcher"),
    page("Staker", "/roles/staker"),
  ],
};

const PROTOCOL: Item = {
  text: "Protocol",
  items: [
    page("Protocol", "/protocol"),
    page("The same in real bytes", "/bytes"),
    page("Threat model", "/threat-model"),
    page("Attacks", "/attacks"),
    page("Economics", "/economics"),
    page("Accounting", "/accounting"),
    page("Limits", "/limits"),
    page("Architecture", "/architecture"),
    page("Kernels", "/operators/kernels"),
  ],
};

const reference = (): Item => ({
  text: "Reference",
  items: [
    page("Operators", "/operators"),
    page("Commands", "/commands"),
    page("Settings", "/settings"),
    page("Errors", "/errors"),
    page("Events of the contracts", "/contract-events"),
    page("API of the index", "/api"),
    page("Explorer", "/explorer"),
    ...GENERATED.flatMap(({ text, path }) => (folder(path).length === 0 ? [] : [page(text, `/${path}/`)])),
    page("Models", "/models/"),
  ],
});

const PACKAGES: Item = {
  text: "Packages",
  items: [
    page("contracts", "/packages/contracts"),
    page("sdk", "/packages/sdk"),
    page("core", "/packages/core"),
    page("opg", "/packages/opg"),
    page("explorer", "/packages/explorer"),
    page("create-opg-app", "/packages/create-opg-app"),
  ],
};

const OPERATIONS: Item = {
  text: "Operations",
  items: [page("Hosts, workers, upgrades", "/operations"), page("Health, figures, log", "/operating"), page("Hardware", "/hardware")],
};

const EVIDENCE: Item = {
  text: "Evidence",
  items: [
    page("Benchmarks", "/benchmarks"),
    page("Coverage of models", "/coverage"),
    page("Mutation", "/mutation"),
    page("Contributing", "/contributing"),
    page("Adding an operator", "/adding-an-operator"),
  ],
};

export const sidebar = (): DefaultTheme.SidebarMulti => ({
  "/": [
    START,
    ROLES,
    { text: "Recipes", items: folder("recipes") },
    { text: "Moving here", items: folder("migration") },
    { text: "Costs", items: [page("What does it cost?", "/calculator")] },
    PROTOCOL,
    reference(),
    PACKAGES,
    OPERATIONS,
    EVIDENCE,
  ],
  ...Object.fromEntries(GENERATED.map(({ text, path }) => [`/${path}/`, [page("All documents", "/start"), { text, items: folder(path) }]])),
});

export const nav: DefaultTheme.NavItem[] = [
  { text: "Start", link: "/start" },
  { text: "Contracts that ask", link: "/roles/dapp" },
  { text: "Protocol", link: "/protocol" },
  { text: "Costs", link: "/calculator" },
];
