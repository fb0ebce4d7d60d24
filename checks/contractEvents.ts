/** Writes docs/contract-events.md out of the contracts' ABIs and the table below: `npm run events`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { EventFragment, Interface, type InterfaceAbi } from "ethers";

const root = join(import.meta.dirname, "..");
export const EVENTS_FILE = join(root, "docs", "contract-events.md");

const HOLDS = "what the account holds in this ledger";

/** By contract, in the order in which a reader meets them: when the event comes, and what its words mean where their names do not say it. */
export const CONTRACT_EVENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  JobRegistry: {
    JobRequested: "A job was requested and paid, with its whole input in the event. `terms` packs fee, bond, callback gas, window and publisher's share, `claim` the operator it is reserved for, if any, and the deadline.",
    JobRequestedByRoots: "The same, with the Merkle roots of the input's tensors and where they are served.",
    JobAccepted: "An operator reserved the job for itself; its bond is locked from now on.",
    JobSubmitted: "The result is there and can be challenged until the window in `claim` is over. It is not final.",
    JobSubmittedByRoots: "The same for an output that is too large for calldata, with the Merkle roots of its tensors and where their values are served.",
    JobChallenged: "The dispute game took the job; it becomes final only after the dispute.",
    JobUpheld: "The dispute ended for the operator; the job can be finalized.",
    JobConvicted: "The result was proven wrong or not defended. `slashed` is the bond that was taken; the requester gets its fee back, and a part of the bond.",
    JobFinalized: "The result is final and the operator is paid. `delivered` is false where a callback was asked for and failed.",
    CallbackDelivered: "A callback that had failed went through when it was tried again.",
    JobCancelled: "The requester took back a job that nobody had accepted.",
    JobRefunded: "The deadline passed without a result, and the requester was paid back.",
    PublisherPaid: "The publisher's shares of the version were moved to its balance.",
    Deposited: `OPG was added to ${HOLDS}.`,
    Withdrawn: `OPG was taken from ${HOLDS}, and sent to \`to\`.`,
  },
  DisputeGame: {
    Challenged: "Somebody challenged the result. `index` is 1 for the first challenger of the job; the operator has to open until `openBy`, and the dispute ends at `deadline` (Unix seconds).",
    Opened: "The operator committed to its trace: its root, what everybody knows of it at once, and where the tensors are served.",
    Demanded: "Places of the trace were demanded, which the operator has to reveal until `revealBy`. `items` are those that nobody had demanded before.",
    Revealed: "The operator showed the places `items`.",
    Silent: "The operator did not reveal `item` in time; it was convicted for it.",
    Committed: "A commitment to a proof was recorded, so that nobody can copy the proof and be the first with it.",
    Advanced: "Part of an element that is too long for one transaction was computed, up to `until`; `carried` is the intermediate result.",
    ConvictedByProof: "The EVM recomputed a number and found it wrong. The reward can be collected from `collectableAt`.",
    ConvictedByDefault: "The operator did not open or reveal in time. The reward can be collected from `collectableAt`.",
    RewardTakenOver: "Who brought a proof of its own and had committed to it before took over what `part` names: the earlier half, the later one, or the whole.",
    RewardCollected: "A reward was paid: once, or once for each half.",
    FeeReclaimed: "A challenger got back what it had paid, for the operator was convicted.",
    Resolved: "No challenger proved anything until the deadline: the operator gets the challengers' `fees`.",
    Burned: "What was forfeited to nobody was burned.",
    Bound: "The game was bound to its registry of jobs, once, when it was deployed.",
    Deposited: `OPG was added to ${HOLDS}.`,
    Withdrawn: `OPG was taken from ${HOLDS}, and sent to \`to\`.`,
  },
  StakeRegistry: {
    Bonded: "An operator added to the bond that stands behind its claims in the registry `jobs`.",
    ExitRequested: "It wants `exiting` back, and can withdraw it from `exitAt` (Unix seconds) as far as no claim locks it.",
    ExitCancelled: "It thought better of it.",
    BondWithdrawn: "An exit ended: the bond was sent to the operator.",
    Slashed: "`amount` of its bond was taken: `compensation` for the requester, `reward` for challengers, the rest to be burned.",
    CreditTransferred: "Credit, which stands for OPG here, changed hands.",
    CreditWithdrawn: "Credit was paid out in OPG.",
    Burned: "What was slashed for nobody was burned.",
  },
  ModelRegistry: {
    ModelCreated: "A model was created; it is an ERC-721 token of its owner.",
    VersionPublished: "A version of it can be requested. `details` has everything that the version fixes.",
    VersionDeprecated: "The version takes no requests any more. `successor` is the version to use instead, or zero.",
    Transfer: "The model changed hands (ERC-721).",
    Approval: "Somebody may transfer the model (ERC-721).",
    ApprovalForAll: "Somebody may transfer all models of the owner (ERC-721).",
  },
  OPG: {
    Transfer: "OPG changed hands (ERC-20).",
    Approval: "Somebody may spend OPG of the owner (ERC-20).",
    EIP712DomainChanged: "Never: it belongs to the interface of ERC-5267.",
  },
};

const INTRODUCTION = `# Events of the contracts

*This page is made by \`npm run events\` from \`contracts/abi/\` and \`checks/contractEvents.ts\`.*

Amounts are in the token's smallest unit, 10⁻¹⁸ OPG. A job's id is its requester's address and a nonce, \`JobId\` in Solidity and \`uint256\` in an ABI. \`topic\` is what \`eth_getLogs\` filters by. A daemon's own log is another matter: [operating](operating.md).
`;

/** Events of a contract, by name. */
export function eventsOf(contract: string): ReadonlyMap<string, EventFragment> {
  const { fragments } = new Interface(JSON.parse(readFileSync(join(root, "contracts", "abi", `${contract}.json`), "utf8")) as InterfaceAbi);
  return new Map(fragments.filter((each) => EventFragment.isFragment(each)).map((event) => [event.name, event]));
}

const signature = ({ name, inputs }: EventFragment): string =>
  `${name}(${inputs.map((input) => [input.type.startsWith("tuple") ? "tuple" : input.type, ...(input.indexed ? ["indexed"] : []), input.name].join(" ")).join(", ")})`;

function section([contract, says]: readonly [string, Readonly<Record<string, string>>]): string {
  const events = eventsOf(contract);
  const rows = Object.entries(says).map(([name, text]) => {
    const event = events.get(name);
    if (event === undefined) throw new Error(`${contract} has no event ${name}`);
    return `| \`${signature(event)}\` | ${text} | \`${event.topicHash}\` |`;
  });
  return `## ${contract}\n\n| event | when | topic |\n|---|---|---|\n${rows.join("\n")}\n`;
}

/** The page. */
export const eventsPage = (): string => [INTRODUCTION, ...Object.entries(CONTRACT_EVENTS).map(section)].join("\n");

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) writeFileSync(EVENTS_FILE, eventsPage());
