"""Reads the imports of a tree laid out as this one and says where it breaks the house's rules."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LAYERS: Mapping[str, int] = {
    "errors": 0,
    "config": 0,
    "entrances": 0,
    "ids": 0,
    "limits": 0,
    "logs": 0,
    "mail": 0,
    "": 1,
    "contract": 1,
    "hookspecs": 1,
    "permissions": 1,
    "routing": 1,
    "sandbox": 1,
    "store": 2,
    "defaults": 2,
    "admission": 3,
    "apps": 3,
    "realtime": 3,
    "auth": 3,
    "access": 4,
    "services": 4,
    "context": 5,
    "web": 6,
    "demo": 7,
    "main": 7,
    "cli": 7,
    "registering": 7,
    "secret": 7,
    "workers": 7,
    "__main__": 7,
    "testing": 8,
    "client": 8,
}
"""The name under `host` and its layer; the empty name is `host` itself, the public face."""

MOST_LINES = 400
COUNTED = ("*.py", "*.js", "*.css", "*.html")
BROUGHT = frozenset({"node_modules"})
"""Folders of what others wrote, which is brought along and not committed."""
PLUGIN_DIET = frozenset({"host"})
CLIENT_DIET = frozenset({"host.contract", "host.errors"})
DEFAULTS_DIET = PLUGIN_DIET | {"host.contract", "host.hookspecs", "host.defaults"}
ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})


@dataclass(frozen=True)
class Source:
    """One Python file: its dotted name, what it imports (with the line), and its tree."""

    path: Path
    name: str
    imports: tuple[tuple[str, int], ...]
    tree: ast.Module


def _module_name(path: Path, base: Path) -> str:
    parts = path.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.Module, name: str, is_package: bool) -> Iterator[tuple[str, int]]:
    """Every import, also those inside functions and those for the type checker only.

    `from a import b` gives `a.b`; whether that is a module or a name in one is told later.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                parents = name.split(".")
                kept = parents[: len(parents) - node.level + (1 if is_package else 0)]
                origin = ".".join([*kept, origin] if origin else kept)
            yield from ((f"{origin}.{alias.name}", node.lineno) for alias in node.names)


def read_sources(files: Iterable[Path], base: Path) -> list[Source]:
    """Parses files; their dotted names are relative to `base`."""
    found: list[Source] = []
    for path in sorted(files):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        name = _module_name(path, base)
        imports = tuple(_imports(tree, name, path.name == "__init__.py"))
        found.append(Source(path, name, imports, tree))
    return found


def _module_of(imported: str, modules: frozenset[str]) -> str | None:
    """The module in which an imported name lives, if it is one of `modules`."""
    while imported:
        if imported in modules:
            return imported
        imported = imported.rpartition(".")[0]
    return None


def _layer(module: str) -> int | None:
    parts = module.split(".")
    return LAYERS.get(parts[1] if len(parts) > 1 else "")


def wrong_directions(sources: list[Source]) -> Iterator[str]:
    """Imports from a higher layer, files without a layer, and a lowest layer or an application
    of the host's own, or its client, that imports more than it may.
    """
    modules = frozenset(s.name for s in sources)
    for source in sources:
        own = _layer(source.name)
        if own is None:
            yield f"{source.name} has no place in the layers"
            continue
        for imported, line in source.imports:
            where = f"{source.name}:{line}"
            top = imported.partition(".")[0]
            if top != "host":
                if own == 0 and top not in sys.stdlib_module_names:
                    yield f"{where} is in layer 0 and imports {top}"
                continue
            target = _module_of(imported, modules) or "host"
            theirs = _layer(target)
            if theirs is None or theirs > own:
                yield f"{where} (layer {own}) imports {target} (layer {theirs})"
            of_defaults = source.name.startswith("host.defaults")
            if of_defaults and not _on_diet(target, DEFAULTS_DIET):
                yield f"{where} is an application and imports {target}"
            if source.name.startswith("host.client") and not _is_for_clients(target):
                yield f"{where} is a client and imports {target}"


def _on_diet(module: str, diet: frozenset[str]) -> bool:
    return module in diet or module.startswith("host.defaults.")


def _is_for_clients(module: str) -> bool:
    return any(module == m or module.startswith(m + ".") for m in (*CLIENT_DIET, "host.client"))


def circles(sources: list[Source]) -> Iterator[str]:
    """Circles among the modules, each told once, from the first name in it."""
    modules = frozenset(s.name for s in sources)
    edges: dict[str, list[str]] = {}
    for source in sources:
        targets = {_module_of(imported, modules) for imported, _ in source.imports}
        edges[source.name] = sorted(t for t in targets if t and t != source.name)
    done: set[str] = set()
    for start in sorted(edges):
        yield from _walk(start, [], edges, done)


def _walk(
    node: str, trail: list[str], edges: Mapping[str, list[str]], done: set[str]
) -> Iterator[str]:
    if node in trail:
        circle = trail[trail.index(node) :]
        first = circle.index(min(circle))
        yield "circle: " + " → ".join([*circle[first:], *circle[: first + 1]])
    elif node not in done:
        for target in edges[node]:
            yield from _walk(target, [*trail, node], edges, done)
        done.add(node)


def environment_readers(sources: list[Source]) -> Iterator[str]:
    """Whoever but `host.config` touches the environment."""
    for source in sources:
        if source.name == "host.config":
            continue
        for node in ast.walk(source.tree):
            match node:
                case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in ENVIRONMENT:
                    yield f"{source.name}:{node.lineno} reads the environment"
        for imported, line in source.imports:
            if imported.startswith("os.") and imported[3:] in ENVIRONMENT:
                yield f"{source.name}:{line} reads the environment"


def broadcaster_users(sources: list[Source]) -> Iterator[str]:
    """Whoever but `host.realtime.channels` imports broadcaster."""
    for source in sources:
        for imported, line in source.imports:
            foreign = source.name != "host.realtime.channels"
            if foreign and imported.partition(".")[0] == "broadcaster":
                yield f"{source.name}:{line} imports broadcaster"


def plugin_leaks(sources: list[Source], package: str) -> Iterator[str]:
    """What a plugin imports of the host beside `host` itself, and of other plugins.

    Its tests may also have `host.testing`.
    """
    for source in sources:
        in_tests = source.name.split(".")[0] == "tests"
        for imported, line in source.imports:
            parts = imported.split(".")
            where = f"{package}: {source.name}:{line}"
            if parts[0] == "host" and len(parts) > 1:
                inside = "host." + parts[1]
                if (inside == "host.testing" and not in_tests) or (
                    inside != "host.testing" and _is_host_module(parts[1])
                ):
                    yield f"{where} imports {inside}"
            elif parts[0].startswith("festoon_") and parts[0] != package:
                yield f"{where} imports another plugin, {parts[0]}"


def _is_host_module(name: str) -> bool:
    return bool(name) and name in LAYERS


def undeclared(sources: list[Source], project: Path) -> Iterator[str]:
    """Third-party packages that are imported and not among the project's dependencies."""
    text = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = (Requirement(line).name for line in text["project"]["dependencies"])
    declared = {canonicalize_name(name) for name in wanted}
    own = {source.name.partition(".")[0] for source in sources}
    owners = {**packages_distributions(), "host": ["festoon"]}
    for source in sources:
        for imported, line in source.imports:
            top = imported.partition(".")[0]
            if top in sys.stdlib_module_names or top in own:
                continue
            if not {canonicalize_name(n) for n in owners.get(top, [top])} & declared:
                yield f"{source.name}:{line} imports {top}, which {text['project']['name']} lacks"


def too_long(root: Path) -> Iterator[str]:
    """Files past the limit of lines, where people write by hand."""
    for folder in ("host", "plugins", "migrations", "tests", "benchmarks"):
        for pattern in COUNTED:
            for path in sorted((root / folder).rglob(pattern)):
                if BROUGHT & set(path.parts):
                    continue
                lines = len(path.read_text(encoding="utf-8").splitlines())
                if lines > MOST_LINES:
                    yield f"{path.relative_to(root)} has {lines} lines, over {MOST_LINES}"


def refusals(root: Path) -> list[str]:
    """Everything that breaks a rule in the tree at `root`, in words."""
    host = read_sources((root / "host").rglob("*.py"), root)
    found = [*wrong_directions(host), *circles(host), *environment_readers(host)]
    found += [*broadcaster_users(host), *undeclared(host, root), *too_long(root)]
    for project in sorted((root / "plugins").glob("*/pyproject.toml")):
        folder, package = project.parent, f"festoon_{project.parent.name}"
        code = read_sources((folder / package).rglob("*.py"), folder)
        tests = read_sources((folder / "tests").rglob("*.py"), folder)
        found += [*plugin_leaks([*code, *tests], package), *circles(code)]
        found += [*environment_readers(code), *broadcaster_users(code), *undeclared(code, folder)]
    return list(dict.fromkeys(found))
