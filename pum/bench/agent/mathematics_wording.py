"""What can be said about calculating and solving."""

from pum.bench.agent.subject import Subject

ALGEBRA = Subject(
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
ARITHMETIC = Subject(
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
CALCULUS = Subject(
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
STATISTICS = Subject(
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
        "divide this count by the total",
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
GENERAL = Subject(
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
