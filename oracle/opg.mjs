#!/usr/bin/env node
// The command line, from the sources beside it or, in a published package, from what was compiled of them. What it can do it
// says at once, in whatever Node there is; everything else is started by launch.mjs.
import { existsSync } from "node:fs";

const home = new URL(existsSync(new URL("launch.mjs", import.meta.url)) ? "./" : "./dist/oracle/", import.meta.url);
const argv = process.argv.slice(2);
if (argv.length === 1 && /^(help|-h|--help|-V|--version)$/.test(argv[0])) (await import(new URL("cli/overview.mjs", home))).answer(argv);
else await import(new URL("launch.mjs", home));
