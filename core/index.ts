/**
 * What others use of the core: programs, judging, trees, proofs. Every other file can be imported by its path, as
 * `opengradient-optimistic-core/slack/slack.js`.
 */

// A model as it is published, and made from what is published.
export { compile, type CompileOptions } from "./compile/compile.ts";
export { CompiledModel } from "./compile/compiledModel.ts";
export { rebuild } from "./compile/rebuild.ts";
export { requireHost } from "./compile/requireHost.ts";
export type { Runtime, RuntimeSession, RuntimeTensor, RuntimeTensorInfo, SessionOptions } from "./runtime.ts";

// A program.
export { isRooted, jobOutput, outputRoots } from "./program/jobOutput.ts";
export { boundaryIds, inlineCommitment, inputIds, outputId, programTree, rootsCommitment, tracedTensors } from "./program/program.ts";
export { parseProgramFile, printProgramFile, type ProgramFile } from "./program/programFile.ts";
export { Opcode, Rule, ruleName, type Node, type Program } from "./program/types.ts";
export { releaseOf, requireKnown, type Judge, type Release } from "./program/judge.ts";

// Whether a number is admissible.
export { operatorOf, OPERATORS, supportedOperators, twin } from "./operators/index.ts";
export type { Inputs, OpTwin } from "./operators/twin.ts";
export { firstDifference, type Difference } from "./dispute/compare.ts";

// Trees, and what is committed to in them.
export { KeccakTree } from "./merkle/keccakTree.ts";
export { LEAF, TensorTree, tensorRoot, toCommitOrder, toRowMajor } from "./merkle/tensorTree.ts";
export { TraceTree } from "./merkle/traceTree.ts";

// Proofs.
export { commitTrace, constantTrees, traceTrees } from "./dispute/evidence.ts";
export { claimedBits, encodeTraceOpening, Prover, readersOf, type Piece, type PiecewiseProof, type TraceTrees } from "./dispute/proof.ts";

// Values and their bytes.
export { fromHex, toHex } from "./bytes.ts";
export type { Hex } from "./hex.ts";
export { DType, widthOf } from "./tensor/dtype.ts";
export type { Tensor, TensorSpec } from "./tensor/tensor.ts";
export { valuesOf, type Values } from "./tensor/values.ts";

// What goes wrong.
export { OpgError } from "./errors.ts";
export { CompileError, type Fault } from "./faults.ts";
