import type { Subject } from "./model.ts";

const HELD = "heldIn + owedOut == heldOut + owedIn";
const BONDED = "totalIn + bondedOut == totalOut + bondedIn";
const LOCKED = "lockedIn + backedOut == lockedOut + backedIn";

/** Custody as a number. The equation is asserted at every call out. */
const custody = (holds: string, pull: string, push: string): string[] => [
  `function _pull(address, uint256 received) internal returns (uint256) { assert(${holds}); ${pull} return received; }`,
  `function _push(address, uint256 amount) internal { ${push} assert(${holds}); }`,
  "function _tryPermit(uint256, uint256, uint8, bytes32, bytes32) internal {}",
];
const held = custody(HELD, "heldIn += received;", "heldOut += amount;");

const stakes: Subject = {
  name: "StakeRegistry",
  sources: ["contracts/staking/StakeRegistry.sol"],
  structs: ["contracts/interfaces/IStakeRegistry.sol"],
  words: [],
  replaced: [],
  renamed: [],
  open: [
    [/\w+ \* \w+Bps \/ BPS/g, "uint256"],
    [/_locked\(jobs, msg.sender\)/g, "uint256"],
  ],
  equations: {
    S1: { holds: HELD, ghosts: ["held", "owed"], counted: [[/^(.*\.bonded|creditOf\[.*|burnable)$/, "owed$ += $1;"]], prelude: held },
    S2: {
      holds: BONDED,
      ghosts: ["total", "bonded"],
      counted: [
        [/^(.*\.bonded)$/, "bonded$ += $1;"],
        [/^(totalBonded)$/, "total$ += $1;"],
      ],
      prelude: custody(BONDED, "", ""),
    },
  },
  functions: ["bond", "bondWithPermit", "requestExit", "cancelExit", "withdrawBond", "slash", "transferCredit", "withdrawCredit", "burn"],
  undecided: [],
};

/** The word of the one job that a step is about, as what its digest commits to. */
const jobWords = (holds: string, known: string, out: string, stored: string, come: string): string[] => [
  "JobStatus statusAt;",
  "address requester_;",
  "JobId anyId;",
  "bool anyDelivered;",
  "uint256 anyTaken;",
  "uint256 anyReward;",
  `function known(Job memory job) internal returns (JobStatus) { require(statusAt != JobStatus.None && ${known}); return statusAt; }`,
  `function put(Job memory job, JobStatus s) internal { ${out} statusAt = s; ${stored} ${come} }`,
  "function unused() internal returns (JobId) { require(statusAt == JobStatus.None); return anyId; }",
  "function _requireSubmitted(Job memory, bytes memory) internal {}",
  `function deliver(address, uint256, uint256, JobId, bytes memory) internal returns (bool) { assert(${holds}); return anyDelivered; }`,
];
const through = (status: string, first: string): string => `${status} >= JobStatus.${first} && ${status} <= JobStatus.Upheld`;

const jobs: Subject = {
  name: "JobRegistry",
  sources: ["contracts/jobs/JobRegistry.sol", "contracts/token/Ledger.sol"],
  structs: ["contracts/types/Job.sol", "contracts/interfaces/IJobRegistry.sol"],
  words: ["Claim", "Offer", "Terms"],
  replaced: [
    [
      "uint256 word = _jobs[job.id];\n        if (word == 0 || (word ^ uint256(job.hash())) >> 8 != 0) revert();\n        return JobStatus(uint8(word));",
      "return known(job);",
    ],
    ["_jobs[job.id] = (uint256(job.hashMemory()) & ~uint256(0xff)) | uint8(status);", "put(job, status);"],
    ["_jobs[job.id] = (uint256(job.hash()) & ~uint256(0xff)) | uint8(status);", "put(job, status);"],
    ["delete _jobs[job.id];", "put(job, JobStatus.None);"],
    ["JobIdLib.pack(msg.sender, nonce)", "unused()"],
    ["IStakeRegistry(stakes).slash(operator, bond, requester, game)", "(anyTaken, anyReward)"],
  ],
  renamed: [
    [/\bJobId\.unwrap\((.*?)\)/g, "$1"],
    [/([\w.]*\bid)\.requester\(\)/g, "requester_"],
    [/\bJobId\b/g, "uint256"],
    [/\bCallback\.deliver\(/g, "deliver("],
  ],
  open: [
    [/Commitment\.\w+\(\w+\)/g, "bytes32"],
    [/IModelRegistry\(models\)\.offerOf\([\w.]+\)/g, "Offer"],
    [/IModelRegistry\(models\)\.publisherOf\(\w+\)/g, "address"],
    [/IStakeRegistry\(stakes\)\.lockableOf\(.*\)(?=;)/g, "uint256"],
    [/OfferLib\.PUBLISHED/g, "uint256"],
    [/uint256\(terms\.fee\(\)\) \* terms\.share\(\) \/ BPS/g, "uint256"],
  ],
  equations: {
    J1: {
      holds: HELD,
      ghosts: ["held", "owed"],
      counted: [
        [/^_accounts\[(.*)\]$/, "owed$ += _accounts[$1].balance;"],
        [/^(shareOf\[.*)$/, "owed$ += $1;"],
      ],
      prelude: [
        "uint256 feeAt;",
        ...jobWords(
          HELD,
          "feeAt == job.terms.fee",
          `if (${through("statusAt", "Requested")}) owedOut += feeAt;`,
          "feeAt = job.terms.fee;",
          `if (${through("s", "Requested")}) owedIn += job.terms.fee;`,
        ),
        ...held,
      ],
    },
    J2: {
      holds: LOCKED,
      ghosts: ["locked", "backed"],
      counted: [[/^_accounts\[(.*)\]$/, "if ($1 == who) locked$ += _accounts[$1].locked;"]],
      prelude: [
        "address who;",
        "uint256 bondAt;",
        "address operatorAt;",
        ...jobWords(
          LOCKED,
          "bondAt == job.terms.bond && operatorAt == job.claim.operator",
          `if (${through("statusAt", "Accepted")} && operatorAt == who) backedOut += bondAt;`,
          "bondAt = job.terms.bond; operatorAt = job.claim.operator;",
          `if (${through("s", "Accepted")} && job.claim.operator == who) backedIn += job.terms.bond;`,
        ),
        ...custody(LOCKED, "", ""),
      ],
    },
  },
  functions: ["deposit", "depositWithPermit", "withdraw", "request", "requestByRoots", "cancel", "refund", "accept", "submit", "hold", "uphold", "finalize", "retryCallback", "convict", "collectShare"],
  undecided: [
    "request J1",
    "requestByRoots J1",
    "cancel J1",
    "refund J1",
    "submit J1",
    "finalize J1",
    "retryCallback J1",
    "request J2",
    "requestByRoots J2",
    "cancel J2",
    "refund J2",
    "accept J2",
    "submit J2",
    "hold J2",
    "uphold J2",
    "finalize J2",
    "retryCallback J2",
    "convict J2",
  ],
};

export const subjects: readonly Subject[] = [stakes, jobs];
