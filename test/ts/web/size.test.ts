import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { explorerFolder } from "../../../oracle/api/explorer/files.ts";
import { provideExplorer } from "../../../scripts/devnet/explorer.ts";
import { firstPage } from "../../support/firstPage.ts";
import { filesBelow } from "../../support/packed.ts";

/** Bytes in gzip. */
const MOST_AT_FIRST = 250_000;

describe("the explorer's built files", function () {
  this.timeout(180_000);
  const dist = explorerFolder();
  before(() => provideExplorer(() => undefined));

  it(`are at most ${MOST_AT_FIRST / 1_000} kB before anything is shown, without the libraries of chain and compiler`, () => {
    const files = firstPage(dist);
    const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
    if (process.env.OPG_FIGURES === "1") console.log(`      first page: ${(bytes / 1_000).toFixed(0)} kB in gzip, in ${files.size} files`);
    expect(files.size).to.be.greaterThan(2);
    expect(bytes).to.be.within(50_000, MOST_AT_FIRST);
    const scripts = [...files.keys()].filter((path) => path.endsWith(".js")).map((path) => readFileSync(join(dist, path), "utf8")).join("\n");
    // What only ethers' and the compiler's code has.
    for (const heavy of ["invalid BytesLike value", "onnx.ModelProto"]) expect(scripts.includes(heavy), heavy).to.equal(false);
  });

  it("have no source maps, and name nothing of another server", () => {
    const files = filesBelow(dist);
    expect(files.length).to.be.greaterThan(10);
    expect(files.filter((file) => file.endsWith(".map"))).to.deep.equal([]);
    for (const file of files) expect(readFileSync(join(dist, file), "latin1").includes("sourceMappingURL"), file).to.equal(false);
    const page = readFileSync(join(dist, "index.html"), "utf8");
    expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address).filter((address) => !address.startsWith("./"))).to.deep.equal([]);
  });
});
