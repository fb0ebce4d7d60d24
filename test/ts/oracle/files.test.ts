import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { addToCache } from "../../../oracle/store/files.ts";
import { createShelf } from "../../../oracle/store/shelf.ts";
import { smallDisk } from "../../support/smallDisk.ts";

describe("files on a full disk", () => {
  const failureOf = (promise: Promise<unknown>) => promise.then(() => undefined, (error: unknown) => error);

  it("are named as such, leave no drafts, and are written when there is room", async () => {
    const disk = smallDisk(4);
    const root = disk?.path ?? mkdtempSync(join(tmpdir(), "opg-files-"));
    const { writeFile } = fs;
    // Where no disk can be had, the system says what it says of a full one.
    const full = (yes: boolean) => {
      if (disk !== undefined) return yes ? disk.fill(1) : disk.clear();
      fs.writeFile = yes ? () => Promise.reject(Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })) : writeFile;
      syncBuiltinESMExports();
    };
    const shelf = createShelf(join(root, "tensors"));
    const content = new Uint8Array(2 ** 21);
    const writes = {
      "a published file": () => addToCache(join(root, "models"), content),
      "an input": () => shelf.putInput("0x1", content),
      "values of an output": () => shelf.putOutput("0x1", content),
      "a trace": () => shelf.put("0x1", [content], new Uint8Array(32)),
    };
    try {
      for (const [what, write] of Object.entries(writes)) {
        full(true);
        expect(await failureOf(write()), what).to.include({ kind: "transient", code: "STORE_FULL" });
        const left = readdirSync(root, { recursive: true }).map(String).filter((name) => /(^|\/)\.[^/]/.test(name));
        expect(left, what).to.deep.equal([]);
        full(false);
        await write();
        for (const name of readdirSync(root)) if (name !== "ballast") rmSync(join(root, name), { recursive: true });
      }
    } finally {
      full(false);
      if (disk === undefined) rmSync(root, { recursive: true });
      disk?.close();
    }
  });
});
