"""A method whose replies are the best of several drafts gets them in programs and in `pum chat` too, or is refused."""

import pytest

from pum.assistant.personalized_llm import Components, PersonalizedLLM
from pum.core.errors import InputError
from pum.llm.best_of import BestOf
from pum.llm.openai_chat import OpenAIChat
from tests.model_server import serving
from tests.small_assistant import Echo, small_resources
from tests.small_runs import small_params

PARAMS = small_params()


def assistant(model: object, method: str = "rag_best_of", **options: object) -> PersonalizedLLM:
    return PersonalizedLLM.from_params(PARAMS, method, model, small_resources(), **options)


def test_every_reply_takes_the_drafts_that_the_method_names_and_a_choice() -> None:
    with serving() as server:
        assert assistant(OpenAIChat(server.url, "m")).chat("ann", "Hello").text
        drafts = [sent for sent in server.bodies if "response_format" not in sent]
        assert len(drafts) == PARAMS.variants["rag_best_of"]["best_of"] == 3
        assert len(server.bodies) == 4
        assert assistant(OpenAIChat(server.url, "m"), "rag").chat("ann", "Hello").text
        assert len(server.bodies) == 5


def test_what_the_method_asks_for_itself_takes_one_draft() -> None:
    model, other = OpenAIChat("http://localhost:1/v1", "m"), Echo()
    assert assistant(model).components.own_model is model
    assert assistant(model, components=Components(own_model=other)).components.own_model is other


def test_a_model_that_drafts_already_is_left_as_it_is() -> None:
    model = BestOf(OpenAIChat("http://localhost:1/v1", "m"), 2)
    assert assistant(model).chat_model is model


def test_a_model_without_a_server_is_refused_in_a_line_that_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"rag_best_of: .* best_of .* echo is none; name an agent of kind openai"):
        assistant(Echo())
