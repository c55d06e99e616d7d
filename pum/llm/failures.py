"""Classifies failed calls into a few kinds, and computes the pause before the next attempt."""

import email.utils
import math
import re
import socket
import ssl
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenacity import RetryCallState, retry_if_exception_type, stop_after_attempt

from pum.core.errors import InputError
from pum.core.rng import uniform
from pum.llm.chat_model import ChatError, RefusedError, TransportError
from pum.llm.endpoints import without_keys

if TYPE_CHECKING:
    import openai

# HTTP statuses of transient errors below 500.
_PASSING = {408, 409, 425, 429}
# And of lasting ones above.
_NEVER = {501, 505}
_NO_MONEY = re.compile(r"insufficient (?:balance|funds|credit|quota)|credit balance|out of credits", re.IGNORECASE)
_PASSES = re.compile(r"rate.?limit|overload|unavailable|timeout|server.?error|exhausted|try again|busy", re.IGNORECASE)
# The causes of a lost connection that say most, the first first.
_CAUSES = (ssl.SSLError, socket.gaierror, ConnectionRefusedError)
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
# Characters of a server's words that a message quotes.
_LONGEST = 500


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


@dataclass(frozen=True)
class Where:
    """A model and its addresses, as messages name them; `key_name` is the variable of its key, which they hide."""

    place: str
    key_name: str

    def __str__(self) -> str:
        return self.place


def as_chat_error(error: "openai.APIError", where: Where) -> ChatError:
    """`error` as a ChatError whose message hides the key and names the cause. Raises InputError for errors that only a
    person can fix."""
    import openai

    if isinstance(error, openai.APIStatusError):
        codes = {error.code, error.type}
        failure = _failure(error.status_code, str(error), where, codes, error.response.headers.get("location"))
        if isinstance(failure, TransportError):
            failure.asked_s = wait_asked_for(error.response.headers)
        return failure
    return _unreached(error, where)


def told_failure(error: Mapping[str, object], where: Where) -> ChatError:
    """As `as_chat_error`, for an error that a server tells in a body with status 200."""
    code, kind = (str(error.get(name) or "") for name in ("code", "type"))
    words = str(error.get("message") or "") or str(dict(error))
    status = int(code) if code.isdecimal() and 300 <= int(code[:9]) < 600 else None
    if status is None:
        status = 503 if _PASSES.search(f"{code} {kind}") else 400
    return _failure(
        status, f"{words} ({' '.join(filter(None, (code, kind)))})".removesuffix(" ()"), where, {code, kind}
    )


def _failure(
    status: int, words: str, where: Where, codes: Collection[str | None], elsewhere: str | None = None
) -> ChatError:
    said = _said(words, where)
    if 300 <= status < 400:
        raise InputError(f"{where} sends its callers to {elsewhere} ({status}); give that address, if you trust it")
    if status == 402 or "insufficient_quota" in codes or (status in (400, 403) and _NO_MONEY.search(words)):
        raise InputError(f"{where}: the account behind {where.key_name} has no quota left ({status}): {said}")
    if status in (401, 403):
        advice = "; a key for a server other than OpenAI has a variable of its own, named by api_key_env"
        raise InputError(
            f"{where} refused the key in {where.key_name} ({status}): {said}"
            f"{advice if where.key_name == 'OPENAI_API_KEY' else ''}"
        )
    if status in (404, 405):
        raise InputError(f"{where} has no such route or model ({status}): {said}")
    lasts = status < 500 and status not in _PASSING or status in _NEVER
    failure = (RefusedError if lasts else TransportError)(f"{where}: {said}")
    failure.request_refused = words if lasts or status == 500 else ""
    return failure


def _unreached(error: Exception, where: Where) -> ChatError:
    """Why no answer came. Certificates, unknown hosts and a wrong scheme do not mend themselves."""
    causes = list(_causes(error))
    found = next((cause for kind in _CAUSES for cause in causes if isinstance(cause, kind)), causes[-1])
    said = _said(str(found) or type(found).__name__, where)
    if isinstance(found, ssl.SSLCertVerificationError):
        raise InputError(
            f"{where}: its certificate is not trusted ({found.verify_message}); SSL_CERT_FILE may name a file with its "
            "authority"
        )
    if isinstance(found, ssl.SSLError) and found.reason in _NO_TLS:
        raise InputError(f"{where}: does not speak TLS there; is its address http:// and not https://?")
    if isinstance(found, socket.gaierror):
        if found.errno != socket.EAI_AGAIN:
            raise InputError(f"{where}: no such host ({said})")
        return TransportError(f"{where}: the name of its host cannot be looked up now ({said})")
    if isinstance(found, ConnectionRefusedError):
        return TransportError(f"{where}: nothing listens there (connection refused)")
    if any(type(cause).__name__ == "ProxyError" for cause in causes):
        if said.startswith("407"):
            raise InputError(f"{where}: the proxy wants a name and password ({said})")
        return TransportError(f"{where}: the proxy does not let it through ({said})")
    return TransportError(f"{where}: {type(found).__name__}: {said}")


def _said(words: str, where: Where) -> str:
    """A server's words on one line, without the key and what a terminal would obey."""
    printable = "".join(character if character.isprintable() else " " for character in words)
    return without_keys(" ".join(printable.split()), [where.key_name])[:_LONGEST]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what led to it, the outermost first."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [*getattr(cause, "exceptions", ()), *filter(None, (cause.__cause__, cause.__context__))]


def wait_asked_for(headers: Mapping[str, str]) -> float | None:
    """Seconds from `Retry-After-Ms` or `Retry-After` (seconds or a date); None when the server says nothing."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            seconds = float(value) / unit
        except ValueError:
            seconds = _seconds_until(value)
        if math.isfinite(seconds):
            return max(seconds, 0.0)
    return None


def _seconds_until(date: str) -> float:
    """NaN for what is no date."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError, IndexError, OverflowError):
        return math.nan
