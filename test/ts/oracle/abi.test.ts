import { expect } from "chai";
import { AbiCoder, hexlify, Interface, ParamType } from "ethers";
import { encodeAbi, encodeCall } from "../../../core/abi.ts";
import { Random } from "../../support/random.ts";

const coder = AbiCoder.defaultAbiCoder();

/** A random type, dynamic ones inside static ones and the other way round, and a random value of it. */
function draw(random: Random, depth = 3): { type: string; value: () => unknown } {
  const bytes = (length: number): unknown => {
    const raw = Uint8Array.from({ length }, () => random.u32() & 255);
    return random.chance(0.5) ? raw : hexlify(raw);
  };
  const kind = depth === 0 ? random.int(0, 4) : random.int(0, 7);
  if (kind === 0) {
    const bits = 8 * random.int(1, 32);
    return { type: `uint${bits}`, value: () => (random.chance(0.5) ? random.int(0, 255) : BigInt.asUintN(bits, BigInt(hexlify(Uint8Array.from({ length: 32 }, () => random.u32() & 255))))) };
  }
  if (kind === 1) {
    const length = random.int(1, 32);
    return { type: `bytes${length}`, value: () => bytes(length) };
  }
  if (kind === 2) return { type: "address", value: () => hexlify(Uint8Array.from({ length: 20 }, () => random.u32() & 255)) };
  if (kind === 3) return { type: "bytes", value: () => bytes(random.pick([0, 1, 31, 32, 33, 5000])) };
  if (kind === 4) return random.chance(0.5) ? { type: "bool", value: () => random.chance(0.5) } : { type: "string", value: () => random.pick(["", "a", "Größe", "x".repeat(100)]) };
  if (kind === 5) {
    const members = Array.from({ length: random.int(1, 4) }, () => draw(random, depth - 1));
    return { type: `tuple(${members.map(({ type }) => type).join(", ")})`, value: () => members.map(({ value }) => value()) };
  }
  const { type, value } = draw(random, depth - 1);
  const length = random.int(1, 4);
  if (kind === 6) return { type: `${type}[]`, value: () => Array.from({ length: random.int(0, 4) }, value) };
  return { type: `${type}[${length}]`, value: () => Array.from({ length }, value) };
}

describe("the ABI's encoding", () => {
  it("is ethers', of 2,000 random types and values", () => {
    const random = new Random(77);
    for (let i = 0; i < 2_000; i++) {
      const members = Array.from({ length: random.int(1, 4) }, () => draw(random));
      const types = members.map(({ type }) => type);
      const values = members.map(({ value }) => value());
      expect(encodeAbi(types, values), types.join("; ")).to.equal(coder.encode(types, values));
    }
  });

  it("begins a call with the function's selector", () => {
    const abi = new Interface(["function f(uint256 a, bytes b, (address c, uint8[] d) e)"]);
    const [c, d] = [`0x${"ab".repeat(20)}`, [1, 2]];
    const data = abi.encodeFunctionData("f", [7, "0x1234", [c, d]]);
    expect(encodeCall(abi.getFunction("f")!, [7, "0x1234", [c, d]])).to.equal(data);
    expect(encodeCall(abi.getFunction("f")!, [7, "0x1234", { d, c }])).to.equal(data);
  });

  it("refuses what the type has no room for", () => {
    expect(() => encodeAbi(["uint8"], [256])).to.throw(RangeError, "256 is no uint8");
    expect(() => encodeAbi(["uint256"], [-1n])).to.throw(RangeError, "-1 is no uint256");
    expect(() => encodeAbi(["bytes32"], ["0x12"])).to.throw(RangeError, "1 bytes for bytes32");
    expect(() => encodeAbi(["bytes"], ["0x123"])).to.throw(TypeError, "0x123 are no bytes");
    expect(() => encodeAbi(["uint8", "uint8"], [1])).to.throw(TypeError, "1 values for 2");
    expect(() => encodeAbi([ParamType.from("tuple(uint8 a, uint8 b)")], [[1]])).to.throw(TypeError);
  });
});
