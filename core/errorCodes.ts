/**
 * Every failure that the oracle reports on purpose. `kind` says what to do next:
 *  - `input`:     what the user handed over is unusable; exit code 2, and `fix` says what to change
 *  - `transient`: the outside world did not answer; the same step may be tried again
 *  - `refused`:   the chain or the protocol says no; trying again changes nothing
 */
export type ErrorKind = "input" | "transient" | "refused";

/** What a code of opg's own errors means. */
export interface CodeEntry {
  /** What the errors with this code are, which decides the exit code: 2 for "input", 1 for the others. */
  readonly kinds: readonly ErrorKind[];
  readonly cause: string;
  readonly fix: string;
}

const input = (cause: string, fix: string): CodeEntry => ({ kinds: ["input"], cause, fix });
const refused = (cause: string, fix: string): CodeEntry => ({ kinds: ["refused"], cause, fix });
const transient = (cause: string, fix: string): CodeEntry => ({ kinds: ["transient"], cause, fix });

/** Every code, by what it is about. docs/errors.md is made of this table (npm run errors). */
export const ERROR_TABLES = {
  "The command line": {
    USAGE: input("an unknown command or option, or one that lacks its value", "opg --help, or opg COMMAND --help"),
    FIELD: input("--only names a field that a command's result has not got", "name one of those that are listed; --json shows them all"),
    NO_ROLE: input("opg run was given no role", "add --operator, --watcher or --keeper"),
    NUMBER: input("a value is not a whole number, or out of its range", "correct the option that is named"),
    AMOUNT: input("a value is not an amount of OPG, has more than 18 decimals, is zero where there must be something, or more than an account can hold", "give an amount such as 0.5"),
    ADDRESS: input("a value is not an address, or its checksum is wrong", "give 0x and 40 hex digits"),
    VERSION: input("a value is not the id of a version", "give 0x and 64 hex digits; see: opg model list"),
    JOB_ID: input("a value is not the id of a job", "give the id as opg request printed it, in hex or in decimal"),
    FORM: input("--form names no form of a file", "write --form portable or --form source"),
    DIM: input("--dim does not name a dimension and its size", "write --dim batch=1"),
    PLACE: input("--with or --from names no balance", "name jobs, game or rewards"),
    URI: input("a value is not an address that files are served at, or has a scheme that is not taken", "give http://, https:// or ipfs:// addresses, separated by spaces, eight at most"),
    URI_LOCAL: input("an address would be published that only this machine can read: a file, or one of this host", "name one that others can read, or set api.publicUrl; on a chain of your own, add --local-files"),
    FILE_UNREADABLE: { kinds: ["input", "transient"], cause: "a file that was named, or that a file: address names, cannot be read", fix: "check the path and its permissions" },
    INPUT: input("the input of a request was given twice, or not at all", "give it with --input or with --values"),
    INPUT_LENGTH: { kinds: ["input", "refused"], cause: "an input has another number of bytes than the model's inputs together", fix: "give the raw little-endian bytes of the inputs that opg model show names, one after the other" },
    INPUT_BOOL: { kinds: ["input", "refused"], cause: "an element of an input of bools is another byte than 0 and 1, of which kernels make different things", fix: "write 1 for true and 0 for false" },
    VALUES: input("--values is no list of numbers, has another number of them than the tensor has elements, or holds one that its type does not", "correct it, or use --input with a file of raw bytes"),
    TERMS: input("a request or a version is on terms that the registry would refuse, or under which nothing could ever be asked or answered", "correct every option that is named"),
    EXIT: input("options of opg operator exit exclude each other", "choose one of --amount, --withdraw and --cancel"),
    CLAIM: input("opg claim was given neither a job nor --all, or both", "give a job id, or --all"),
    NOT_CONFIRMED: { kinds: ["input", "refused"], cause: "what cannot be undone was not confirmed: nobody could be asked, or the answer was no", fix: "answer y, or add --yes" },
  },
  "Configuration and keys": {
    CONFIG_INVALID: input("settings are unknown or have values that they cannot have; each is named", "edit what is named; opg config check names all at once"),
    CONFIG_NOT_JSON: input("the configuration file is not JSON", "correct the syntax where it is named"),
    CONFIG_NOT_OBJECT: input("the configuration file holds something else than an object", "start from: opg config init"),
    CONFIG_UNREADABLE: input("the configuration file that was named cannot be read", "name an existing file, or make one with: opg config init"),
    CONFIG_EXISTS: input("opg config init would replace a configuration file", "edit it, or move it away first"),
    CONFIG_UNWRITABLE: input("the configuration file cannot be written", "check the folder and its permissions"),
    KEY_MISSING: input("the command signs, and no key is configured", "set key.keystore (make one with: opg key new), or OPG_PRIVATE_KEY"),
    KEY_INVALID: input("the private key is not 32 bytes of hex", "set OPG_PRIVATE_KEY to 0x and 64 hex digits"),
    KEYSTORE_UNREADABLE: input("the keystore file cannot be read", "check key.keystore and the file's permissions"),
    KEYSTORE_LOCKED: input("the keystore does not open: the password is wrong, or it is no keystore", "check the password, and that the file is an Ethereum keystore (version 3)"),
    KEYSTORE_EXISTS: input("opg key new would replace a file", "choose another --out"),
    KEYSTORE_UNWRITABLE: input("the keystore file cannot be written", "choose a path that does not exist yet, in a folder that you may write to"),
    PASSWORD_MISSING: input("the keystore needs a password, and there is no terminal to ask on", "set OPG_PASSWORD, or key.passwordFile"),
    PASSWORD_UNREADABLE: input("the file of the password cannot be read", "check key.passwordFile and the file's permissions"),
    PUBLIC_URL: input("an operator serves at an address that means every address of the machine, so that no challenger knows which to ask", "set api.publicUrl to the address of this machine as others see it"),
    API_PORT: input("the daemon cannot listen at api.host and api.port", "stop what listens there, or choose another api.port"),
  },
  "Deployment and network": {
    DEPLOYMENT_UNREADABLE: input("the deployment file cannot be read", "set network.deployment (or OPG_DEPLOYMENT) to the addresses file of the network"),
    DEPLOYMENT_INVALID: input("the deployment file lacks something, or has it in another form", "take the file that npm run deploy wrote, or the one shipped for this network"),
    DEPLOYMENT_MIXED: input("the deployment file names contracts that do not belong together", "take the file of one deployment as it was written"),
    CHAIN_OTHER: input("the node is on another chain than the deployment", "set network.rpcUrl and network.deployment to the same chain"),
    CHAIN_NO_CONTRACT: input("there is no contract of this project where the deployment file says", "check that network.rpcUrl and network.deployment belong together"),
    RPC_UNREACHABLE: transient("a node does not answer", "check network.rpcUrl and that the node is running; name a second one"),
    RPC_FORBIDDEN: { kinds: ["input", "transient"], cause: "a node refuses access", fix: "check network.rpcUrl and the key in it" },
    RPC_BUSY: transient("a node is overloaded, or a limit on calls is reached", "name a second node in network.rpcUrl, or raise network.pollMs"),
    RPC_BEHIND: transient("a node has not got a block, a receipt or a state that is there", "wait, or name another node in network.rpcUrl"),
    RPC_NOT_JSON: transient("what answers at network.rpcUrl is no node", "check network.rpcUrl"),
    RPC_REPLY: transient("a node answers in another shape than asked for, or too much", "name another node in network.rpcUrl"),
    RPC_FAULT: transient("a node cannot do what it was asked for", "name another node in network.rpcUrl; what it said stands beside"),
    RPC_DISAGREE: transient("two nodes answer differently where money depends on it", "see which of them is behind or wrong, and leave it out of network.rpcUrl"),
    CHAIN_EMPTY: transient("the chain has no block yet", "wait until it has one"),
    CHAIN_NO_BLOCK: transient("a node does not have a block that it should have", "wait, or name another node in network.rpcUrl"),
    CHAIN_NO_STATE: transient("a node answers with nothing where there is a contract", "wait, or name another node in network.rpcUrl"),
    CHAIN_VIEW: transient("a node refuses to run a view", "wait, or name another node in network.rpcUrl"),
    CHAIN_VIEW_SHAPE: transient("a contract answers in another shape than this release knows", "check network.deployment, or update this program"),
    CHAIN_MOVED: transient("the chain was reorganised while it was read", "nothing: it is read again"),
  },
  Transactions: {
    TX_REFUSED: refused("a contract refuses the transaction: the sentence says why, and ends in the contract's name for it", "as the line says; the contracts' errors are listed below"),
    TX_DOUBTFUL: transient("a node refuses a transaction that another state of the chain takes", "nothing: it is asked again"),
    TX_FAILED: transient("something went wrong with one transaction, and the others went on", "nothing: it is tried again"),
    TX_NOT_TAKEN: transient("no node takes the transaction, in the words that stand beside", "nothing: it is signed anew for what it costs now"),
    FEES_HIGH: transient("gas costs more than the configuration permits", "wait, or raise network.maxFeeGwei (for disputes network.maxDisputeFeeGwei)"),
    NATIVE_LOW: transient("the account cannot pay for the gas", "send native coin to it"),
    BALANCE_TOO_LOW: refused("the account does not hold as much OPG as this takes", "send OPG to the account, or use less; see: opg balance"),
  },
  Models: {
    MODEL: input("an ONNX file, or the files of a version, cannot be taken; every reason is named", "correct the model as the reasons say; docs/protocol.md names what is judged"),
    MODEL_UNKNOWN: refused("there is no model with this id", "see: opg model list"),
    NOT_OWNER: refused("the model belongs to another account", "use the key of its owner, or publish a model of your own without --model"),
    MODEL_WITHOUT_VERSION: { kinds: ["refused", "transient"], cause: "a new model was made, and its first version was not published", fix: "go on with the model's id: opg model publish … --model ID" },
    VERSION_UNKNOWN: refused("there is no version with this id in the registry", "see: opg model list"),
    VERSION_NOT_OPEN: refused("the version is deprecated and takes no jobs", "use its successor, which is named where there is one"),
    VERSION_DEPRECATED: refused("the version is deprecated already", "there is nothing to do; a successor cannot be named afterwards"),
    SUCCESSOR: refused("a version cannot succeed another: it is the same, is not published, or is of another model", "name another published version of the same model"),
    VERIFIER_UNKNOWN: refused("a version is judged by a contract whose code, or whose families' code, is of no known release", "use a version that names a known verifier, or update this program"),
    VERSION_UNQUALIFIED: refused("this host does not compute the version as it is registered", "serve it on a host with the processor features that it needs (FMA), or serve others"),
    VERSION_RUNTIME: refused("a version is computed by another release of onnxruntime than this host has, which may give other bits", "install the release that is named: npm install onnxruntime-node@RELEASE"),
    VERSION_KERNELS: refused("a version follows kernels that this release does not know", "update this program"),
    VERSION_ROOT: refused("the files of a version give another program than the registry says", "do not use the version: its publisher serves other files"),
    VERSION_HEADER: refused("the header in the registry is not that of the version's program", "do not use the version"),
    VERSION_UNOPENABLE: refused("no transaction takes the opening of this version's traces", "do not serve the version"),
    VERSION_TOO_LARGE: refused("a trace of the version is larger than this host keeps", "raise limits.traceBytes"),
  },
  Jobs: {
    JOB_UNKNOWN: refused("there is no job with this id on the chain", "check the id, network.rpcUrl and network.deployment"),
    JOB_STATUS: refused("the job is not in a state that this step goes with", "see what it waits for: opg job ID"),
    VERIFY: refused("the job's result cannot be judged here, for the reason that stands beside", "see opg job ID; run it where the input and the model can be had"),
    CHALLENGE_GROUNDLESS: refused("the result is what this host computes, so that a challenge would lose its fee", "leave it; --force challenges all the same"),
    CHALLENGE_REFUSED: refused("the job cannot be challenged: it has no result, its window is over, or this account has challenged it", "as the line says"),
    INPUT_COMMITMENT: refused("an input is not what the job committed to", "nothing can be done about the job"),
    INPUT_ROOTS: refused("a job commits to another number of inputs than its version has", "nothing can be done about the job"),
    INPUT_TOO_LONG: refused("an input is longer than this host takes", "raise operator.maxInputBytes"),
    INPUT_UNAVAILABLE: transient("nobody serves the input of a job", "wait, or make it available at the address that the request names"),
    SELF_CHECK: refused("the operator's own run is not admissible, and was not submitted", "look for a fault of the machine; opg operator test"),
    TRACE_LOST: refused("this host no longer computes the trace that it opened", "look for a fault of the machine; opg operator test"),
    OPENING_TOP: refused("what an operator opened does not fit its trace", "nothing: the watcher goes on without it"),
    OPERATOR_SLOW: refused("an operator served what was asked for too slowly", "nothing: what it does not serve is demanded on chain"),
    TENSOR_ROOT: refused("a tensor that an operator serves is not what it committed to", "nothing: it is demanded on chain"),
    TENSOR_TOO_LARGE: refused("a tensor is larger than this host takes", "raise limits.tensorBytes"),
    TRACE_ROOTS: refused("the roots that an operator serves are not those of its trace", "nothing: they are demanded on chain"),
    CONVICT_REFUSED: transient("the chain does not take an accusation at the moment", "nothing: it is tried again"),
  },
  "Operators' accounts": {
    REGISTERED: refused("the account is registered as an operator already", "to bond more: opg operator bond AMOUNT"),
    SELF_TEST: refused("this host does not compute as the protocol expects", "use a host with the processor features that are needed (x86-64 with FMA)"),
    EXIT_NOTHING: refused("there is no bond, or no exit under way", "see: opg operator status"),
    EXIT_TOO_LARGE: refused("more is to leave than is bonded", "correct --amount, or leave it out for all"),
  },
  "Files and downloads": {
    DOWNLOAD_FAILED: transient("something could not be downloaded", "nothing: it is asked for again; name further addresses"),
    DOWNLOAD_STATUS: transient("a server answered with an error", "nothing: it is asked for again; name further addresses"),
    DOWNLOAD_LENGTH: transient("a server gave another number of bytes than there should be", "nothing: it is asked for again; name further addresses"),
    DOWNLOAD_CONTENT: transient("a server gave other bytes than were committed to", "nothing: it is asked for again; name further addresses"),
    FILE_DIGEST: transient("a published file is not the one whose digest was published", "nothing: it is asked for again; name further addresses"),
    FILE_TOO_LONG: transient("a file is longer than this host takes", "raise limits.modelBytes"),
    URI_UNUSABLE: transient("an address cannot be asked here", "name http or https addresses; for ipfs:// set sources.ipfsGateways"),
    URI_SCHEME: transient("something is to be downloaded from an address of another kind than http", "use http:// or https://"),
    URI_INVALID: transient("a published address is none", "nothing can be done about it but by who published it"),
    RUNTIME_LOST: transient("the thread that ran a model ended", "nothing: it is started again; give the machine more memory if that happens often"),
    RUN_FAILED: transient("a model could not be run", "nothing: it is tried again"),
    POOL_CLOSED: transient("a version was put aside to make room", "nothing: it is loaded again"),
  },
  "The store and the data directory": {
    DATA_DIR_IN_USE: input("another daemon uses the data directory", "stop it, or give this one another dataDir"),
    DATA_DIR_UNUSABLE: input("the data directory cannot be used or locked", "let dataDir be a directory of this user, on a disk that is not full and has file locks"),
    STORE_IN_USE: input("another daemon uses the database", "stop it, give this one a database of its own, or let it stand by: opg run --standby"),
    STORE_FOREIGN: input("the store belongs to another chain or deployment", "use a fresh dataDir or database; after restarting a local test chain, delete the old one"),
    STORE_UNREACHABLE: { kinds: ["input", "transient"], cause: "the database does not answer", fix: "check that the server runs and takes writes, and store.url" },
    STORE_BUSY: { kinds: ["input", "transient"], cause: "the database cannot do it now", fix: "nothing: it is tried again" },
    STORE_FULL: { kinds: ["input", "transient"], cause: "the disk of the store is full", fix: "make room there; until then nothing is recorded, and nothing is sent that is not recorded" },
    STORE_EMPTIED: { kinds: ["input", "refused"], cause: "what was in the store is gone", fix: "restore it; docs/architecture.md says what starting anew means" },
    STORE_BROKEN: { kinds: ["input", "refused"], cause: "the store is damaged", fix: "restore it from a backup; docs/architecture.md says what starting anew means" },
    STORE_TAKEN: { kinds: ["input", "refused"], cause: "another daemon took the store while this one could not reach it, or no lock holds there", fix: "run one of them only; let store.url name the server itself" },
  },
  "Workers and evidence": {
    WORKER_STORE: input("a worker shares a PostgreSQL server with its daemon, and none is named", "set store.url (or OPG_STORE_URL) to the server that opg run uses"),
    WORKER_EVIDENCE: input("a worker and its daemon share the evidence, and no place is named", "set evidence.url (or OPG_EVIDENCE_URL) of both"),
    WORKER_PLACES: input("a worker was given no place to work in", "set work.places to at least 1"),
    STORE_UNCLAIMED: transient("no daemon has used the database yet that a worker is to share", "start opg run with the same store.url; the worker waits for it"),
    TASK_LOST: transient("no worker did a task in time, or it could not be handed out", "check that workers run, and their log; it is asked for again"),
    TASK_ABANDONED: transient("the daemon ended before a worker did a task", "nothing: the next daemon asks for it again"),
    EVIDENCE_CREDENTIALS: input("a bucket is named for the evidence, and there are no credentials for it", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    EVIDENCE_UNREACHABLE: transient("the bucket of the evidence does not answer, or refuses", "check evidence.url, the credentials and the network; it is tried again"),
  },
  "The devnet": {
    NO_DEVNET: refused("no devnet runs in this folder", "start one here in another terminal (opg devnet), or go to the folder where it was started"),
    DEVNET_RUNS: input("a devnet runs in this folder already", "stop it, or start this one in another folder"),
    DEVNET_ASKED: input("the devnet was asked for what it cannot do", "correct what is named"),
    DEVNET_SILENT: refused("the devnet does not answer", "start it anew"),
    DEVNET_ENDED: refused("the chain of the devnet ended by itself", "start it anew"),
    LIE: input("--liar names no node, tensor or element of a shipped model", "name one of those that are listed"),
    NO_ANVIL: refused("anvil is not installed", "leave --anvil away, or run npm ci without --omit=optional on Linux with x86-64"),
  },
  "This machine": {
    NO_HARDHAT: refused("the chain inside the process, which certify and the devnet need, is not installed", "npm ci"),
    PERMISSION: refused("this user may not read, write or bind what is named", "correct its owner or permissions, or name another"),
    EXISTS: refused("what is to be made is there already", "name another, or move it away"),
    NOT_FOUND: refused("what is named is not there", "check the path"),
    PATH_KIND: refused("a directory stands where a file should be, or a file where a directory should be", "check the path"),
    DISK_FULL: refused("the disk is full, or its quota is used up", "make room"),
    DISK_READ_ONLY: refused("the disk takes no writes", "name a path on another disk"),
    DISK_FAULT: refused("the disk, or the connection to it, fails", "see the system's log"),
    TOO_MANY_OPEN: refused("this process has as many files open as it may", "raise the limit (ulimit -n)"),
    OUT_OF_MEMORY: refused("the system gives no more memory", "give the machine more, or run less on it"),
    PORT_IN_USE: refused("another program listens there", "stop it, or choose another port"),
    NO_SUCH_HOST: refused("the address is none of this machine's, or its name is not known", "check the address"),
    NO_CONNECTION: refused("nobody answers there, or the connection broke", "check the address, and that what should answer runs"),
    OUTPUT_CLOSED: refused("whoever read the output went away", "nothing"),
    SYSTEM: refused("the operating system refuses something, in its words", "as its words say"),
    INTERNAL: refused("a fault of this program", "run it again with OPG_LOG_LEVEL=debug, which shows where it is, and report it"),
  },
} as const satisfies Record<string, Record<string, CodeEntry>>;

type Tables = typeof ERROR_TABLES;
export type ErrorCode = { [T in keyof Tables]: keyof Tables[T] }[keyof Tables];

export const ERROR_CODES = Object.assign({}, ...Object.values(ERROR_TABLES)) as Readonly<Record<ErrorCode, CodeEntry>>;

/** The exit code of a command that ends with an error: 2 for unusable input, 1 for everything else. */
export const exitCodeOf = (kind: ErrorKind): 1 | 2 => (kind === "input" ? 2 : 1);
