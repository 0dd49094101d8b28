"""The documentation holds: links lead somewhere, programs run, commands exist, no machine is named."""

from __future__ import annotations

import doctest
import functools
import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

REPO_ROOT = Path(__file__).resolve().parents[2]
SOURCE = REPO_ROOT / "src" / "affectone"
GENERATED = {"build", "dist", "runs", "shared", "node_modules", "__pycache__", "lightning_logs"}
MACHINE_PATH = re.compile(
    # What Emscripten calls its programs' home is nobody's: the page holds it.
    rb"(?<![\w.}>-])/(?!home/web_user\b)(?:" + b"|".join((b"work", b"root", b"home", b"Users")) + rb")/\w"
)


def belongs(name: str) -> bool:
    """Return whether a folder of that name holds files of the repository."""
    hidden = name.startswith(".") and name != ".ci"
    return not hidden and name not in GENERATED and not name.endswith(".egg-info")


def repository_files() -> list[Path]:
    """Return the repository's files, without what is generated."""
    found = []
    for folder, folders, files in os.walk(REPO_ROOT):
        folders[:] = [
            name for name in folders if belongs(name) and not Path(folder, name, "pyvenv.cfg").exists()
        ]
        found += [Path(folder, name) for name in files if name != ".git"]  # A file in a second worktree.
    return sorted(found)


FILES = repository_files()
PAGES = [file for file in FILES if file.suffix == ".md"]


def named(files: list[Path]) -> list[object]:
    """Return paths as pytest parameters named by their place in the repository."""
    return [pytest.param(file, id=file.relative_to(REPO_ROOT).as_posix()) for file in files]


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    headings = re.findall(r"^#+ +(.+?) *$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    """Return the relative links of a page whose file or heading does not exist."""
    prose = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", named(PAGES))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One thing\n[a](#one-thing) [b](#another) [c](page.md) [d](none.md) [e](https://x.org)\n"
    )
    assert broken_links(page) == ["#another", "none.md"]


def marked_programs() -> list[object]:
    """Return the python blocks that stand after the comment ``<!-- runs -->``."""
    return [
        pytest.param(program, id=f"{page.relative_to(REPO_ROOT).as_posix()}-{index}")
        for page in PAGES
        for index, program in enumerate(
            re.findall(r"^<!-- runs -->\n```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
        )
    ]


def test_the_readme_has_a_program_that_runs() -> None:
    assert "<!-- runs -->\n```python" in (REPO_ROOT / "README.md").read_text("utf-8")


@pytest.mark.usefixtures("packaged_base")
@pytest.mark.parametrize("program", marked_programs())
def test_a_program_in_the_documentation_runs(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], cwd=REPO_ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def documented_commands() -> list[object]:
    """Return every line of a shell block that starts with ``affectone``."""
    lines = []
    for page in PAGES:
        for block in re.findall(r"^```(?:sh|console)\n(.*?)^```", page.read_text("utf-8"), re.M | re.S):
            text = re.sub(r"\\\n\s*", "", block)
            lines += re.findall(r"^(?:\$ )?(affectone .*?)(?: +#.*)?$", text, re.M)
    return sorted(set(lines))


@functools.cache
def help_of(*command: str) -> str:
    """Return the help text of one command."""
    program = "from affectone.cli import main; sys.exit(main())"
    arguments = [
        sys.executable,
        "-c",
        f"import sys; sys.argv[0] = 'affectone'; {program}",
        *command,
        "--help",
    ]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("line", documented_commands())
def test_a_documented_command_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    command = words[:2] if words[0] in ("benchmark", "corpora", "models", "plot") else words[:1]
    text = help_of(*(word for word in command if not word.startswith("-")))
    assert [word for word in words if word.startswith("--") and word.partition("=")[0] not in text] == []


COMMANDS = [
    *("predict", "serve", "doctor", "features", "models list", "models show", "train", "evaluate", "export"),
    "report",
    *("plot mel", "plot scores", "plot speaker", "benchmark accuracy"),
    *(f"corpora {name}" for name in ("list", "show", "scan", "check", "split", "plot")),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_reference_names_every_option(command: str) -> None:
    page = (REPO_ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    section = page.partition(f"\n## {command.split()[0]}\n")[2].partition("\n## ")[0]
    # A command of a group may have a part of its own.
    section = section.partition(f"\n### {command}\n")[2].partition("\n### ")[0] or section
    options = re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", help_of(*command.split()), re.M)
    assert [option for option in options if option != "--help" and f"`{option}`" not in section] == []


def modules_with_examples() -> list[str]:
    """Return the modules whose docstrings hold examples that are not marked to be skipped."""
    modules = []
    for file in sorted(SOURCE.rglob("*.py")):
        if re.search(r"^\s*>>> (?!.*\+SKIP)", file.read_text("utf-8"), re.M):
            name = ".".join(file.relative_to(SOURCE.parent).with_suffix("").parts)
            modules.append(name.removesuffix(".__init__"))
    return modules


@pytest.mark.parametrize("name", modules_with_examples())
def test_docstring_examples_say_the_truth(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(name)
    monkeypatch.chdir(tmp_path)
    outcome = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_no_file_names_a_path_on_a_developers_machine() -> None:
    guilty = {
        file.relative_to(REPO_ROOT).as_posix(): found[0].decode()
        for file in FILES
        if (found := MACHINE_PATH.search(file.read_bytes()))
    }
    assert guilty == {}


@pytest.mark.parametrize("folder", ["work", "root", "home", "Users"])
def test_a_machine_path_would_be_seen(folder: str) -> None:
    assert MACHINE_PATH.search(f'"command": "python /{folder}/me/x.py"'.encode())


@pytest.mark.parametrize(
    "text",
    [b"at home/work", b"docs/work/me", b"{repo}/home/x", b"https://x.org/root/x", b"HOME:`/home/web_user`"],
)
def test_other_paths_are_no_machine_path(text: bytes) -> None:
    assert MACHINE_PATH.search(text) is None


def test_the_version_is_the_same_everywhere() -> None:
    import affectone

    cited = re.search(r"^version: (\S+)$", (REPO_ROOT / "CITATION.cff").read_text("utf-8"), re.M)
    assert cited is not None
    assert cited[1] == affectone.__version__
