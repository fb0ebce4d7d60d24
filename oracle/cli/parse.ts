import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { getAddress, parseUnits } from "ethers";
import { inputError } from "../../core/errors.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import type { Hex } from "../../core/hex.ts";
import type { Form } from "../../core/compile/form.ts";
import type { OpenExternal } from "../../core/compile/source.ts";
import { oddBool } from "../../core/tensor/bools.ts";
import { byteLength, sizeOf } from "../../core/tensor/shape.ts";
import { dtypeName, widthOf } from "../../core/tensor/dtype.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { showOpg } from "../../core/words.ts";

export function readInputFile(path: string, what = "file"): Uint8Array {
  try {
    const bytes = readFileSync(path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    throw inputError("FILE_UNREADABLE", `cannot read the ${what} ${path}: ${reasonOf(error)}`, { fix: "check the path" });
  }
}

export function parseDims(texts: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, size] = /^(.+)=(\d{1,9})$/.exec(text) ?? [];
      if (name === undefined || Number(size) < 1) {
        throw inputError("DIM", `"${text}" does not name a dimension and its size`, { fix: "write --dim batch=1" });
      }
      return [name, Number(size)];
    }),
  );
}

/** What the option `--form` does, for the help of the commands that have it. */
export const FORM = "portable: operators that CPUs compute apart are written in terms of others, which changes numbers a little; source: the file's own operators";

export function parseForm(text: string): Form {
  if (text === "portable" || text === "source") return text;
  throw inputError("FORM", `"${text}" is no form of a file`, { fix: "write --form portable or --form source" });
}

/** What the option `--accept-difference` does, for the help of the commands that have it. */
export const ACCEPT_DIFFERENCE = "with --form source: fuse nodes though that changes numbers, and take a canonical form that differs from the file";

/** External data beside the model; a file that is missing or outside its folder is for the compiler to name. */
export const externalBeside =
  (source: string): OpenExternal =>
  async (locations) => {
    const files = new Map<string, Uint8Array>();
    for (const location of locations) {
      const path = normalize(location);
      if (isAbsolute(path) || path.startsWith("..")) continue;
      const content = await readFile(join(dirname(source), path)).catch(() => undefined);
      if (content !== undefined) files.set(location, new Uint8Array(content));
    }
    return files;
  };

/** Largest values of the contracts' fields: of seconds and gas, and of amounts. */
export const UINT24 = 2 ** 24 - 1;
const UINT96 = 2n ** 96n - 1n;

/** An amount of OPG, as the contracts can hold it. */
export function parseAmount(text: string, name: string, least = 0n): bigint {
  const fix = { fix: `correct ${name}` };
  if (!/^\d{1,40}(\.\d{1,18})?$/.test(text)) {
    throw inputError("AMOUNT", `${name} must be an amount of OPG with up to 18 decimals, such as 0.5, not "${text.slice(0, 80)}"`, fix);
  }
  const amount = parseUnits(text);
  if (amount < least) throw inputError("AMOUNT", `${name} must be ${least === 1n ? "more than 0" : `at least ${showOpg(least)}`}`, fix);
  if (amount > UINT96) throw inputError("AMOUNT", `${name} is ${text} OPG, more than any account can hold`, fix);
  return amount;
}

export function parseCount(text: string, name: string, max = Number.MAX_SAFE_INTEGER, min = 0): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value) || value > max || value < min) {
    throw inputError("NUMBER", `${name} must be a whole number from ${min} to ${max}, not "${text.slice(0, 80)}"`, { fix: `correct ${name}` });
  }
  return value;
}

export function parseAddress(text: string, name: string): Hex {
  try {
    return getAddress(text).toLowerCase() as Hex;
  } catch {
    throw inputError("ADDRESS", `${name} must be an address, not "${text}"`, { fix: `correct ${name}` });
  }
}

export function parseVersion(text: string): Hex {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw inputError("VERSION", `"${text}" is not a version id`, { fix: "give 0x and 64 hex digits; see: opg model list" });
  }
  return text.toLowerCase() as Hex;
}

export const describeSpec = ({ name, dtype, dims }: TensorSpec): string => `${name}: ${dtypeName(dtype)} [${dims.join(", ")}]`;

/** Cuts a job's input (docs/protocol.md §1.7) into the graph inputs. */
export function cutInput(specs: readonly TensorSpec[], input: Uint8Array, what = "the input"): Uint8Array[] {
  const expected = specs.reduce((sum, spec) => sum + byteLength(spec), 0);
  if (input.length !== expected) {
    throw inputError("INPUT_LENGTH", `${what} has ${input.length} bytes, the model takes ${expected}`, {
      fix: `give the raw little-endian bytes of ${specs.map(describeSpec).join("; ")}`,
    });
  }
  let start = 0;
  const parts = specs.map((spec) => input.slice(start, (start += byteLength(spec))));
  const bent = oddBool(specs, parts);
  if (bent !== undefined) {
    throw inputError("INPUT_BOOL", `in ${what} "${bent.name}" is of bools, and its element ${bent.element} is the byte ${bent.byte}`, { fix: "write 1 for true and 0 for false" });
  }
  return parts;
}

/** Graph inputs from numbers, one comma-separated list for each, or as a JSON array, nested or not. */
export function encodeInputs(specs: readonly TensorSpec[], lists: readonly string[]): Uint8Array {
  if (lists.length !== specs.length) {
    const names = specs.map(describeSpec).join("; ");
    throw inputError("VALUES", `${lists.length} inputs were given, the model takes ${specs.length} (${names})`, {
      fix: "repeat --values once per graph input, in the model's order",
    });
  }
  return new Uint8Array(Buffer.concat(specs.map((spec, i) => encodeTensor(spec, parseNumbers(lists[i], spec.name)))));
}

function parseNumbers(text: string, name: string): number[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.trim().startsWith("[") ? text : `[${text}]`);
  } catch {
    parsed = undefined;
  }
  const flat = Array.isArray(parsed) ? (parsed as unknown[]).flat(8) : [];
  if (flat.length === 0 || flat.some((value) => typeof value !== "number")) {
    throw inputError("VALUES", `the values of ${name} are not a list of numbers`, { fix: "give numbers such as 0.5,1,2" });
  }
  return flat as number[];
}

function encodeTensor(spec: TensorSpec, values: readonly number[]): Uint8Array {
  if (values.length !== sizeOf(spec.dims)) {
    throw inputError("VALUES", `${spec.name} has ${sizeOf(spec.dims)} elements, ${values.length} were given`, {
      fix: `give values for shape [${spec.dims.join(", ")}]`,
    });
  }
  const bytes = new Uint8Array(byteLength(spec));
  const view = new DataView(bytes.buffer);
  const width = widthOf(spec.dtype);
  const type = dtypeName(spec.dtype);
  for (const [i, value] of values.entries()) {
    const at = i * width;
    const fault = faultOfValue(type, width, value);
    if (fault !== undefined) {
      throw inputError("VALUES", `value ${i + 1} of ${spec.name} is ${value}, and ${fault}`, { fix: "correct it, or use --input with a file of raw bytes" });
    }
    if (type === "float32") view.setFloat32(at, value, true);
    else if (type === "float64") view.setFloat64(at, value, true);
    else if (width === 1) view.setUint8(at, value & 0xff);
    else if (width === 2) view.setUint16(at, value & 0xffff, true);
    else if (width === 4) view.setUint32(at, value >>> 0, true);
    else view.setBigInt64(at, BigInt(value), true);
  }
  return bytes;
}

const MAX_FLOAT32 = 3.4028234663852886e38;

/** Why a number, as text gave it, is no value of a type. INVARIANT: none becomes another one, but for its rounding. */
function faultOfValue(type: string, width: 1 | 2 | 4 | 8, value: number): string | undefined {
  if (!Number.isFinite(value)) return "it is out of range";
  if (type === "float16") return "float16 cannot be given as numbers";
  if (type === "float64") return undefined;
  if (type === "float32") return Number.isFinite(Math.fround(value)) ? undefined : `float32 ends at ±${MAX_FLOAT32}`;
  if (!Number.isInteger(value)) return `${type} holds whole numbers`;
  if (type === "bool") return value === 0 || value === 1 ? undefined : "bool is 0 or 1";
  if (!Number.isSafeInteger(value)) return "it is too large to be exact";
  const signed = !type.startsWith("u");
  const [low, high] = signed ? [-(2 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1] : [0, 2 ** (8 * width) - 1];
  return value < low || value > high ? `${type} goes from ${low} to ${high}` : undefined;
}
