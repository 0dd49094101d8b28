"""From the folder of a run to a model to hand on: verified again, and nothing else of the run with it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from affectone.errors import ConfigError, ModelIntegrityError
from affectone.models.card import ModelCard
from affectone.models.classic import CLASSIC
from affectone.models.runner import OnnxRunner
from affectone.models.store import CARD, NETWORK, ModelArtefact, read_artefact
from affectone.training.checks import CHECKS, Checks, apart, onnx_logits, read_checks
from affectone.training.config import config_of_run

__all__ = ["export_run"]

TOLERANCE = 1e-3
"""How much a probability may differ between machines and releases of a runtime."""
GO_ON = "the same affectone train command goes on where it stopped"


def export_run(run: Path, output: Path, report: Callable[[str], None]) -> ModelCard:
    """Copy the model of a run, after its hash, its graph and its answers were checked again.

    onnxruntime has to answer here as the model did when it had been trained. The checkpoint of a network,
    where it is still there, is asked, too.

    Parameters
    ----------
    run : Path
        Folder that `release_model` made.
    output : Path
        Gets ``model.onnx`` and ``card.json``; made if need be.
    report : callable
        Called with what was found.

    Raises
    ------
    ConfigError
        If `run` holds no finished model, or `output` something else.
    ModelIntegrityError
        If the file is not the one of the card or cannot be loaded, or the runtimes disagree.
    """
    _refuse_unfinished(run)
    _check_output(output, run)
    artefact = read_artefact(run / "model")
    OnnxRunner(artefact)  # The hash, the graph, its inputs and outputs, and the features that it asks for.
    network = artefact.read_network()
    checks = read_checks(run / CHECKS)
    _refuse_other_widths(artefact, checks)
    found = apart(onnx_logits(network, checks.inputs), checks.logits)
    if not found <= checks.apart + TOLERANCE:
        raise ModelIntegrityError(
            f"{artefact.path}: onnxruntime and the trained model disagree: probabilities differ by "
            f"{found:.4f}, and by {checks.apart:.4f} when the model was exported; train it anew"
        )
    report(f"onnxruntime and the trained model differ by {found:.1e} on {len(checks.inputs)} inputs")
    _ask_checkpoint(run, checks, report)
    _copy(artefact, network, output)
    return artefact.card


def _refuse_unfinished(run: Path) -> None:
    """Raise if a folder is no run of a model to keep, or the model is not finished."""
    if not run.is_dir():
        raise ConfigError(f"no run folder {run}; affectone train -o RUN makes one")
    if not (run / "run.json").is_file():
        model = "; it is a model already" if (run / CARD).is_file() else ""
        raise ConfigError(f"{run} is no run of affectone train: it has no run.json{model}")
    try:
        purpose = str(json.loads((run / "run.json").read_text(encoding="utf-8"))["purpose"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{run / 'run.json'} cannot be read: {error!r}") from None
    if not purpose.startswith("model "):
        raise ConfigError(
            f"{run} is a run of the protocol {purpose.split()[0]}: its models were trained to be tested and "
            f"are not kept; affectone train without --protocol makes one to keep"
        )
    if not (run / "model" / CARD).is_file():
        raise ConfigError(f"{run} is not finished: {GO_ON}")


def _check_output(output: Path, run: Path) -> None:
    """Refuse a place that holds something else than an older export."""
    if output.resolve().is_relative_to(run.resolve()):
        raise ConfigError(f"-o {output} lies in the run itself; name a folder elsewhere")
    if output.is_dir():
        others = sorted(path.name for path in output.iterdir() if path.name not in (CARD, NETWORK))
        if others:
            raise ConfigError(f"-o {output} holds other things, such as {others[0]}; name another folder")
    elif output.exists():
        raise ConfigError(f"-o {output} is a file; name a folder")


def _refuse_other_widths(artefact: ModelArtefact, checks: Checks) -> None:
    kept, named = checks.logits.emotion.shape[1], len(artefact.card.labels)
    if kept != named:
        raise ModelIntegrityError(
            f"{artefact.path}: its card names {named} labels, and the run recorded scores of {kept}; train "
            f"it anew"
        )


def _ask_checkpoint(run: Path, checks: Checks, report: Callable[[str], None]) -> None:
    """Compare the checkpoint's answers, where there is one, with those that were recorded."""
    if str(checks.config.get("model")) in CLASSIC:
        return
    settings = config_of_run(checks.config)
    from affectone.training.fit import kept_checkpoint, load_network
    from affectone.training.tuning import ENCODER, tuned_encoder
    from affectone.training.whole import module_logits, whole_network

    file = kept_checkpoint(settings, run / "final")
    if not file.is_file():
        report(f"no checkpoint {file}: the recorded answers alone were compared")
        return
    encoder = tuned_encoder(settings, file.parent / ENCODER) if settings.tuning else None
    asked = module_logits(whole_network(settings, load_network(settings, file), encoder), checks.inputs)
    found = apart(asked, checks.logits, voices=bool(checks.logits.voice.any()))
    if not found <= TOLERANCE:
        raise ModelIntegrityError(
            f"{file} is not what the model was made of: its probabilities differ by {found:.4f} from those "
            f"recorded; train it anew"
        )
    report(f"{file} answers as recorded")


def _copy(artefact: ModelArtefact, network: bytes, output: Path) -> None:
    """Write the two files, each whole or not at all, the card last: a folder with a card is a model."""
    card = (artefact.path / CARD).read_bytes()
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output, prefix=".export") as folder:
            for name, content in ((NETWORK, network), (CARD, card)):
                (Path(folder) / name).write_bytes(content)
            (output / CARD).unlink(missing_ok=True)
            for name in (NETWORK, CARD):
                shutil.move(Path(folder) / name, output / name)
    except OSError as error:
        raise ConfigError(f"-o {output}: cannot be written: {error.strerror or error}") from None
    read_artefact(output).read_network()
