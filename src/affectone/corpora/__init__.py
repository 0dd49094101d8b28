"""Labelled data: loaders, the manifest, protocols and the leak guard."""

# Importing the loaders registers them.
from affectone.corpora import loaders
from affectone.corpora.clip import Clip, CorpusInfo, Published, Votes
from affectone.corpora.corpus import CORPORA, Corpus, Scan, Skipped
from affectone.corpora.generic import find_protocol, generic_protocol, group_folds
from affectone.corpora.guard import Guard, Split, describe_leaks, refuse_leaks, speaker_leaders
from affectone.corpora.manifest import (
    COLUMNS,
    load_corpora,
    load_corpus,
    read_manifest,
    restrict,
    to_manifest,
    write_manifest,
)
from affectone.corpora.protocol import (
    Fold,
    Protocol,
    list_protocols,
    load_protocol,
    save_protocol,
    speaker_keys,
)
from affectone.corpora.splits import Splits, select_clips, split_manifest

__all__ = [
    "COLUMNS",
    "CORPORA",
    "Clip",
    "Corpus",
    "CorpusInfo",
    "Fold",
    "Guard",
    "Protocol",
    "Published",
    "Scan",
    "Skipped",
    "Split",
    "Splits",
    "Votes",
    "describe_leaks",
    "find_protocol",
    "generic_protocol",
    "group_folds",
    "list_protocols",
    "load_corpora",
    "load_corpus",
    "load_protocol",
    "loaders",
    "read_manifest",
    "refuse_leaks",
    "restrict",
    "save_protocol",
    "select_clips",
    "speaker_keys",
    "speaker_leaders",
    "split_manifest",
    "to_manifest",
    "write_manifest",
]
