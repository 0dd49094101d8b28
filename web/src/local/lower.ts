/**
 * Sound at two thirds of its speed, 7 semitones lower: three samples for every two.
 *
 * Browsers resample what they decode, and not within a worker, where this is needed. It is a sinc under a Kaiser
 * window, whose three phases are worked out once.
 */

const UP = 3;
const DOWN = 2;
/** Samples on either side that a new one is made of. */
const REACH = 32;
/** Of the window: the stop band lies 80 dB below. */
const BETA = 8;

/** Return the sound with half as many samples again. */
export function lowered(samples: Float32Array): Float32Array {
  const made = new Float32Array(Math.round((samples.length * UP) / DOWN));
  for (let at = 0; at < made.length; at++) {
    const whole = Math.floor((at * DOWN) / UP);
    const phase = PHASES[(at * DOWN) % UP]!;
    let sum = 0;
    for (let tap = 0; tap < phase.length; tap++) sum += phase[tap]! * (samples[whole + tap - REACH + 1] ?? 0);
    made[at] = sum;
  }
  return made;
}

const PHASES: readonly Float64Array[] = Array.from({ length: UP }, (_, phase) =>
  Float64Array.from({ length: 2 * REACH }, (_, tap) => kernel(tap - REACH + 1 - phase / UP)),
);

function kernel(time: number): number {
  const sinc = time === 0 ? 1 : Math.sin(Math.PI * time) / (Math.PI * time);
  const edge = time / REACH;
  return Math.abs(edge) < 1 ? (sinc * bessel(BETA * Math.sqrt(1 - edge * edge))) / bessel(BETA) : 0;
}

/** The modified Bessel function of the first kind and order 0, by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
