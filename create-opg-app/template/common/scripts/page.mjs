// Serves the page to this machine alone, with all that it loads, and passes its questions on to the chain.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const file = (path) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)));
const ethers = () => readFileSync(fileURLToPath(new URL("../dist/ethers.min.js", import.meta.resolve("ethers"))));
const MOST_BYTES = 1_000_000;

/** Path → what is served. */
const FILES = {
  "/": ["text/html; charset=utf-8", () => file("page/index.html")],
  "/app.js": ["text/javascript; charset=utf-8", () => file("page/app.js")],
  "/style.css": ["text/css; charset=utf-8", () => file("page/style.css")],
  "/ethers.js": ["text/javascript; charset=utf-8", ethers],
  "/app.json": ["application/json", () => file("app.json")],
};
const HEADERS = { "content-security-policy": "default-src 'self'; img-src data:", "cache-control": "no-store" };

async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MOST_BYTES) throw new Error("the request is too large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** @param devnet what `opg devnet` says of itself */
export async function servePage(devnet, port = 3000) {
  const passedOn = { "/rpc": devnet.rpcUrl, "/pass": `${devnet.control}/pass` };
  const server = createServer(async (request, response) => {
    try {
      const target = passedOn[request.url];
      if (request.method === "POST" && target !== undefined) {
        const answer = await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body: await bodyOf(request) });
        response.writeHead(answer.status, { ...HEADERS, "content-type": "application/json" }).end(await answer.text());
        return;
      }
      const found = FILES[request.url];
      if (found === undefined) response.writeHead(404, HEADERS).end();
      else response.writeHead(200, { ...HEADERS, "content-type": found[0] }).end(found[1]());
    } catch (error) {
      response.writeHead(502, HEADERS).end(JSON.stringify({ error: error.message }));
    }
  });
  await new Promise((resolve, reject) => {
    // Another port where somebody has this one.
    server.once("error", () => server.once("error", reject).listen(0, "127.0.0.1", resolve));
    server.listen(port, "127.0.0.1", resolve);
  });
  return { url: `http://127.0.0.1:${server.address().port}` };
}
