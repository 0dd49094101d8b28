"""The manifest for Kubernetes runs a command that there is, by one image."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")


@pytest.fixture(scope="module")
def job(repo_root: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((repo_root / "deploy" / "kuberay.yaml").read_text(encoding="utf-8"))["spec"])


def test_its_command_has_options_that_there_are(job: dict[str, Any]) -> None:
    import typer.main

    from affectone.cli.app import app

    program, command, *words = shlex.split(job["entrypoint"])
    known = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    assert program == "affectone"
    with known.make_context(command, words) as context:
        assert context.params["engine"].value == "ray"
        assert context.params["source"].startswith("s3://")


def test_head_and_workers_are_one_image_and_the_head_takes_no_work(job: dict[str, Any]) -> None:
    cluster = job["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    containers = [group["template"]["spec"]["containers"][0] for group in groups]
    assert len({container["image"] for container in containers}) == 1
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert all(group["rayStartParams"]["disable-usage-stats"] == "true" for group in groups)
