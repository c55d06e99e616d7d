"""What oracles may ask about a simulated world. No method that is compared as a method may."""

from typing import Protocol


class GroundTruth(Protocol):
    """The truth about each user's request of the turn under way."""

    def applicable_notes(self, user_id: str) -> tuple[str, ...]:
        """Notes of the preferences that truly apply to the request, most important first."""
        ...

    def label_note(self, note: str) -> frozenset[str]:
        """What a note asks for, as the world understands it; in the same terms for cards and for the truth."""
        ...

    def request_tags(self, user_id: str) -> tuple[int, ...]:
        """The request's true tags, as places in the list of all tags that there are, in order."""
        ...
