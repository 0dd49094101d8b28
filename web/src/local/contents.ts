/** What bytes that a browser cannot decode seem to be, in the words of `audio/containers.py`. */

const NOT_AUDIO: readonly (readonly [string, string])[] = [
  ["PK\x03\x04", "is a ZIP archive, not audio; unpack it first"],
  ["\x1f\x8b", "is gzip-compressed, not audio; unpack it first"],
  ["\x89PNG", "is a PNG picture, not audio"],
  ["\xff\xd8\xff", "is a JPEG picture, not audio"],
  ["GIF8", "is a GIF picture, not audio"],
  ["%PDF", "is a PDF document, not audio"],
  ["MThd", "is MIDI, which holds notes and no sound"],
];

/** How many bytes of a file tell. */
const HEAD = 512;

/** Say what a file seems to be by its first bytes. */
export function notAudioBecause(bytes: Uint8Array): string {
  const head = bytes.subarray(0, HEAD);
  const letters = String.fromCharCode(...head);
  if (letters.startsWith("version https://git-lfs"))
    return "is a Git LFS pointer, not audio; run git lfs pull";
  for (const [magic, words] of NOT_AUDIO) if (letters.startsWith(magic)) return words;
  if (head.every((byte) => byte === 0)) return "holds only zero bytes, not audio";
  if (isText(head)) {
    const page = /^\s*<(!doctype html|html)/i.test(letters);
    return page ? "is a web page, not audio; its download failed" : "is text, not audio";
  }
  return "is not audio in any format that this browser decodes; the server may know it";
}

function isText(head: Uint8Array): boolean {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  try {
    // As a stream: the last letter may be cut.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return !/[^\P{C}\s]|[^\P{Z}\s]/u.test(text);
  } catch {
    return false;
  }
}
