/** One colour per emotion: those of the package's own pictures. */

export const COLOURS: Readonly<Record<string, string>> = {
  neutral: "#bcd4ce",
  calm: "#49c7ff",
  happy: "#f0e442",
  sad: "#0052d2",
  angry: "#d16816",
  fearful: "#4a1b70",
  disgust: "#049462",
  surprised: "#876896",
  bored: "#5f3600",
  other: "#000000",
  positive: "#f0e442",
  negative: "#d16816",
};

export const INK = "#1f2328";
export const PAPER = "#ffffff";
export const GRID = "#d9dce1";
export const UNKNOWN = "#8c8c8c";

/** Return the colour of a label; a label of one's own is grey. */
export function colourOf(label: string): string {
  return COLOURS[label] ?? UNKNOWN;
}

/** Return the colour, dark or white, in which text on a colour can be read. */
export function inkOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = parts(colour);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? INK : PAPER;
}

/** Return a colour half way to white. */
export function tint(colour: string): string {
  return `#${parts(colour)
    .map((part) =>
      Math.floor((part + 256) / 2)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

/** Return the different labels in the order used everywhere; those of one's own come after, by name. */
export function ordered(labels: Iterable<string>): string[] {
  const known = Object.keys(COLOURS);
  const place = (label: string): number => (known.includes(label) ? known.indexOf(label) : known.length);
  return [...new Set(labels)].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

function parts(colour: string): number[] {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}
