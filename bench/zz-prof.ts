import { network } from "hardhat";
import { readFileSync, readdirSync } from "node:fs";
import { productModel } from "/work/main/bench/models.ts";
import { commitRun } from "/work/main/oracle/certify/certify.ts";
import { Prover } from "/work/main/oracle/core/dispute/proof.ts";
import { twin } from "/work/main/oracle/core/ops/index.ts";
import { compile } from "/work/main/oracle/core/program/compile.ts";
import { ortRuntime } from "/work/main/oracle/runtime/ort.ts";
const root = "/work/main";
const connection = await network.create();
const { ethers } = connection;
const names = ["FloatDot", "IntegerDot", "Movement", "Quantization", "Arithmetic", "Statistics"];
const at = new Map<string, string>();
const families: string[] = [];
for (const name of names) { const a = await (await ethers.deployContract(name)).getAddress(); families.push(a); at.set(a.toLowerCase(), name); }
const v = await ethers.deployContract("OpVerifier", [families]);
at.set((await v.getAddress()).toLowerCase(), "OpVerifier");
// source maps
const maps: any = {};
const srcs: any = {};
for (const f of readdirSync(root + "/artifacts/build-info").filter((x) => x.endsWith(".output.json"))) {
  const o = JSON.parse(readFileSync(`${root}/artifacts/build-info/${f}`, "utf8")).output;
  const input = JSON.parse(readFileSync(`${root}/artifacts/build-info/${f.replace(".output", "")}`, "utf8")).input;
  const ids: any = {};
  for (const s in o.sources) ids[o.sources[s].id] = s;
  for (const s in o.contracts) for (const n in o.contracts[s]) {
    if (![...names, "OpVerifier"].includes(n)) continue;
    const d = o.contracts[s][n].evm.deployedBytecode;
    const code = Buffer.from(d.object, "hex");
    const pcs = new Map<number, number>(); let i = 0;
    for (let pc = 0; pc < code.length; pc++) { pcs.set(pc, i++); const op = code[pc]; if (op >= 0x60 && op <= 0x7f) pc += op - 0x5f; }
    let cur = [0, 0, -1];
    const list = d.sourceMap.split(";").map((e: string) => { const p = e.split(":"); cur = [p[0] ? +p[0] : cur[0], p[1] ? +p[1] : cur[1], p[2] ? +p[2] : cur[2]]; return cur; });
    maps[n] = { pcs, list, ids };
    for (const id in ids) srcs[ids[id]] = input.sources[ids[id]]?.content;
  }
}
const lineOf = (n: string, pc: number) => { const m = maps[n]; const i = m?.pcs.get(pc); const e = i === undefined ? undefined : m.list[i]; if (!e || e[2] < 0) return n + ":gen"; const s = m.ids[e[2]]; const c = srcs[s]; if (!c) return n + ":?" + e[2]; return `${s.split("/").pop()}:${Buffer.from(c).subarray(0, e[0]).toString().split("\n").length}`; };
import { readModel } from "/work/main/models/digits.ts";
for (const [kind, ch] of [["float32", 8], ["int8", 8], ["cnn", 0]] as any) {
  const model = await compile(kind === "cnn" ? readModel("digits-cnn") : productModel(kind, ch), { runtime: ortRuntime });
  const prover = new Prover(model.program, await commitRun(model, ortRuntime, 1));
  let node = 1, el = 12; if (kind === "cnn") { node = model.program.nodes.findIndex((n) => n.op === "Conv" && n.inputs[1]!.dims[1] === 16); let best = 0; for (let e = 0; e < 1024; e++) { const l = prover.prove(twin, node, e).proof.length; if (l > best) { best = l; el = e; } } console.log("node", node, el, JSON.stringify(model.program.nodes[node].inputs)); }
  const { proof } = prover.prove(twin, node, el);
  const data = v.interface.encodeFunctionData("convicts", [prover.programRoot, prover.traceRoot, ethers.ZeroHash, proof]);
  const t: any = await connection.provider.request({ method: "debug_traceCall", params: [{ to: await v.getAddress(), data, gas: "0xffffff" }, "latest", { disableStorage: true, disableMemory: true }] });
  const logs = t.structLogs;
  const byLine = new Map<string, number>(); const byFile = new Map<string, number>(); const byC = new Map<string, number>(); const byPc = new Map<string, [number, number, string]>();
  const stack = ["OpVerifier"]; const blocks = new Map<string, [number, number, string[], Map<string, number>]>(); let cb = "", fresh = false;
  for (let i = 0; i < logs.length; i++) {
    const l = logs[i];
    while (stack.length > l.depth) stack.pop();
    const c = stack[l.depth - 1] ?? "pre";
    const next = logs[i + 1];
    let g = l.gasCost;
    if (["CALL", "STATICCALL", "DELEGATECALL"].includes(l.op)) {
      const target = "0x" + l.stack[l.stack.length - 2].replace(/^0x/, "").padStart(40, "0").slice(-40);
      if (next.depth > l.depth) { stack[l.depth] = at.get(target) ?? "pre"; const gas = BigInt(l.stack[l.stack.length - 1].startsWith("0x") ? l.stack[l.stack.length - 1] : "0x" + l.stack[l.stack.length - 1]); g = 2600; }
      else g = l.gas - next.gas;
    }
    byC.set(c, (byC.get(c) ?? 0) + g);
    if (l.op === 'JUMPDEST' || logs[i-1]?.op === 'JUMPI') { cb = c + '@' + l.pc; fresh = !blocks.has(cb); if (fresh) blocks.set(cb, [0, 0, [], new Map()]); blocks.get(cb)![1]++; } { const q = blocks.get(cb); if (q) { q[0] += g; if (q[1] === 1) q[2].push(l.op + (l.op.startsWith('PUSH') ? '' : '')); const kk = lineOf(c, l.pc); q[3].set(kk, (q[3].get(kk) ?? 0) + g); } } const k = lineOf(c, l.pc); { const q = byPc.get(c + '@' + l.pc) ?? [0, 0, l.op + ' ' + k]; q[0] += g; q[1]++; byPc.set(c + '@' + l.pc, q); } byLine.set(k, (byLine.get(k) ?? 0) + g); const f = k.split(":")[0] + "@" + c; byFile.set(f, (byFile.get(f) ?? 0) + g);
  }
  const top = (m: Map<string, number>, n: number) => [...m].sort((a, b) => b[1] - a[1]).slice(0, n).map(([k, g]) => `${k} ${g}`).join("\n");
  console.log("==", kind, "total", t.gas, "proof bytes", proof.length / 2 - 1); console.log(top(byC, 9)); console.log("-- files\n" + top(byFile, 40)); if (process.env.BLK) console.log("-- blocks\n" + [...blocks].filter(([, b]) => [...b[3].keys()].some((x) => /OpVerifier.sol:|FloatDot.sol:|IntegerDot.sol:|Program.sol/.test(x))).sort((a, b) => b[1][0] - a[1][0]).slice(0, 60).map(([k, v]) => `${k} gas ${v[0]} n ${v[1]} ${v[2].slice(0, 60).join(" ")} | ${[...v[3]].sort((x, y) => y[1] - x[1]).slice(0, 3).join(" ")}`).join("\n")); if (process.env.PCS) console.log("-- pcs\n" + [...byPc].sort((a, b) => b[1][0] - a[1][0]).slice(0, 40).map(([k, v]) => k + " " + v.join(" ")).join("\n")); console.log("-- lines\n" + top(byLine, 45));
}



await connection.close();
