/** What both entries have in common, whichever library speaks with the chain. */
export type { Client, ConnectOptions, OutputOptions } from "./client.ts";
export type { Block, Call, Chain, Head, Log, LogFilter, Mined, TypedData } from "./chain/port.ts";
export { decodeRevert } from "./chain/reverts.ts";
export type { DeploymentFile } from "./deploymentOn.ts";
export { OpgError, type KitErrorCode, type OpgErrorCode, type OpgErrorOptions } from "./errors.ts";
export { fetchFile, type FetchFile } from "./files.ts";
export type { ChallengedJob } from "./jobs/disputes.ts";
export type { Funding } from "./jobs/funds.ts";
export type { Requested, RequestOptions } from "./jobs/request.ts";
export type { JobStage, JobUpdate, WaitOptions } from "./jobs/waiting.ts";
export type { Operator } from "./models/operators.ts";
export type { Quote } from "../core/jobs/quote.ts";
export type { Model, NamedSpecs, Version } from "./models/versions.ts";
export { deployments, type Deployment } from "./publicDeployments.ts";
export { argmax, decodeOutputs, nested, numberTensor, type NestedNumbers, type Tensor } from "./tensors/decode.ts";
export { encodeInputs, encodeTensor, type InputValues } from "./tensors/encode.ts";
export { imageTensor, type Normalisation, type Picture } from "./tensors/image.ts";
export type { Decimal, Nested, NumberTensor, NumericArray, Scalar, Shaped, TensorValue } from "./tensors/values.ts";

export type { Judgement } from "./verify/judge.ts";
export type { Verdict, VerifyOptions } from "./verify/verify.ts";

export { formatJobId, parseJobId } from "../core/jobs/job.ts";
export type { NextAction, OpenAction } from "../core/jobs/next.ts";
export type { JobState } from "../core/jobs/state.ts";
export type { Hex } from "../core/hex.ts";
export { DType } from "../core/tensor/dtype.ts";
export type { TensorSpec } from "../core/tensor/tensor.ts";
