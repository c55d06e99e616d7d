"""What can be said about the topics of tasks: the words of the offline agent's mathematics.

The wording obeys the checkers' cues, so that a style is shown where it is meant and nowhere else: only `named` names
operations or rules, only `intuition` and `picture` are intuitive, only `formula` holds a formula.
"""

import re
from dataclasses import dataclass

from pum.bench.agent.content import Content


@dataclass(frozen=True)
class Subject:
    """One topic. `named` and `bare` tell the same three steps, with and without the names of operations or rules."""

    name: str
    method: str
    intuition: str
    picture: str
    definition: str
    formula: str
    named: tuple[str, str, str]
    bare: tuple[str, str, str]
    remarks: tuple[str, str]
    exercise: str
    term: str
    term_means: str
    example: str
    edges: str


_ALGEBRA = Subject(
    name="equation",
    method="working back to the unknown",
    intuition="The idea is to peel away whatever surrounds the unknown until it stands alone.",
    picture="Imagine a pair of scales that stays level as long as you treat both pans alike.",
    definition="a solution of an equation is a value that makes both sides agree",
    formula="In symbols, an equation of the first degree looks like $ax + b = c$.",
    named=(
        "expand the brackets and collect like terms on each side",
        "subtract the constant so that it disappears from both sides",
        "divide both sides by the coefficient of the unknown",
    ),
    bare=(
        "write the equation down as it stands",
        "reach an equivalent line that is shorter",
        "read off the value of the unknown",
    ),
    remarks=(
        "You can check the result by putting it back into the original equation.",
        "Both sides come out the same, which confirms it.",
    ),
    exercise="solve {a}x + {b} = {c} for x",
    term="equivalent equations",
    term_means="two equations are equivalent when exactly the same values satisfy both",
    example="x + 2 = 5 and 2x = 6 are equivalent, because 3 satisfies both and nothing else does",
    edges="a step that multiplies by zero loses this, and an equation may have no solution at all or infinitely many",
)
_ARITHMETIC = Subject(
    name="calculation",
    method="working from the inside out",
    intuition="The idea is to replace one small part at a time by its value.",
    picture="Imagine counting coins into piles and writing down the size of each pile.",
    definition="the value of an expression is what remains when every operation has been carried out in the "
    "agreed order",
    formula="As a pattern, $a + b \\cdot c$ is read as $a + (b \\cdot c)$.",
    named=(
        "work out the products and quotients",
        "add and subtract what is left from left to right",
        "compare the size of the result with a rough estimate",
    ),
    bare=(
        "settle which parts belong together",
        "work those parts out from left to right",
        "bring the partial results together",
    ),
    remarks=(
        "A rough estimate with rounded numbers lands close to this value.",
        "The sign and the order of magnitude agree with it as well.",
    ),
    exercise="compute {a} * {b} - {c}",
    term="order of operations",
    term_means="the order of operations is the agreement about which part of an expression is worked out first",
    example="2 + 3 * 4 is 14, because the product comes before the sum",
    edges="operations of equal rank go from left to right, and a minus before a power is applied last",
)
_CALCULUS = Subject(
    name="integral",
    method="reversing a derivative",
    intuition="The idea is to look for a function whose slope is the given one.",
    picture="Imagine a car whose speed you know at every moment while you ask how far it has come.",
    definition="an antiderivative of a function is a function whose derivative it is",
    formula="In symbols, we look for $F$ with $F'(x) = f(x)$.",
    named=(
        "split the integrand into terms by linearity",
        "treat each of them with {rule}",
        "add the constant of integration",
    ),
    bare=(
        "look at the integrand term by term",
        "find for each term a function whose derivative it is",
        "put the results together with the constant C",
    ),
    remarks=(
        "Differentiating the result gives back the integrand.",
        "The constant C is there because any vertical shift has the same derivative.",
    ),
    exercise="find an antiderivative of {a}x**{b} + {c}",
    term="antiderivative",
    term_means="an antiderivative of f is a function whose derivative is f",
    example="x squared is an antiderivative of 2x",
    edges="it is unique only up to a constant, and a function with a jump may have none",
)
_STATISTICS = Subject(
    name="probability",
    method="counting outcomes",
    intuition="The idea is to ask what share of all equally likely outcomes counts.",
    picture="Imagine sitting at a table with friends and repeating the experiment again and again while "
    "somebody keeps a tally.",
    definition="the probability of an event is the share of the equally likely outcomes that belong to it",
    formula="As a formula, P(event) = favourable outcomes / all outcomes.",
    named=(
        "count all outcomes that are possible",
        "count the outcomes that belong to the event",
        "divide the second count by the first one",
    ),
    bare=(
        "list which outcomes are possible",
        "count those that belong to the event",
        "compare this count with the total",
    ),
    remarks=(
        "The result lies between zero and one, as it must.",
        "The complementary event takes up the rest.",
    ),
    exercise="what is the probability of at least {b} heads in {a} fair coin tosses",
    term="probability of an event",
    term_means="a probability is the share of equally likely outcomes in which the event happens",
    example="a fair die shows an even number in three of six outcomes, so the probability is one half",
    edges="an impossible event has probability zero, a certain one has probability one, and outcomes that "
    "are not equally likely need weights",
)
_LOGIC = Subject(
    name="puzzle",
    method="ruling out contradictions",
    intuition="The idea is to let a wrong assumption defeat itself.",
    picture="Imagine a detective who crosses names off a list with every new clue.",
    definition="a conclusion follows when it is true in every case in which all the premises are true",
    formula="In symbols, $A \\to B$ fails only for $A = 1$ and $B = 0$.",
    named=(
        "write down what each statement claims",
        "assume one of them and see what that forces",
        "drop every case that ends in a contradiction",
    ),
    bare=(
        "note what each of the statements claims",
        "see which cases agree with all of them",
        "keep the case that is left",
    ),
    remarks=(
        "Every given statement is respected by this result.",
        "No other case survives all of them.",
    ),
    exercise="all {p} are {q} and some {q} are {r}; decide whether some {p} must be {r}",
    term="valid inference",
    term_means="an inference is valid when there is no case with true premises and a false conclusion",
    example='from "all cats are animals" and "Tom is a cat" we may infer that Tom is an animal',
    edges='premises that contradict each other prove anything, and "all" holds without further ado for an empty group',
)
_SORTING = Subject(
    name="list",
    method="comparing neighbours",
    intuition="The idea is to bring the extreme values to one end again and again.",
    picture="Imagine holding a hand of cards and putting each new card where it belongs.",
    definition="a list is sorted when no element stands before one that ought to come earlier",
    formula="In symbols, $a_i \\le a_{i+1}$ holds for all neighbours.",
    named=(
        "find the value that has to lead the list",
        "place the remaining values after it in order",
        "compare each pair of neighbours once more",
    ),
    bare=(
        "pick the value that has to lead the list",
        "line up the remaining values behind it",
        "look over each pair of neighbours once more",
    ),
    remarks=(
        "Every number of the original list appears exactly once.",
        "Negative values and decimals keep their usual order.",
    ),
    exercise="sort the numbers {a}, {c}, {b} and {d} in descending order",
    term="total order",
    term_means="a total order is a relation in which any two elements can be compared",
    example="the usual order of numbers, in which 2 comes before 7",
    edges="equal elements may be swapped unless the sort is stable, and an empty list is already sorted",
)
_GRAPHS = Subject(
    name="graph",
    method="exploring step by step from a starting point",
    intuition="The idea is to spread out from one point and note what can be reached.",
    picture="Imagine water that flows through a maze from its entrance.",
    definition="a graph is a set of nodes together with edges that join some of them",
    formula="In symbols, $G = (V, E)$ with nodes $V$ and edges $E$.",
    named=(
        "write down which places are joined to which",
        "explore from the start and mark whatever is reached",
        "trace the marks back from the goal",
    ),
    bare=(
        "note which places are joined to which",
        "explore from the start and mark whatever is reached",
        "look at the marks once everything has been visited",
    ),
    remarks=(
        "No place is visited twice, and nothing reachable is left out.",
        "Trying a different order of exploration ends in the same result.",
    ),
    exercise="find out whether tasks A, B and C can be finished when A needs B, B needs C and C needs {p}",
    term="reachability",
    term_means="a node is reachable from another when there is a chain of edges between them",
    example="in a street map every crossing that you can drive to",
    edges="every node reaches itself, one-way edges work in one direction only, and a cycle must not trap the search",
)
_CODE = Subject(
    name="function",
    method="handling one element at a time",
    intuition="The idea is to break the job into one small decision and repeat it.",
    picture="Imagine a clerk who handles one form after the other and keeps a note of the result so far.",
    definition="a function maps its arguments to a return value",
    formula="",
    named=("look at the input", "handle its parts one by one", "return the result"),
    bare=("look at the input", "handle its parts one by one", "return the result"),
    remarks=(
        "The examples in the docstring come out as stated.",
        "An empty or minimal input needs no special treatment beyond what is shown.",
    ),
    exercise="write a variant that takes several inputs and returns a list of {a} results",
    term="invariant",
    term_means="an invariant is a statement that holds before and after every round of a loop",
    example="while a list is summed up, the running total is the sum of everything seen so far",
    edges="it has to hold for an empty input as well, and an early return must not break it",
)
_GENERAL = Subject(
    name="problem",
    method="translating the text into a relation",
    intuition="The idea is to restate the question until it is one you know.",
    picture="Imagine explaining the question to somebody who has to act it out with real things.",
    definition="a solution is a value that meets every condition of the text",
    formula="In symbols, we look for $x$ with $f(x) = 0$.",
    named=(
        "name the unknown and write the conditions as equations",
        "combine and rearrange them",
        "substitute back to check every condition",
    ),
    bare=("name what is asked for", "write down what the conditions say about it", "read off the value"),
    remarks=("The value meets every condition of the text.", "It has the size that one would expect."),
    exercise="find a number that is {a} more than twice {b}",
    term="necessary and sufficient condition",
    term_means="a condition is necessary when nothing holds without it, and sufficient when it is enough by itself",
    example="being even is necessary for being divisible by four, but not sufficient",
    edges="a condition may be both, and a solution found from necessary conditions alone still has to be checked",
)
_BY_TOPIC = {
    "algebra": _ALGEBRA,
    "arithmetic": _ARITHMETIC,
    "calculus": _CALCULUS,
    "statistics": _STATISTICS,
    "logic": _LOGIC,
    "code": _CODE,
}


def subject_of(content: Content) -> Subject:
    """By topic; for data structures by what the statement asks. Unknown topics are treated as a general problem."""
    if content.topic == "data_structures":
        return _SORTING if "sort" in content.statement.lower() else _GRAPHS
    return _BY_TOPIC.get(content.topic, _GENERAL)


def rule_for(statement: str) -> str:
    """The rule of calculus that the integrand calls for, by its form."""
    if re.search(
        r"\bx\b[^-+]*\*\s*(?:exp|sin|cos|log)|(?:exp|sin|cos|log)\([^)]*\)\s*\*\s*x|log\(", statement, re.IGNORECASE
    ):
        return "integration by parts"
    if re.search(r"sqrt|exp|sin|cos|tan|\)\s*\*\*", statement):
        return "the substitution rule"
    return "the power rule"
