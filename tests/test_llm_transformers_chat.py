"""The batching, on a tiny random model made here and on a real one. Slow: importing torch alone takes seconds."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.core.errors import InputError
from pum.core.schemas import Message, Usage
from pum.llm.chat_model import EmptyReply
from pum.llm.transformers_chat import TransformersChat, fit, left_padded
from pum.llm.weights import fetch

pytestmark = pytest.mark.slow

WORDS = [f"w{n}" for n in range(40)]
TEMPLATE = (
    "{% for message in messages %}{{ message.role }} {{ message.content }} <end> {% endfor %}"
    "{% if add_generation_prompt %}assistant{% endif %}"
)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    """A folder with a one-layer Llama of random weights that reads 64 words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "tiny"
    vocabulary = {word: number for number, word in enumerate(["<end>", "<unk>", "system", "user", "assistant", *WORDS])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<end>", unk_token="<unk>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
        initializer_range=1.0,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = LlamaForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight[0] = 0.0  # "<end>" is never likely, so no CPU's rounding makes a reply empty
    model.save_pretrained(folder)
    return folder


class Watched(TransformersChat):
    """Keeps the seeds of every batch it generates."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self.batches = []

    def _generate(self, batch):
        self.batches.append([request.seed for request in batch])
        return super()._generate(batch)


def question(number):
    return [Message(role="user", content=" ".join(WORDS[number : number + 1 + number % 5]))]


def ask_together(model, seeds, max_tokens=12):
    async def together():
        return await asyncio.gather(*(model.answer(question(seed), seed=seed, max_tokens=max_tokens) for seed in seeds))

    return dict(zip(seeds, asyncio.run(together()), strict=True))


def ask_one_by_one(model, seeds, max_tokens=12):
    return {seed: asyncio.run(model.answer(question(seed), seed=seed, max_tokens=max_tokens)) for seed in seeds}


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_reply_does_not_depend_on_who_else_asks_nor_in_which_order(tiny_model, temperature):
    model = Watched(tiny_model, max_batch=4, dtype="float64", temperature=temperature)
    seeds = [7, 2, 9, 4, 1, 8]
    together = ask_together(model, seeds)
    assert model.batches == [[1, 2, 4, 7], [8, 9]]
    assert ask_together(model, seeds[::-1]) == together
    assert model.batches[2:] == model.batches[:2]
    assert ask_one_by_one(model, seeds) == together
    assert len({reply.text for reply in together.values()}) > 3


def test_sampling_follows_the_seed_and_the_temperature(tiny_model):
    sampled = TransformersChat(tiny_model, temperature=1.0)
    greedy = TransformersChat(tiny_model)

    def text(model, seed):
        try:
            return asyncio.run(model.answer(question(3), seed=seed, max_tokens=12)).text
        except EmptyReply:  # of pure luck, the first word may be "<end>"
            return ""

    def texts(model):
        return [text(model, seed) for seed in range(6)]

    assert texts(sampled) == texts(sampled)
    assert len(set(texts(sampled))) > 3
    assert len(set(texts(greedy))) == 1
    assert set(texts(TransformersChat(tiny_model, temperature=1e-6))) == set(texts(greedy))
    nothing_but_luck = TransformersChat(tiny_model, temperature=1e6)
    assert len(set(" ".join(texts(nothing_but_luck)).split())) > 2 * 6


def test_tokens_are_counted_and_limits_kept_for_each_request_alone(tiny_model):
    model = TransformersChat(tiny_model, max_new_tokens=9)

    async def together():
        return await asyncio.gather(
            *(model.answer(question(4), seed=limit, max_tokens=limit) for limit in (1, 5, 30)),
            model.answer([Message(role="user", content="w1")], seed=0, max_tokens=1),
        )

    *replies, short = asyncio.run(together())
    # user + five words + <end> + assistant, whatever padding the batch needed
    assert [reply.usage.prompt_tokens for reply in replies] == [8, 8, 8]
    assert [reply.usage.completion_tokens for reply in replies] == [1, 5, 9]
    assert short.usage == Usage(4, 1)
    assert replies[2].text.startswith(replies[1].text)
    assert model.count_tokens("w1 w2 w3") == 3


def test_padding_is_on_the_left_and_masked():
    tokens, mask = left_padded([(5, 6, 7), (8,)], pad=0)
    assert tokens.tolist() == [[5, 6, 7], [0, 0, 8]]
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1]]


def test_what_follows_the_end_token_is_not_part_of_the_reply(tiny_model):
    model = TransformersChat(tiny_model)
    assert model._model.generation_config.eos_token_id == 0
    word, end = model._tokenizer.convert_tokens_to_ids(["w5", "<end>"])
    reply = model._reply([word, word, end, end, word], 4)
    assert (reply.text, reply.usage) == ("w5 w5", Usage(4, 3))
    assert model._reply([word, word], 4).usage == Usage(4, 2)


def test_a_long_prompt_loses_its_oldest_turns(tiny_model):
    model = TransformersChat(tiny_model)
    turns = [Message(role=role, content=" ".join(WORDS[:8])) for role in ["user", "assistant"] * 4]
    system, last = Message(role="system", content="w1 w2"), Message(role="user", content="w3")

    def ask(*messages):
        return asyncio.run(model.answer(messages, seed=1, max_tokens=10))

    # 54 are left for the prompt: 4 + 3 + 1 for system, last and the opening of the reply, 20 for each pair of turns
    assert ask(system, *turns, last).usage.prompt_tokens == 4 + 3 + 1 + 2 * 20
    assert ask(system, *turns, last) == ask(system, *turns[-4:], last)
    with pytest.raises(InputError, match="take 72 tokens; the model has room for 54"):
        ask(system, Message(role="user", content=" ".join(WORDS * 2)[:240]))


def test_one_who_gives_up_does_not_take_the_others_along(tiny_model):
    model = Watched(tiny_model, dtype="float64")

    async def together():
        asked = [asyncio.create_task(model.answer(question(seed), seed=seed, max_tokens=12)) for seed in (1, 2)]
        await asyncio.sleep(0)
        asked[0].cancel()
        return await asyncio.gather(*asked, return_exceptions=True)

    cancelled, answered = asyncio.run(together())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert answered == ask_one_by_one(model, [2])[2]


def test_who_asks_while_the_model_is_busy_joins_the_next_round(tiny_model):
    model = Watched(tiny_model)

    async def in_two_waves():
        first = [asyncio.create_task(model.answer(question(n), seed=n, max_tokens=30)) for n in (1, 2)]
        while not model.batches:
            await asyncio.sleep(0.001)
        later = [asyncio.create_task(model.answer(question(n), seed=n, max_tokens=2)) for n in (6, 5, 4)]
        await asyncio.gather(*first, *later)

    asyncio.run(in_two_waves())
    assert model.batches == [[1, 2], [4, 5, 6]]


def test_a_prompt_that_cannot_fit_fails_alone(tiny_model):
    model = TransformersChat(tiny_model, dtype="float64")
    too_long = [Message(role="user", content=" ".join(WORDS * 2))]

    async def together():
        asked = [model.answer(too_long, seed=1), model.answer(question(2), seed=2, max_tokens=12)]
        return await asyncio.gather(*asked, return_exceptions=True)

    refused, answered = asyncio.run(together())
    assert isinstance(refused, InputError)
    assert answered == ask_one_by_one(model, [2])[2]


def test_a_failed_round_tells_everybody_and_the_next_one_works(tiny_model):
    class OnceOutOfMemory(Watched):
        def _generate(self, batch):
            replies = super()._generate(batch)
            if len(self.batches) == 1:
                raise MemoryError
            return replies

    model = OnceOutOfMemory(tiny_model)

    async def together():
        asked = [model.answer(question(seed), seed=seed, max_tokens=9) for seed in (1, 2)]
        return await asyncio.gather(*asked, return_exceptions=True)

    assert [type(outcome) for outcome in asyncio.run(together())] == [MemoryError, MemoryError]
    assert ask_one_by_one(model, [2])[2].text


ROLES = st.lists(st.sampled_from(["user", "assistant"]), max_size=8)


@given(st.booleans(), ROLES, st.integers(0, 12))
def test_fit_keeps_the_system_message_and_the_last_user_message(has_system, roles, budget):
    turns = [Message(role=role, content=str(n)) for n, role in enumerate([*roles, "user"])]
    system = [Message(role="system", content="s")] if has_system else []
    messages = system + turns
    if budget < len(system) + 1:
        with pytest.raises(InputError):
            fit(messages, len, budget)
        return
    kept = fit(messages, len, budget)
    assert kept[: len(system)] == system
    assert kept[-1] == turns[-1]
    assert kept == messages or kept[len(system)]["role"] == "user"
    assert kept[len(system) :] == turns[len(turns) - len(kept) + len(system) :]
    assert len(kept) <= budget
    longer = [start for start, turn in enumerate(turns) if turn["role"] == "user" and len(turns) - start > len(kept)]
    assert all(len(system) + len(turns) - start > budget for start in longer)


def test_a_folder_without_one_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="needs a config.json or exactly one .gguf file, has neither"):
        TransformersChat(tmp_path)
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"has a\.gguf, b\.gguf"):
        TransformersChat(tmp_path)


def test_smollm2_answers_the_same_alone_and_in_a_batch():
    model = TransformersChat(fetch("smollm2-135m"), max_batch=4, max_new_tokens=48)
    questions = ["What is the capital of France?", "Name three fruits.", "Why is the sky blue?", "What is 2 + 3?"]
    conversations = [[Message(role="user", content=text)] for text in questions]

    async def together():
        return await asyncio.gather(*(model.answer(messages, seed=n) for n, messages in enumerate(conversations)))

    replies = asyncio.run(together())
    assert "Paris" in replies[0].text
    assert replies == [asyncio.run(model.answer(messages, seed=0)) for messages in conversations]
