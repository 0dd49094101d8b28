"""Pages from their templates, which stand beside this file."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["data_uri", "rendered"]


def rendered(template: str, filters: Mapping[str, Callable[..., Any]], **values: Any) -> str:
    """Return a page: what is put in is escaped, and a name that the template knows alone is an error."""
    from importlib import resources

    import jinja2

    text = (resources.files("affectone.views") / template).read_text(encoding="utf-8")
    frame = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    frame.filters.update(filters)
    return frame.from_string(text).render(**values)


def data_uri(data: bytes, kind: str) -> str:
    """Return a file itself as the address of it, for a page that needs nothing beside it."""
    return f"data:{kind};base64," + base64.b64encode(data).decode("ascii")
