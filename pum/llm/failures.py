"""Classifies failed calls into a few kinds, and computes the pause before the next attempt."""

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenacity import RetryCallState, retry_if_exception_type, stop_after_attempt

from pum.core.errors import InputError
from pum.core.rng import uniform
from pum.llm.chat_model import ChatError, RefusedError, TransportError

if TYPE_CHECKING:
    import openai

# HTTP statuses of transient errors below 500.
_PASSING = {408, 409, 425, 429}


@dataclass(frozen=True)
class Backoff:
    """Pauses that double from `first_s` to `longest_s`. Each is randomly shortened by up to half, so that clients that
    failed together do not retry together."""

    first_s: float = 0.5
    longest_s: float = 30.0

    def pause(self, attempt: int, random_key: int, asked_s: float | None) -> float:
        """Seconds to wait after failed `attempt` (from 0). `asked_s` is what the server asked for."""
        if asked_s is not None:
            return min(asked_s, self.longest_s)
        return min(self.first_s * 2**attempt, self.longest_s) * (1 - uniform("pause", random_key, attempt) / 2)

    def after(self, failed: RetryCallState, random_key: int) -> float:
        """The pause after tenacity's latest attempt, which raised a TransportError."""
        return self.pause(failed.attempt_number - 1, random_key, failed.outcome.exception().asked_s)


def passing_errors(max_retries: int) -> dict[str, object]:
    """Options for tenacity: up to `max_retries` more attempts after transient errors, then raise the last one."""
    return {
        "retry": retry_if_exception_type(TransportError),
        "stop": stop_after_attempt(max_retries + 1),
        "reraise": True,
    }


def as_chat_error(error: "openai.APIError", where: str, key_name: str, key: str) -> ChatError:
    """`error` as a ChatError whose message hides the key. Raises InputError for errors that only a person can fix."""
    import openai

    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        raise InputError(f"{where} refused the key in {key_name} ({error.status_code})") from None
    if isinstance(error, openai.NotFoundError):
        raise InputError(f"{where} has no such route or model (404)") from None
    if isinstance(error, openai.RateLimitError) and error.code == "insufficient_quota":
        raise InputError(f"{where}: the account behind {key_name} has no quota left (429)") from None
    message = f"{where}: {str(error).replace(key, '***')}"
    if isinstance(error, openai.APIStatusError) and error.status_code < 500 and error.status_code not in _PASSING:
        return RefusedError(message)
    failure = TransportError(message)
    if isinstance(error, openai.APIStatusError):
        failure.asked_s = wait_asked_for(error.response.headers)
    return failure


def wait_asked_for(headers: Mapping[str, str]) -> float | None:
    """Seconds from `Retry-After-Ms` or `Retry-After` (seconds or a date); None when the server says nothing."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            return max(float(value) / unit, 0.0)
        except ValueError:
            date = email.utils.parsedate_tz(value)
            if date:
                return max(email.utils.mktime_tz(date) - time.time(), 0.0)
    return None
