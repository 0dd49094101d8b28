/** Writes into the page the licences of the libraries that are bundled with it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const BUNDLED = ["onnxruntime-web", "uplot", "wavesurfer.js"];

/** Its package comes without the text of its licence, which is that of its repository. */
const WITHOUT_TEXT = "onnxruntime-web";

interface Package {
  version: string;
  license: string;
}

function notice(root: string, name: string): string {
  const folder = join(root, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf-8")) as Package;
  const file =
    name === WITHOUT_TEXT ? join(root, "plugins", "licences", `${name}.txt`) : join(folder, "LICENSE");
  const text = readFileSync(file, "utf-8").replaceAll("\r\n", "\n").trim();
  const more = name === WITHOUT_TEXT ? `\n${partsOf(about.version)}` : "";
  return `${name} ${about.version} (${about.license})\n\n${text}\n${more}`;
}

/** Say where the notices of what onnxruntime-web itself is made of are. */
function partsOf(version: string): string {
  return `Its WebAssembly (assets/ort-wasm-simd-threaded.wasm.gz, unchanged but for the compression) holds parts
of other libraries. Their notices are in ThirdPartyNotices.txt of ONNX Runtime:
https://github.com/microsoft/onnxruntime/blob/v${version}/ThirdPartyNotices.txt
and in the folder of the Python package onnxruntime, which is installed with affectone.
`;
}

/** Return the text of THIRD-PARTY.txt. */
export function notices(root: string): string {
  const rule = `\n${"-".repeat(78)}\n\n`;
  return ["This page holds parts of these libraries.\n", ...BUNDLED.map((name) => notice(root, name))].join(
    rule,
  );
}

export function thirdParty(): Plugin {
  let root = "";
  return {
    name: "third-party",
    apply: "build",
    configResolved: (config) => void (root = config.root),
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY.txt", source: notices(root) });
    },
  };
}
