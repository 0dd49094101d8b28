/** Probabilities of one channel over time, one on another, with the numbers at the pointer or the playhead. */

import uPlot from "uplot";

import type { Timeline, WindowScores } from "../contract.ts";
import { clock, percent } from "../numbers.ts";
import { edges, runsOf } from "../runs.ts";
import { colourOf } from "../theme.ts";

const HEIGHT = 72;

export class Probabilities {
  private readonly plot: uPlot;
  private readonly sizes: ResizeObserver;

  constructor(
    container: HTMLElement,
    windows: WindowScores,
    timeline: Timeline,
    seek: (time: number) => void,
  ) {
    const { data, rows } = table(windows, timeline);
    this.plot = new uPlot(
      options(container, windows.labels, rows, timeline.duration_seconds),
      data,
      container,
    );
    this.plot.over.addEventListener("click", () => seek(this.plot.posToVal(this.plot.cursor.left ?? 0, "x")));
    this.sizes = new ResizeObserver(() =>
      this.plot.setSize({ width: container.clientWidth, height: HEIGHT }),
    );
    this.sizes.observe(container);
  }

  /** Show the numbers at a time. */
  at(time: number): void {
    this.plot.setCursor({ left: this.plot.valToPos(time, "x"), top: 1 }, false);
  }

  destroy(): void {
    this.sizes.disconnect();
    this.plot.destroy();
  }
}

interface Table {
  data: uPlot.AlignedData;
  /** The probabilities themselves at each place of the data; null in a pause. */
  rows: (number[] | null)[];
}

/** Return the upper edge of what each label fills; a null after each run keeps them apart. */
function table(windows: WindowScores, timeline: Timeline): Table {
  const times: number[] = [];
  const rows: (number[] | null)[] = [];
  for (const run of runsOf(windows, timeline)) {
    times.push(...run.times, run.times.at(-1) ?? 0);
    rows.push(...run.scores, null);
  }
  const above = rows.map((row) => row && edges(row));
  return {
    data: [times, ...windows.labels.map((_, place) => above.map((row) => row?.[place] ?? null))],
    rows,
  };
}

function options(
  container: HTMLElement,
  labels: readonly string[],
  rows: Table["rows"],
  duration: number,
): uPlot.Options {
  const shown = (place: number) => (_: uPlot, __: number, ___: number, at: number | null) => {
    const row = at === null ? null : rows[at];
    return row ? percent(row[place] ?? 0) : "–";
  };
  return {
    width: container.clientWidth || 300,
    height: HEIGHT,
    padding: [0, 0, 0, 0],
    scales: { x: { time: false, range: [0, duration] }, y: { range: [0, 1] } },
    axes: [{ show: false }, { show: false }], // So that it stands exactly under the strip of segments.
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    series: [
      { label: "time", value: (_, at) => (at === null ? "–" : clock(at)) },
      ...labels.map((label, place) => ({
        label,
        fill: colourOf(label),
        stroke: colourOf(label),
        width: 0,
        points: { show: false },
        value: shown(place),
      })),
    ],
  };
}
