"""Replies that weigh one way against another: options, comparisons, advice. Each with and without its styles."""

from collections.abc import Sequence

from pum.bench.agent.content import Content, Voice
from pum.bench.agent.followups import Styles
from pum.bench.agent.subject import Subject

Way = tuple[str, str]


def options(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    ways = (
        ("Directly", f"{subject.method}, as above"),
        ("By trial", "go through the candidates and keep what fits"),
        ("Backwards", "start from a guess and see where it fails"),
        ("With a tool", "let a short program do the routine part"),
    )
    shown = ways[:3] if "exactly_three" in styles else ways
    if not styles & {"bullets", "numbered_options", "options_table", "paragraph_each"}:
        return _told(styles, voice, subject)
    lead = voice.say("These are the main options:", "Here is what you could do:")
    return f"{lead}\n\n{_laid_out(shown, styles)}"


def _told(styles: Styles, voice: Voice, subject: Subject) -> str:
    """The options within one paragraph."""
    if "exactly_three" in styles:
        return (
            f"There are three ways to go about it. The first is {subject.method}, as above. "
            f"The second is to {voice.say('try the candidates in turn', 'go through all the candidates')}. "
            "The third is to let a short program do the routine part."
        )
    told = (
        f"You could go about it by {subject.method}, try the candidates in turn, start from a guess, "
        "or let a program do it."
    )
    return voice.say(told, f"There are several ways. {told}", f"{told} Each of them ends in the same place.")


def _laid_out(ways: Sequence[Way], styles: Styles) -> str:
    if "bullets" in styles:
        return "\n".join(f"- **{name}:** {text}." for name, text in ways)
    if "numbered_options" in styles:
        return "\n".join(f"{number}. **{name}:** {text}." for number, (name, text) in enumerate(ways, 1))
    if "options_table" in styles:
        rows = "\n".join(f"| {name} | {text} |" for name, text in ways)
        return f"| Option | What you do |\n|---|---|\n{rows}"
    return "\n\n".join(f"**{name}.** This way you {_verb(text)}." for name, text in ways)


def _verb(text: str) -> str:
    """Methods are named by a gerund ("counting outcomes, as above"), the other ways by a verb."""
    return f"solve it by {text}" if text.endswith(", as above") else text


def compare(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    verdict = (
        voice.say(
            f"For most cases {subject.method} is the better choice.",
            f"On the whole, {subject.method} wins.",
            f"I'd go with {subject.method} here.",
        )
        if "verdict_first" in styles
        else ""
    )
    if "tradeoff_table" in styles:
        told = voice.say("Here is how they compare:", "The trade-offs at a glance:")
        return "\n\n".join(part for part in (verdict, told, _comparison_table(subject)) if part)
    method = f"{subject.method[0].upper()}{subject.method[1:]}"
    if "pros_and_cons" in styles:
        listed = _pros_and_cons(voice.say("### {}", "**{}**"), method)
        return "\n\n".join(part for part in (verdict, listed) if part)
    told = voice.say(
        f"Brute force needs no insight but takes long, while {subject.method} is quick once you know how.",
        "Trying everything is simple and slow. The direct way needs an idea and saves most of the work.",
        f"- Brute force: simple, slow.\n- {method}: quick, needs an idea.",
    )
    return "\n\n".join(part for part in (verdict, told) if part)


def _comparison_table(subject: Subject) -> str:
    return (
        "| Approach | Effort | Risk | Good for |\n|---|---|---|---|\n"
        f"| {subject.method[0].upper()}{subject.method[1:]} | low | a slip in a step | most cases |\n"
        "| Brute force | high | running out of time | small cases and checks |"
    )


def _pros_and_cons(heading: str, method: str) -> str:
    pros = f"- {method}: quick, and it scales.\n- Brute force: simple, and hard to get wrong."
    cons = f"- {method}: needs an idea.\n- Brute force: slow, and hopeless for large cases."
    return f"{heading.format('Pros')}\n\n{pros}\n\n{heading.format('Cons')}\n\n{cons}"


def uncertain(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    parts = [_advice(voice, subject) if "recommendation" in styles else _no_advice(voice)]
    if "deciding_factors" in styles:
        parts.append(
            f"{voice.say('It depends on:', 'What it comes down to:')}\n\n"
            f"- how much time you have\n- how many more of these you will meet\n- how well you know {subject.method}"
        )
    if "states_confidence" in styles:
        share = voice.number(6, 9, "confidence") * 10
        parts.append(voice.say(f"I am {share}% sure of this.", f"My confidence in this is about {share}%."))
    return "\n\n".join(parts)


def _advice(voice: Voice, subject: Subject) -> str:
    return voice.say(
        f"I'd recommend doing it by hand once more, because {subject.method} sticks best that way.",
        f"I would go with working it out by yourself, since that trains {subject.method}.",
        "My recommendation is to work one more out yourself, because you will see at once what is still shaky.",
    )


def _no_advice(voice: Voice) -> str:
    return voice.say(
        "That depends on your time and on your taste. Either way has its merits, and people differ about it.",
        "Both are fine. Some prefer one, some the other, and it is really up to you.",
    )
