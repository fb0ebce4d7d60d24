import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { boundaryNames } from "../../core/onnx/model.ts";
import { TensorProtoSchema } from "../../core/onnx/onnx_pb.js";
import { readConstant, type Constant } from "../../core/onnx/tensor.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { integersIn, numberAt } from "../../core/tensor/numbers.ts";
import type { Written } from "../../core/tensor/written.ts";
import { widthOf } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";

/** The inputs of the test that lies beside a model, as the ONNX project writes them, by name; those that are tensors of numbers. */
export function testInputs(path: string, file: Uint8Array): Map<string, Written> {
  const { inputs } = boundaryNames(file);
  return new Map(
    inputs.flatMap((name, i): [string, Written][] => {
      const data = join(dirname(path), "test_data_set_0", `input_${i}.pb`);
      if (!existsSync(data)) return [];
      try {
        return [[name, writtenOf(readConstant(fromBinary(TensorProtoSchema, new Uint8Array(readFileSync(data)))))]];
      } catch {
        return [];
      }
    }),
  );
}

const FRACTIONS: ReadonlySet<number> = new Set([DType.float16, DType.float32, DType.float64]);

/** A tensor as JSON has it. */
function writtenOf({ dtype, dims, data }: Constant): Written {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const fractions = () => Array.from({ length: sizeOf(dims) }, (_, i) => numberAt(view, i * widthOf(dtype), dtype));
  const texts = (value: number | bigint): Written => (dtype === DType.bool ? value === 1n : Number.isFinite(value) ? (value as number) : String(value));
  const values = (FRACTIONS.has(dtype) ? fractions() : integersIn(dtype, data)).map(texts);
  return nested(values, dims);
}

function nested(values: readonly Written[], [count, ...rest]: readonly number[]): Written {
  if (count === undefined) return values[0];
  const size = sizeOf(rest);
  return Array.from({ length: count }, (_, i) => nested(values.slice(i * size, (i + 1) * size), rest));
}
