/** What the fields of the protocol's messages mean, byte by byte (docs/protocol.md §1.4, §1.5, §3.1, §4.5). */
import { formatEther, getAddress, ParamType } from "ethers";
import { PROOF, TRACE_OPENING } from "../../core/dispute/proof.ts";
import { Opcode, ruleName, type Rule } from "../../core/program/types.ts";
import { abiPieces, Cursor, numberIn, type Meaning, type Piece, type Reader } from "./pieces.ts";

/** Known words (addresses, hashes) by their hex digits without 0x. */
export type Known = ReadonlyMap<string, string>;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const float = (bytes: Uint8Array): string => String(new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true));
const opcodeName = (value: number): string => Object.entries(Opcode).find(([, opcode]) => opcode === value)?.[0] ?? "";
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = { Gemm: ["transA", "transB", "alpha", "beta"] };

export const readFloats: Reader = (bytes, at, field) => {
  const cursor = new Cursor(bytes, at);
  for (let i = 0; i < bytes.length / 4; i++) cursor.take(4, `${field}[${i}]`, float);
  return cursor.done();
};

function takeShape(cursor: Cursor, field: string, perm: boolean): number {
  cursor.number(1, `${field}.dtype`, (dtype) => `${dtype}${dtype === 1 ? ", float32" : ""}`);
  const rank = cursor.number(1, `${field}.rank`);
  let size = 1;
  for (let axis = 0; axis < rank; axis++) size *= cursor.number(4, `${field}.dim ${axis}`);
  if (perm) for (let axis = 0; axis < rank; axis++) cursor.number(1, `${field}.perm ${axis}`);
  return size;
}

const KINDS = ["a computed tensor", "a constant by its root", "absent", "a constant in the row"] as const;

function takeTensor(cursor: Cursor, field: string): void {
  const kind = cursor.number(1, `${field}.kind`, (value) => `${value}, ${KINDS[value]}`);
  if (kind === 2) return;
  const size = takeShape(cursor, field, true);
  if (kind === 0) cursor.number(4, `${field}.id`);
  else if (kind === 1) cursor.take(32, `${field}.root`, () => "");
  else for (let i = 0; i < size; i++) cursor.take(4, `${field}.value[${i}]`, float);
}

export const readRow: Reader = (bytes, at, field) => {
  const cursor = new Cursor(bytes, at);
  const opcode = cursor.number(2, `${field}.opcode`, opcodeName);
  cursor.number(1, `${field}.rule`, (rule) => `${rule}, ${ruleName(rule as Rule)}`);
  cursor.number(1, `${field}.flags`);
  cursor.number(4, `${field}.chunk`);
  const inputs = cursor.number(1, `${field}.inputCount`);
  takeTensor(cursor, `${field}.output`);
  for (let i = 0; i < inputs; i++) takeTensor(cursor, `${field}.input ${i}`);
  const attributes = cursor.number(1, `${field}.attributeCount`);
  const names = ATTRIBUTES[opcodeName(opcode)] ?? [];
  for (let i = 0; i < attributes; i++) {
    const name = names[i] ?? `attribute ${i}`;
    const isFloat = ["alpha", "beta"].includes(name);
    cursor.number(4, `${field}.${name}`, (value) => (isFloat ? `${new Float32Array(Uint32Array.of(value).buffer)[0]}, as binary32` : String(value)));
  }
  return cursor.done();
};

export const readHeader: Reader = (bytes, at, field) => {
  const cursor = new Cursor(bytes, at);
  cursor.number(1, `${field}.format`);
  cursor.number(4, `${field}.tensorCount`);
  cursor.number(4, `${field}.nodeCount`);
  const inputs = cursor.number(1, `${field}.inputCount`);
  for (let i = 0; i < inputs; i++) takeShape(cursor, `${field}.input ${i}`, false);
  const outputs = cursor.number(1, `${field}.outputCount`);
  for (let i = 0; i < outputs; i++) {
    cursor.number(4, `${field}.output ${i}.id`);
    takeShape(cursor, `${field}.output ${i}`, false);
  }
  return cursor.done();
};

/** What `abi.encode` of a single value is. Offsets in it count from its own first byte. */
const encoded = (type: string, meaning: () => Meaning): Reader => (bytes, at, field) =>
  abiPieces([ParamType.from(`${type} ${field}`)], bytes, 0, meaning()).map((piece) => ({ ...piece, at: piece.at + at }));

/** Fields by their names in the ABI, and all other words by what is known. */
export function meaningOf(known: Known): Meaning {
  const nobody = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
  const address = (bytes: Uint8Array): string => known.get(hex(bytes)) ?? (nobody(bytes) ? "nobody" : getAddress(`0x${hex(bytes)}`));
  const opg = (bytes: Uint8Array): string => `${formatEther(numberIn(bytes))} OPG`;
  const split = (...fields: readonly (readonly [number, string, ((bytes: Uint8Array) => string)?])[]): Reader => (bytes, at, field) => {
    const cursor = new Cursor(bytes, at);
    for (const [size, name, says] of fields) cursor.take(size, `${field}.${name}`, says);
    return cursor.done();
  };
  const id = split([4, "zero"], [20, "requester", address], [8, "nonce"]);
  const meaning: Meaning = {
    fields: {
      id,
      jobId: id,
      terms: split([12, "fee", opg], [12, "bond", opg], [3, "callbackGas"], [3, "window"], [2, "share"]),
      claim: split([20, "operator", address], [5, "deadline"], [5, "time"], [2, "named"]),
      input: (bytes, at, field) => (bytes.length === 32 ? word(bytes, at, field) : readFloats(bytes, at, field)),
      output: (bytes, at, field) => (bytes.length === 32 ? word(bytes, at, field) : readFloats(bytes, at, field)),
      data: readFloats,
      row: readRow,
      header: readHeader,
      uri: (bytes, at, field) => [{ at, size: bytes.length, field, says: Buffer.from(bytes).toString() }],
      shown: (bytes, at, field) => {
        const starts = Array.from({ length: bytes.length / 32 }, (_, i) => 32 * i);
        return starts.flatMap((from, i) => word(bytes.subarray(from, from + 32), at + from, `${field}.${i}`));
      },
      opening: encoded(TRACE_OPENING, () => meaning),
      proof: encoded(PROOF, () => meaning),
    },
    word(type, bytes) {
      const value = numberIn(bytes);
      if (type === "address") return address(bytes.subarray(12));
      if (type === "bool") return String(value === 1n);
      if (type.startsWith("bytes")) return known.get(hex(bytes)) ?? (value === 0n ? "zero" : "");
      return value >= 10n ** 15n ? `${formatEther(value)} OPG` : String(value);
    },
  };
  return meaning;

  function word(bytes: Uint8Array, at: number, field: string): Piece[] {
    return [{ at, size: bytes.length, field, says: meaning.word("bytes32", bytes) }];
  }
}
