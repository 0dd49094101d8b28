/** Writes into the page the licences of the libraries that are bundled with it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const BUNDLED = ["uplot", "wavesurfer.js"];

interface Package {
  version: string;
  license: string;
}

function notice(root: string, name: string): string {
  const folder = join(root, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf-8")) as Package;
  const text = readFileSync(join(folder, "LICENSE"), "utf-8").replaceAll("\r\n", "\n").trim();
  return `${name} ${about.version} (${about.license})\n\n${text}\n`;
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
