import { Contract, JsonRpcProvider } from "./ethers.js";

const SIZE = 8;
const BESIDE = 0.5;
const STATUS = ["None", "Requested: waits for an operator", "Accepted by an operator", "Submitted: may be challenged", "Challenged", "Upheld", "Final", "Final, but the callback failed", "Cancelled", "Refunded", "Convicted: the fee came back"];
const FINAL = 6;

const $ = (id) => document.getElementById(id);
const grid = $("grid");
const cells = Array.from({ length: SIZE * SIZE }, (_, i) => {
  const cell = document.createElement("button");
  cell.type = "button";
  cell.setAttribute("aria-label", `row ${Math.floor(i / SIZE) + 1}, column ${(i % SIZE) + 1}`);
  cell.setAttribute("aria-pressed", "false");
  cell.tabIndex = i === 0 ? 0 : -1;
  grid.append(cell);
  return cell;
});
const isOn = (cell) => cell.getAttribute("aria-pressed") === "true";
const set = (cell, on) => cell.setAttribute("aria-pressed", String(on));

let ink;
grid.addEventListener("pointerdown", (event) => {
  if (!cells.includes(event.target)) return;
  event.target.releasePointerCapture(event.pointerId);
  set(event.target, (ink = !isOn(event.target)));
});
grid.addEventListener("pointerover", (event) => {
  if (event.buttons > 0 && ink !== undefined && cells.includes(event.target)) set(event.target, ink);
});
grid.addEventListener("keydown", (event) => {
  const at = cells.indexOf(event.target);
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIZE, ArrowDown: SIZE }[event.key];
  if (event.key === " ") set(cells[at], !isOn(cells[at]));
  else if (step !== undefined) cells[Math.min(Math.max(at + step, 0), cells.length - 1)].focus();
  else return;
  event.preventDefault();
});
$("clear").addEventListener("click", () => cells.forEach((cell) => set(cell, false)));

/** Pixels as float32: full where there is ink, and half beside it, as a pen leaves them. */
function image() {
  const pixels = new Float32Array(SIZE * SIZE);
  cells.forEach((cell, i) => {
    const beside = [i % SIZE > 0 && i - 1, i % SIZE < SIZE - 1 && i + 1].filter((each) => each !== false);
    pixels[i] = isOn(cell) ? 1 : beside.some((each) => isOn(cells[each])) ? BESIDE : 0;
  });
  return new Uint8Array(pixels.buffer);
}

const { app: address, abi, jobs: jobsAddress, jobsAbi } = await (await fetch("app.json")).json();
$("address").textContent = address;
const provider = new JsonRpcProvider(new URL("rpc", location.href).href, undefined, { cacheTimeout: -1, pollingInterval: 200 });
// An account of the network on this machine; on a public one a wallet signs.
const signer = await provider.getSigner(4);
const app = new Contract(address, abi, signer);
const jobs = new Contract(jobsAddress, jobsAbi, provider);

const say = (text) => ($("status").textContent = text);
let challengeWindow;
$("pass").addEventListener("click", () => fetch("pass", { method: "POST", body: JSON.stringify({ seconds: challengeWindow }) }));

async function follow(jobId) {
  for (;;) {
    const status = Number(await jobs.statusOf(jobId));
    $("pass").disabled = status !== 3;
    if (status >= FINAL) {
      const [event] = await app.queryFilter(app.filters.DigitRead(jobId));
      return say(event === undefined ? STATUS[status] : `Final: it is a ${event.args.digit}.`);
    }
    say(STATUS[status]);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

$("ask").addEventListener("click", async () => {
  $("ask").disabled = true;
  try {
    const receipt = await (await app.read(image())).wait();
    const { jobId, terms } = receipt.logs.map((log) => jobs.interface.parseLog(log)).find((event) => event?.name === "JobRequested").args;
    challengeWindow = Number((BigInt(terms) >> 16n) & 0xffffffn);
    await follow(jobId);
  } catch (error) {
    say(`It was refused: ${error.shortMessage ?? error.message}`);
  } finally {
    $("ask").disabled = false;
  }
});
// From now on a click is heard.
$("ask").disabled = false;
