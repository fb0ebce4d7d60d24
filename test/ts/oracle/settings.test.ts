import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { configSchema, ENVIRONMENT, ENVIRONMENT_ONLY } from "../../../oracle/config/schema.ts";
import { AROUND, SETTINGS_FILE, settingsPage } from "../../../checks/settings.ts";

const root = join(import.meta.dirname, "..", "..", "..");
/** How the launcher tells the process that it starts who it is. */
const INTERNAL = ["OPG_LAUNCHED"];
const namesOf = (...tables: readonly (readonly (readonly [string, ...unknown[]])[])[]) => tables.flatMap((table) => table.map(([name]) => name));

/** The variables that these files name. */
function named(...patterns: string[]): Set<string> {
  const text = globSync(patterns, { cwd: root, exclude: ["checks/settings.ts", "oracle/config/schema.ts"] }).map((file) => readFileSync(join(root, file), "utf8"));
  return new Set(text.join("\n").match(/\b(?:OPG|AWS)_[A-Z_]+\b/g));
}

describe("the settings", () => {
  it("are what docs/settings.md says (npm run settings)", () => {
    expect(readFileSync(SETTINGS_FILE, "utf8")).to.equal(settingsPage());
  });

  it("have each a meaning, and say what they take", () => {
    const one = (field: z.ZodType) => settingsPage(z.strictObject({ section: z.strictObject({ one: field }).prefault({} as never).describe("A section.") }));
    const taking = z.string({ error: "must be a path" });
    expect(one(taking.default("a|b").describe("A field."))).to.include('| `section.one` |  | a path | `"a\\|b"` | A field. |');
    expect(() => one(taking.default("a"))).to.throw("section.one has no description");
    expect(() => one(z.string().default("a").describe("A field."))).to.throw("section.one does not say what it takes");
    expect(() => settingsPage(z.strictObject({ section: z.strictObject({}).prefault({}) }))).to.throw("section has no description");
  });

  it("have a variable of their own each, of a setting that there is", () => {
    const names = namesOf(ENVIRONMENT, ENVIRONMENT_ONLY, AROUND);
    expect(new Set(names).size).to.equal(names.length);
    const paths = [...settingsPage().matchAll(/^\| `([a-z]+(?:\.[a-zA-Z]+)?|dataDir)` \|/gm)].map(([, path]) => path);
    expect(paths).to.have.length.greaterThan(Object.keys(configSchema.shape).length);
    expect(paths).to.include.members(ENVIRONMENT.map(([, path]) => path));
  });

  it("and every variable that the program reads is in the tables", () => {
    const read = [...named("{core,oracle}/**/*.{ts,mjs}", "scripts/devnet/*.ts")];
    expect(read).to.have.length.greaterThan(10);
    expect([...namesOf(ENVIRONMENT, ENVIRONMENT_ONLY, AROUND), ...INTERNAL]).to.include.members(read);
    for (const name of namesOf(ENVIRONMENT_ONLY)) if (name.startsWith("OPG_")) expect(read).to.include(name);
  });

  it("and so is every one around it, and no other", () => {
    const around = named("{scripts,checks,bench,test,deploy,docs}/**/*.{ts,mjs,md,yaml}", "deploy/.env.example", "hardhat.config.ts", "package.json", "README.md");
    expect([...namesOf(ENVIRONMENT, ENVIRONMENT_ONLY, AROUND), ...INTERNAL]).to.include.members([...around]);
    for (const name of namesOf(AROUND)) if (name.startsWith("OPG_")) expect([...around]).to.include(name);
  });
});
