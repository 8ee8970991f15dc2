"""Random programs of in-place statements and views: see `statements`.

`program(seed)` grows a program statement by statement on plain arrays, so that each statement fits
the arrays that are there. Now and then it writes what NumPy refuses (to a read-only view, of a
shape that does not fit) as ``try: ...``: differentiation must refuse it as well.

    python -m tests.random_statements 1000

checks the first thousand.
"""

import sys

import numpy as np

from tests.statements import check_first, check_second, laid_out_like, statements

SHAPES = ((4,), (5,), (3, 4), (2, 3), (2, 3, 2), (1, 3), (3, 1), (4, 1, 2))
LENGTH = 9
LARGEST = 60  # no array may grow beyond this many elements


class Writer:
    """Grows one program."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        shape = SHAPES[self.rng.integers(len(SHAPES))]
        x = self.rng.uniform(0.4, 1.6, shape)
        layout = self.pick(["C", "C", "F", "reversed"])
        if layout == "F":
            x = np.asfortranarray(x)
        if layout == "reversed":
            x = x[::-1]
        self.x = laid_out_like(x, float)
        self.x[...] = x
        self.space = {"np": np, "x": self.x.copy(order="K")}
        self.lines = []
        self.add(f"a = {self.pick(['x*x', 'np.sin(x)', 'x*1.5', 'x.copy()', 'x + x[..., :1]'])}")
        while len(self.lines) < LENGTH:
            self.add(self.pick(KINDS)(self))

    # --- choices ---------------------------------------------------------------------------------

    def pick(self, items):
        return items[self.rng.integers(len(items))]

    def chance(self, p):
        return self.rng.random() < p

    def arrays(self):
        return [k for k, v in self.space.items() if k not in ("np", "x") and np.ndim(v)]

    def name(self):
        return self.pick(self.arrays())

    def fresh(self):
        return self.pick("abcdefgh")

    def add(self, line):
        """Run the line on the plain arrays; keep it where it runs, some where it raises."""
        if line is None:
            return
        before = {k: np.array(v) for k, v in self.space.items() if k != "np"}
        kept = dict(self.space)
        try:
            with np.errstate(all="raise"):
                exec(line, self.space)
        except FloatingPointError:
            self.restore(kept, before)
            return
        except (ValueError, IndexError, TypeError) as error:
            self.restore(kept, before)
            if self.chance(0.3):
                kind = type(error).__name__
                self.lines.append(f"try:\n    {line}\nexcept {kind}:\n    pass")
            return
        values = [v for k, v in self.space.items() if k not in ("np", "__builtins__")]
        if any(np.size(v) > LARGEST or np.abs(v).max(initial=0.0) > 50.0 for v in values):
            self.restore(kept, before)
            return
        self.lines.append(line)

    def restore(self, kept, values):
        self.space.clear()
        self.space.update(kept)
        for k, v in values.items():
            if isinstance(self.space[k], np.ndarray) and self.space[k].flags.writeable:
                self.space[k][...] = v

    # --- pieces ----------------------------------------------------------------------------------

    def basic(self, shape):
        """An index of integers, slices, None and Ellipsis."""
        parts = []
        for n in shape[: self.rng.integers(1, len(shape) + 1)]:
            kind = self.rng.integers(6)
            if kind == 0:
                parts.append(str(int(self.rng.integers(-n, max(n, 1)))))
            elif kind == 1:
                parts.append("::-1")
            elif kind == 2:
                parts.append(f"{int(self.rng.integers(0, n + 1))}:")
            elif kind == 3:
                parts.append(f":{int(self.rng.integers(1, max(n, 1) + 1))}")
            elif kind == 4:
                parts.append("::2")
            else:
                parts.append(":")
        if self.chance(0.15):
            parts.insert(int(self.rng.integers(len(parts) + 1)), "None")
        if self.chance(0.15):
            parts.insert(int(self.rng.integers(len(parts) + 1)), "...")
        return ", ".join(parts)

    def advanced(self, shape, name):
        """An index with arrays of integers or booleans in it."""
        kind = self.rng.integers(4)
        if kind == 0:
            return f"{name} > {self.rng.uniform(0.3, 1.5):.2f}"
        axis = int(self.rng.integers(len(shape)))
        parts = [self.pick([":", "::-1", "0", "..."][: 3 + (axis == 0)]) for _ in range(axis)]
        n = shape[axis]
        if kind == 1:
            parts.append(str([bool(b) for b in self.rng.random(n) < 0.6]))
        else:
            parts.append(
                str([int(i) for i in self.rng.integers(-n, max(n, 1), self.rng.integers(1, 4))])
            )
        if kind == 3 and axis + 1 < len(shape):
            last = shape[-1]
            parts.append(self.pick([str([int(self.rng.integers(max(last, 1)))]), "0", "::2"]))
        return ", ".join(parts)

    def index(self, name):
        shape = self.space[name].shape
        return self.basic(shape) if self.chance(0.6) else self.advanced(shape, name)

    def scalar(self):
        """A scalar expression."""
        name = self.pick([*self.arrays(), "x"])
        at = ", ".join(str(int(self.rng.integers(max(n, 1)))) for n in self.space[name].shape)
        if not self.space[name].size or not at:
            return "0.7"
        return self.pick([f"{name}[{at}]", f"{name}[{at}]*x[{self.corner()}]", "0.7", "2"])

    def corner(self):
        return ", ".join(["0"] * self.x.ndim)

    def operand(self, shape):
        """An expression that broadcasts to `shape`, most of the time."""
        if self.chance(0.35):
            return self.scalar()
        if self.chance(0.2):
            n = int(np.prod(shape))
            return f"np.linspace(0.5, 1.5, {n}).reshape({tuple(map(int, shape))})"
        fitting = []
        for name in [*self.arrays(), "x"]:
            fitting += [name] if self.fits(self.space[name].shape, shape) else []
            for _ in range(3):
                view = f"{name}[{self.index(name)}]"
                try:
                    value = eval(view, dict(self.space))
                except (ValueError, IndexError, TypeError):
                    continue
                if np.ndim(value) and self.fits(np.shape(value), shape):
                    fitting.append(view)
        if not fitting or self.chance(0.03):
            return self.scalar()
        one = self.pick(fitting)
        return self.pick([one, one, f"{one}*0.5", f"np.cos({one})", f"{one}*{self.scalar()}"])

    @staticmethod
    def fits(shape, target):
        try:
            return np.broadcast_shapes(shape, target) == target
        except ValueError:
            return False

    def target(self):
        """(text, shape) of something to write to."""
        name = self.name()
        text = f"{name}[{self.index(name)}]" if self.chance(0.75) else name
        try:
            return text, np.shape(eval(text, dict(self.space)))
        except (ValueError, IndexError, TypeError):
            return name, self.space[name].shape


def new_array(w):
    name = w.name()
    return f"{w.fresh()} = {name}*{w.operand(w.space[name].shape)}"


def new_view(w):
    name = w.name()
    a = w.space[name]
    axes = [int(i) for i in w.rng.permutation(a.ndim)]
    return f"{w.fresh()} = " + w.pick(
        [
            f"{name}[{w.basic(a.shape)}]",
            f"{name}[{w.basic(a.shape)}]",
            f"{name}.T",
            f"{name}.reshape(-1)",
            f"{name}.reshape(-1, order='F')",
            f"{name}.ravel()",
            f"{name}.ravel('K')",
            f"{name}.transpose({axes})",
            f"np.flip({name})",
            f"np.squeeze({name})",
            f"np.expand_dims({name}, {int(w.rng.integers(a.ndim + 1))})",
            f"np.swapaxes({name}, 0, -1)",
            f"np.moveaxis({name}, 0, -1)",
            f"np.broadcast_to({name}, (2, *{name}.shape))",
            f"np.atleast_2d({name})",
            f"np.diagonal({name})",
            f"{name}.view()",
            f"np.rot90({name})",
            f"np.split({name}, [1])[1]",
            name,
        ]
    )


def new_copy(w):
    name = w.name()
    return f"{w.fresh()} = " + w.pick(
        [
            f"{name}.copy()",
            f"{name}.copy('F')",
            f"np.zeros_like({name})",
            f"np.concatenate([{name}, {name}])",
            f"{name}.flatten()",
            f"{name}[{w.advanced(w.space[name].shape, name)}]",
            f"np.cumsum({name}, axis=0)",
            f"np.where({name} > 1, {name}, 0.5)",
        ]
    )


def assign(w):
    text, shape = w.target()
    if text.isidentifier():
        text += "[...]"
    return f"{text} = {w.operand(shape)}"


def update(w):
    text, shape = w.target()
    return f"{text} {w.pick(['+=', '-=', '*=', '/='])} {w.operand(shape)}"


def call(w):
    name = w.name()
    if not w.space[name].flags.writeable:  # `ufunc.at` and `copyto(a, a)` do not look
        return None
    shape = w.space[name].shape
    ufunc = w.pick(["add", "multiply", "subtract"])
    n = shape[0]
    indices = [int(i) for i in w.rng.integers(-n, n, 3)] if n else [0]
    mask = f"{name} > {w.rng.uniform(0.3, 1.5):.2f}"
    one, two = w.operand(shape), w.operand(shape)
    return w.pick(
        [
            f"np.{ufunc}({one}, {two}, out={name})",
            f"np.{ufunc}({one}, {two}, out={name}, where={mask})",
            f"np.sin({one}, out={name}[...])",
            f"np.{ufunc}.at({name}, {indices}, {w.operand((len(indices), *shape[1:]))})",
            f"np.copyto({name}, {one})",
            f"np.copyto({name}, {one}, where={mask})",
            f"np.putmask({name}, {mask}, {one})",
            f"np.put({name}, {indices}, {w.scalar()})",
            f"{name}.fill({w.scalar()})",
            f"np.fill_diagonal({name}, {w.scalar()})",
            f"np.cumsum({name}, axis=0, out={name})",
            f"{name}.flat[{indices}] = {w.scalar()}",
        ]
    )


def swap(w):
    name = w.name()
    n = w.space[name].shape[0]
    i, j = (int(k) for k in w.rng.integers(0, max(n, 1), 2))
    return w.pick(
        [
            f"{name}[{i}], {name}[{j}] = {name}[{j}], {name}[{i}]",
            f"{name}[[{i}, {j}]] = {name}[[{j}, {i}]]",
            f"{name}[1:] = {name}[:-1]",
            f"{name}[:] = {name}[::-1]",
            f"{name}[:-1] += {name}[1:]",
        ]
    )


KINDS = (new_array, new_view, new_view, new_copy, assign, assign, update, update, call, call, swap)


def program(seed):
    """(source, x)."""
    writer = Writer(seed)
    return "\n".join(writer.lines), writer.x


def check(seed, ways):
    """First derivatives in both modes, and second ones by the ways asked for."""
    source, x = program(seed)
    check_first(source, x)
    check_second(source, x, ways)
    return len(statements(source))


if __name__ == "__main__":
    from tests.statements import SECOND

    total = sum(check(seed, tuple(SECOND)) for seed in range(int(sys.argv[1])))
    print(f"{sys.argv[1]} programs of {total} statements agree")
