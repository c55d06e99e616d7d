"""Language models: served, in this process, or hosted, all behind one protocol.

Start with `chat_model.py`: `ChatModel` answers a conversation, and its errors say who is to blame. `openai_chat.py` is
the client of any OpenAI-compatible server, with retries, a cache and structured output; `client_pool.py` holds what the
clients of a run share (usage, cached replies, the call budget), and `endpoints.py` balances load over addresses. What
is sent is written by `conversation.py` and `dialect.py` and goes out through `http_client.py`; what comes back is read
by `completion.py`, `reasoning.py`, `structured_output.py` and `failures.py`. `transformers_chat.py` runs a model in
this process; `weights.py` downloads its weights. `prompt_builder.py` assembles every prompt from the texts in `prompts`
and the notes in one of the `note_forms`. `best_of.py` samples drafts and lets the model choose. `batch_clients.py` has
clients for programs that answer many people at once.
"""
