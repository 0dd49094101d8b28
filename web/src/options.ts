/** What the user chose, and how the service is told. */

export interface Choice {
  model: string;
  labels: string;
  channels: "mix" | "split";
  names: string[];
  window: number | null;
  hop: number | null;
  adapt: boolean;
}

/** Return the names in a text with commas between. */
export function namesIn(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** Return what is asked about a recording. The names of speakers belong to channels that are told apart. */
export function query(task: "predict" | "timeline", choice: Choice): Record<string, string> {
  const asked: Record<string, string> = { channels: choice.channels };
  if (choice.model) asked["model"] = choice.model;
  if (choice.labels) asked["labels"] = choice.labels;
  if (choice.adapt) asked["adapt"] = "self";
  if (task === "predict") return asked;
  if (choice.window !== null) asked["window"] = String(choice.window);
  if (choice.hop !== null) asked["hop"] = String(choice.hop);
  if (choice.names.length && choice.channels === "split") asked["names"] = choice.names.join(",");
  return asked;
}
