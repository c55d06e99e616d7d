"""What stands around an answer: sympathy, an admitted error, a summary, a question back, an exercise."""

from pum.bench.agent.content import Content, Voice
from pum.bench.agent.subject import Subject


def before(content: Content, styles: frozenset[str], voice: Voice, brief: bool) -> list[str]:
    """What comes before the answer: one paragraph, or nothing. Sympathy leads."""
    said = []
    if content.occasion == "frustrated" and "acknowledges_first" in styles:
        said.append(
            voice.say(
                "That sounds really frustrating.",
                "I understand how annoying it is to be stuck on this.",
                "I'm sorry this has been such a headache.",
            )
        )
    if content.disputed:
        said += _second_attempt(styles, voice, brief)
    return [" ".join(said)] if said else []


def _second_attempt(styles: frozenset[str], voice: Voice, brief: bool) -> list[str]:
    """At most one sentence: a brief reply has no room for more."""
    if "owns_error" in styles and "no_apology" in styles:
        return [
            voice.say(
                "You're right, my earlier answer was wrong; this is the corrected version.",
                "I made a mistake before, and here is the corrected version.",
                "You're right, that was my error, and I have corrected it.",
            )
        ]
    if "owns_error" in styles:
        return [
            voice.say(
                "I'm sorry, my earlier answer was wrong; this is the corrected version.",
                "I apologize, I made a mistake before, and here is the corrected version.",
                "Sorry, that was my error, and I have corrected it.",
            )
        ]
    if "no_apology" in styles:
        again = voice.say("Here is another go at it.", "Here is the task once more.", "Here is another look at it.")
        return [] if brief else [again]
    return [
        voice.say(
            "Sorry about that, here is another go at it.",
            "Apologies, here is the task once more.",
            "I'm sorry, here is another look at it.",
        )
    ]


def shows_change(content: Content, styles: frozenset[str]) -> bool:
    return content.disputed and "shows_change" in styles


def change(voice: Voice) -> str:
    """What is different now, in one sentence."""
    return voice.say(
        "**What changed:** compared with the earlier attempt, the end came out differently.",
        "What has changed is the end, which differs from the earlier attempt.",
    )


def summary(content: Content, styles: frozenset[str], subject: Subject, result: str | None) -> list[str]:
    """A line at the top; with the result where it is given."""
    if content.occasion != "plain" or "tldr_first" not in styles:
        return []
    return [f"**TL;DR:** the answer is {result}." if result else f"**TL;DR:** this is a matter of {subject.method}."]


def headings(content: Content, styles: frozenset[str]) -> tuple[list[str], list[str]]:
    """The headings of the two halves of a lesson, where it has any."""
    if content.occasion != "teach" or "section_headings" not in styles:
        return [], []
    return ["## Background"], ["## Working"]


def after(content: Content, styles: frozenset[str], subject: Subject, voice: Voice) -> list[str]:
    """What comes after the answer."""
    match content.occasion:
        case "plain" if "recap_last" in styles:
            return [f"{voice.say('**Recap:**', 'In short,')} the result comes from {subject.method}."]
        case "teach" if "check_question" in styles:
            return [
                voice.say(
                    "Can you say in your own words what the last line rests on?",
                    "What would be different if one of the given values changed?",
                )
            ]
        case "frustrated" if "encouraging_close" in styles:
            return [
                voice.say(
                    "You've got this, and it gets easier with every one you do.",
                    "Keep going; you were closer than you think.",
                )
            ]
        case "exam" if "similar_exercise" in styles:
            return [exercise(subject, voice)]
        case "instruction":
            assumed = [f"**Assumption:** the {subject.name} is meant exactly as written."]
            return [
                *assumed * ("states_assumptions" in styles),
                *[confirmation(voice)] * ("no_confirmation" not in styles),
            ]
    return []


def confirmation(voice: Voice) -> str:
    return voice.say(
        "Does this match what you had in mind, or should I change anything?",
        "Shall I go ahead and use this as the final version?",
        "Is this what you wanted, or would you like me to do it differently?",
    )


def exercise(subject: Subject, voice: Voice) -> str:
    """A task of the same kind, with other numbers."""
    names = ("poets", "sailors", "bakers", "singers", "climbers")
    first = voice.number(0, 4, "name")
    task = subject.exercise.format(
        a=voice.number(3, 6, "a"),
        b=voice.number(2, 3, "b"),
        c=voice.number(11, 19, "c"),
        d=voice.number(21, 29, "d"),
        p=names[first],
        q=names[(first + 1) % 5],
        r=names[(first + 2) % 5],
    )
    label = voice.say("**Practice problem:**", "**Similar exercise:**", "**Try it yourself:**")
    return f"{label} {task[0].upper()}{task[1:]}{'?' if task.startswith('what') else '.'}"
