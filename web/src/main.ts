/** The page: its buttons, and what they set going. */

import "uplot/dist/uPlot.min.css";
import "./style.css";

import { Analyser } from "./analysis.ts";
import { checkReadable, Client, Problem, type Sound } from "./api.ts";
import type { Model, PackagedModel, Service } from "./contract.ts";
import { type Entry, History } from "./history.ts";
import { Key } from "./key.ts";
import { type Microphone, openMicrophone } from "./live/microphone.ts";
import { Recorded } from "./live/recorded.ts";
import { LiveSession } from "./live/session.ts";
import { LocalRecognizer } from "./local/recognizer.ts";
import { Stay } from "./local/stay.ts";
import { two, wholeClock } from "./numbers.ts";
import { Queue } from "./queue.ts";
import { byId, h } from "./view/dom.ts";
import { drawHistory, inShort } from "./view/history.ts";
import { LiveView } from "./view/live.ts";
import { OptionsForm } from "./view/options.ts";
import { Results } from "./view/results.ts";
import { WorkLine } from "./view/work.ts";

const stay = new Stay();
const key = new Key();
const client = new Client(key.value, undefined, undefined, stay.here);
const options = new OptionsForm();
const queue = new Queue();
const analyser = new Analyser(client, service);
const local = new LocalRecognizer(
  client,
  () => new Worker(new URL("./local/worker.ts", import.meta.url), { type: "module" }),
);
const history = new History(() => drawHistory(byId("history"), byId("history-list"), history, show));
const results = new Results(byId("results"), {
  overall: (entry) => void overall(entry),
  failed: tell,
});

let known: Promise<Service> | null = null;

/** Return what the service says of itself; asked once it answers. */
function service(): Promise<Service> {
  known ??= client.service().catch((error: unknown) => {
    known = null;
    throw error;
  });
  return known;
}

/** Tell what went wrong, below what was told since something was last begun. */
function tell(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  const words = error instanceof Error ? error.message : String(error);
  const broken = error instanceof Problem && error.status >= 500 && error.requestId;
  const alert = byId("alert");
  alert.append(h("p", {}, broken ? `${words} (request ${error.requestId})` : words));
  alert.hidden = false;
  alert.scrollIntoView({ block: "nearest" });
  if (error instanceof Problem && error.status === 401) byId("key-form").hidden = false;
}

function quiet(): void {
  byId("alert").hidden = true;
  byId("alert").replaceChildren();
}

function say(words: string): void {
  byId("status").textContent = words;
}

/* Files */

/** Analyse recordings one after the other; the first of them is shown, and all are in the history. */
function analyse(sounds: readonly Sound[]): void {
  quiet();
  const choice = options.choice();
  const by = stay.here() ? local : analyser;
  let shown = false;
  for (const sound of sounds) {
    void work(sound.name, async (line, signal) => {
      await checkReadable(sound);
      return by.analyse(sound, choice, (...told) => line.report(...told), signal);
    }).then((answers) => {
      if (!answers) return;
      const entry = history.add({
        ...answers,
        name: sound.name,
        when: new Date(),
        sound: sound.data,
        choice,
      });
      say(`${sound.name}: ${inShort(entry)}`);
      if (!shown && !using) show(entry.id);
      shown = true;
    });
  }
}

/** Do something with a line that shows how far it is; errors are told, and give null. */
async function work<T>(
  name: string,
  task: (line: WorkLine, signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const abort = new AbortController();
  const line = new WorkLine(name, () => abort.abort());
  byId("work").append(line.element);
  abort.signal.addEventListener("abort", () => {
    line.element.remove();
    say(`${name}: cancelled`);
  });
  try {
    return await queue.add(() => task(line, abort.signal), abort.signal);
  } catch (error) {
    if (!abort.signal.aborted) tell(error);
    return null;
  } finally {
    line.element.remove();
  }
}

/** Ask what a recording sounds like as a whole; the entry knows of it, whatever is shown meanwhile. */
async function overall(entry: Entry): Promise<void> {
  quiet();
  entry.asking = true;
  results.overallChanged(entry);
  const sound = { name: entry.name, data: entry.sound };
  const answer = await work(entry.name, (line, signal) =>
    analyser.overall(sound, entry.choice, (...told) => line.report(...told), signal),
  );
  entry.asking = false;
  if (answer) {
    entry.predictions = answer;
    history.changed();
    say(`${entry.name}: ${inShort(entry)}`);
  }
  results.overallChanged(entry);
}

function show(id: number): void {
  const entry = history.show(id);
  if (!entry) return;
  results.show(entry);
  byId("results-title").focus(); // It may be far from what was pressed, above all on a phone.
}

/* Microphone */

/** What the microphone is used for now. */
let using: { stop(): Promise<void> } | null = null;

/** Say what the microphone does; null: nothing. The focus goes from a button that vanishes to the one that is there. */
function busy(words: string | null): void {
  const [begin, stop] = [byId<HTMLButtonElement>("record"), byId<HTMLButtonElement>("stop")];
  const stopped = words === null && document.activeElement === stop;
  const begun = words !== null && stop.hidden;
  begin.disabled = words !== null;
  byId<HTMLButtonElement>("live").disabled = words !== null || stay.here();
  byId<HTMLInputElement>("stay").disabled = words !== null; // What has begun ends as it began.
  stop.hidden = words === null;
  if (begun) stop.focus();
  if (stopped) begin.focus();
  byId("microphone-on").hidden = words === null;
  byId("microphone-on").textContent = words ?? "";
}

async function record(): Promise<void> {
  quiet();
  let sound: Recorded | null = null;
  let microphone: Microphone | null = null;
  const stop = async (): Promise<void> => {
    if (using !== recording) return;
    using = null;
    await microphone?.stop();
    busy(null);
    if (sound?.seconds) analyse([{ name: `recording ${timeOfDay()}.wav`, data: sound.wav() }]);
  };
  const recording = { stop };
  const take = (block: Float32Array): void => {
    sound?.add(block);
    if (sound)
      byId("microphone-on").textContent = `The microphone is on: recording, ${wholeClock(sound.seconds)}`;
  };
  busy("The microphone is being opened.");
  using = recording;
  try {
    microphone = await openMicrophone(take, () => void stop());
    // It may have been stopped while the browser asked.
    if (using === recording) sound = new Recorded(microphone.sampleRate);
    else await microphone.stop();
  } catch (error) {
    if (using === recording) using = null;
    if (!using) busy(null);
    tell(error);
  }
}

async function live(): Promise<void> {
  quiet();
  let view: LiveView | null = null;
  const choice = options.choice();
  const session = new LiveSession(client, choice, {
    ready: (message, track) => {
      busy("The microphone is on: live, its sound is being sent to the server.");
      results.clear();
      byId("results").hidden = true;
      view = new LiveView(byId("live-panel"), track, message.labels);
    },
    heard: () => view?.draw(),
    ended: (track, sound, words) => {
      using = null;
      busy(null);
      byId("live-panel").hidden = true;
      byId("live-panel").replaceChildren();
      if (words)
        tell(new Error(track && sound?.seconds ? `${words} What was heard until then is below.` : words));
      if (!track || !sound?.seconds) return;
      const name = `live ${timeOfDay()}.wav`;
      const timeline = track.timeline(name, sound.seconds);
      const entry = history.add({
        name,
        when: new Date(),
        predictions: [],
        timeline,
        sound: sound.wav(),
        choice: { ...choice, adapt: false },
      });
      say(`${name}: ${inShort(entry)}`);
      show(entry.id);
    },
  });
  busy("The microphone is being opened.");
  using = session;
  try {
    await session.start();
  } catch (error) {
    using = null;
    busy(null);
    tell(error);
  }
}

function timeOfDay(): string {
  const now = new Date();
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join("-");
}

/* Wiring */

function dropped(event: DragEvent): void {
  event.preventDefault();
  byId("drop-zone").classList.remove("over");
  analyse([...(event.dataTransfer?.files ?? [])].map((file) => ({ name: file.name, data: file })));
}

/** A file that misses the zone would replace the page, and the history with it. */
function guardDrops(): void {
  const zone = byId("drop-zone");
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  window.addEventListener(
    "dragleave",
    (event) => event.relatedTarget === null && zone.classList.remove("over"),
  );
  window.addEventListener("drop", dropped);
}

async function begin(): Promise<void> {
  try {
    const { key_required: wanted, version } = await service();
    byId("version").textContent = version;
    byId("key-form").hidden = !wanted;
    if (wanted && !key.value()) return;
    await offer();
    byId("key-form").hidden = true; // A key that is refused later brings it back.
  } catch (error) {
    tell(error);
  }
}

/** Offer the models of the server, or those of this browser. */
async function offer(): Promise<void> {
  const here = stay.here();
  const models = here ? await local.models() : await client.models();
  if (here !== stay.here()) return; // It was switched meanwhile.
  if (here) options.offerHere(models as PackagedModel[]);
  else options.offer(models as Model[]);
}

/** Show whether recordings stay here. */
function showStays(): void {
  const here = stay.here();
  byId<HTMLInputElement>("stay").checked = here;
  byId<HTMLButtonElement>("live").disabled = here;
  byId("privacy").hidden = here;
  byId("privacy-here").hidden = !here;
}

async function switched(): Promise<void> {
  stay.switchTo(byId<HTMLInputElement>("stay").checked);
  showStays();
  quiet();
  say(stay.here() ? "What you choose or record now stays in this browser." : "The server answers now.");
  if (byId("key-form").hidden || key.value()) await offer().catch(tell);
}

const files = byId<HTMLInputElement>("file-input");
files.addEventListener("change", () => {
  analyse([...(files.files ?? [])].map((file) => ({ name: file.name, data: file })));
  files.value = ""; // So that the same file can be chosen again.
});
byId("record").addEventListener("click", () => void record());
byId("live").addEventListener("click", () => void live());
byId("stop").addEventListener("click", () => void using?.stop());
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  key.keep(byId<HTMLInputElement>("api-key").value.trim());
  quiet();
  void begin();
});
byId("stay").addEventListener("change", () => void switched());
byId("host").textContent = location.host;
window.addEventListener("beforeunload", (event) => using && event.preventDefault());
guardDrops();
showStays();
void begin();
