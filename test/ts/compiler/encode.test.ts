import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { toBinary } from "@bufbuild/protobuf";
import { expect } from "chai";
import { encodeModel, isEncoding } from "../../../core/onnx/encode.ts";
import { decodeModel } from "../../../core/onnx/model.ts";
import { ModelProtoSchema } from "../../../core/onnx/onnx_pb.js";

const MODELS = join(import.meta.dirname, "..", "..", "..", "models");

describe("the encoding of a model in parts", () => {
  const files = readdirSync(MODELS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("model.onnx")).map((name) => join(MODELS, name));

  for (const file of files) {
    it(`has the bytes that protobuf's own writer gives: ${file.split("/").at(-2)}`, () => {
      const model = decodeModel(readFileSync(file), true);
      const whole = toBinary(ModelProtoSchema, model);
      expect(Buffer.compare(encodeModel(model), whole)).to.equal(0);
      expect(isEncoding(model, whole)).to.equal(true);
      for (const at of [0, whole.length >> 1, whole.length - 1]) {
        const other = Uint8Array.from(whole);
        other[at] ^= 1;
        expect(isEncoding(model, other), `byte ${at}`).to.equal(false);
      }
      expect(isEncoding(model, whole.subarray(1))).to.equal(false);
      expect(isEncoding(model, whole.subarray(0, -1))).to.equal(false);
    });
  }

  it("tells what is not set from what is set to nothing", () => {
    const model = decodeModel(readFileSync(files[0]), true);
    for (const change of [{ docString: "" }, { producerName: "" }]) {
      const changed = Object.assign(model, change);
      expect(Buffer.compare(encodeModel(changed), toBinary(ModelProtoSchema, changed))).to.equal(0);
    }
  });
});
