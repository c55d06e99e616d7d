"""The example in the batch clients' documentation runs as it stands, against a server."""

import doctest

import pytest

from pum.llm import batch_clients
from tests.model_server import serving
from tests.small_assistant import small_resources
from tests.small_runs import small_params

URL = "http://localhost:8000/v1"


def test_the_documented_example_answers_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pum.config.params.load_params", small_params)
    monkeypatch.setattr(
        "pum.assistant.personalized_llm.load_resources", lambda *arguments, **options: small_resources()
    )
    with serving() as server:
        text = batch_clients.__doc__.replace(URL, server.url)
        example = doctest.DocTestParser().get_doctest(text, {}, "pum.llm.batch_clients", batch_clients.__file__, 0)
        said: list[str] = []
        found = doctest.DocTestRunner().run(example, out=said.append)
        assert URL in batch_clients.__doc__ and found.attempted > 10 and found.failed == 0, "".join(said)
        assert [sent["messages"][-1]["content"][-8:] for sent in server.bodies].count("a monad?") == 1
        assert len(server.bodies) == 2
