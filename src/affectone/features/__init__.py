"""What is measured."""

# Importing them registers their sets, in the order of lists: openSMILE's come last.
from affectone.features import spectral, voice, waveform  # noqa: F401

# isort: split
from affectone.features import smile  # noqa: F401
from affectone.features.batch import extract_many
from affectone.features.extract import extract
from affectone.features.functionals import DEFAULT_FUNCTIONALS, FUNCTIONALS
from affectone.features.lengths import pad_or_cut
from affectone.features.mel import hertz_to_mel, mel_filters, mel_to_hertz
from affectone.features.plan import LEVELS
from affectone.features.presets import PRESETS
from affectone.features.result import ClipFeatures, Features
from affectone.features.sets import FEATURES
from affectone.features.settings import Settings
from affectone.features.spectrogram import mel_decibels, power_spectrogram
from affectone.features.standardize import Standardizer
from affectone.features.tables import features_suffix, write_features

__all__ = [
    "DEFAULT_FUNCTIONALS",
    "FEATURES",
    "FUNCTIONALS",
    "LEVELS",
    "PRESETS",
    "ClipFeatures",
    "Features",
    "Settings",
    "Standardizer",
    "extract",
    "extract_many",
    "features_suffix",
    "hertz_to_mel",
    "mel_decibels",
    "mel_filters",
    "mel_to_hertz",
    "pad_or_cut",
    "power_spectrogram",
    "write_features",
]
