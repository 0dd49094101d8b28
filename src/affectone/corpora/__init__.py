"""Labelled data: loaders, the manifest, protocols and the leak guard."""

# Importing a loader registers it.
from affectone.corpora import crema_d, emodb, ravdess, savee, tess
from affectone.corpora.clip import Clip, CorpusInfo
from affectone.corpora.corpus import CORPORA, Corpus, Scan, Skipped
from affectone.corpora.manifest import COLUMNS, load_corpora, load_corpus, to_manifest
from affectone.corpora.splits import (
    Fold,
    Protocol,
    Split,
    check_apart,
    check_no_leak,
    group_folds,
    list_protocols,
    load_protocol,
    speaker_keys,
    split_manifest,
)

__all__ = [
    "COLUMNS",
    "CORPORA",
    "Clip",
    "Corpus",
    "CorpusInfo",
    "Fold",
    "Protocol",
    "Scan",
    "Skipped",
    "Split",
    "check_apart",
    "check_no_leak",
    "crema_d",
    "emodb",
    "group_folds",
    "list_protocols",
    "load_corpora",
    "load_corpus",
    "load_protocol",
    "ravdess",
    "savee",
    "speaker_keys",
    "split_manifest",
    "tess",
    "to_manifest",
]
