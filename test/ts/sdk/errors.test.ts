import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Interface, type ErrorFragment } from "ethers";
import { CONTRACT_ERRORS, INNER_ERRORS, type ContractErrorName } from "../../../core/contractErrors.ts";
import type { Hex } from "../../../core/hex.ts";
import { revertIn } from "../../../sdk/chain/reverts.ts";
import { decodeRevert, OpgError } from "../../../sdk/index.ts";

const abi = join(import.meta.dirname, "..", "..", "..", "contracts", "abi");
const abis = readdirSync(abi).filter((file) => /^[A-Z]/.test(file));
const contracts = [...abis.map((file) => new Interface(readFileSync(join(abi, file), "utf8"))), new Interface(INNER_ERRORS)];
const errors = contracts.flatMap(({ fragments }) => fragments.filter((fragment): fragment is ErrorFragment => fragment.type === "error"));

/** A value of each type, none of them zero. */
const valueOf = (type: string): unknown =>
  type === "string" ? "x" : type === "address" ? `0x${"ab".repeat(20)}` : type.startsWith("bytes") ? `0x${"12".repeat(Number(/\d+/.exec(type)?.[0] ?? 3))}` : 7n;

describe("errors of the kit", () => {
  it("are every error of every contract, by its name, with its values, in words, and with the way out", () => {
    const names = new Set(errors.map(({ name }) => name));
    expect([...names].sort()).to.deep.equal(Object.keys(CONTRACT_ERRORS).sort());
    for (const fragment of errors) {
      const values = fragment.inputs.map(({ type }) => valueOf(type));
      const error = decodeRevert(new Interface([fragment]).encodeErrorResult(fragment, values) as Hex, "the cause");
      expect(error, fragment.name).to.be.instanceOf(OpgError);
      expect(error).to.deep.include({ code: fragment.name, remedy: CONTRACT_ERRORS[fragment.name as ContractErrorName].fix, cause: "the cause" });
      expect(Object.keys(error.args), fragment.name).to.deep.equal(fragment.inputs.map(({ name }) => name));
      expect(error.message, fragment.name).to.include(`(${fragment.name})`).and.not.match(/undefined|\{/);
    }
  });

  it("tell what is no error of these contracts, too", () => {
    const builtin = new Interface(["error Error(string reason)", "error Panic(uint256 code)"]);
    expect(decodeRevert(builtin.encodeErrorResult("Error", ["no thanks"]) as Hex)).to.deep.include({ code: "REVERTED", message: "reverted: no thanks" });
    expect(decodeRevert(builtin.encodeErrorResult("Panic", [17n]) as Hex).message).to.equal("reverted: panic 17");
    expect(decodeRevert("0x12345678").message).to.equal("reverted with 0x12345678");
    expect(decodeRevert("0x08c379a0ff").code).to.equal("REVERTED");
  });

  it("are found wherever a library puts what a node answered, and nowhere else", () => {
    const data = "0x12345678";
    for (const thrown of [{ data }, { info: { error: { data: { data } } } }, { cause: { cause: { raw: data } } }, { error: { data: { result: data } } }]) expect(revertIn(thrown)).to.equal(data);
    const circle: Record<string, unknown> = {};
    circle.cause = circle;
    for (const thrown of [undefined, null, "0x12345678", { data: "0x" }, { data: "Reverted" }, circle]) expect(revertIn(thrown)).to.equal(undefined);
  });
});
