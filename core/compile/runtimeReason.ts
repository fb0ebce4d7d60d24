import { whyNoDType } from "../onnx/tensor.ts";

/** ONNX's codes of the types that the runtime counts in another order, by its own. */
const OTHER_ORDER: Readonly<Record<number, number>> = { 24: 25, 25: 26, 26: 24 };

/** What the runtime says, without the places in its own source that it says it at. */
export function runtimeReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, code] = /^Unsupported data type: (\d+)$/.exec(message) ?? [];
  if (code !== undefined) return whyNoDType(OTHER_ORDER[Number(code)] ?? Number(code));
  return message.replace(/\/\S*onnxruntime\S* .*?\) (?=\S)/g, "").replace(/\s+/g, " ").trim();
}
