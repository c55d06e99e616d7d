"""What can be said about questions of fact: explanations and comparisons. No sentence here states or denies a fact."""

from pum.bench.agent.subject import Subject

EXPLANATION = Subject(
    name="question",
    method="going from what is known to what is asked",
    intuition="The idea is to hold on to one thing that everybody has seen, and to go on from there.",
    picture="Imagine telling it to a friend at the kitchen table.",
    definition="an explanation names what happens and what makes it happen",
    formula="In symbols, $C \\to E$ stands for a cause with its effect.",
    named=(
        "say what is to be explained",
        "name what brings it about",
        "check that nothing asked for is missing",
    ),
    bare=(
        "note what the question asks for",
        "recall what is known about it",
        "put both together",
    ),
    remarks=(
        "Everything that was asked for is in there.",
        "Details beyond the question are left out.",
    ),
    exercise="explain in two sentences how a {p} keeps its {q}",
    term="explanation",
    term_means="an explanation names a cause and shows how the effect follows from it",
    example="the kettle whistles when steam is pressed through its lid",
    edges="some things have several causes, and some have none that is known",
)
COMPARISON = Subject(
    name="comparison",
    method="holding both against the same measure",
    intuition="The idea is to ask the same question of both and to listen for the different answers.",
    picture="Imagine two boxes side by side, with a label to be written for each.",
    definition="a comparison holds two things against one and the same measure",
    formula="In symbols, $f(a) \\ne f(b)$ for the property $f$ in question.",
    named=(
        "pick the property that the question asks about",
        "hold each of the two against it",
        "state where they part",
    ),
    bare=(
        "note what is to be compared",
        "look at each of the two in turn",
        "put the results side by side",
    ),
    remarks=(
        "Each side is judged by that property.",
        "Other properties are left aside here.",
    ),
    exercise="compare a {p} with a {q} in one respect",
    term="distinguishing property",
    term_means="a property distinguishes two things when it holds of one of them alone",
    example="a bicycle and a car both have wheels, and the engine tells them apart",
    edges="two things may agree in every property that one looks at, and may differ in degree alone",
)
