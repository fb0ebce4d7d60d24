import { readFileSync } from "node:fs";
import { expect } from "chai";
import { ParamType } from "ethers";
import { encodeAbi } from "../../../core/abi.ts";
import { BYTES_FILE, bytesPage } from "../../../checks/bytes/page.ts";
import { abiPieces, Cursor, lines } from "../../../checks/bytes/pieces.ts";
import { play } from "../../../checks/bytes/scene.ts";

describe("one job and one conviction in real bytes", () => {
  it("are what docs/bytes.md says (npm run bytes)", async () => {
    expect(readFileSync(BYTES_FILE, "utf8")).to.equal(bytesPage(await play()));
  });

  it("say of every byte what it is, and of none twice", () => {
    const meaning = { fields: {}, word: (type: string) => type };
    for (const [types, values] of [
      ["tuple(uint256 a, bytes b) x, address[] y", [[1, "0x0102"], [`0x${"11".repeat(20)}`]]],
      ["string[2] s, tuple(uint8 c, bool[3] d)[] t", [["a", "b".repeat(40)], [[1, [true, false, true]]]]],
    ] as const) {
      const params = ParamType.from(`tuple(${types}) all`).components!;
      const data = Buffer.from(encodeAbi(params, values).slice(2), "hex");
      const pieces = abiPieces(params, data, 0, meaning);
      expect(lines(data, pieces).split("\n")).to.have.length(pieces.reduce((sum, { size }) => sum + Math.ceil(size / 32), 0));
      expect(() => lines(data, pieces.slice(1))).to.throw("what is before it ends at 0");
      expect(() => lines(data, [...pieces, pieces[0]])).to.throw("begins at byte 0");
      expect(() => lines(data, pieces.slice(0, -1))).to.throw("belong to nothing");
    }
    const cursor = new Cursor(Uint8Array.of(1, 2), 0);
    cursor.take(1, "one");
    expect(() => cursor.done()).to.throw("1 bytes are left over");
    expect(() => cursor.take(2, "two")).to.throw("two ends behind the bytes");
  });
});
