"""Augmentation: named steps in a given order, each with a chance and stated ranges, from one seed."""

from affectone.audio.augment import bands, codec, levels, noise, rooms, timing  # noqa: F401 - they register
from affectone.audio.augment.chain import PRESETS, Augmentation
from affectone.audio.augment.conditions import CONDITIONS, Condition, noise_conditions
from affectone.audio.augment.rooms import room_response
from affectone.audio.augment.step import STEPS, Step, read_step

__all__ = [
    "CONDITIONS",
    "PRESETS",
    "STEPS",
    "Augmentation",
    "Condition",
    "Step",
    "noise_conditions",
    "read_step",
    "room_response",
]
