"""Pictures. This room knows arrays and plain results only; matplotlib is loaded when one is drawn."""

from affectone.views.confusion import confusion_figure
from affectone.views.corpus import counts_figure, durations_figure
from affectone.views.curves import Ranking, learning_figure, precision_recall_figure, roc_figure
from affectone.views.examples import Example, examples_figure, variants_figure
from affectone.views.frames import Frames, chroma_figure, contrast_figure, mel_figure, mfcc_figure
from affectone.views.panels import MOST_RECORDINGS
from affectone.views.reliability import Bin, reliability_figure
from affectone.views.report import Picture, report_page
from affectone.views.scores import Scores, scores_figure
from affectone.views.theme import COLOURS, PICTURE_SUFFIXES, colour_of, picture_suffix, save_figure
from affectone.views.timeline import Span, Track, timeline_figure
from affectone.views.timeline_page import Sound, timeline_page
from affectone.views.waveform import Waveform, waveform_figure
from affectone.views.window import has_display, show_figure

__all__ = [
    "COLOURS",
    "MOST_RECORDINGS",
    "PICTURE_SUFFIXES",
    "Bin",
    "Example",
    "Frames",
    "Picture",
    "Ranking",
    "Scores",
    "Sound",
    "Span",
    "Track",
    "Waveform",
    "chroma_figure",
    "colour_of",
    "confusion_figure",
    "contrast_figure",
    "counts_figure",
    "durations_figure",
    "examples_figure",
    "has_display",
    "learning_figure",
    "mel_figure",
    "mfcc_figure",
    "picture_suffix",
    "precision_recall_figure",
    "reliability_figure",
    "report_page",
    "roc_figure",
    "save_figure",
    "scores_figure",
    "show_figure",
    "timeline_figure",
    "timeline_page",
    "variants_figure",
    "waveform_figure",
]
