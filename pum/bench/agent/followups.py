"""Replies to follow-up requests that go with any task: one function per kind, each with and without its style."""

from pum.bench.agent.content import Content, Voice
from pum.bench.agent.subject import Subject

Styles = frozenset[str]


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
