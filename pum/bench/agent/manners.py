"""What stands around an answer: sympathy, an admitted error, a question back, an exercise."""

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
    if content.disputed and "owns_error" in styles:
        said.append(
            voice.say(
                "You're right, my earlier answer was wrong; this is the corrected version.",
                "I made a mistake before, and here is the corrected version.",
                "You're right, that was my error, and I have corrected it.",
            )
        )
    elif content.disputed and not brief:
        said.append(
            voice.say("Here is another go at it.", "Here is the task once more.", "Here is another look at it.")
        )
    return [" ".join(said)] if said else []


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
