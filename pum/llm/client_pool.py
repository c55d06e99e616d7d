"""What all clients of one run share: addresses with their limits, the ledger, the cache, and the budget of calls."""

from dataclasses import dataclass, field

from pum.llm.cache import ResponseCache
from pum.llm.chat_model import BudgetSpent
from pum.llm.endpoints import Endpoint
from pum.llm.usage import UsageLedger


@dataclass
class ClientPool:
    """`call_budget` counts attempts, retries and repairs among them, `calls` those that are made; None: no limit.

    Two roles served at one address share its limit of `concurrency` requests under way, and so do `sharers`, processes
    that play at once, in equal parts.
    """

    ledger: UsageLedger = field(default_factory=UsageLedger)
    cache: ResponseCache | None = None
    call_budget: int | None = None
    calls: int = 0
    sharers: int = 1
    _endpoints: dict[tuple[str | None, str], Endpoint] = field(default_factory=dict)

    def endpoint(self, url: str | None, api_key_env: str, concurrency: int) -> Endpoint:
        """The one endpoint for that address and key; whoever names it first sets its limit."""
        part = max(concurrency // self.sharers, 1)
        return self._endpoints.setdefault((url, api_key_env), Endpoint(url, api_key_env, part))

    def spend(self) -> None:
        """One more call; BudgetSpent when it may not be made."""
        if self.call_budget is not None and self.calls >= self.call_budget:
            raise BudgetSpent(f"the budget of {self.call_budget} calls is spent; resume with a larger one")
        self.calls += 1
