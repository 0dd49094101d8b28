/**
 * Puts the WebAssembly of onnxruntime-web into the page, compressed: as it comes it is four times as large.
 *
 * `virtual:runtime` is where it lies. The page unpacks it itself, so that any server of files will do.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const PACKAGE = "onnxruntime-web";
const BINARY = "ort-wasm-simd-threaded.wasm";
const LIBRARY = "ort.wasm.bundle.min.mjs";
/** How the library names its own copy, which it is never asked for. */
const OWN_COPY = `new URL("${BINARY}",import.meta.url).href`;

export function runtime(): Plugin {
  let root = "";
  let built = false;
  return {
    name: "runtime",
    enforce: "pre",
    configResolved(config) {
      root = config.root;
      built = config.command === "build";
    },
    resolveId: (id) => (id === "virtual:runtime" ? "\0virtual:runtime" : null),
    load(id) {
      if (id !== "\0virtual:runtime") return null;
      if (!built) return `export { default } from "${PACKAGE}/${BINARY}?url";`;
      const plain = readFileSync(join(root, "node_modules", PACKAGE, "dist", BINARY));
      const reference = this.emitFile({
        type: "asset",
        name: `${BINARY}.gz`,
        source: gzipSync(plain, { level: 9 }),
      });
      return `export default import.meta.ROLLUP_FILE_URL_${reference};`;
    },
    transform(code, id) {
      if (!built || !id.endsWith(`${PACKAGE}/dist/${LIBRARY}`)) return null;
      if (!code.includes(OWN_COPY)) throw new Error(`${LIBRARY} names its WebAssembly in another way now`);
      return { code: code.replaceAll(OWN_COPY, '""'), map: null };
    },
  };
}
