"""The translator from the kernels' small Python to JavaScript; what the JavaScript does is checked in a browser."""

import ast

import pytest

from algorithms.voice import kernel_js
from algorithms.voice.kernel_js import KernelError, translate


def body(text: str) -> str:
    """Translate the body of a function f(x, n) and return the JavaScript between its braces, in one line."""
    rows = [f"    {row}" for row in text.split("\n")]
    source = "\n".join(["from math import floor, pi, sin", "SIZE = 8", "def f(x, n):", *rows])
    return " ".join(translate(source).split("{", 1)[1].rsplit("}", 1)[0].split())


@pytest.mark.parametrize(
    ("python", "javascript"),
    [
        ("y = x[0] + 2 * n\nreturn y", "let y; y = (x[0] + (2 * n)); return y;"),
        ("x[n & (SIZE - 1)] += -1.5", "x[(n & (SIZE - 1))] += -1.5;"),
        ("return n // 4 % 3", "return mod(Math.floor(n / 4), 3);"),
        ("return floor(n / 2) >> 1", "return (Math.floor((n / 2)) >> 1);"),
        ("return sin(pi) if n == 1 else abs(n)", "return ((n === 1) ? Math.sin(Math.PI) : Math.abs(n));"),
        ("return n > 1 and not n > 3 or n != 2", "return (((n > 1) && !(n > 3)) || (n !== 2));"),
        ("return len(x) + int(n)", "return (x.length + Math.trunc(n));"),
        ("for i in range(n):\n    x[i] = 1e-20", "let i; for (i = 0; i < n; i += 1) { x[i] = 1e-20; }"),
        ("for i in range(n, 0, -2):\n    break", "let i; for (i = n; i > 0; i += -2) { break; }"),
        ("while n > 0:\n    n -= 1\n    continue", "while ((n > 0)) { n -= 1; continue; }"),
        ("if n > 1:\n    return\nelif n > 0:\n    n = 1\nelse:\n    f(x, 2)",
         "if ((n > 1)) { return; } else if ((n > 0)) { n = 1; } else { f(x, 2); }"),
    ],
)  # fmt: skip
def test_what_the_subset_has_is_translated(python, javascript):
    assert body(python) == javascript


@pytest.mark.parametrize(
    ("python", "why"),
    [
        ("return x[1:n]", "this expression has no translation"),
        ("return n ** 2", "this operator has no translation"),
        ("return 0 < n < 3", "this expression has no translation"),
        ("return [n]", "this expression has no translation"),
        ("return 'a'", "this expression has no translation"),
        ("return open(n)", "open is not a kernel"),
        ("return x.sum()", "a call names a function"),
        ("return f(x, n=1)", "a call names a function"),
        ("return elsewhere", "elsewhere is neither a local name"),
        ("a, b = 1, 2", "only a name or an array element"),
        ("x[0] **= 2", "this statement has no translation"),
        ("for v in x:\n    pass", "a for loop runs over range"),
        ("with x:\n    n = 1", "this statement has no translation"),
        ("new = 1", "new means something else in JavaScript"),
        ("SIZE = 2", "SIZE is also the name of a constant"),
        ("try:\n    n = 1\nfinally:\n    n = 2", "this statement has no translation"),
        ("global y", "this statement has no translation"),
    ],
)
def test_what_the_subset_lacks_is_refused_with_its_line(python, why):
    with pytest.raises(KernelError, match=rf"kernel, line \d+: .*{why}"):
        body(python)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import numpy", "holds only constants and functions"),
        ("from math import gamma", "can't import gamma"),
        ("from math import sin as s", "can't import sin"),
        ("from elsewhere import f", "can't import f"),
        ("def f(x=1):\n    return x", "plain arguments"),
        ("@jit\ndef f(x):\n    return x", "no decorators"),
        ("class A:\n    pass", "holds only constants and functions"),
        ("A = open(3)", "open is not a kernel"),
    ],
)
def test_a_kernel_file_holds_constants_and_plain_functions(source, why):
    with pytest.raises(KernelError, match=why):
        translate(source)


def test_the_docstring_s_first_line_stays_as_a_comment():
    text = translate('def f(x):\n    """Do it.\n\n    More.\n    """\n    return x')
    assert text.startswith("/** Do it. */\nfunction f(x) {")


def test_every_kernel_file_is_translated_and_no_name_is_defined_twice():
    files = {path.stem for path in kernel_js.FOLDER.glob("kernels/[!_]*.py")}
    assert files == set(kernel_js.MODULES)
    texts = [(kernel_js.FOLDER / "kernels" / f"{module}.py").read_text("utf-8") for module in kernel_js.MODULES]
    names = [name for text in texts for name in kernel_js.definitions(ast.parse(text))]
    assert len(names) == len(set(names))


def test_the_committed_engine_is_what_the_kernels_give():
    assert kernel_js.ENGINE.read_text(encoding="utf-8") == kernel_js.engine_js(), (
        "run python -m algorithms.voice.kernel_js"
    )
