import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const json = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8")) as Record<string, never>;

interface Locked {
  readonly hasInstallScript?: boolean;
  readonly engines?: Record<string, string>;
  readonly link?: boolean;
}

describe("an installation", () => {
  const packages = Object.entries(json("package-lock.json").packages as Record<string, Locked>);

  it("runs no script of any package, whichever npm it is: npm run trim-lock keeps it so", () => {
    expect(packages.length).to.be.greaterThan(300);
    expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([name]) => name)).to.deep.equal([]);
  });

  it("has opg of its own among the commands, so that npx opg installs nothing and builds nothing", () => {
    expect(json("package.json")).not.to.have.property("bin");
    expect(json("package.json").workspaces).to.deep.equal(["core", "oracle"]);
    expect(json("oracle/package.json")).to.deep.include({ name: "opg", bin: { opg: "opg.mjs" } }).and.not.have.property("scripts");
    expect(Object.fromEntries(packages)["node_modules/opg"]).to.deep.include({ link: true });
  });

  it("sets nothing that npm 10 or 11 does not know", () => {
    const settings = readFileSync(join(ROOT, ".npmrc"), "utf8").split("\n").filter((line) => line !== "").map((line) => line.split("=")[0]);
    expect(settings).to.have.members(["fund", "audit"]);
  });
});
