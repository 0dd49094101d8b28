/** Channels heard together. */

/** Return the mean of channels of one length. */
export function mixed(channels: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(channels[0]?.length ?? 0);
  for (const channel of channels) {
    for (let at = 0; at < mean.length; at++) mean[at]! += channel[at]! / channels.length;
  }
  return mean;
}
