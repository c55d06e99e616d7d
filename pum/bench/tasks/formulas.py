"""Checks of formulas in replies, before graders evaluate them with sympy."""

import ast
import cmath
import operator
import re
from collections.abc import Callable

from pum.bench.tasks.programs import parse

FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    name: getattr(cmath, name)
    for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log", "sqrt")
} | {"Abs": abs, "ln": cmath.log}
CONSTANTS = {"E": cmath.e, "pi": cmath.pi, "C": 0.0}
VARIABLES = ("x", "X")
OPERATORS: dict[type[ast.AST], Callable[..., complex]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
LARGEST_EXPONENT = 100
PROBES = (0.37, 1.21, 2.13, -0.71)
STEP = 1e-5


def is_plain(formula: str) -> bool:
    """True for arithmetic with known names and functions: no attributes, no other calls, no huge exponents."""
    node = _expression(formula)
    return node is not None and all(_is_plain_node(part) for part in ast.walk(node))


def cannot_be_antiderivative(formula: str, integrand: str, variable: str) -> bool:
    """True when the slope of `formula` differs from `integrand` at every point where both can be computed.

    It spares sympy's check, which may take many seconds. False decides nothing. Both formulas must be plain.
    """
    left, right = _expression(formula), _expression(integrand)
    if left is None or right is None:
        return False
    differs = [_slope_differs(left, right, variable, probe) for probe in PROBES]
    return True in differs and False not in differs


def _slope_differs(formula: ast.expr, integrand: ast.expr, variable: str, at: float) -> bool | None:
    try:
        high, low = (_value(formula, {variable: at + step}) for step in (STEP, -STEP))
        wanted = _value(integrand, {variable: at})
    except (ArithmeticError, ValueError, KeyError):
        return None
    return abs((high - low) / (2 * STEP) - wanted) > 1e-3 * (1 + abs(wanted))


def _expression(formula: str) -> ast.expr | None:
    module = parse(formula.strip())
    if module is None or len(module.body) != 1 or not isinstance(module.body[0], ast.Expr):
        return None
    return module.body[0].value


def _is_plain_node(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=value):
            return type(value) in (int, float) and abs(value) < 1e12
        case ast.Name(id=name):
            return name in FUNCTIONS or name in CONSTANTS or name in VARIABLES
        case ast.Call(func=ast.Name(id=name), args=[_], keywords=[]):
            return name in FUNCTIONS
        case ast.BinOp(op=ast.Pow(), right=exponent):
            return all(_is_small(part) for part in ast.walk(exponent))
        case ast.BinOp() | ast.UnaryOp() | ast.Load():
            return True
        case _:
            return type(node) in OPERATORS


def _is_small(part: ast.AST) -> bool:
    """True for a part that an exponent may contain: no further power, no large number."""
    if isinstance(part, ast.Constant):
        return type(part.value) in (int, float) and abs(part.value) <= LARGEST_EXPONENT
    return not isinstance(part, ast.Pow)


def _value(node: ast.expr, variables: dict[str, float]) -> complex:
    """The value of a plain formula in complex arithmetic."""
    match node:
        case ast.Constant(value=value):
            return complex(value)
        case ast.Name(id=name):
            return complex((CONSTANTS | variables)[name])
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return FUNCTIONS[name](_value(argument, variables))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, variables), _value(right, variables))
        case ast.UnaryOp(op=op, operand=operand):
            return OPERATORS[type(op)](_value(operand, variables))
    raise ValueError(f"not a plain formula: {ast.dump(node)[:80]}")


def has_power_tower(text: str) -> bool:
    """True for a power of a power, an exponent of over three digits, or a large factorial, in TeX or plain text."""
    compact = re.sub(r"\s|[{}()\\]", "", text).replace("**", "^")
    return bool(re.search(r"\^[^-+*/=,]*\^|\^-?\d{4}|\d{4}!|e\+?\d{4}", compact, re.IGNORECASE))
