/** Writes docs/bytes.md out of what it plays: `npm run bytes`. */
import { writeFileSync } from "node:fs";
import { BYTES_FILE, bytesPage } from "./page.ts";
import { play } from "./scene.ts";

writeFileSync(BYTES_FILE, bytesPage(await play()));
