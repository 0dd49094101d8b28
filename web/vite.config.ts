import { defineConfig } from "vitest/config";

import { runtime } from "./plugins/runtime.ts";
import { sourcesHash } from "./plugins/sources.ts";
import { thirdParty } from "./plugins/third-party.ts";

// Names without hashes: the same sources give the same files, and git shows what changed in them.
const names = {
  entryFileNames: "assets/[name].js",
  chunkFileNames: "assets/[name].js",
  assetFileNames: "assets/[name][extname]",
};

export default defineConfig({
  base: "./", // The service may stand behind a prefix.
  plugins: [runtime(), sourcesHash(), thirdParty()],
  build: {
    outDir: "../src/affectone/serving/page",
    emptyOutDir: true,
    assetsInlineLimit: 0, // The page's policy allows no data: scripts.
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: { output: names },
  },
  worker: { format: "es", plugins: () => [runtime()], rolldownOptions: { output: names } },
  server: { proxy: { "/v1": { target: "http://127.0.0.1:8000", ws: true } } },
  test: { include: ["tests/**/*.test.ts"] },
});
