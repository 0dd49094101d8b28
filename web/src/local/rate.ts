/** The rate of a file by its header, so that the browser can decode it without changing that. */

/** How many bytes of a file tell: other chunks may stand before the one of a WAV that does. */
export const HEAD = 4096;

/** Return the rate of a WAV or a FLAC in Hz; null of all else, and of what is broken. */
export function rateIn(head: Uint8Array): number | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const word = (at: number): string => String.fromCharCode(...head.subarray(at, at + 4));
  if (word(0) === "fLaC" && head.length >= 22) return view.getUint32(18) >>> 12;
  if (word(0) !== "RIFF" || word(8) !== "WAVE") return null;
  for (let at = 12; at + 16 <= head.length; at += 8 + even(view.getUint32(at + 4, true)))
    if (word(at) === "fmt ") return view.getUint32(at + 12, true);
  return null;
}

function even(length: number): number {
  return length + (length % 2);
}
