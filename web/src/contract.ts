/** What the service says, as it says it. */

export interface Limits {
  max_bytes: number;
  max_seconds: number;
  max_job_bytes: number;
  max_live_seconds: number;
  max_sockets: number;
}

export interface Service {
  version: string;
  key_required: boolean;
  limits: Limits;
  jobs: boolean;
}

export interface Model {
  name: string;
  version: string;
  title: string;
  default: boolean;
  labels: string[];
  adaptable: boolean;
  window_seconds: number;
  licence: string;
  commercial_use: boolean;
}

/** A model that a browser can run. */
export interface PackagedModel {
  name: string;
  version: string;
  title: string;
  summary: string;
  labels: string[];
  size_bytes: number;
  licence: string;
  commercial_use: boolean;
}

/** What a recording, one of its channels, or a stretch of one sounds like. */
export interface Answer {
  label: string | null;
  confidence: number | null;
  scores: Record<string, number>;
  unsure: boolean;
  reason: string | null;
  voice: Record<string, number> | null;
  intensity: number | null;
  agreement: number | null;
  speech_seconds: number | null;
  duration_seconds: number | null;
  model: string | null;
  adapted: boolean | null;
  warnings: string[];
  error: string | null;
}

export interface Prediction extends Answer {
  file: string;
  channel: number | null;
}

export interface Segment extends Prediction {
  start: number;
  end: number;
  speaker: string | null;
}

/** The scores of the windows of one channel, before smoothing. */
export interface WindowScores {
  channel: number | null;
  labels: string[];
  start: number[];
  end: number[];
  step_start: number[];
  speech_seconds: number[];
  scores: number[][];
}

export interface Timeline {
  file: string;
  duration_seconds: number;
  window_seconds: number;
  hop_seconds: number;
  model: string;
  adapted: boolean;
  channels: (number | null)[];
  speakers: (string | null)[];
  segments: Segment[];
  windows: WindowScores[];
  warnings: string[];
}

export type JobStatus = "queued" | "running" | "done" | "failed" | "cancelled";

export interface Job {
  id: string;
  task: "timeline" | "predict";
  status: JobStatus;
  file: string;
  seconds_heard: number;
  seconds_total: number | null;
  progress: number | null;
  error: string | null;
}
