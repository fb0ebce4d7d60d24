import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { getAddress, parseUnits } from "ethers";
import { inputError, messageOf } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { externalLocations } from "../core/onnx/model.ts";
import { byteLength, dtypeName, sizeOf, widthOf } from "../core/program/types.ts";
import type { TensorSpec } from "../core/program/types.ts";

export function readInputFile(path: string, what = "file"): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw inputError("FILE_UNREADABLE", `cannot read the ${what} ${path}: ${messageOf(error)}`, { fix: "check the path" });
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

/** What the option `--accept-difference` does, for the help of the commands that have it. */
export const ACCEPT_DIFFERENCE = "fuse nodes though that changes numbers, and take a canonical form that differs from the file";

/** External data beside the model; a file that is missing or outside its folder is for the compiler to name. */
export async function readExternal(source: string, model: Uint8Array): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const location of externalLocations(model)) {
    const path = normalize(location);
    if (isAbsolute(path) || path.startsWith("..")) continue;
    const content = await readFile(join(dirname(source), path)).catch(() => undefined);
    if (content !== undefined) files.set(location, new Uint8Array(content));
  }
  return files;
}

export function parseAmount(text: string, name: string): bigint {
  if (!/^\d{1,12}(\.\d{1,18})?$/.test(text)) {
    throw inputError("AMOUNT", `${name} must be an amount of OPG such as 0.5, not "${text}"`, { fix: `correct ${name}` });
  }
  return parseUnits(text);
}

export function parseCount(text: string, name: string, max = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value) || value > max) {
    throw inputError("NUMBER", `${name} must be a whole number up to ${max}, not "${text}"`, { fix: `correct ${name}` });
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
  return specs.map((spec) => input.slice(start, (start += byteLength(spec))));
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
    if (type === "float32") view.setFloat32(at, value, true);
    else if (type === "float64") view.setFloat64(at, value, true);
    else if (!Number.isInteger(value) || type === "float16") {
      throw inputError("VALUES", `${spec.name} holds ${type}, so ${value} cannot be given as a number`, {
        fix: "use --input with a file of raw bytes",
      });
    } else writeInteger(view, at, width, type, value);
  }
  return bytes;
}

function writeInteger(view: DataView, at: number, width: 1 | 2 | 4 | 8, type: string, value: number): void {
  const signed = !type.startsWith("u") && type !== "bool";
  const [low, high] = signed ? [-(2 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1] : [0, 2 ** (8 * width) - 1];
  if (value < low || value > high) throw inputError("VALUES", `${value} does not fit ${type}`, { fix: "correct the value" });
  if (width === 1) view.setUint8(at, value & 0xff);
  else if (width === 2) view.setUint16(at, value & 0xffff, true);
  else if (width === 4) view.setUint32(at, value >>> 0, true);
  else view.setBigInt64(at, BigInt(value), true);
}
