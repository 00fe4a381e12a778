"""One definition of every voice effect: rewrites the kernels' small Python in JavaScript, and writes engine.js.

    python -m algorithms.voice.kernel_js            # writes spaces/voice_changer/static/engine.js
    python -m algorithms.voice.kernel_js --check    # exit code 1 if that file is stale

A kernel file may hold numeric constants and functions; a function may hold assignments to names and array elements,
`for ... in range(...)`, `while`, `if`, `break`, `continue`, `return`, arithmetic, comparisons, calls to other kernels
and to the functions in `MATH`. Anything else raises `KernelError` and names the line. Numbers are float64 on both sides
and nothing is reordered, so the two versions differ by rounding inside sin, cos, exp and log at most.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

MODULES = ("core", "simple", "delay", "tracker", "psola", "lpc", "room")
FOLDER = Path(__file__).parent
ENGINE = FOLDER.parents[1] / "spaces" / "voice_changer" / "static" / "engine.js"
MATH = {name: f"Math.{name}" for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "atan2", "floor", "ceil")}
BUILTINS = {"abs": "Math.abs", "min": "Math.min", "max": "Math.max", "int": "Math.trunc"}
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.BitAnd: "&", ast.BitOr: "|", ast.RShift: ">>"}
RESERVED = """arguments await case catch class const debugger default delete do enum eval export extends function
implements import in instanceof interface let mod new package private protected public static super switch this throw
try typeof var void with yield Math"""
COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "===", ast.NotEq: "!=="}


class KernelError(ValueError):
    """A kernel uses something that has no translation; the message names the line."""


def translate(source: str, known: frozenset[str] = frozenset(), name: str = "kernel") -> str:
    """Rewrite the source of a kernel file in JavaScript.

    Parameters
    ----------
    source : str
        Python text: a docstring, imports, numeric constants, functions.
    known : frozenset of str
        Names that files translated earlier define; the imports of this one may only ask for these.
    name : str
        What error messages call the file.

    Returns
    -------
    str
        `const` and `function` declarations, one per definition, in the same order.

    Raises
    ------
    KernelError
        For anything outside the subset.
    """
    tree = ast.parse(source)
    names = set(known) | definitions(tree)
    parts = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            parts.append(_Function(node, names, name).text())
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            parts.append(f"const {node.targets[0].id} = {_Function(None, names, name).value(node.value)};")
        elif isinstance(node, ast.ImportFrom):
            _check_import(node, known, name)
        elif not _is_docstring(node):
            raise KernelError(f"{name}, line {node.lineno}: a kernel file holds only constants and functions.")
    return "\n\n".join(parts)


def definitions(tree: ast.Module) -> set[str]:
    """Return the names of the constants and functions at the top of a file."""
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return functions | {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _check_import(node: ast.ImportFrom, known: frozenset[str], name: str) -> None:
    allowed = {*MATH, "pi"} if node.module == "math" else known
    for alias in node.names:
        if alias.name not in allowed or alias.asname:
            raise KernelError(f"{name}, line {node.lineno}: a kernel can't import {alias.name}.")


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class _Function:
    """Translates one function; `names` are the constants and functions it may use."""

    def __init__(self, node: ast.FunctionDef | None, names: set[str], file: str) -> None:
        self.node, self.names, self.file = node, names, file
        self.arguments = [argument.arg for argument in node.args.args] if node else []
        assigned = (
            {child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)}
            if node
            else set()
        )
        self.locals = sorted(assigned - set(self.arguments))

    def text(self) -> str:
        given = self.node.args
        if self.node.decorator_list or given.defaults or given.vararg or given.kwarg or given.kwonlyargs:
            self.fail(self.node, "a function takes plain arguments and no decorators")
        if shadowed := self.names & {*self.arguments, *self.locals}:
            self.fail(self.node, f"{min(shadowed)} is also the name of a constant or a function")
        if reserved := {*RESERVED.split()} & {*self.arguments, *self.locals}:
            self.fail(self.node, f"{min(reserved)} means something else in JavaScript")
        body = self.node.body[1:] if _is_docstring(self.node.body[0]) else self.node.body
        lines = [f"function {self.node.name}({', '.join(self.arguments)}) {{"]
        if self.locals:
            lines.append(f"  let {', '.join(self.locals)};")
        lines += self.block(body, "  ")
        summary = (ast.get_docstring(self.node) or "").split("\n")[0]
        return "\n".join([f"/** {summary} */"] * bool(summary) + [*lines, "}"])

    def block(self, body: list[ast.stmt], indent: str) -> list[str]:
        return [line for node in body for line in self.statement(node, indent)]

    def statement(self, node: ast.stmt, indent: str) -> list[str]:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            return [f"{indent}{self.place(node.targets[0])} = {self.value(node.value)};"]
        if isinstance(node, ast.AugAssign) and type(node.op) in OPERATORS:
            return [f"{indent}{self.place(node.target)} {OPERATORS[type(node.op)]}= {self.value(node.value)};"]
        if isinstance(node, ast.If):
            return self.branches(node, indent)
        if isinstance(node, ast.While) and not node.orelse:
            return [f"{indent}while ({self.value(node.test)}) {{", *self.block(node.body, indent + "  "), f"{indent}}}"]
        if isinstance(node, ast.For) and not node.orelse:
            return [indent + self.loop_head(node), *self.block(node.body, indent + "  "), f"{indent}}}"]
        if isinstance(node, ast.Return):
            return [f"{indent}return {self.value(node.value)};" if node.value else f"{indent}return;"]
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            return [f"{indent}{self.value(node.value)};"]
        if isinstance(node, (ast.Break, ast.Continue)):
            return [f"{indent}{'break' if isinstance(node, ast.Break) else 'continue'};"]
        return self.fail(node, "this statement has no translation")

    def branches(self, node: ast.If, indent: str) -> list[str]:
        lines = [f"{indent}if ({self.value(node.test)}) {{", *self.block(node.body, indent + "  ")]
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            first, *rest = self.branches(node.orelse[0], indent)
            return [*lines, f"{indent}}} else {first.strip()}", *rest]
        if node.orelse:
            lines += [f"{indent}}} else {{", *self.block(node.orelse, indent + "  ")]
        return [*lines, f"{indent}}}"]

    def loop_head(self, node: ast.For) -> str:
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
            self.fail(node, "a for loop runs over range(...)")
        if not isinstance(node.target, ast.Name):
            self.fail(node, "a for loop has one counter")
        bounds = [self.value(argument) for argument in call.args]
        start, stop = ("0", bounds[0]) if len(bounds) == 1 else bounds[:2]
        step = ast.literal_eval(call.args[2]) if len(bounds) == 3 else 1
        i = node.target.id
        return f"for ({i} = {start}; {i} {'<' if step > 0 else '>'} {stop}; {i} += {step}) {{"

    def place(self, node: ast.expr) -> str:
        if isinstance(node, (ast.Name, ast.Subscript)):
            return self.value(node)
        return self.fail(node, "only a name or an array element can be assigned")

    def value(self, node: ast.expr) -> str:
        """Return an expression, in brackets wherever it has an operator: precedence never matters."""
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return str(node.value).lower() if isinstance(node.value, bool) else repr(node.value)
        if isinstance(node, ast.Name):
            if node.id == "pi":
                return "Math.PI"
            if node.id in self.names or node.id in self.arguments or node.id in self.locals:
                return node.id
            self.fail(node, f"{node.id} is neither a local name nor a kernel's")
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            return f"{self.value(node.value)}[{self.value(node.slice)}]"
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
            return f"{'-' if isinstance(node.op, ast.USub) else '!'}{self.value(node.operand)}"
        if isinstance(node, ast.BinOp):
            return self.arithmetic(node)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
            sign = COMPARISONS[type(node.ops[0])]
            return f"({self.value(node.left)} {sign} {self.value(node.comparators[0])})"
        if isinstance(node, ast.BoolOp):
            sign = " && " if isinstance(node.op, ast.And) else " || "
            return f"({sign.join(self.value(part) for part in node.values)})"
        if isinstance(node, ast.IfExp):
            return f"({self.value(node.test)} ? {self.value(node.body)} : {self.value(node.orelse)})"
        if isinstance(node, ast.Call):
            return self.call(node)
        return self.fail(node, "this expression has no translation")

    def arithmetic(self, node: ast.BinOp) -> str:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.FloorDiv):
            return f"Math.floor({left} / {right})"
        if isinstance(node.op, ast.Mod):
            return f"mod({left}, {right})"  # Python's: the result has the divisor's sign
        if type(node.op) not in OPERATORS:
            self.fail(node, "this operator has no translation")
        return f"({left} {OPERATORS[type(node.op)]} {right})"

    def call(self, node: ast.Call) -> str:
        if not isinstance(node.func, ast.Name) or node.keywords:
            self.fail(node, "a call names a function and gives plain arguments")
        arguments = [self.value(argument) for argument in node.args]
        name = node.func.id
        if name == "len":
            return f"{arguments[0]}.length"
        if name in MATH or name in BUILTINS:
            return f"{MATH.get(name) or BUILTINS[name]}({', '.join(arguments)})"
        if name not in self.names:
            self.fail(node, f"{name} is not a kernel and not one of the allowed functions")
        return f"{name}({', '.join(arguments)})"

    def fail(self, node: ast.AST, why: str) -> list[str]:
        raise KernelError(f"{self.file}, line {getattr(node, 'lineno', '?')}: {why}.")


def kernels_js() -> str:
    """Translate every kernel file, in the order of `MODULES`."""
    known: frozenset[str] = frozenset()
    parts = []
    for module in MODULES:
        path = FOLDER / "kernels" / f"{module}.py"
        source = path.read_text(encoding="utf-8")
        new = definitions(ast.parse(source))
        if twice := known & new:
            raise KernelError(f"{path.name}: {min(twice)} is defined in an earlier file too.")
        parts.append(translate(source, known, path.name))
        known |= new
    return "\n\n".join(parts)


def engine_js() -> str:
    """Return the whole of engine.js: the tables, the translated kernels and the chain that runs them."""
    from algorithms.voice.effects import DEFAULT_PRESET, EFFECTS, as_json

    tables = as_json()
    kernels = ", ".join(sorted({effect.kernel.__name__ for effect in EFFECTS.values()}))
    return "\n".join(
        [
            "// Generated by `python -m algorithms.voice.kernel_js` from algorithms/voice/: don't edit, change those.",
            f"export const EFFECTS = {json.dumps(tables['effects'], ensure_ascii=False, indent=1)};\n",
            f'export const DEFAULT_PRESET = "{DEFAULT_PRESET}";\n',
            f"export const PRESETS = {json.dumps(tables['presets'], ensure_ascii=False, indent=1)};\n",
            "function mod(a, b) { const r = a % b; return r !== 0 && (r < 0) !== (b < 0) ? r + b : r; }\n",
            kernels_js().replace("const RATE =", "export const RATE =", 1),
            f"\nconst KERNELS = {{ {kernels} }};\n",
            (FOLDER / "chain.js").read_text(encoding="utf-8"),
        ]
    )


def main() -> int:
    """Write engine.js, or with --check say whether it is up to date."""
    text = engine_js()
    if "--check" in sys.argv:
        fresh = ENGINE.is_file() and ENGINE.read_text(encoding="utf-8") == text
        print("engine.js is up to date" if fresh else "engine.js is stale: run python -m algorithms.voice.kernel_js")
        return 0 if fresh else 1
    ENGINE.parent.mkdir(exist_ok=True)
    ENGINE.write_text(text, encoding="utf-8")
    print(f"{ENGINE}: {len(text) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
