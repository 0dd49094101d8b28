"""A manifest for other people's tools: audformat's segmented index, and Hugging Face's datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affectone.errors import LabelError, unknown_name
from affectone.labels import COMMON, LabelSet
from affectone.registry import require_extra

if TYPE_CHECKING:
    import pandas as pd
    from datasets import Dataset

__all__ = ["to_audformat", "to_datasets"]


def to_audformat(manifest: pd.DataFrame) -> pd.DataFrame:
    """Return a manifest with the segmented index that audformat defines.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``file`` (text), ``start`` and ``end`` (timedelta). A clip is a whole file: it starts at 0
        and ends at its duration, or at NaT, which is the end of the file, where that is not known. The other
        columns are those of the manifest, in its order.

    Raises
    ------
    MissingExtraError
        If audformat is not installed.
    """
    require_extra("exchange", "the index of audformat")
    import audformat
    import pandas as pd

    ends = pd.to_timedelta(manifest["duration"], unit="s")
    index = audformat.segmented_index(manifest["path"].tolist(), [0] * len(manifest), ends.tolist())
    return manifest.drop(columns="path").set_axis(index, axis="index")


def to_datasets(manifest: pd.DataFrame, *, labels: LabelSet = COMMON, decode: bool = False) -> Dataset:
    """Return a manifest as a dataset of Hugging Face's library. Nothing is read, sent or fetched.

    Parameters
    ----------
    manifest : pandas.DataFrame
    labels : LabelSet
        Names of the classes of ``emotion``, in order: the number of a class is its place here. Those of a
        view if the manifest is one.
    decode : bool, default False
        Whether a row's ``audio`` is its sound, for which that library needs torchcodec, or just says where
        the recording is.

    Returns
    -------
    datasets.Dataset
        With the columns ``audio`` (the recording at ``path``), ``emotion`` (a class), and all others of the
        manifest. What is missing is None.

    Raises
    ------
    LabelError
        If an emotion is none of `labels`.
    MissingExtraError
        If datasets is not installed.
    """
    require_extra("exchange", "a dataset of Hugging Face")
    import pandas as pd
    from datasets import Audio, ClassLabel, Dataset, Features, Value
    from pandas.api.types import is_numeric_dtype

    strange = set(manifest["emotion"]) - set(labels)
    if strange:
        raise LabelError(unknown_name("emotion", min(strange), labels))
    kinds = manifest.drop(columns=["path", "emotion"]).dtypes.items()
    features = Features(
        {"audio": Audio(decode=decode), "emotion": ClassLabel(names=list(labels))}
        | {name: Value(str(kind).lower() if is_numeric_dtype(kind) else "string") for name, kind in kinds}
    )
    # Of no rows, pandas would make a column of numbers.
    places = pd.Series([{"path": path} for path in manifest["path"]], index=manifest.index, dtype=object)
    classes = [labels.index(emotion) for emotion in manifest["emotion"]]
    table = manifest.assign(audio=places, emotion=classes)
    return Dataset.from_pandas(table[list(features)], features=features, preserve_index=False)
