import { expect } from "chai";
import { concatBytes, fromHex, sameBytes, toHex, utf8 } from "../../../core/bytes.ts";
import { sha256 as inBrowsers } from "../../../core/sha256/browser.ts";
import { sha256 } from "../../../core/sha256/node.ts";

const some = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 13);

describe("bytes without Node", () => {
  it("are hex digits and back", () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(toHex(all)).to.equal(`0x${Buffer.from(all).toString("hex")}`);
    expect(fromHex(toHex(all))).to.deep.equal(all);
    expect(fromHex(toHex(all).toUpperCase().replace("X", "x"))).to.deep.equal(all);
    expect(toHex(new Uint8Array())).to.equal("0x");
    for (const text of ["", "00", "0x0", "0x0g", "0x@0", "0x0:", "0xé0", "0x 1"]) expect(() => fromHex(text), text).to.throw("no bytes");
  });

  it("differ where one of them does, wherever they stand in memory", () => {
    for (let length = 0; length < 10; length++)
      for (let start = 0; start < 4; start++) {
        const a = some(length);
        const b = new Uint8Array(start + length + 3).subarray(start, start + length);
        b.set(a);
        expect(sameBytes(a, b)).to.equal(true);
        for (let i = 0; i < length; i++) {
          b[i] ^= 1;
          expect(sameBytes(a, b), `${length} bytes from ${start}, byte ${i}`).to.equal(false);
          b[i] ^= 1;
        }
      }
    expect(sameBytes(some(4), some(5))).to.equal(false);
  });

  it("follow each other in one piece", () => {
    expect(concatBytes([some(3), new Uint8Array(), utf8("é")])).to.deep.equal(Uint8Array.of(...some(3), 0xc3, 0xa9));
  });

  it("have the same SHA-256 in a browser as in Node", () => {
    for (const length of [0, 1, 65, 1025, 5000]) expect(toHex(inBrowsers(some(length)))).to.equal(toHex(sha256(some(length))));
  });
});
