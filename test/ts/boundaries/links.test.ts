import { expect } from "chai";
import { join } from "node:path";
import { deadCommands, deadLinks, documentsOf } from "../../../checks/links.ts";
import { told } from "../../support/planted.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

describe("the documents", () => {
  it("have no relative link that leads to no file or, with #, to no heading", () => {
    expect(documentsOf(ROOT)).to.include.members(["README.md", "docs/protocol.md", "docs/roles/dapp.md", "contracts/README.md", "models/digits-cnn/README.md"]);
    expect(deadLinks(ROOT)).to.deep.equal([]);
  });

  it("name no command of npm that there is not", () => {
    expect(deadCommands(ROOT)).to.deep.equal([]);
  });

  it("would be found out: a file that is missing, a heading that is missing, a heading in a block of code", () => {
    const files = {
      "README.md": "[a](docs/a.md) [b](docs/b.md) [c](docs/a.md#c) [d](#there) [e](https://example.org/x.md) `[f](f.md)`\n## There\n",
      "docs/a.md": "# A\n## 2.1 What *is* `left`, and why\n## Twice\n## Twice\n[x](#21-what-is-left-and-why) [y](#twice-1) [z](../README.md#there) [q](#quoted)\n```sh\n# Quoted\n[g](g.md)\n```\n",
    };
    expect(told(deadLinks, files)).to.deep.equal([
      "README.md links to docs/b.md: there is no docs/b.md",
      "README.md links to docs/a.md#c: docs/a.md has no such heading",
      "docs/a.md links to #quoted: docs/a.md has no such heading",
    ]);
  });

  it("would be found out: a command that package.json has not", () => {
    const files = { "package.json": '{ "scripts": { "demo": "x", "test:deep": "y" } }', "docs/a.md": "`npm run demo`, `npm run test:deep`, `npm run gone -- --x`\n" };
    expect(told(deadCommands, files)).to.deep.equal(["docs/a.md names npm run gone, which package.json has not"]);
  });
});
