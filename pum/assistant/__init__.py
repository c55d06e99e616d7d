"""The assistant: one method, one chat model and many users, put together from params.yaml.

Start with `personalized_llm.py`: `PersonalizedLLM.chat` takes a user's message and returns the model's answer, and
learns on the way. `message_parser.py` finds preferences and rewards in messages. `components.py` builds the parts that
params.yaml names: settings, extractor, classifier and chat models. `data_rights.py` shows, exports and deletes what is
stored about a person, without loading a model.
"""
