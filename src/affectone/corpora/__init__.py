"""Labelled data: loaders, the manifest, protocols and the leak guard."""

# Importing the loaders registers them.
from affectone.corpora import loaders
from affectone.corpora.clip import Clip, CorpusInfo, Published, Votes
from affectone.corpora.corpus import CORPORA, Corpus, Scan, Skipped
from affectone.corpora.manifest import (
    COLUMNS,
    load_corpora,
    load_corpus,
    read_manifest,
    to_manifest,
    write_manifest,
)
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
    "Published",
    "Scan",
    "Skipped",
    "Split",
    "Votes",
    "check_apart",
    "check_no_leak",
    "group_folds",
    "list_protocols",
    "load_corpora",
    "load_corpus",
    "load_protocol",
    "loaders",
    "read_manifest",
    "speaker_keys",
    "split_manifest",
    "to_manifest",
    "write_manifest",
]
