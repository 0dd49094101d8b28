"""One file a corpus. A new file in this folder is a new corpus: importing the folder imports them all."""

import importlib
import pkgutil

__all__ = ["load_all"]


def load_all() -> None:
    """Import every module of this folder; each registers its corpus."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


load_all()
