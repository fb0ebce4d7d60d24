// Ties this process to what the user started, so that kill -9 of that leaves nothing running. Two things may stand between:
// a launcher, when an old Node hands over to a newer one, and npm with its shell (npx opg, npm run opg).
//
// The watching is done by a thread of its own, which does it however busy the process is. Nothing is lost by the end that
// it makes: the daemon survives kill -9 at any moment.
import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { isMainThread, Worker, workerData } from "node:worker_threads";

/** The end of a pipe whose other end the launcher holds until it dies: the kernel closes it. */
export const PIPE = 3;
/** Set by the launcher for the process that it starts. */
export const LAUNCHED = "OPG_LAUNCHED";

const LOOK_MS = 500;
/** Between the request to stop, as npm's own end would have brought it, and the end. */
const GRACE_MS = 3_000;

/** To be called first, for what is killed before is not noticed. */
export function holdOnTo(env) {
  const pipe = env[LAUNCHED] === undefined ? undefined : PIPE;
  delete env[LAUNCHED];
  const ancestors = env.npm_execpath === undefined ? [] : npmAbove(process.ppid);
  if (pipe === undefined && ancestors.length === 0) return;
  new Worker(new URL(import.meta.url), { workerData: { pipe, ancestors }, stdout: false, stderr: false, execArgv: [] }).unref();
}

/** npm and the shell that it runs commands in, if they are the next above; npm's environment alone proves nothing. */
function npmAbove(pid) {
  const found = [];
  for (let above = pid; found.length < 2; ) {
    const seen = look(above);
    if (seen === undefined) return [];
    found.push({ pid: above, began: seen.began });
    if (/^npm (exec|run|start|test)|^npx\b/.test(seen.command)) return found;
    above = seen.parent;
  }
  return [];
}

/** What the system says of a process, or undefined where there is none: a number alone may by now be another one. */
function look(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z") return undefined;
    return { parent: Number(parent), began: rest[17], command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") };
  } catch {
    return undefined;
  }
}

function watch({ pipe, ancestors }) {
  const kill = () => process.kill(process.pid, "SIGKILL");
  if (pipe !== undefined) {
    new Socket({ fd: pipe, readable: true, writable: false }).on("error", kill).on("close", kill).resume();
  }
  if (ancestors.length === 0) return;
  const looking = setInterval(() => {
    if (ancestors.every(({ pid, began }) => look(pid)?.began === began)) return;
    clearInterval(looking);
    process.kill(process.pid, "SIGTERM");
    setTimeout(kill, GRACE_MS);
  }, LOOK_MS);
}

if (!isMainThread) watch(workerData);
