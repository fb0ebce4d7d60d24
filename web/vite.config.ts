import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // Files that name one another by relative addresses are served from any folder of any server.
  base: "./",
  build: { target: "es2023", modulePreload: { polyfill: false }, reportCompressedSize: false, chunkSizeWarningLimit: 1_000 },
  worker: { format: "es" },
  // In a checkout: the watcher of a devnet on its usual ports.
  server: { proxy: { "/v1": "http://127.0.0.1:8548", "/explorer.json": "http://127.0.0.1:8548/explorer" } },
});
