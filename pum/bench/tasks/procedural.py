"""Generated tasks: families of reasoning-gym under readable names, without boilerplate in their statements."""

import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from types import ModuleType
from typing import Any

from pum.bench.tasks import comparisons
from pum.bench.tasks.datasets import DATASETS, GRADERS, DatasetRequest, Grader, form_tags
from pum.bench.tasks.wrong_answers import slips
from pum.bench.types import Task
from pum.core import rng
from pum.core.paths import ROOT

STATEMENT_LIMIT = 1200
INSTANCES = 4000  # at most; small families run out of different statements
# Without "repeated_parts", where sympy leaves some integrals unsolved and works on others for ever.
INTEGRANDS = ("linear", "radical", "log_inverse_trig", "trigonometric", "polynomial_exp_trig", "exponential", "cyclic")


@dataclass(frozen=True)
class Family:
    """A family of tasks from the generator `source`.

    `work(item)` measures how much work an instance is. Difficulty rises linearly from `difficulty[0]` at
    `work_range[0]` to `difficulty[1]` at `work_range[1]`. `is_right(item, answer)` judges an answer; `keep` names the
    metadata that it needs. `accept` refuses degenerate instances. `uses_hashing`: what is generated depends on the
    order of sets, and so on Python's hash seed.
    """

    source: str
    topic: str
    tags: tuple[str, ...]
    is_right: Callable[[dict[str, Any], str], bool]
    difficulty: tuple[float, float]
    work: Callable[[dict[str, Any]], float]
    work_range: tuple[float, float]
    config: dict[str, Any] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    statement: Callable[[dict[str, Any]], str] = lambda item: _without_format_notes(item["question"])
    accept: Callable[[dict[str, Any]], bool] = lambda item: True
    uses_hashing: bool = False


def _without_format_notes(question: str) -> str:
    """Drop the closing sentences about the answer's format: an assistant would take them for instructions."""
    notes = (
        r"Give the result as your final answer\.|Do not include units\.|"
        r"Provide only the [^.]* as your final answer\."
    )
    return re.sub(rf"\s*(?:{notes})", "", question).replace("??", "?").strip()


def _operators(text: str) -> int:
    return len(re.findall(r"[-+*/]", text.replace("**", "^")))


def _roots_statement(item: dict[str, Any]) -> str:
    meta = item["metadata"]
    return (
        f"Find all real values of {meta['variable']} with {meta['polynomial_expr']} = 0. "
        "Write them as decimals to four places, in increasing order, with commas between."
    )


def _integral_statement(item: dict[str, Any]) -> str:
    meta = item["metadata"]
    return (
        f"Find an antiderivative of {meta['integrand']} with respect to {meta['variable']}. "
        "Write powers as ** and every product with *, as in the question, and add the constant C."
    )


def _path_statement(item: dict[str, Any]) -> str:
    grid = "\n".join(" ".join(row) for row in item["metadata"]["matrix"])
    return (
        "Find a shortest path from * to # in this grid. O cells are open, X cells blocked; a step goes up, down, "
        f'left or right. Write the path as its steps, e.g. "up up left".\n\n{grid}'
    )


def _sorting_statement(item: dict[str, Any]) -> str:
    meta = item["metadata"]
    numbers = ", ".join(meta["original_numbers"])
    return f"Sort these numbers in {meta['direction']} order and give the result as a list: {numbers}"


FAMILIES = {
    "algebra-linear": Family(
        "simple_equations", "algebra", ("math", "algebra"), comparisons.number, (0.1, 0.5),
        lambda item: _operators(item["metadata"]["equation"]), (1, 5),
    ),
    "algebra-polynomial": Family(
        "polynomial_equations", "algebra", ("math", "algebra"), comparisons.roots, (0.35, 0.9),
        lambda item: item["metadata"]["degree"] + len(item["metadata"]["real_solutions"]), (3, 7),
        config={"min_degree": 2, "max_degree": 3}, statement=_roots_statement,
        accept=lambda item: bool(item["answer"]),
    ),
    "calculus-integration": Family(
        "simple_integration", "calculus", ("math", "calculus"), comparisons.antiderivative, (0.2, 0.5),
        lambda item: item["metadata"]["num_terms"], (2, 5),
        keep=("variable", "integrand"), statement=_integral_statement,
    ),
    "calculus-techniques": Family(
        "intermediate_integration", "calculus", ("math", "calculus"), comparisons.antiderivative, (0.5, 0.9),
        lambda item: len(item["answer"]), (15, 60), keep=("variable", "integrand"), statement=_integral_statement,
        config={"problem_types": INTEGRANDS, "problem_type_weights": [1 / len(INTEGRANDS)] * len(INTEGRANDS)},
        accept=lambda item: "Integral" not in item["answer"] and len(item["answer"]) <= 90,
        uses_hashing=True,  # sympy finds -cos(x)**2 / 2 as well as sin(x)**2 / 2
    ),
    "arithmetic-chain": Family(
        "basic_arithmetic", "arithmetic", ("math", "arithmetic"), comparisons.number, (0.05, 0.6),
        lambda item: item["metadata"]["num_terms"] * item["metadata"]["num_digits"], (2, 24),
    ),
    "arithmetic-words": Family(
        "gsm_symbolic", "arithmetic", ("math", "arithmetic"), comparisons.number, (0.2, 0.7),
        lambda item: len(item["question"]), (150, 500),
    ),
    "statistics-coins": Family(
        "coin_flip", "statistics", ("math", "statistics"), comparisons.probability, (0.2, 0.6),
        lambda item: item["metadata"]["num_trials"] + 4 * (item["metadata"]["problem_type"] != "exact"), (3, 19),
        accept=lambda item: 0.01 < float(item["answer"]) < 0.99,
    ),
    "statistics-dice": Family(
        "dice", "statistics", ("math", "statistics"), comparisons.reduced_fraction, (0.5, 0.9),
        lambda item: item["metadata"]["puzzle"]["den"] ** 0.5, (6, 40), config={"num_dice": 3, "max_dice_size": 12},
        accept=lambda item: "/" in item["answer"],
    ),
    "logic-knights": Family(
        "knights_knaves", "logic", ("logic",), comparisons.roles, (0.4, 0.7),
        lambda item: len(item["question"]), (400, 560),
        config={"n_people": 3, "depth_constraint": 2, "width_constraint": 2},
    ),
    "logic-syllogism": Family(
        "syllogism", "logic", ("logic",), comparisons.choice, (0.2, 0.4),
        lambda item: len(item["question"]), (130, 180),
    ),
    "logic-zebra": Family(
        "zebra_puzzles", "logic", ("logic",), comparisons.choice, (0.5, 0.8),
        lambda item: len(re.findall(r"^\d+\.", item["question"], re.MULTILINE)), (3, 8),
        config={"num_people": 3, "num_characteristics": 3},
    ),
    "structures-sorting": Family(
        "number_sorting", "data_structures", ("data_structures",), comparisons.numbers, (0.05, 0.3),
        lambda item: item["metadata"]["numbers"], (3, 10), keep=("direction",), statement=_sorting_statement,
    ),
    "graphs-courses": Family(
        "course_schedule", "data_structures", ("data_structures",), comparisons.choice, (0.3, 0.7),
        lambda item: len(item["metadata"]["prerequisites"]), (4, 16),
    ),
    "graphs-paths": Family(
        "shortest_path", "data_structures", ("data_structures",), comparisons.shortest_path, (0.3, 0.8),
        lambda item: len(item["metadata"]["solution"]), (2, 10), keep=("matrix",), statement=_path_statement,
        accept=lambda item: len(item["metadata"]["solution"] or ()) >= 2,
    ),
}  # fmt: skip


def _build(name: str, request: DatasetRequest) -> Iterator[Task]:
    """The family's accepted instances in a seeded order, numbered consecutively."""
    family, number = FAMILIES[name], 0
    for item in _items(family, request.seed):
        statement = family.statement(item)
        if len(statement) <= STATEMENT_LIMIT and family.accept(item):
            yield _task(name, number, statement, item)
            number += 1


def _items(family: Family, seed: int) -> Iterator[dict[str, Any]]:
    """The generator's instances as plain JSON values, without its tuples, fractions and numpy strings."""
    stream = rng.key(seed, "procedural tasks", family.source) % 2**31
    elsewhere = family.uses_hashing and sys.flags.hash_randomization
    lines = _generated_with_fixed_hashing if elsewhere else generated
    return map(json.loads, lines(family.source, family.config, stream))


def generated(source: str, config: dict[str, Any], seed: int) -> Iterator[str]:
    """The instances of a generator of reasoning-gym as JSON, in its order."""
    dataset = _reasoning_gym().create_dataset(source, size=INSTANCES, seed=seed, **config)
    return (json.dumps(dataset[index], default=str) for index in range(INSTANCES))


def _generated_with_fixed_hashing(*arguments: Any) -> Iterator[str]:
    """The same from a process with the pipeline's hash seed, which a running process cannot change."""
    code = f"from {__name__} import generated\nfor item in generated{arguments!r}: print(item)"
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment, cwd=ROOT) as child:
        try:
            yield from child.stdout
            if child.wait():
                raise RuntimeError(f"no instances of {arguments[0]}: the process that generates them failed")
        finally:
            child.kill()


def _task(name: str, number: int, statement: str, item: dict[str, Any]) -> Task:
    family = FAMILIES[name]
    (low, high), (easy, hard) = family.work_range, family.difficulty
    share = min(1.0, max(0.0, (family.work(item) - low) / (high - low)))
    difficulty = round(easy + (hard - easy) * share, 3)
    answer = item["answer"].strip()
    metadata = {key: item["metadata"][key] for key in family.keep}
    return Task(
        task_id=f"{name}/{number:04d}",
        dataset=name,
        topic=family.topic,
        statement=statement,
        answer=answer,
        tags=frozenset(family.tags) | form_tags(answer, difficulty),
        difficulty=difficulty,
        entry={"grader": "reasoning_gym", "family": name, "item": {"answer": answer, "metadata": metadata}},
    )


def _reasoning_gym() -> ModuleType:
    """The package, imported without the warnings that one of its dependencies causes when it is first compiled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        import reasoning_gym
    return reasoning_gym


def _is_right(entry: dict, answer: str) -> bool:
    return FAMILIES[entry["family"]].is_right(entry["item"], answer)


def _is_believable(task: Task, answer: str) -> bool:
    """Refuse probabilities outside (0, 1), and sorted lists whose numbers are all within 1 of the right ones."""
    if task.dataset == "structures-sorting":
        given, right = ([float(text) for text in re.findall(r"-?[\d.]+", numbers)] for numbers in (answer, task.answer))
        off = max(abs(one - other) for one, other in zip(given, right, strict=True))
        return off > 1 or given != sorted(given, reverse=right[0] > right[-1])
    return not task.dataset.startswith("statistics-") or 0 < Fraction(answer) < 1


GRADERS.register("reasoning_gym")(Grader(_is_right, wrong_answers=slips, is_plausible=_is_believable))
for _name in FAMILIES:
    DATASETS.register(_name)(partial(_build, _name))
