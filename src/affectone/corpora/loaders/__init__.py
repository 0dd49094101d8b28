"""One file a corpus. A new file in this folder is a new corpus: importing the folder imports them all."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
