import { expect, test } from "vitest";

import { type Choice, namesIn, query } from "../src/options.ts";

const choice: Choice = {
  model: "edge",
  labels: "4",
  channels: "split",
  names: ["agent", "customer"],
  window: 2.5,
  hop: 0.5,
  adapt: true,
};

test("a timeline is asked for with all that was chosen", () => {
  expect(query("timeline", choice)).toEqual({
    model: "edge",
    labels: "4",
    channels: "split",
    names: "agent,customer",
    window: "2.5",
    hop: "0.5",
    adapt: "self",
  });
});

test("an answer on the whole knows no windows and no names", () => {
  expect(query("predict", choice)).toEqual({ model: "edge", labels: "4", channels: "split", adapt: "self" });
});

test("names belong to channels that are told apart", () => {
  expect(query("timeline", { ...choice, channels: "mix" })).not.toHaveProperty("names");
});

test("what is left open is the server's to choose", () => {
  const open: Choice = {
    model: "",
    labels: "",
    channels: "mix",
    names: [],
    window: null,
    hop: null,
    adapt: false,
  };
  expect(query("timeline", open)).toEqual({ channels: "mix" });
});

test("names are read without the space around them", () => {
  expect(namesIn(" agent , ,customer,")).toEqual(["agent", "customer"]);
});
