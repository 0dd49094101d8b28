"""Evaluation needs the extra `train`."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
