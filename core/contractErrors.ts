import { JOB_STATUS } from "./jobs/job.ts";
import { showOpg, showTime } from "./words.ts";

/** What a contract's error means. */
export interface ContractError {
  /** A sentence with the error's values in it: `{name}` as it is, `{name opg}` and so on in people's form. */
  readonly says: string;
  /** The way out. */
  readonly fix: string;
}

const REPORT = "this is a fault of opg or of who built the call: please report it";
/** Of a proof, a demand, an opening or a reveal, all of which opg builds and tries before it sends them. */
const evidence = (says: string): ContractError => ({ says, fix: "build it from the published files and the opened trace; opg run --watcher and --operator do" });
const deployment = (says: string): ContractError => ({ says, fix: "correct the parameters of the deployment (ignition/parameters)" });
const token = (says: string): ContractError => ({ says, fix: REPORT });
const consumer = (says: string, fix: string): ContractError => ({ says: `the consumer's contract: ${says}`, fix });

/** Every error that a contract of this project, or of its libraries, may end a call with. */
export const CONTRACT_ERRORS = {
  // Requests
  VersionNotOpen: { says: "version {version} takes no jobs: it is unknown or deprecated", fix: "choose another: opg model list" },
  FeeBelowPrice: { says: "a fee of {fee opg} is less than the version's price, {price opg}", fix: "offer more with --fee" },
  BondBelowMinimum: { says: "a bond of {bond opg} is less than the version's least bond, {minBond opg}", fix: "ask for more with --bond" },
  WindowOutOfRange: { says: "a window of {window} s is not between {min} and {max} s", fix: "correct --window" },
  CallbackGasTooHigh: { says: "{callbackGas} gas for the callback are more than the registry takes, {max}", fix: "lower --callback-gas" },
  DeadlineOutOfRange: { says: "the deadline {deadline time} is not between {min time} and {max time}", fix: "correct --deadline" },
  InputTooLong: { says: "an input of {length} bytes is longer than the registry takes, {max}", fix: "serve it over http and name the address with --input-uri" },
  OutputTooLong: { says: "an output of {length} bytes is longer than the registry takes, {max}", fix: "the model's outputs are too large for this deployment" },
  NoInput: { says: "the input is empty", fix: "give the graph inputs with --input or --values" },
  NotRequester: { says: "job {id job} was not requested by {caller}", fix: "use the key that requested it" },

  // Jobs
  JobMismatch: {
    says: "job {id job} is not as the call says: it does not exist, has changed, or its result has been delivered",
    fix: "look at it (opg job ID) and try again",
  },
  WrongStatus: { says: "job {id job} is {status status}, which this step does not go with", fix: "see what it waits for: opg job ID" },
  NotTheOperator: { says: "job {id job} is reserved to {operator}, not to {caller}", fix: "serve another job" },
  DeadlinePassed: { says: "job {id job} had to be served by {deadline time}", fix: "its requester gets the fee back: opg refund ID" },
  DeadlineNotPassed: { says: "job {id job} may still be served, until {deadline time}", fix: "wait until then, or cancel it while nobody has reserved it: opg cancel ID" },
  StakeTooLow: { says: "of the bond of {operator}, {lockable opg} may be locked, and {needed opg} would be", fix: "bond more: opg operator bond AMOUNT" },
  NotFinalYet: { says: "the result of job {id job} is not final before {finalizesAt time}", fix: "wait until then" },
  WindowOver: { says: "the result of job {id job} could be challenged before {finalizesAt time}", fix: "it stands; a watcher that runs all the time misses no window: opg run --watcher" },
  OutputMismatch: { says: "these are not the bytes that were submitted for job {id job}", fix: "send the output that opg job ID shows" },
  CallbackNeedsMoreGas: { says: "the transaction leaves {available} gas for the callback, which was promised {needed}", fix: "send it with a higher gas limit" },
  CallbackFailed: { says: "the callback of the requester of job {id job} failed again", fix: "its contract must accept the result; see what it reverts with, then try again" },
  NotTheGame: { says: "{caller} is not the dispute game of this registry", fix: REPORT },
  NotPublisher: { says: "{caller} does not own the model of version {version}", fix: "use the key of its publisher: opg model show VERSION" },
  BalanceTooLow: { says: "{account} holds {balance opg} with this contract, less than {amount opg}", fix: "pay in more with opg deposit AMOUNT, or take out less; see: opg balance" },
  ZeroAccount: { says: "the zero address holds no balance", fix: "name an account" },

  // Models
  NotModelOwner: { says: "{caller} does not own model {modelId}", fix: "use the key of its owner (opg model list), or publish a model of your own without --model" },
  UnknownVersion: { says: "there is no version {version} in this registry", fix: "see: opg model list" },
  AlreadyPublished: { says: "version {version} is published already: the same files on the same terms", fix: "use it, or change a term" },
  AlreadyDeprecated: { says: "version {version} is deprecated already", fix: "there is nothing to do; a successor cannot be named afterwards" },
  BadSuccessor: {
    says: "{successor} cannot succeed {version}",
    fix: "a successor is another version of the same model that is not deprecated: opg model list",
  },
  ZeroProgramRoot: { says: "the program root is zero", fix: "publish what opg model compile wrote" },
  NoVerifier: { says: "there is no contract at the verifier's address {verifier}", fix: "correct --verifier, or leave it out" },
  ZeroWindow: { says: "a version needs a least window of 1 s", fix: "correct --min-window" },
  ShareTooHigh: { says: "a publisher's share of {shareBps} basis points is more than {maxBps}", fix: "lower --share" },
  ERC721NonexistentToken: { says: "there is no model {tokenId}", fix: "see: opg model list" },
  ERC721IncorrectOwner: { says: "model {tokenId} belongs to {owner}, not to {sender}", fix: "use the key of its owner" },
  ERC721InsufficientApproval: { says: "{operator} may not dispose of model {tokenId}", fix: "have its owner approve it" },
  ERC721InvalidApprover: { says: "{approver} may not approve anybody for this model", fix: "use the key of its owner" },
  ERC721InvalidOperator: { says: "{operator} cannot be approved", fix: "name another account" },
  ERC721InvalidOwner: { says: "{owner} cannot own models", fix: "name an account" },
  ERC721InvalidReceiver: { says: "{receiver} does not take models", fix: "name an account or a contract that takes ERC-721 tokens" },
  ERC721InvalidSender: { says: "{sender} cannot send models", fix: "name an account" },

  // Stakes
  NotAJobsRegistry: { says: "{jobs} is no jobs registry", fix: "check network.deployment" },
  ExitTooLarge: { says: "{amount opg} are more than the {bonded opg} that are bonded", fix: "ask for less with --amount, or leave it out for all" },
  NothingToWithdraw: {
    says: "nothing may leave now: {exiting opg} are exiting, and {locked opg} stand behind open claims",
    fix: "start an exit (opg operator exit), or wait until the jobs are settled: opg operator status",
  },
  ExitNotDue: { says: "the bond may not leave before {exitAt time}", fix: "wait until then, and run it again" },
  CreditTooLow: { says: "{account} has {credit opg} in rewards, less than {amount opg}", fix: "take out less; see: opg balance" },
  NothingToBurn: { says: "there is nothing to burn", fix: "there is nothing to do" },

  // Disputes
  AlreadyBound: { says: "this game belongs to the jobs registry {jobs} already", fix: "deploy a game of its own" },
  NotBound: { says: "this game belongs to no jobs registry yet", fix: "deploy the jobs registry" },
  WrongDisputeStatus: { says: "the dispute over job {id job} is {status dispute}, which this step does not go with", fix: "see what it waits for: opg job ID" },
  AlreadyChallenger: { says: "{challenger} has challenged job {id job} already", fix: "see it through: opg run --watcher" },
  NotOperator: { says: "job {id job} is answered for by {operator}, not by {caller}", fix: "use the key that submitted its result" },
  OpenPeriodOver: { says: "the trace of job {id job} had to be opened by {openBy time}", fix: "it is too late; an operator that runs all the time misses no clock: opg run --operator" },
  OpenPeriodNotOver: { says: "the operator of job {id job} may open until {openBy time}", fix: "wait until then" },
  VerdictDeadlinePassed: { says: "job {id job} could be convicted until {deadline time}", fix: "it is too late; anyone may have the result upheld" },
  VerdictDeadlineNotPassed: { says: "job {id job} may still be convicted, until {deadline time}", fix: "wait until then" },
  ElementAdmissible: { says: "the number that the proof shows is admissible, and convicts nobody of job {id job}", fix: "recompute the result: opg verify ID" },
  ProgressMismatch: {
    says: "the proof about job {id job} goes on from {given}, and this account's pieces came to {held}",
    fix: "send the pieces again in their order; opg run --watcher does",
  },
  ZeroTraceRoot: { says: "the trace has no root", fix: REPORT },
  AlreadyCommitted: { says: "the commitment {commitment} was made already", fix: "there is nothing to do" },
  NoPriority: {
    says: "the commitment of {committedAt time} to a proof about job {id job} takes nothing over: it would have to be earlier than {earlier time} or later than {later time}",
    fix: "the reward stays with its holders",
  },
  RewardPeriodOver: { says: "the reward of job {id job} could be taken over before {collectableAt time}", fix: "it stays with its holders" },
  RewardPeriodNotOver: { says: "the reward of job {id job} may not be collected before {collectableAt time}", fix: "wait until then" },
  NothingToCollect: { says: "the reward of job {id job} has been collected", fix: "see: opg balance" },
  NothingToReclaim: { says: "{challenger} has nothing to take back of job {id job}: it paid nothing, or has it back already", fix: "see: opg balance" },
  DemandPeriodOver: { says: "parts of the trace of job {id job} could be demanded until {demandBy time}", fix: "it is too late" },
  NothingToDemand: { says: "all that is asked for of job {id job} was demanded before", fix: "wait for the answer" },
  TooManyDemands: { says: "{open} demands of job {id job} are open, and {more} more would be above {max}", fix: "wait until some are answered" },
  NothingToReveal: { says: "nobody waits for what is shown of job {id job}", fix: "there is nothing to do" },
  NotDemanded: { says: "{item} of job {id job} was not demanded, or has been shown", fix: "there is nothing to do" },
  RevealPeriodOver: { says: "{item} of job {id job} had to be shown by {revealBy time}", fix: "it is too late; an operator that runs all the time misses no clock: opg run --operator" },
  RevealPeriodNotOver: { says: "{item} of job {id job} may be shown until {revealBy time}", fix: "wait until then" },
  DemandsUnanswered: { says: "{open} demands of job {id job} wait for an answer", fix: "wait until they are answered, or until silence convicts" },

  // The token, and how it is held
  NoToken: { says: "there is no token at {token}", fix: "correct the parameters of the deployment (ignition/parameters)" },
  TransferReentered: token("a transfer was entered again from within another"),
  SafeERC20FailedOperation: { says: "the token {token} refused a transfer", fix: "check the balance and the allowance: opg balance" },
  SafeCastOverflowedUintDowncast: { says: "{value} does not fit {bits} bits", fix: "give a smaller amount" },
  ERC20InsufficientAllowance: { says: "{spender} may take {allowance opg}, and {needed opg} are needed", fix: "approve more; opg does before it deposits or bonds" },
  ERC20InsufficientBalance: { says: "{sender} holds {balance opg}, less than {needed opg}", fix: "send OPG to the account; see: opg balance" },
  ERC20InvalidApprover: token("{approver} cannot approve anybody"),
  ERC20InvalidReceiver: { says: "{receiver} cannot receive OPG", fix: "name an account" },
  ERC20InvalidSender: token("{sender} cannot send OPG"),
  ERC20InvalidSpender: token("{spender} cannot be approved"),
  ERC2612ExpiredSignature: { says: "the permit expired at {deadline time}", fix: "sign another" },
  ERC2612InvalidSigner: { says: "the permit was signed by {signer}, not by {owner}", fix: "sign it with the owner's key" },
  InvalidAccountNonce: { says: "the next permit of {account} has the nonce {currentNonce}", fix: "sign it with this nonce" },
  ECDSAInvalidSignature: token("the signature is none"),
  ECDSAInvalidSignatureLength: token("a signature has no {length} bytes"),
  ECDSAInvalidSignatureS: token("the signature's s, {s}, is too large"),
  InvalidShortString: token("a short string is malformed"),
  StringTooLong: token("\"{str}\" is too long"),

  // Deployments
  ParameterOutOfRange: deployment("{name} is {value}, not between {min} and {max}"),
  Mismatched: deployment("{actual} was named where the other contracts name {expected}"),
  FamilyCount: deployment("a verifier has 1 to {max} families, not {count}"),

  // Evidence, as the verifier reads it
  NotInProgram: evidence("the header or row has the root {computed}, the program {programRoot}"),
  NotInTrace: evidence("tensor {tensorId} leads to the root {computed}, the trace has {traceRoot}"),
  NotInTensor: evidence("the leaves or hashes lead to the root {computed}, the tensor has {root}"),
  NotTheTrace: evidence("the hashes lead to the root {computed}, the trace has {traceRoot}"),
  HashesGiven: evidence("{given} hashes are shown, {expected} are asked for"),
  CommitmentMismatch: evidence("the input or output has the commitment {computed}, the job {expected}"),
  ByteLength: evidence("the input or output has {given} bytes, the program {expected}"),
  BoundaryMismatch: evidence("tensor {tensorId} has two values: {first} and {second}"),
  TopMismatch: evidence("hash {index} of the opening is {given}, not {expected}"),
  InputCount: evidence("{given} inputs are shown, the row has {expected}"),
  FamilyUnknown: { says: "this verifier has no family for the operator {opcode}", fix: "use a version that names a verifier which judges it: opg model show VERSION" },
  NotDemandable: evidence("slot {slot} of node {node} cannot be demanded: nothing there was computed"),
  AnswerMalformed: { says: "the family {family} answers in an unknown shape", fix: "use a version that names a known verifier: opg model show VERSION" },
  DTypeUnknown: evidence("there is no element type {dtype}"),
  ElementOutOfRange: evidence("element {element} lies outside the tensor"),
  EncodingMalformed: evidence("the encoding of {length} bytes is malformed: {found} is no offset or length in it"),
  HashCount: evidence("{given} hashes cannot stand side by side"),
  HeaderMalformed: evidence("the header is malformed at byte {position}"),
  IndexBeyondLevel: evidence("place {index} is not in level {level}"),
  IndexBeyondTree: evidence("place {index} is not in a tree of depth {depth}"),
  LeafLength: evidence("{bytesGiven} bytes cannot be {leaves} leaves"),
  LeafMissing: evidence("leaf {leaf} is needed and not opened"),
  LeavesUnordered: evidence("the opened leaves are not in their order at position {position}"),
  NoSuchPlace: evidence("tensor {tensorId} has no place {index} in level {level}: its tree has depth {depth}"),
  OpeningLength: evidence("{bytesGiven} bytes cannot be {leaves} opened leaves"),
  PathLength: evidence("a path has {given} hashes, {used} are used"),
  RowMalformed: evidence("the row is malformed: {found}"),
  SiblingCount: evidence("{given} siblings are not what the opened leaves need"),
  TraceHashes: evidence("{given} hashes of the trace are shown, {expected} are asked for"),

  // Evidence, as the families read it
  OpUnknown: evidence("no family judges the operator {opcode} under the rule {rule}"),
  DTypeUnsupported: evidence("the operator {opcode} is not judged for the element type {dtype}"),
  OpeningCount: evidence("{openings} openings are shown for {inputs} inputs"),
  AttributesMalformed: evidence("{count} attributes do not go with {spatialAxes} axes"),
  AttributeCount: evidence("{given} attributes are no order of elements: it has as many dimensions as strides, and an offset"),
  PlacesMalformed: evidence("{given} attributes name no places: they are a number of indices, two lists of that length, and three of one other"),
  AxisMalformed: evidence("{attributes} attributes are not the one axis along which all inputs can be joined"),
  WindowMalformed: evidence("{attributes} attributes are no window over an input of {axes} axes"),
  OperandCount: evidence("the function {opcode} does not take {given} operands"),
  RankExceeded: evidence("an operand of {rank} axes is not broadcast to {most}"),
  CarriedMalformed: evidence("what is carried has {bytesGiven} bytes, not {bytesExpected}"),
  LengthNotJudged: evidence("a reduction of {length} products is not judged, {most} are at most"),
  AttributeNotJudged: evidence("no bound is defined for a row with an attribute of bits {bits}"),
  ScheduleUnknown: evidence("the operator has no order of additions with {chunk} lanes and the flags {flags}"),
  PositionOutOfRange: evidence("{from} to {until} is no part of {length}"),
  NotFinite: evidence("{bits} is no finite number"),

  // The example of a consumer
  NotOwner: consumer("{caller} is not its owner", "use the owner's key"),
  NotTheJobRegistry: consumer("{caller} is not the jobs registry", "leave it to the registry to call it"),
  WrongImageSize: consumer("a picture of {length} bytes is not one of 8 × 8 float32", "give 256 bytes"),
} satisfies Readonly<Record<string, ContractError>>;
export type ContractErrorName = keyof typeof CONTRACT_ERRORS;

/** Errors that come out of families and libraries, and stand in no contract's ABI. */
export const INNER_ERRORS: readonly string[] = [
  "error OpUnknown(uint16 opcode, uint8 rule)",
  "error DTypeUnsupported(uint16 opcode, uint8 dtype)",
  "error OpeningCount(uint256 inputs, uint256 openings)",
  "error AttributesMalformed(uint256 count, uint256 spatialAxes)",
  "error AttributeCount(uint256 given)",
  "error PlacesMalformed(uint256 given)",
  "error AxisMalformed(uint256 attributes)",
  "error WindowMalformed(uint256 attributes, uint256 axes)",
  "error OperandCount(uint16 opcode, uint256 given)",
  "error RankExceeded(uint256 rank, uint256 most)",
  "error CarriedMalformed(uint256 bytesGiven, uint256 bytesExpected)",
  "error AttributeNotJudged(uint256 bits)",
  "error LengthNotJudged(uint256 length, uint256 most)",
  "error ScheduleUnknown(uint256 chunk, uint256 flags)",
  "error PositionOutOfRange(uint256 from, uint256 until, uint256 length)",
  "error NotFinite(uint256 bits)",
];

/** The order is the contract's `DisputeStatus`. */
const DISPUTE_STATUS = ["not begun", "challenged", "opened", "upheld", "convicted"] as const;

const FORMS: Readonly<Record<string, (value: bigint) => string>> = {
  opg: showOpg,
  time: showTime,
  job: (id) => `0x${id.toString(16)}`,
  status: (status) => JOB_STATUS[Number(status)] ?? String(status),
  dispute: (status) => DISPUTE_STATUS[Number(status)] ?? String(status),
};

/** The values that a sentence shows, and in which form. */
export const placeholdersOf = (says: string): { name: string; form: string | undefined }[] =>
  [...says.matchAll(/\{(\w+)(?: (\w+))?\}/g)].map(([, name, form]) => ({ name, form: form as string | undefined }));

export const isContractError = (name: string): name is ContractErrorName => Object.hasOwn(CONTRACT_ERRORS, name);

/** The sentence of an error with its values, and the name to look it up by; undefined for one that is not known. */
export function explainError(name: string, values: Readonly<Record<string, unknown>>): ContractError | undefined {
  if (!isContractError(name)) return undefined;
  const { says, fix } = CONTRACT_ERRORS[name];
  const show = (key: string, form: string | undefined): string => {
    const value = values[key];
    return form !== undefined && typeof value === "bigint" ? FORMS[form](value) : typeof value === "string" && value.startsWith("0x") ? value.toLowerCase() : String(value);
  };
  const sentence = says.replaceAll(/\{(\w+)(?: (\w+))?\}/g, (_, key: string, form: string | undefined) => show(key, form));
  return { says: `${sentence} (${name})`, fix };
}
