"""The command line: what is documented is accepted, what belongs to another command is refused, failures are a line."""

import re
import shlex
from pathlib import Path

import pytest

from pum.cli import throughput as command
from pum.cli.app import build_parser, main
from pum.config.servers import ServerParams
from pum.core.errors import InputError
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
    assert callable(build_parser().parse_args(words).command)


def commands() -> list[list[str]]:
    """Every command, those of `bench` too."""
    names = re.search(r"COMMAND\n(.*)", build_parser().format_help(), re.DOTALL).group(1)
    return [[name] for name in re.findall(r"^    (\w+)", names, re.MULTILINE)] + [["bench", name] for name in BENCH]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help(words: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main([*words, "--help"])
    assert end.value.code == 0 and f"usage: pum {' '.join(words)} " in capsys.readouterr().out


def test_all_commands_were_looked_at() -> None:
    assert len(commands()) >= 20


@pytest.mark.parametrize("action", BENCH)
def test_a_bench_command_takes_its_own_options_and_refuses_those_of_the_others(action: str) -> None:
    for option in BENCH[action]:
        assert build_parser().parse_args(["bench", action, *option.split()])
    for option in {option for options in BENCH.values() for option in options} - set(BENCH[action]):
        with pytest.raises(InputError, match=option.split()[0]):
            build_parser().parse_args(["bench", action, *option.split()])


def test_bench_without_an_action_is_one_line(capsys) -> None:
    assert main(["bench"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_run_may_name_the_default_extractor(tmp_path: Path, capsys) -> None:
    arguments = ["run", "--extractor", "trained", "--methods", "rga", "--output-dir", str(tmp_path)]
    assert build_parser().parse_args(arguments).extractor == "trained"
    assert main(arguments) == 2
    assert "did you mean 'rag'" in capsys.readouterr().err


def test_want_of_memory_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def starved(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pum.assistant.data_rights.export", starved)
    assert main(["export", "ann"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("pum: out of memory") and error.count("\n") == 1


def test_the_live_benchmark_is_kept_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = {f"{way}_tokens_per_s": 9.0 for way in command.live.WAYS}
    measured = {"model": "m", "hardware": "none", "load": {"profiles": 8, "parallel": 1}, **ways}
    monkeypatch.setattr(command.live, "measure", lambda *arguments: measured)
    monkeypatch.setattr(command, "_KEPT", tmp_path / "throughput.json")
    monkeypatch.setattr(command, "FIGURES", tmp_path)
    command.bench_live(ServerParams(model="m"), 1, print)
    assert '"live"' in (tmp_path / "throughput.json").read_text()
    assert (tmp_path / "throughput_live.png").stat().st_size > 1000
