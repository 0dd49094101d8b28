/** Writes into the page a hash over all that makes it, so that a test without Node can tell a stale page. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const FILES = ["index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.ts"];
const FOLDERS = ["plugins", "src"];

/** Return the paths of all sources under a folder, sorted, with "/" between their parts. */
function sources(root: string): string[] {
  const within = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .replaceAll("\\", "/"),
      ),
  );
  return [...FILES, ...within].sort();
}

/** Return the hash of all sources: of each its path, a zero, its length in bytes, a zero, and its bytes. */
export function hashOf(root: string): string {
  const hash = createHash("sha256");
  for (const path of sources(root)) {
    const bytes = readFileSync(join(root, path));
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

export function sourcesHash(): Plugin {
  let root = "";
  return {
    name: "sources-hash",
    apply: "build",
    configResolved: (config) => void (root = config.root),
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "SOURCES.sha256", source: `${hashOf(root)}\n` });
    },
  };
}
