"""Replies that explain: why it works, how to go about it; and the reply to thanks. Each with and without its styles."""

from pum.bench.agent.content import Content, Voice
from pum.bench.agent.followups import Styles
from pum.bench.agent.subject import Subject


def why(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    told = _reasons(voice, subject) if "explains_reasoning" in styles else _bare_fact(voice, subject)
    if "analogy" in styles:
        told = f"{told} {subject.picture}"
    if "one_sentence_first" in styles:
        return f"{voice.say('Every step keeps what the one before it says.', 'Nothing is lost on the way.')}\n\n{told}"
    return told


def _bare_fact(voice: Voice, subject: Subject) -> str:
    return voice.say(
        f"That is how it works for this kind of {subject.name}. It is the usual way.",
        f"This is the standard method for such a {subject.name}. It works in general.",
        "It simply holds. You can rely on it.",
    )


def _reasons(voice: Voice, subject: Subject) -> str:
    return voice.say(
        f"It works because every step keeps the meaning of the {subject.name} intact. Since nothing is lost "
        "on the way, whatever holds at the end held at the beginning. That is why the result can be trusted.",
        f"The reason is that {subject.method} never changes what is asked. Each line follows from the one before, so "
        "no value can slip in or drop out. As a result, what remains is exactly the solution.",
        f"Because {subject.term_means}, we may go from one line to the next. Therefore only one result is left in "
        "the end.",
    )


def how_to(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    purposes = "step_purpose" in styles
    if "numbered_steps" in styles:
        return _numbered(purposes, voice, subject)
    steps = _purposeful_steps(subject) if purposes else subject.bare
    if "checklist" in styles:
        lead = voice.say("Tick these off one by one:", "Here is a checklist:")
        return f"{lead}\n\n" + "\n".join(f"- [ ] {step[0].upper()}{step[1:]}." for step in steps)
    if purposes:
        return " ".join(f"{step[0].upper()}{step[1:]}." for step in steps)
    return voice.say(
        f"Read the {subject.name} carefully, decide on a method, carry it out and check what you get.",
        "Start by noting what is given, work towards what is asked, and look over the result at the end.",
        "- Note what is given.\n- Work towards what is asked.\n- Look over the result.",
    )


def _purposeful_steps(subject: Subject) -> tuple[str, str, str]:
    one, two, three = subject.bare
    return (
        f"{one}, so that nothing is overlooked",
        f"{two}, which keeps the work short",
        f"{three}, in order to have the result at hand",
    )


def _numbered(purposes: bool, voice: Voice, subject: Subject) -> str:
    one, two, three = _purposeful_steps(subject) if purposes else subject.bare
    return voice.say(
        f"1. To begin with, {one}.\n2. After that, {two}.\n3. Once this is done, {three}.\n"
        "4. At the end, compare the result with the question.",
        f"**Step 1.** To begin with, {one}.\n\n**Step 2.** With that, {two}.\n\n**Step 3.** To finish, {three}.",
    )


def thanks(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    brief = "brief_thanks" in styles
    told = _brief_thanks(voice) if brief else _long_thanks(voice, subject)
    if "takeaway" in styles:
        told += voice.say(" Remember to check the result.", " Key point: check the result at the end.")
    return told.replace("!", ".") if "no_exclamation" in styles else told


def _brief_thanks(voice: Voice) -> str:
    return voice.say("You're welcome!", "Glad it helped!", "My pleasure. Good luck!")


def _long_thanks(voice: Voice, subject: Subject) -> str:
    return voice.say(
        "You're very welcome! Let me know if you would like to try another one, or if anything is still unclear.",
        f"Glad to help! Such a {subject.name} gets easier with practice. Would you like to go through another one?",
        "My pleasure! Feel free to ask if you have any other questions.",
    )
