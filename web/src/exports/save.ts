/** Hands a file that was made here to the user. */

import { baseName } from "../words.ts";

export function save(data: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  // Browsers read it a little after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Return the name of an export: that of the recording with another end. */
export function exportName(file: string, suffix: string): string {
  const stem =
    baseName(file)
      .replace(/\.[^.]+$/, "")
      .replace(/[<>:"|?*\u0000-\u001f]/g, "_") || "timeline";
  return `${stem}.${suffix}`;
}
