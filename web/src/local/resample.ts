/**
 * Sound at another rate, by a sinc under a Kaiser window: where the package has soxr.
 *
 * Browsers resample what they decode, but some by so short a filter that a recording of 48 kHz loses what is above
 * 5 kHz, and they offer nothing better. So a file is decoded at its own rate, and this does the rest.
 */

// The edges are those of soxr's "HQ": all is kept up to 0.913 of half the lower rate, and nothing from there on.
/** Zero crossings of the sinc on either side. */
const REACH = 90;
/** Of the window: the stop band lies 120 dB below. */
const BETA = 12.27;
/** Where half is kept, of half the lower rate. */
const KEPT = 0.9565;

/** Return sound at another rate: `samples.length * to / from` samples, rounded. */
export function resampled(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const step = divisor(from, to);
  const [up, down] = [to / step, from / step];
  const phases = phasesOf(up, Math.max(1, from / to));
  const before = phases[0]!.length / 2 - 1;
  const made = new Float32Array(Math.round((samples.length * up) / down));
  for (let at = 0; at < made.length; at++) {
    const phase = phases[(at * down) % up]!;
    const first = Math.floor((at * down) / up) - before;
    const [begin, end] = [Math.max(0, -first), Math.min(phase.length, samples.length - first)];
    let sum = 0;
    for (let tap = begin; tap < end; tap++) sum += phase[tap]! * samples[first + tap]!;
    made[at] = sum;
  }
  return made;
}

/**
 * Return the weights of the samples around a new one, for each place that it may have between two.
 *
 * @param up how many such places there are
 * @param wide how much wider the filter is, where the new rate is the lower one
 */
function phasesOf(up: number, wide: number): Float64Array[] {
  const side = Math.ceil(REACH * wide);
  return Array.from({ length: up }, (_, phase) =>
    Float64Array.from({ length: 2 * side }, (_, tap) => kernel((tap - side + 1 - phase / up) / wide) / wide),
  );
}

/** Return the filter's weight at a time that is counted in samples of the lower rate. */
function kernel(time: number): number {
  const edge = time / REACH;
  if (Math.abs(edge) >= 1) return 0;
  const angle = Math.PI * KEPT * time;
  const sinc = time === 0 ? KEPT : (KEPT * Math.sin(angle)) / angle;
  return (sinc * bessel(BETA * Math.sqrt(1 - edge * edge))) / bessel(BETA);
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

function divisor(one: number, other: number): number {
  return other === 0 ? one : divisor(other, one % other);
}
