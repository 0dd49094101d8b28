/** Numbers as Python rounds and writes them, so that the page and the package say the same. */

/** Round to a whole number; halves go to the even neighbour. */
export function roundEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** Return a share as whole per cent: 0.87 -> "87%". */
export function percent(share: number): string {
  return `${roundEven(100 * share)}%`;
}

/** Return a float as Python's `repr` does: "1.0", "1e-05". */
export function floatText(value: number): string {
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Return a time as minutes and seconds, with hours where there are any: 75.04 -> "1:15.0". */
export function clock(seconds: number): string {
  const tenths = roundEven(10 * seconds);
  const end = `${two(Math.floor((tenths % 600) / 10))}.${tenths % 10}`;
  const minutes = Math.floor(tenths / 600);
  return minutes < 60 ? `${minutes}:${end}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${end}`;
}

/** Return a time of whole seconds as a reader wants it: 75.4 -> "1:15". */
export function wholeClock(seconds: number): string {
  return clock(Math.floor(seconds)).slice(0, -2);
}

export function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Return a count of bytes in words: 104857600 -> "100 MiB". */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [unit, size] =
    bytes < 2 ** 20 ? ["KiB", 2 ** 10] : bytes < 2 ** 30 ? ["MiB", 2 ** 20] : ["GiB", 2 ** 30];
  const count = bytes / (size as number);
  return `${count < 10 ? Number(count.toFixed(1)) : Math.round(count)} ${unit}`;
}
