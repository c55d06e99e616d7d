"""Replies to follow-up requests that go with any task: one function per kind, each with and without its style."""

from pum.bench.agent.content import Content, Voice
from pum.bench.agent.subject import Subject

Styles = frozenset[str]


def why(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    if "explains_reasoning" not in styles:
        return voice.say(
            f"That is how it works for this kind of {subject.name}. It is the usual way.",
            f"This is the standard method for such a {subject.name}. It works in general.",
            "It simply holds. You can rely on it.",
        )
    return voice.say(
        f"It works because every step keeps the meaning of the {subject.name} intact. Since nothing is lost "
        f"on the way, whatever "
        "holds at the end held at the beginning. That is why the result can be trusted.",
        f"The reason is that {subject.method} never changes what is asked. Each line follows from the one "
        f"before, so no value can "
        "slip in or drop out. As a result, what remains is exactly the solution.",
        f"Because {subject.term_means}, we may go from one line to the next. Therefore only one result is "
        f"left in the end.",
    )


def options(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    ways = (
        ("Directly", f"{subject.method}, as above"),
        ("By trial", "go through the candidates and keep what fits"),
        ("Backwards", "start from a guess and see where it fails"),
        ("With a tool", "let a short program do the routine part"),
    )
    if "bullets" not in styles:
        told = f"You could go about it by {subject.method}, try the candidates in turn, start from a guess, "
        "or let a program do it."
        return voice.say(
            told,
            f"There are several ways. {told}",
            "\n".join(f"{n}. {name}: {text}." for n, (name, text) in enumerate(ways, 1)),
        )
    return f"{voice.say('These are the main options:', 'There are several ways to tackle it:')}\n\n" + "\n".join(
        f"- **{name}:** {text}." for name, text in ways
    )


def how_to(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    if "numbered_steps" not in styles:
        return voice.say(
            f"Read the {subject.name} carefully, decide on a method, carry it out and check what you get.",
            "Start by noting what is given, work towards what is asked, and look over the result at the end.",
            "- Note what is given.\n- Work towards what is asked.\n- Look over the result.",
        )
    one, two, three = subject.bare
    return voice.say(
        f"1. To begin with, {one}.\n2. After that, {two}.\n3. Once this is done, {three}.\n"
        "4. At the end, compare the result with the question.",
        f"**Step 1.** To begin with, {one}.\n\n**Step 2.** With that, {two}.\n\n**Step 3.** To finish, {three}.",
    )


def compare(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    if "tradeoff_table" not in styles:
        return voice.say(
            f"Brute force needs no insight but takes long, while {subject.method} is quick once you know how.",
            "Trying everything is simple and slow. The direct way needs an idea and saves most of the work.",
            f"- Brute force: simple, slow.\n- {subject.method[0].upper()}{subject.method[1:]}: quick, needs an idea.",
        )
    return (
        f"{voice.say('Here is how they compare:', 'The trade-offs at a glance:')}\n\n"
        "| Approach | Effort | Risk | Good for |\n|---|---|---|---|\n"
        f"| {subject.method[0].upper()}{subject.method[1:]} | low | a slip in a step | most cases |\n"
        "| Brute force | high | running out of time | small cases and checks |"
    )


def uncertain(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    if "recommendation" not in styles:
        return voice.say(
            "That depends on your time and on your taste. Either way has its merits, and people differ about it.",
            "Both are fine. Some prefer one, some the other, and it is really up to you.",
        )
    return voice.say(
        f"I'd recommend doing it by hand once more, because {subject.method} sticks best that way.",
        f"I would go with working it out by yourself, since that trains {subject.method}.",
        "My recommendation is to work one more out yourself, because you will see at once what is still shaky.",
    )


def design(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    if "components_then_interactions" not in styles:
        return voice.say(
            f"I would let a web front end take the {subject.name}, hand it to a worker and store what comes "
            f"out in a database.",
            "Put a queue in front of a few workers and keep the results in a database, which scales well enough.",
        )
    listed = (
        "- **Front end:** takes requests and shows results.\n- **Queue:** holds the jobs that wait.\n"
        f"- **Worker:** solves one {subject.name} at a time.\n- **Store:** keeps results."
    )
    told = "The front end puts a job on the queue. A worker takes it, writes the result to the store, and "
    "the front end shows it."
    return voice.say(
        f"## Components\n\n{listed}\n\n## Interactions\n\n{told}",
        f"**Components**\n\n{listed}\n\n**How they work together**\n\n{told}",
    )


def concept(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    if "definition_example_edge_cases" not in styles:
        return voice.say(
            f"It is about the {subject.term}. For example, {subject.example}.",
            f"The concept is called {subject.term}: {subject.term_means}.",
        )
    means, example, edges = (
        f"{text[0].upper()}{text[1:]}." for text in (subject.term_means, subject.example, subject.edges)
    )
    return voice.say(
        f"**Definition ({subject.term}).** {means}\n\n**Example.** {example}\n\n**Edge cases.** {edges}",
        f"### Definition\n\n{means}\n\n### Example\n\n{example}\n\n### Edge cases\n\n{edges}",
    )


def data_structure(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    choice = voice.say(
        "A hash table (a dict in Python) suits this best: it finds an earlier result by its key.",
        "I would keep the values in a dict, keyed by what you look up later.",
        "A dict is a good fit, with the input as the key and the result as the value.",
    )
    if "time_complexity" not in styles:
        return f"{choice} A plain list also does for a handful of values."
    return f"{choice} Lookup and insertion take O(1) on average, while searching a plain list takes O(n)."


def thanks(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    if "brief_thanks" in styles:
        return voice.say("You're welcome!", "Glad it helped.", "My pleasure. Good luck!")
    return voice.say(
        "You're very welcome! Let me know if you would like to try another one, or if anything is still unclear.",
        f"Glad to help! Such a {subject.name} gets easier with practice. Would you like to go through another one?",
        "My pleasure! Feel free to ask if you have any other questions.",
    )


def ml(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    formula = "$L = \\frac{1}{n} \\sum_i (y_i - \\hat{y}_i)^2$"
    told = voice.say(
        f"One would train a model on many solved examples and minimise the mean squared error {formula}.",
        f"A small neural network could learn it from examples; the usual loss is {formula}.",
    )
    if "formula_with_intuition" not in styles:
        return told
    return f"{told} Intuitively, the loss punishes far misses much more than near ones and pulls the "
    "predictions towards the truth."


def sql(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    query = voice.say(
        "SELECT task_id, score\nFROM results\nWHERE score > 0\nORDER BY created_at DESC\nLIMIT 10;",
        "SELECT task_id, AVG(score) AS mean_score\nFROM results\nGROUP BY task_id\nORDER BY mean_score DESC;",
    )
    query = query if "sql_case" in styles else query.lower()
    told = voice.say("With a table called results, this query does it:", "Assuming a table of results, you can write:")
    tag = "" if "code" in content.traits and "language_tag" not in styles else "sql"
    return f"{told}\n\n```{tag}\n{query}\n```"


def proof(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    argument = voice.say(
        "Each line is equivalent to the one before it, hence a value satisfies the last line exactly when it "
        "satisfies the first.",
        "Suppose there were another result. It would have to pass through the same lines, and the last line "
        "leaves no room for it.",
    )
    if "proof_structure" not in styles:
        return voice.say(f"{argument} That settles it.", f"One can see it like this. {argument}")
    claim, sketch = (
        f"The result given above for this {subject.name} is the only one.",
        "Follow the lines backwards and see that none loses a case.",
    )
    recap = "Nothing was lost and nothing was added, which leaves the one result."
    return voice.say(
        f"**Claim.** {claim}\n\n**Sketch.** {sketch}\n\n**Proof.** {argument}\n\n**Recap.** {recap}",
        f"### Claim\n\n{claim}\n\n### Sketch\n\n{sketch}\n\n### Proof\n\n{argument}\n\n### Recap\n\n{recap}",
    )


def verify(content: Content, styles: Styles, voice: Voice, subject: Subject) -> str:
    return voice.say(
        "Your set-up is sound up to the last line. Compare that line with the one above: a sign or a rounded "
        "value goes astray there.",
        "The check is valid as long as you put in the exact value. Rounding before the end is where small "
        "differences come from.",
    )
