"""The notes that `rag` finds for a person who holds a preference, wrong ones included."""

from collections.abc import Mapping, Sequence

from pum.bench.profiles import Profile
from pum.bench.types import Preference
from pum.config.params import Params
from pum.core.rng import pick
from pum.core.schemas import ExtractedPreference, Note
from pum.experiments.note_forms.plan import ROUNDS, Occasion, Situations, Wording
from pum.extraction.rules import RuleExtractor, note_of
from pum.memory.card import Card, Source
from pum.memory.cards import CardCollection
from pum.memory.state import UserState
from pum.methods.method import Resources, check_settings
from pum.methods.rag import Rag
from pum.user_model.vectors import UserVectors

NoteOf = tuple[str, Note]
"""The id of a preference, and its note."""


class Memories:
    """Each preference is held by one person, one of `profiles`, drawn by `seed`; their cards are all their preferences.

    A card in the `action` wording is the catalogue's; in `own_words` it is what the rules read out of the person's
    wording, or the whole wording where they read nothing.
    """

    def __init__(
        self,
        params: Params,
        resources: Resources,
        catalogue: Mapping[str, Preference],
        profiles: Sequence[Profile],
        situations: Situations,
        seed: int,
    ) -> None:
        self._params, self._resources, self._catalogue = params, resources, catalogue
        self._profiles, self._situations, self._seed = profiles, situations, seed
        self._states: dict[tuple[str, Wording], tuple[UserState, dict[str, str]]] = {}
        self._found: dict[tuple[str, int, int, Wording], tuple[NoteOf, ...]] = {}

    def single(self, preference: Preference, wording: Wording, met: bool) -> NoteOf:
        return preference.id, self._card(preference, wording, 0).as_note(met)

    def found(self, occasion: Occasion, count: int, wording: Wording) -> tuple[NoteOf, ...]:
        """The `count` cards that `rag` ranks first for the message, without its threshold of relevance; the last gives
        way to the occasion's own preference, if that applies and is not among them."""
        place = occasion.focus.id, occasion.number, count, wording
        if place not in self._found:
            self._found[place] = self._search(occasion, count, wording)
        return self._found[place]

    def _search(self, occasion: Occasion, count: int, wording: Wording) -> tuple[NoteOf, ...]:
        state, ids = self._state(occasion.focus, wording)
        own = {**self._params.methods["rag"], "top_j": count, "min_relevance_margin": -1.0}
        context = Rag(check_settings("rag", own), self._resources).prepare_prompt(state, occasion.texts[-1])
        notes = [(ids[note.text], note) for note in context.notes]
        if occasion.focus.when.matches(occasion.tags) and occasion.focus.id not in dict(notes):
            notes[-1] = self.single(occasion.focus, wording, met=False)
        return tuple(notes)

    def _state(self, focus: Preference, wording: Wording) -> tuple[UserState, dict[str, str]]:
        """The person's state, and the preference of each note."""
        if (focus.id, wording) not in self._states:
            holders = [profile for profile in self._profiles if focus.id in dict(profile.preferences)]
            person = pick(holders, self._seed, "person", focus.id)
            held = [self._catalogue[id_] for id_, _ in person.preferences]
            cards = tuple(self._card(it, wording, number) for number, it in enumerate(held))
            collection = CardCollection(cards, self._resources.embedder, self._params.memory)
            rank = self._resources.item_space.rank
            state = UserState(person.user_id, collection, UserVectors.zero(rank))
            ids = {card.note: it.id for card, it in zip(cards, held, strict=True)}
            self._states[focus.id, wording] = state, ids
        return self._states[focus.id, wording]

    def _card(self, preference: Preference, wording: Wording, number: int) -> Card:
        note, condition, action = preference.note, preference.condition, preference.action
        if wording == "own_words":
            said = str(pick(preference.wordings, self._seed, "own words", preference.id))
            read = RuleExtractor().extract(said)
            found = read[0] if read else ExtractedPreference("", said, 1.0, "global", False, said)
            note, condition, action = note_of(found) if read else said, found.condition, found.action
        # It was stated on an occasion that is not played, if there is one.
        query = next((it.texts[-1] for it in reversed(self._situations.of(preference, ROUNDS + 1))), "")
        return Card(
            card_id=f"c{number:04d}", note=note, condition=condition, action=action,
            scope="conditional" if condition else "global", negated=False, confidence=1.0,
            query=query, sources=(Source(0, number),), wordings=(note,),
        )  # fmt: skip
