/** The form of choices. */

import type { Model } from "../contract.ts";
import { type Choice, namesIn } from "../options.ts";
import { byId, h } from "./dom.ts";

export class OptionsForm {
  private readonly model = byId<HTMLSelectElement>("model");
  private readonly adapt = byId<HTMLInputElement>("adapt");
  private readonly window = byId<HTMLInputElement>("window");
  private models: Model[] = [];

  constructor() {
    this.model.addEventListener("change", () => this.follow());
    byId<HTMLFormElement>("options-form").addEventListener("submit", (event) => event.preventDefault());
  }

  /** Offer the models that the service has. */
  offer(models: Model[]): void {
    this.models = models;
    const choices = models.map((one) =>
      h("option", { value: one.name, selected: one.default }, `${one.title}, ${one.labels.length} emotions`),
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
    const model = this.models.find((one) => one.name === this.model.value);
    this.adapt.disabled = !model?.adaptable;
    if (!model) return;
    this.window.max = String(model.window_seconds);
    const use = model.commercial_use ? "commercial use allowed" : "no commercial use";
    byId("model-about").textContent = `${model.labels.join(", ")}. Licence: ${model.licence} (${use}).`;
  }
}

/** Return the number in a field; null where the service's own is wanted. */
function numberIn(field: HTMLInputElement): number | null {
  return field.value.trim() === "" || Number.isNaN(field.valueAsNumber) ? null : field.valueAsNumber;
}
