"""What differs between processors is not written where it could decide a number of the model."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "sim"
DECIDES = (
    "market", "phases", "baseline", "policies", "technology.py", "agents.py", "state.py",
    "model.py", "levers.py", "streams.py", "axes.py", "params.py", "run.py", "record",
    "foresight.py", "equilibrium",
)  # fmt: skip

LIBRARY = frozenset(
    "exp exp2 expm1 log log2 log10 log1p logaddexp logaddexp2 pow power float_power cbrt hypot "
    "sin cos tan arcsin arccos arctan arctan2 asin acos atan atan2 sinh cosh tanh arcsinh arccosh "
    "arctanh asinh acosh atanh erf erfc gamma lgamma geomspace logspace "
    "dot vdot inner matmul matvec vecmat vecdot tensordot einsum linalg convolve correlate "
    "cov corrcoef polyfit polyval interp trapezoid fft".split()
)
"""Of NumPy and math: versions by processor, or products summed in an order it chooses."""
DRAWS = frozenset(
    "normal standard_normal lognormal exponential standard_exponential gamma standard_gamma beta "
    "binomial negative_binomial poisson geometric pareto weibull power chisquare dirichlet gumbel "
    "laplace logistic multinomial multivariate_normal rayleigh standard_cauchy standard_t "
    "triangular vonmises wald zipf noncentral_chisquare f hypergeometric logseries".split()
)
UNSTABLE = frozenset("argsort argpartition partition".split())


def faults(source: str) -> Iterator[str]:
    """What in a source text depends on the processor, in words, with its line."""
    tree = ast.parse(source)
    generators = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _draws(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        for text in _faults(node, generators):
            yield f"line {node.lineno}: {text}"


def _faults(node: ast.AST, generators: set[str]) -> Iterator[str]:
    match node:
        case ast.BinOp(op=ast.MatMult()) | ast.AugAssign(op=ast.MatMult()):
            yield "'@' is BLAS: write a product and sum(axis=...)"
        case ast.BinOp(op=ast.Pow(), left=left, right=right):
            if not (_whole(left) and _whole(right)):
                yield "'**' is the library's pow: sim.arithmetic.power, or x * x"
        case ast.AugAssign(op=ast.Pow()):
            yield "'**=' is the library's pow: sim.arithmetic.power"
        case ast.Call(func=ast.Name(id="pow")):
            yield "pow() is the library's: sim.arithmetic.power"
        case ast.Call(func=ast.Attribute(attr="partition"), args=[ast.Constant(value=str()), *_]):
            pass  # of a text
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords) if name in UNSTABLE:
            kind = {k.arg: k.value for k in keywords}.get("kind")
            if not (isinstance(kind, ast.Constant) and kind.value == "stable"):
                yield f"{name}() may order ties by processor: kind='stable'"
        case ast.Attribute(value=ast.Name(id="np" | "numpy" | "math" as module), attr=name):
            if name in LIBRARY:
                yield f"{module}.{name} differs between processors: see sim.arithmetic"
        case ast.Attribute(attr="dot"):
            yield ".dot() is BLAS: write a product and sum(axis=...)"
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=draw)):
            if name in generators and draw in DRAWS:
                yield f"{draw}() draws by library functions: make it from random()"
        case ast.Call(func=ast.Attribute(value=ast.Call() as made, attr=draw)):
            if _draws(made) and draw in DRAWS:
                yield f"{draw}() draws by library functions: make it from random()"
        case ast.ImportFrom(module="math" | "numpy" | "scipy" | "scipy.special", names=names):
            for alias in names:
                if alias.name in LIBRARY:
                    yield f"{alias.name} differs between processors: see sim.arithmetic"
        case ast.Import(names=names):
            for alias in names:
                if alias.name.split(".")[0] in ("scipy", "cmath") or alias.name == "numpy.linalg":
                    yield f"{alias.name} differs between processors"
        case ast.Call(func=ast.Name(id="njit" | "jit" | "compiled"), keywords=keywords):
            if any(k.arg == "fastmath" for k in keywords):
                yield "fastmath lets the compiler fuse and reorder"
        case _:
            pass


def _draws(node: ast.AST) -> bool:
    """Whether an expression makes a generator of random numbers."""
    names = ("generator", "default_rng", "Generator")
    return isinstance(node, ast.Call) and (
        getattr(node.func, "id", getattr(node.func, "attr", "")) in names
    )


def _whole(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _whole(node.operand)
    return isinstance(node, ast.Constant) and type(node.value) is int


def modules() -> list[Path]:
    found = [
        path
        for room in DECIDES
        for path in ([SOURCES / room] if room.endswith(".py") else (SOURCES / room).rglob("*.py"))
        if "data" not in path.relative_to(SOURCES).parts
    ]
    return sorted([*found, SOURCES / "arithmetic.py"])


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCES)))
def test_nothing_here_depends_on_the_processor(path):
    assert list(faults(path.read_text("utf-8"))) == []


DIFFERENT = """
y = np.exp(x)
y = math.log(x)
y = np.log1p(x)
from numpy import tanh
from math import exp
import scipy.special
f = np.power
y = pow(x, y)
y = x ** 0.5
y = x ** n
y = x ** 3
x **= 2.0
y = a @ b
a @= b
y = a.dot(b)
y = np.dot(a, b)
y = np.einsum('ij->i', a)
y = np.linalg.solve(a, b)
order = np.argsort(x)
order = x.argsort(axis=1)
rng = generator(1, 2); y = rng.normal(3)
y = generator(1, 2).lognormal()
kernel = compiled(fastmath=True)
"""
SAME = """
y = exp(x)
y = log_of(x)
y = np.sqrt(x)
y = math.isfinite(x)
y = 2**63 - 1
y = text.partition(":")
f(**options)
y = (a * b).sum(axis=1)
y = np.add.reduceat(x, i)
order = np.argsort(x, kind='stable')
y = generator(1, 2).random(3)
rng = generator(1, 2); rng.shuffle(x)
"""


@pytest.mark.parametrize("line", DIFFERENT.strip().splitlines())
def test_what_depends_on_the_processor_is_found(line):
    assert len(list(faults(line))) == 1


@pytest.mark.parametrize("line", SAME.strip().splitlines())
def test_what_is_the_same_everywhere_is_let_through(line):
    assert list(faults(line)) == []
