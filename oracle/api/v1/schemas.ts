import * as history from "../../../core/history/requests.ts";
import { JOB_STATUS } from "../../../core/jobs/job.ts";

/** JSON Schema as OpenAPI 3.1 has it. Every object lists all of its fields, and all are there. */
type Schema = Readonly<Record<string, unknown>>;

const object = (properties: Readonly<Record<string, Schema>>, description?: string): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...(description !== undefined && { description }),
});
const listOf = (items: Schema): Schema => ({ type: "array", items });
const nullable = (schema: Schema): Schema => ({ ...schema, type: [schema.type, "null"] });
const text = (description?: string): Schema => ({ type: "string", ...(description !== undefined && { description }) });
const whole = (description?: string): Schema => ({ type: "integer", ...(description !== undefined && { description }) });
const amount = (description: string): Schema => text(`${description} In base units of OPG, as decimal text.`);
const seconds = (description: string): Schema => whole(`${description} Unix seconds.`);
export const component = (name: string): Schema => ({ $ref: `${name}#` });

export const ADDRESS = { type: "string", pattern: history.ADDRESS } as const;
export const HASH = { type: "string", pattern: history.HASH } as const;
export const JOB_ID = { type: "string", pattern: history.JOB_ID } as const;
export const MODEL_ID = { type: "string", pattern: history.MODEL_ID } as const;
export const SEQUENCE = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const SUBJECT = { type: "string", maxLength: 80, pattern: history.SUBJECT } as const;
const STATUS = { type: "string", enum: JOB_STATUS.filter((status) => status !== "None") } as const;
const EMITTER = { type: "string", enum: ["jobs", "game", "stakes", "models"] } as const;

const sequence = whole("Grows in the order of the chain. What is read again after a reorganisation has another one.");

const dispute = {
  ...object({
    sequence: whole("Of the first challenge."),
    challengedAt: seconds("Of the first challenge."),
    challengers: whole(),
    openBy: seconds("When the operator has to have opened its trace."),
    deadline: seconds("When the dispute ends for the operator unless a wrong number is proved."),
    isOpened: { type: "boolean" },
    outcome: { enum: ["upheld", "convicted by proof", "convicted by default", null] },
    slashed: amount("Bond that was taken."),
  }),
  type: ["object", "null"],
};

const jobFields: Readonly<Record<string, Schema>> = {
  id: text(),
  sequence,
  status: STATUS,
  version: text(),
  model: nullable(text("The model that the version is of.")),
  requester: text(),
  operator: nullable(text("Who accepted or submitted it; before that the one that was named, if any.")),
  fee: amount(""),
  bond: amount("What stands behind the result."),
  window: whole("Seconds in which a result can be challenged."),
  callbackGas: whole(),
  deadline: seconds("When it can be refunded if nobody has submitted a result."),
  requestedBlock: whole(),
  requestedAt: seconds(""),
  submittedAt: nullable(seconds("")),
  finalizesAt: nullable(seconds("When the result can become final unless it is challenged.")),
  updatedAt: seconds("Of the newest event."),
  dispute,
};

const tally = object({ status: STATUS, jobs: whole(), fees: amount("Fees of these jobs together.") });

const modelFields = { id: text(), sequence, owner: text(), uri: text("Where the model card is served."), createdAt: seconds("") };
const versionFields = {
  id: text(),
  sequence,
  model: text(),
  publishedAt: seconds(""),
  isDeprecated: { type: "boolean" },
  successor: nullable(text("The version to use instead.")),
  programRoot: text(),
  verifier: text(),
  fileDigest: text("SHA-256 of the canonical file."),
  programDigest: text("SHA-256 of the program file."),
  price: amount("Least fee."),
  minBond: amount("Least bond."),
  minWindow: whole("Least window in seconds."),
  shareBps: whole("The publisher's part of a fee in basis points."),
  header: text("Types and shapes of inputs and outputs, as the program's header encodes them."),
  fileURI: text(),
  programURI: text(),
};
const operatorFields = {
  address: text(),
  sequence,
  bonded: amount(""),
  exiting: amount("The part of the bond that leaves."),
  exitAt: nullable(seconds("When it can leave.")),
  slashed: amount("What was taken of its bond, ever."),
  slashes: whole(),
  since: seconds("When it first bonded."),
};
const record = listOf(component("Tally"));

/** An input or an output: its bytes, or the roots of its tensors. */
const content = (what: string): Schema =>
  object({
    bytes: nullable(text(`The ${what} in hex, where it is on chain.`)),
    roots: nullable(listOf(text())),
    uri: nullable(text(`Where an ${what} is served of which the chain has the roots.`)),
  });

const page = (name: string): Schema =>
  object({ items: listOf(component(name)), next: nullable(text("To be given as `cursor` for what comes after; null at the end.")) });

/** Every shape that an answer has, by its name in the OpenAPI document. */
export const COMPONENTS: Readonly<Record<string, Schema>> = {
  Problem: object(
    { type: text(), title: text(), status: whole(), code: text("One of those in docs/api.md."), detail: text() },
    "What went wrong (RFC 9457).",
  ),
  Tally: tally,
  Event: object({
    sequence,
    block: whole(),
    time: seconds("Of the block."),
    transaction: nullable(text()),
    emitter: { enum: ["jobs", "game", "stakes", "models", null], description: "The contract of the deployment. Null where events were undone." },
    name: text("The event's name in the ABI, or `Reorganised`: the events of all later blocks that were told before this one are undone."),
    subject: nullable(text("`job:ID`, `operator:ADDRESS`, `model:ID` or `version:ID`.")),
    fields: { type: "object", additionalProperties: true, description: "By their names in the ABI; times are numbers, other integers decimal text." },
    omitted: { ...listOf(text()), description: "Fields that are too long for a list: GET /v1/events/SEQUENCE has them." },
  }),
  Overview: object({
    block: nullable(whole("The newest block that was read.")),
    jobs: record,
    models: whole(),
    versions: whole(),
    operators: whole(),
    bonded: amount("Bonds of all operators."),
    disputes: whole(),
    openDisputes: whole(),
    convictions: whole(),
    slashed: amount("Bonds that were taken, ever."),
  }),
  Job: object(jobFields),
  JobDetail: object({ ...jobFields, input: content("input"), output: content("output"), events: component("EventPage") }),
  Model: object(modelFields),
  ModelDetail: object({ ...modelFields, record, versions: component("VersionPage") }),
  Version: object(versionFields),
  VersionDetail: object({ ...versionFields, record }),
  Operator: object(operatorFields),
  OperatorDetail: object({ ...operatorFields, record, events: component("EventPage") }),
  JobPage: page("Job"),
  ModelPage: page("Model"),
  VersionPage: page("Version"),
  OperatorPage: page("Operator"),
  EventPage: page("Event"),
};

const paging = {
  limit: { type: "integer", minimum: 1, maximum: history.LONGEST_PAGE, default: history.PAGE },
  cursor: { type: "string", pattern: history.CURSOR, description: "`next` of the page before." },
} as const;

const query = (properties: Readonly<Record<string, Schema>>): Schema => ({ type: "object", properties, additionalProperties: false });

/** What the query of an address may say. */
export const QUERIES = {
  none: query({}),
  page: query(paging),
  jobs: query({ ...paging, status: STATUS, version: HASH, model: MODEL_ID, operator: ADDRESS, requester: ADDRESS }),
  versions: query({ ...paging, model: MODEL_ID }),
  disputes: query({ ...paging, state: { type: "string", enum: ["open", "over"] }, operator: ADDRESS }),
  events: query({ ...paging, subject: SUBJECT, emitter: EMITTER }),
  stream: query({ subject: SUBJECT }),
} as const;
