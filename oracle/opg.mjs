#!/usr/bin/env node
// The command line. What it can do it says at once, in whatever Node there is; everything else is started by launch.mjs.
const argv = process.argv.slice(2);
if (argv.length === 1 && /^(help|-h|--help|-V|--version)$/.test(argv[0])) (await import("./cli/overview.mjs")).answer(argv);
else await import("./launch.mjs");
