/**
 * Checks the direction of imports that docs/architecture.md promises, in both languages, and the twin rule.
 * Prints every breach and exits with code 1 if there is one.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const faults: string[] = [];

/** Folder of `contracts/` or `oracle/` → folders that its files may import from. */
const SOLIDITY: Record<string, readonly string[]> = {
  types: [],
  interfaces: ["types"],
  math: ["types"],
  merkle: ["types", "interfaces"],
  ops: ["types", "math", "merkle"],
  families: ["types", "interfaces", "merkle", "math", "ops"],
  token: ["interfaces"],
  registry: ["types", "interfaces", "token"],
  staking: ["types", "interfaces", "token"],
  jobs: ["types", "interfaces", "token"],
  dispute: ["types", "interfaces", "merkle", "math", "token"],
  consumer: ["types", "interfaces", "math"],
  periphery: ["types", "interfaces"],
};
const TYPESCRIPT: Record<string, readonly string[]> = {
  core: [],
  ports: ["core"],
  chain: ["core", "ports"],
  runtime: ["core", "ports"],
  store: ["core", "ports"],
  api: ["core", "ports"],
  telemetry: ["core", "ports"],
  config: ["core", "ports"],
  roles: ["core", "ports"],
};
/** What `oracle/core` must not touch: clock, disk, network, environment. */
const IMPURE = /from "node:(fs|http|https|net|child_process|os|worker_threads|timers|dns|tls)|\bprocess\.env\b|\bDate\.now\(|\bfetch\(/;

/** The part of the tree a file belongs to: its first folder, or its name for a file that stands directly below. */
const part = (file: string): string => file.split("/")[0].replace(/\.(ts|sol)$/, "");

function check(base: string, pattern: string, rules: Record<string, readonly string[]>, imports: RegExp): void {
  for (const file of globSync(pattern, { cwd: join(root, base) })) {
    const own = part(file);
    const allowed = rules[own];
    if (allowed === undefined) continue;
    const text = readFileSync(join(root, base, file), "utf8");
    for (const [, target] of text.matchAll(imports)) {
      const resolved = normalize(join(dirname(file), target));
      if (resolved.startsWith("..")) {
        if (!/^(\.\.\/)+(abi|deployments|types|package\.json)/.test(resolved)) faults.push(`${base}/${file} imports ${target}, outside ${base}/`);
        continue;
      }
      const other = part(resolved);
      if (other !== own && !allowed.includes(other)) faults.push(`${base}/${file} imports ${base}/${resolved}: ${own} may import ${allowed.join(", ") || "nothing else"}`);
    }
    if (base === "oracle" && own === "core" && IMPURE.test(text)) faults.push(`${base}/${file} is not pure: ${IMPURE.exec(text)?.[0]}`);
  }
}

check("contracts", "**/*.sol", SOLIDITY, /from "(\.[^"]+)"/g);
check("oracle", "**/*.ts", TYPESCRIPT, /from "(\.[^"]+)"/g);

// Twin rule: an operator has one name in five places.
const camel = (name: string): string => {
  const lead = /^[A-Z]+(?=[A-Z][a-z]|$)/.exec(name)?.[0] ?? name[0];
  return lead.toLowerCase() + name.slice(lead.length);
};
const { Opcode } = (await import("../oracle/core/program/types.ts")) as { Opcode: Record<string, number> };
for (const name of Object.keys(Opcode))
  for (const place of [
    `contracts/ops/${name}.sol`,
    `oracle/core/operators/${camel(name)}.ts`,
    `test/vectors/ops/${name}.json`,
    `test/solidity/ops/${name}.t.sol`,
    `test/ts/ops/${name}.test.ts`,
  ])
    if (!existsSync(join(root, place))) faults.push(`operator ${name} lacks ${relative(root, join(root, place))}`);

for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? "boundaries: in order" : `boundaries: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
