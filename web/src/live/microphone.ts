/** The microphone, as blocks of samples. */

import workletUrl from "./worklet.ts?worker&url";

export interface Microphone {
  readonly sampleRate: number;
  /** Send the last block, then let go of the microphone. */
  stop(): Promise<void>;
}

/** What browsers do for telephone calls is left out: it changes how a voice sounds. */
const WANTED: MediaTrackConstraints = {
  channelCount: 1,
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};
const LAST_BLOCK_MS = 500;

/**
 * Open the microphone; the browser asks the user first.
 *
 * @param block takes each block of samples
 * @param gone is called when the microphone is taken away
 */
export async function openMicrophone(
  block: (samples: Float32Array) => void,
  gone: () => void,
): Promise<Microphone> {
  if (!navigator.mediaDevices?.getUserMedia || typeof AudioWorkletNode === "undefined") {
    throw new Error(
      "Browsers give a page the microphone only over https, or from the same machine (localhost).",
    );
  }
  const stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED }).catch((error: unknown) => {
    throw new Error(refusal(error));
  });
  let context: AudioContext | null = null;
  const release = async (): Promise<void> => {
    for (const track of stream.getTracks()) track.stop();
    await context?.close();
  };
  try {
    context = new AudioContext();
    await context.audioWorklet.addModule(workletUrl);
    await context.resume();
    const node = new AudioWorkletNode(context, "gather", { numberOfInputs: 1, numberOfOutputs: 1 });
    const last = new Promise<void>((done) => {
      node.port.onmessage = ({ data }: MessageEvent<Float32Array | null>) => (data ? block(data) : done());
    });
    // A node is only run when it leads somewhere; this one is silent.
    context.createMediaStreamSource(stream).connect(node).connect(context.destination);
    for (const track of stream.getTracks()) track.addEventListener("ended", gone);
    return {
      sampleRate: context.sampleRate,
      async stop() {
        node.port.postMessage("stop");
        await Promise.race([last, new Promise((done) => setTimeout(done, LAST_BLOCK_MS))]);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

function refusal(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError")
    return "The microphone was not allowed; the browser's address bar has the setting.";
  if (name === "NotFoundError") return "No microphone was found.";
  return `The microphone cannot be used: ${error instanceof Error ? error.message : String(error)}`;
}
