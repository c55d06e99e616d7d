"""Compares a formula's slope with another formula, in real numbers at fixed points."""

import ast
import math
from collections.abc import Callable

from pum.bench.tasks.programs import parse

Dual = tuple[float, float]
"""A value and its derivative."""

# Each function and its derivative.
FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "sin": (math.sin, math.cos),
    "cos": (math.cos, lambda u: -math.sin(u)),
    "tan": (math.tan, lambda u: 1 + math.tan(u) ** 2),
    "asin": (math.asin, lambda u: 1 / math.sqrt(1 - u * u)),
    "acos": (math.acos, lambda u: -1 / math.sqrt(1 - u * u)),
    "atan": (math.atan, lambda u: 1 / (1 + u * u)),
    "sinh": (math.sinh, math.cosh),
    "cosh": (math.cosh, math.sinh),
    "tanh": (math.tanh, lambda u: 1 - math.tanh(u) ** 2),
    "exp": (math.exp, math.exp),
    "log": (math.log, lambda u: 1 / u),
    "ln": (math.log, lambda u: 1 / u),
    "sqrt": (math.sqrt, lambda u: 0.5 / math.sqrt(u)),
    "Abs": (abs, lambda u: u / abs(u)),
}
CONSTANTS = {"E": math.e, "pi": math.pi, "C": 0.7321}  # any value will do for C, the constant of integration
DEEPEST = 200
POINTS = (0.06, 0.37, 0.83, 1.21, 2.13, 3.31, 6.9, 10.6, 11.3, 12.7)
POINTS += tuple(-0.97 * point for point in POINTS)
ENOUGH = 3  # points; elsewhere one side may be undefined, or too large
TOLERANCE = 1e-9


def is_antiderivative(formula: str, integrand: str, variable: str) -> bool:
    """True when the slope of `formula` is `integrand` at every one of POINTS where both are real numbers.

    Formulas are arithmetic in Python's notation with FUNCTIONS and CONSTANTS; of anything else it is False. No function
    but these is called. Agreement to nine digits at several points is no proof, but formulas of this size that are
    not equal differ by more. The time is that of a few thousand operations, whatever the formula.
    """
    left, right = _expression(formula), _expression(integrand)
    if left is None or right is None:
        return False
    agree = [_slope_agrees(left, right, variable, point) for point in POINTS]
    return False not in agree and agree.count(True) >= ENOUGH


def _expression(formula: str) -> ast.expr | None:
    """The formula's tree; None for what is no expression, or nested deeper than DEEPEST."""
    module = parse(formula.strip())
    if module is None or len(module.body) != 1 or not isinstance(module.body[0], ast.Expr):
        return None
    level: list[ast.AST] = [module.body[0].value]
    for _ in range(DEEPEST):
        if not (level := [child for node in level for child in ast.iter_child_nodes(node)]):
            return module.body[0].value
    return None


def _slope_agrees(formula: ast.expr, integrand: ast.expr, variable: str, point: float) -> bool | None:
    """None where one of them has no value."""
    try:
        (value, slope), (wanted, _) = _dual(formula, variable, point), _dual(integrand, variable, point)
    except (ArithmeticError, ValueError):
        return None
    if not math.isfinite(value + wanted):
        return None
    return abs(slope - wanted) <= TOLERANCE * (1 + abs(wanted))


def _dual(node: ast.expr, variable: str, point: float) -> Dual:
    """Value and derivative at the point. ArithmeticError or ValueError where there is none, and for other syntax."""
    match node:
        case ast.Constant(value=int() | float() as value) if type(value) is not bool:
            return float(value), 0.0
        case ast.Name(id=name) if name == variable:
            return point, 1.0
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name], 0.0
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
            (u, du), (function, derivative) = _dual(argument, variable, point), FUNCTIONS[name]
            return function(u), derivative(u) * du if du else 0.0
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign, operand=operand):
            u, du = _dual(operand, variable, point)
            return (-u, -du) if isinstance(sign, ast.USub) else (u, du)
        case ast.BinOp(left=left, op=operator, right=right):
            return _combined(operator, _dual(left, variable, point), _dual(right, variable, point))
    raise ValueError("not a plain formula")


def _combined(operator: ast.operator, left: Dual, right: Dual) -> Dual:
    (u, du), (v, dv) = left, right
    match operator:
        case ast.Add():
            return u + v, du + dv
        case ast.Sub():
            return u - v, du - dv
        case ast.Mult():
            return u * v, du * v + u * dv
        case ast.Div():
            return u / v, (du * v - u * dv) / (v * v)
        case ast.Pow():
            by_base = v * math.pow(u, v - 1) * du if du else 0.0
            return math.pow(u, v), by_base + (math.pow(u, v) * math.log(u) * dv if dv else 0.0)
    raise ValueError("not a plain formula")
