"""Pages from their templates, which stand beside this file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["rendered"]


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
