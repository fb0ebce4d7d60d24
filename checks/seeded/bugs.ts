/** Bugs that somebody might have written, one change of one text each. */

export interface Bug {
  readonly name: string;
  readonly file: string;
  /** A text that occurs once, and what stands there instead. */
  readonly replace: readonly [string, string];
  /** Checks of the model (test/solidity/invariant), one of which is the first to notice. */
  readonly caughtBy: readonly string[];
}

const within =
  (file: string) =>
  (name: string, from: string, to: string, ...caughtBy: string[]): Bug => ({ name, file, replace: [from, to], caughtBy });

const stakes = within("contracts/staking/StakeRegistry.sol");
const jobs = within("contracts/jobs/JobRegistry.sol");
const game = within("contracts/dispute/DisputeGame.sol");
const ledger = within("contracts/token/Ledger.sol");

const UNTIMELY = "a move went through at the wrong time";
const REFUSED = "a move that was due was refused";

export const BUGS: readonly Bug[] = [
  stakes("slash forgets to lower totalBonded", "totalBonded -= uint96(taken);\n        burnable", "burnable", "total bonded"),
  stakes("slash burns the reward as well", "taken - compensation - reward)", "taken - compensation)", "StakeRegistry"),
  stakes("slash leaves the exit above what is left", "if (b.exiting > left) b.exiting = left;", "", "exiting within the bond"),
  stakes(
    "slash reaches the bonds of whatever registry the named game has",
    "Bond storage b = _bonds[operator][msg.sender];",
    '(, bytes memory j) = game.staticcall(abi.encodeWithSignature("jobs()"));\n        Bond storage b = _bonds[operator][abi.decode(j, (address))];',
    "bonded",
    "locked within the bond",
  ),
  stakes("transferCredit does not debit", "_debit(amount);\n        creditOf[to] += amount;", "creditOf[to] += amount;", "StakeRegistry"),
  stakes("credit that is not there can be spent", "if (credit < amount) revert CreditTooLow(msg.sender, credit, amount);\n        creditOf[msg.sender] = credit - amount;", "creditOf[msg.sender] = credit < amount ? 0 : credit - amount;", "an outsider's move"),
  stakes("slash credits the reward to the registry", "creditOf[game] += reward;", "creditOf[msg.sender] += reward;", "StakeRegistry"),
  stakes("withdrawCredit does not debit", "_debit(amount);\n        emit CreditWithdrawn", "emit CreditWithdrawn", "StakeRegistry", "an outsider's move"),
  stakes("burn keeps what is no whole gwei", "burnable = 0;", "burnable = uint128(amount % 1 gwei);\n        amount -= amount % 1 gwei;", "StakeRegistry is empty"),
  stakes("requestExit takes any amount", "if (amount > b.bonded) revert ExitTooLarge(b.bonded, amount);", "", "exiting within the bond"),
  stakes("withdrawBond ignores what is locked", "uint256 locked = _locked(jobs, msg.sender);", "uint256 locked = 0;", "locked within the bond"),
  stakes("withdrawBond does not wait", "if (block.timestamp < b.exitAt) revert ExitNotDue(b.exitAt);", "", UNTIMELY),
  stakes("withdrawBond leaves a wei behind", "b.bonded - locked : 0", "b.bonded - locked - 1 : 0", "the whole bond leaves"),
  stakes("lockableOf counts what is leaving", "return b.bonded - b.exiting;", "return b.bonded;", "lockable"),

  jobs("whoever calls may judge", "if (msg.sender != game) revert NotTheGame(msg.sender);", "", "an outsider's move"),
  jobs("a job's struct is believed", "word == 0 || (word ^ uint256(job.hash())) >> 8 != 0", "word == 0", "an outsider's move"),
  jobs("cancel after the output was submitted", "} else if (status != JobStatus.Requested) {", "} else if (status != JobStatus.Requested && status != JobStatus.Submitted) {", "locked"),
  jobs("cancel does not wait for the acceptor", "status == JobStatus.Accepted && block.timestamp > job.claim.time()", "status == JobStatus.Accepted", UNTIMELY),
  jobs("refund before the deadline", "if (block.timestamp <= deadline) revert DeadlineNotPassed(job.id, deadline);", "", UNTIMELY),
  jobs("refund keeps the bond locked", "Accepted) _unlock(job.claim.operator(), job.terms.bond());", "Accepted) {}", "locked"),
  jobs("accept after the deadline", "if (block.timestamp > deadline) revert DeadlinePassed(job.id, deadline);", "", UNTIMELY),
  jobs("submit does not lock", "            _lock(msg.sender, job.terms.bond());", "", "locked"),
  jobs("submit in another's place keeps both bonds locked", "if (reserved) _unlock(operator, job.terms.bond());", "", "locked"),
  jobs("submit after the deadline", "if (block.timestamp > claim.deadline()) revert DeadlinePassed(job.id, claim.deadline());", "", UNTIMELY),
  jobs("bonds are locked without asking what there is", "if (locked > lockable) revert StakeTooLow(operator, lockable, locked);", "", "a bond does not cover what it stands behind"),
  jobs("finalize before the window is over", "if (block.timestamp < _finalizesAt(job)) revert NotFinalYet(job.id, _finalizesAt(job));", "", UNTIMELY),
  jobs("finalize unlocks twice", "a.locked() - terms.bond()", "a.locked() - 2 * terms.bond()", "locked", REFUSED, "something is stuck"),
  jobs("finalize does not unlock", "a.locked() - terms.bond()", "a.locked()", "locked"),
  jobs("finalize takes the share from nobody", "(terms.fee() - share)", "terms.fee()", "JobRegistry"),
  jobs("finalize may be repeated", "else _erase(job);", "", "JobRegistry", "every job reaches an end"),
  jobs("retryCallback may be repeated", "_erase(job);\n        _requireSubmitted", "_requireSubmitted", "every job reaches an end"),
  jobs("retryCallback after any end", "if (status != JobStatus.FinalUndelivered)", "if (status < JobStatus.FinalUndelivered)", "convicted"),
  jobs("collectShare keeps a wei so that its slot stays warm", "shareOf[version] = 0;", "if (amount != 0) (shareOf[version], amount) = (1, amount - 1);", "JobRegistry is empty"),
  jobs("hold when the window is over", "block.timestamp >= _finalizesAt(job)", "false", UNTIMELY),
  jobs("hold refuses in the last second", "block.timestamp >= _finalizesAt(job)", "block.timestamp + 1 >= _finalizesAt(job)", "an honest move was refused"),
  jobs("uphold returns the job to its window", "JobStatus.Challenged, JobStatus.Upheld", "JobStatus.Challenged, JobStatus.Submitted", "upheld"),
  jobs("convict does not refund the fee", "_credit(requester, job.terms.fee());", "", "JobRegistry"),
  jobs("convict slashes half of the bond", "slash(operator, bond,", "slash(operator, bond / 2,", "bonded"),

  game("challenge when the window is over", "if (block.timestamp >= before) revert", "if (false) revert", UNTIMELY),
  game("challenge moves the clock of the first", "since = d.since;", "d.since = since;", UNTIMELY),
  game("open in the operator's name", "if (msg.sender != operator) revert", "if (false) revert", "a trace in another's mouth"),
  game("open leaves the dispute unopened", "d.status = DisputeStatus.Opened;", "", "an honest move changed nothing"),
  game("convict whatever the proof", "if (!guilty) revert", "if (false) revert", "an admissible trace was convicted"),
  game("convict without commitment has the earliest one", "? uint40(committed) : uint40(block.timestamp)", "? uint40(committed) : job.claim.time()", "a claim was refused", "earlier half"),
  game("a commitment from before the submission counts", "committed > job.claim.time() && committed", "committed != 0 && committed", "earlier half", "later half"),
  game("a commitment of the second of the conviction counts", "committed < convicted;", "committed <= convicted;", "a copied proof took something over"),
  game("the earlier half goes to the later commitment too", "bool takesEarly = committed < early;", "bool takesEarly = committed != early;", "an equal commitment took something over", "earlier half"),
  game("an equal commitment takes the later half", "early != 0 && committed > later.priority", "early != 0 && committed >= later.priority", "an equal commitment took something over"),
  game("the later half is taken over by none", "bool takesLate = early != 0 && committed > later.priority;", "bool takesLate = false;", "a claim was refused", "later half"),
  game("the earlier half takes the later one along", "if (!unclaimed) _part(id, d, later);", "", "later half"),
  game("the whole leaves half with who has no claim", "if (!unclaimed) _part(id, d, later);", "_part(id, d, later);", "later half"),
  game("collect pays one half twice", "_payReward(id, _laterHalves[id].beneficiary, reward - reward / 2);", "_payReward(id, d.beneficiary, reward - reward / 2);", "the earlier half was not paid"),
  game("collect rounds both halves down", "_payReward(id, _laterHalves[id].beneficiary, reward - reward / 2);", "_payReward(id, _laterHalves[id].beneficiary, reward / 2);", "the later half was not paid"),
  game("collect pays the first holder all", "if (d.marks & PARTED == 0) {", "if (d.beneficiary != msg.sender) {", "the earlier half was not paid"),
  game("collect may be repeated", "d.marks |= COLLECTED;", "", "credit of the game"),
  game("collect believes the struct", "_authenticate(job);\n        uint256 reward = rewardOf(job);", "uint256 reward = rewardOf(job);", "an outsider's move"),
  game("a first challenger loses its place with its fee", "_index[id][d.beneficiary] = 1;", "", "DisputeGame"),
  game("demand when an answer would come too late", "if (revealBy > deadline) revert", "if (false) revert", UNTIMELY),
  game("demand falls due when the challenge was made", "<< 40) | revealBy", "<< 40) | d.since", "an honest party was already late"),
  game("demand more than there are places", "demands.open + count > maxOpenDemands", "demands.open > maxOpenDemands", "places for demands"),
  game("demand counts every caller's demands as one", "demands.made += uint64(count);", "demands.made += 1;", "paid for demands"),
  game("demand forgets what the same caller paid before", "paidOf[id][msg.sender] += price;", "paidOf[id][msg.sender] = price;", "paid for demands"),
  game("reveal counts as one answer", "demands.open -= uint32(count);", "demands.open -= 1;", "open demands"),
  game("reveal when it is too late", "if (block.timestamp > revealBy) revert", "if (false) revert", UNTIMELY),
  game("silence before the answer is due", "if (block.timestamp <= revealBy) revert", "if (false) revert", UNTIMELY),
  game("silence about what nobody demanded", "if (pending <= REVEALED) revert NotDemanded(id, item);", "", "an honest operator was convicted", "StakeRegistry"),
  game("silence is for the demander only", "if (pending <= REVEALED) revert NotDemanded(id, item);", "if (pending >> 40 != uint160(msg.sender)) revert NotDemanded(id, item);", REFUSED),
  game(
    "timeout of what was opened",
    "d.status != DisputeStatus.Challenged) revert WrongDisputeStatus(id, d.status);\n        uint256 openBy = d.since + openPeriod;\n        if (block.timestamp <= openBy)",
    "d.status > DisputeStatus.Opened) revert WrongDisputeStatus(id, d.status);\n        uint256 openBy = d.since + openPeriod;\n        if (block.timestamp <= openBy)",
    "an honest operator was convicted",
  ),
  game("timeout in the last second", "if (block.timestamp <= openBy) revert", "if (block.timestamp < openBy) revert", UNTIMELY),
  game("resolve in the last second", "if (block.timestamp <= deadline) revert VerdictDeadlineNotPassed", "if (block.timestamp < deadline) revert VerdictDeadlineNotPassed", UNTIMELY),
  game("resolve with demands open", "if (demands.open != 0) revert", "if (false) revert", "a watched lie went through"),
  game("resolve without telling the registry", "_registry().uphold(job);", "", "held"),
  game("resolve forgets the deposits", "if (deposits != 0) _credit(DEAD, deposits);", "", "DisputeGame"),
  game("resolve forgets the fees of demands", " + fee * demands.made;", ";", "DisputeGame"),
  game("reclaim does not clear what was paid", "if (amount != 0) paidOf[id][msg.sender] = 0;", "", "DisputeGame"),
  game("challenge costs nothing of the bond", "_debit(msg.sender, challengePrice(job.terms.bond()));", "_debit(msg.sender, challengeFee);", "DisputeGame"),
  game("reclaim keeps the bond's part of a challenge", "amount += challengePrice(job.terms.bond());", "amount += challengeFee;", "DisputeGame"),
  game("reclaim pays a challenger twice", "else _index[id][msg.sender] = 0;", "", "DisputeGame"),
  game(
    "reclaim is for challengers only",
    "uint256 amount = paidOf[id][msg.sender];",
    "if (challengerIndex(id, msg.sender) == 0) revert NothingToReclaim(id, msg.sender);\n        uint256 amount = paidOf[id][msg.sender];",
    "something is stuck",
  ),
  game("reclaim pays the beneficiary", "_credit(msg.sender, amount);", "_credit(d.beneficiary, amount);", "an honest party lost"),
  game("collect before the reward period is over", "if (block.timestamp < collectableAt) revert RewardPeriodNotOver", "if (false) revert RewardPeriodNotOver", UNTIMELY),
  game("burn keeps what is no whole gwei", "_balances[DEAD] = 0;", "_balances[DEAD] = amount % 1 gwei;\n        amount -= amount % 1 gwei;", "DisputeGame is empty"),

  ledger("withdraw does not debit", "_debit(msg.sender, amount);", "", "JobRegistry", "DisputeGame", "an outsider's move"),
];
