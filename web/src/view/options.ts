/** The form of choices. */

import type { Model, PackagedModel } from "../contract.ts";
import { bytesText } from "../numbers.ts";
import { type Choice, namesIn } from "../options.ts";
import { byId, h } from "./dom.ts";

export class OptionsForm {
  private readonly model = byId<HTMLSelectElement>("model");
  private readonly adapt = byId<HTMLInputElement>("adapt");
  private readonly window = byId<HTMLInputElement>("window");
  private models: Model[] = [];
  private here: PackagedModel[] | null = null;

  constructor() {
    this.model.addEventListener("change", () => this.follow());
    byId<HTMLFormElement>("options-form").addEventListener("submit", (event) => event.preventDefault());
  }

  /** Offer the models that the service has. */
  offer(models: Model[]): void {
    this.here = null;
    this.models = models;
    const choices = models.map((one) =>
      h("option", { value: one.name, selected: one.default }, `${one.title}, ${one.labels.length} emotions`),
    );
    this.model.replaceChildren(...choices);
    this.follow();
  }

  /** Offer the models that this browser can run itself; the first is the default. */
  offerHere(models: PackagedModel[]): void {
    this.here = models;
    const choices = models.map((one) =>
      h(
        "option",
        { value: one.name },
        `${one.title}, ${one.labels.length} emotions, ${bytesText(one.size_bytes)}`,
      ),
    );
    this.model.replaceChildren(...choices);
    this.follow();
  }

  choice(): Choice {
    const channels = byId<HTMLSelectElement>("channels").value;
    return {
      model: this.model.value,
      labels: byId<HTMLSelectElement>("labels").value,
      channels: channels === "mix" ? "mix" : "split",
      names: namesIn(byId<HTMLInputElement>("names").value),
      window: numberIn(this.window),
      hop: numberIn(byId<HTMLInputElement>("hop")),
      adapt: this.adapt.checked && !this.adapt.disabled,
    };
  }

  /** Show what belongs to the chosen model. */
  private follow(): void {
    for (const id of LEFT_TO_THE_SERVER) byId<HTMLInputElement>(id).disabled = this.here !== null;
    const here = this.here?.find((one) => one.name === this.model.value);
    if (here) {
      const once = `Fetched once: ${bytesText(here.size_bytes)}.`;
      byId("model-about").textContent = `${about(here)} ${once}`;
    }
    if (this.here) return;
    const model = this.models.find((one) => one.name === this.model.value);
    this.adapt.disabled = !model?.adaptable;
    if (!model) return;
    this.window.max = String(model.window_seconds);
    byId("model-about").textContent = about(model);
  }
}

/** What a model in the browser cannot do. */
const LEFT_TO_THE_SERVER = ["labels", "window", "hop", "adapt"];

function about({ labels, licence, commercial_use: allowed }: Model | PackagedModel): string {
  const use = allowed ? "commercial use allowed" : "no commercial use";
  return `${labels.join(", ")}. Licence: ${licence} (${use}).`;
}

/** Return the number in a field; null where the service's own is wanted. */
function numberIn(field: HTMLInputElement): number | null {
  return field.value.trim() === "" || Number.isNaN(field.valueAsNumber) ? null : field.valueAsNumber;
}
