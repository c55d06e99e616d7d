"""The command line: what is documented is accepted, what belongs to another command is refused, failures are a line."""

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from cyclopts import CycloptsError

import pum
from pum.cli.app import app, main
from pum.cli.run import AssistantOptions, ExecutorOptions, StudyOptions, with_options
from pum.config.params import AssistantParams, StudyParams, load_params
from pum.config.servers import ExecutorParams
from pum.core.paths import ROOT

BENCH = {
    "check": ("--preferences x.yaml", "--examples x.yaml"),
    "throughput": ("--study smoke", "--n-profiles 3", "--live", "--rounds 2", "--servers small", "--params x.yaml"),
    "judge": ("--n 3", "--servers small", "--params x.yaml"),
}


def documented() -> list[str]:
    """Commands as they stand in code blocks of the README, and in the Makefile."""
    blocks = re.findall(r"```(?:\w*)\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("pum ")]
    made = re.findall(r"python -m (pum)\.cli (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    return [*lines, *(" ".join(parts) for parts in made), "pum cards ann --disable c0001", "pum export ann"]


@pytest.mark.parametrize("line", documented())
def test_every_documented_command_is_accepted(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command, *_ = app.parse_args(words)
    assert callable(command)


def commands() -> list[list[str]]:
    """Every command, those of `bench` too."""
    names = [[name] for name in app if not name.startswith("-")]
    return [*names, *(["bench", name] for name in app["bench"] if not name.startswith("-"))]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help(words: list[str], capsys) -> None:
    assert main([*words, "--help"]) == 0
    assert f"Usage: pum {' '.join(words)} " in capsys.readouterr().out


def test_all_commands_were_looked_at() -> None:
    assert len(commands()) >= 20


@pytest.mark.parametrize("action", BENCH)
def test_a_bench_command_takes_its_own_options_and_refuses_those_of_the_others(action: str) -> None:
    for option in BENCH[action]:
        assert app.parse_args(["bench", action, *option.split()])
    for option in {option for options in BENCH.values() for option in options} - set(BENCH[action]):
        with pytest.raises(CycloptsError, match=option.split()[0]):
            app.parse_args(["bench", action, *option.split()])


@pytest.mark.parametrize("words", [[], ["bench"], ["models"]], ids=["pum", "bench", "models"])
def test_without_a_command_there_is_help(words: list[str], capsys) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out.startswith(f"Usage: {' '.join(['pum', *words])} COMMAND")


def test_the_version_is_told(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{pum.__version__}\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("rnu --methods rag", 'Did you mean "run"?'),
        ("run --methods rag --output-dir x --n-profile 3", "Did you mean --n-profiles?"),
        ("run --methods --output-dir x", "--methods"),
        ("run --methods rag", "--output-dir"),
        ("run --methods rag --output-dir x --n-profiles 3.5", "'3.5'"),
        ("run --methods rag --output-dir x --reward-mode kind", "keyword"),
        ("run rag --output-dir x", "--methods"),
        ("status smoke", "smoke"),
        ("cards ann --disable c0000 --edit c0001 text", "--disable"),
        ("chat --no-memory", "--no-memory"),
        ("doctor --gpus 4y80", "'4y80'"),
        ("models get", "NAMES"),
        ("list animals", "methods"),
        ("show user_000 -1", "-1"),
        ("range 3", "FOLDER INDEX"),
        ("stage run smoke", "run STUDY METHOD"),
    ],
)
def test_what_is_wrong_is_one_line(line: str, says: str, capsys) -> None:
    assert main(line.split()) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("pum: ") and says in said.err and said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "section"),
    [(StudyOptions, StudyParams), (AssistantOptions, AssistantParams), (ExecutorOptions, ExecutorParams)],
)
def test_an_option_has_the_name_of_the_value_that_it_replaces(options: type, section: type) -> None:
    assert {field.name for field in fields(options)} <= set(section.model_fields)


def test_options_replace_the_study_s_values_and_no_others() -> None:
    params = load_params()
    assert with_options(params, "smoke", None, None, None) == params
    replaced = with_options(
        params,
        "smoke",
        StudyOptions(n_profiles=5, seeds=(3, 4), datasets=("humaneval",)),
        AssistantOptions(reward_mode="llm"),
        ExecutorOptions(workers=7),
    )
    study = params.study("smoke").model_copy(update={"n_profiles": 5, "seeds": (3, 4), "datasets": ("humaneval",)})
    assert replaced.studies == {**params.studies, "smoke": study}
    assert replaced.assistant == params.assistant.model_copy(update={"reward_mode": "llm"})
    assert replaced.site.executor == params.site.executor.model_copy(update={"workers": 7})


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("methods", ("rag_vector ", "neighbours ", "frozen_vector ")),
        ("studies", ("smoke ", "paper ")),
        ("models", ("all-MiniLM-L6-v2 ",)),
    ],
)
def test_names_are_listed_with_a_line_each(what: str, names: tuple[str, ...], capsys) -> None:
    assert main(["list", what]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in names:
        assert [len(line) > 20 for line in lines if line.startswith(name)] == [True]


def test_a_user_without_cards_is_told(tmp_path: Path, capsys) -> None:
    assert main(["cards", "nobody", "--memory", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"no cards of nobody are kept in {tmp_path}\n"


@pytest.mark.parametrize("words", [["--help"], ["list", "studies"]], ids=" ".join)
def test_commands_start_without_slow_libraries(words: list[str]) -> None:
    """`stage` imports the same as `list`, and the notebook's runner."""
    slow = {"torch", "pandas", "sklearn", "transformers", "matplotlib"}
    code = f"import sys; from pum.cli.app import main; main({words}); sys.exit(str({slow} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stderr.strip() == "set()"


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    """As `pum list studies | head`."""
    command = [sys.executable, "-m", "pum.cli", "list", "studies"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    running.stdout.close()
    assert running.stderr.read() == b"" and running.wait(timeout=120) == 1
    running.stderr.close()


def test_a_run_may_name_the_default_extractor(tmp_path: Path, capsys) -> None:
    arguments = ["run", "--extractor", "trained", "--methods", "rga", "--output-dir", str(tmp_path)]
    assert main(arguments) == 2
    assert "did you mean 'rag'" in capsys.readouterr().err


def test_want_of_memory_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def starved(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pum.assistant.data_rights.export", starved)
    assert main(["export", "ann"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("pum: out of memory") and error.count("\n") == 1
