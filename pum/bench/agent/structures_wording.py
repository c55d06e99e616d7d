"""What can be said about puzzles, lists, graphs and programs."""

from pum.bench.agent.subject import Subject

LOGIC = Subject(
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
SORTING = Subject(
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
GRAPHS = Subject(
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
CODE = Subject(
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
