/** Compiles a shipped model in a process of its own and prints its root and the digests of both files. */
import { readModel, type ModelName } from "../../models/digits.ts";
import { compile } from "../../core/compile/compile.ts";
import { sha256 } from "../../core/digest.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";

const { root, canonical, programFile } = await compile(readModel(process.argv[2] as ModelName), { runtime: ortRuntime });
console.log(root, sha256(canonical), sha256(programFile));
