"""Finding applications and their manifests without running a line of theirs.

An application is an entry point of the group `festoon.apps`: its name is the application's id,
its value names the plugin. The manifest is `manifest.json` in the plugin's package. The package
is found the way an import would find it, by asking the finders in `sys.meta_path` for one name
after the other; that reads folders and executes nothing, where `importlib.util.find_spec("a.b")`
would import `a`. Because it takes the import's way, what is read belongs to the code that will
run: also in an editable install (a `.pth` file, or a finder of its own), whose distribution lists
no manifest among its files.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec
from importlib.metadata import (
    Distribution,
    EntryPoint,
    PackageNotFoundError,
    distributions,
    version,
)
from pathlib import Path
from typing import Any, NoReturn

import orjson

from host.apps.names import PLATFORM
from host.errors import InvalidManifest
from host.hookspecs import PROJECT

GROUP = f"{PROJECT}.apps"
MANIFEST = "manifest.json"
MOST_BYTES = 256 * 1024

log = logging.getLogger("festoon.apps")


def installed(path: Sequence[str] | None = None) -> list[EntryPoint]:
    """Every entry point of the group, sorted by id and then by distribution.

    `path` None looks through `sys.path`. Of a distribution that is found twice the first counts,
    as it does for imports. The platform is there even where the host runs without having been
    installed.
    """
    importlib.invalidate_caches()
    where: dict[str, Any] = {} if path is None else {"path": list(path)}
    found: dict[str, list[EntryPoint]] = {}
    for distribution in distributions(**where):
        try:
            # Of most distributions no more is read than this.
            if not _ours(distribution):
                continue
            name = distribution.metadata["Name"]
            if name and _normalized(name) not in found:
                first = next(iter(distributions(name=name, **where)))
                found[_normalized(name)] = _ours(first)
        except Exception as error:
            log.warning("a distribution's metadata cannot be read: %r", error)
    entry_points = [entry_point for mine in found.values() for entry_point in mine]
    if path is None and all(e.name != PLATFORM for e in entry_points):
        entry_points.append(EntryPoint(PLATFORM, "host.defaults", GROUP))
    return sorted(entry_points, key=lambda e: (e.name, origin(e)))


def origin(entry_point: EntryPoint) -> str:
    """Whose entry point it is, for people: `festoon-lottery 0.1.0 (festoon_lottery)`."""
    distribution = entry_point.dist
    if distribution is None:
        return entry_point.value
    return f"{distribution.metadata['Name']} {distribution.version} ({entry_point.value})"


def is_editable(distribution: Distribution | None) -> bool:
    """Whether the distribution is a checkout being worked on (PEP 610, `direct_url.json`)."""
    if distribution is None:
        return False
    try:
        origin_of = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return False
    return bool(origin_of.get("dir_info", {}).get("editable"))


def host_version() -> str:
    """The version of the installed host; "0" where it runs without having been installed."""
    try:
        return version(PROJECT)
    except PackageNotFoundError:
        return "0"


def package_folder(entry_point: EntryPoint) -> Path:
    """The folder with the manifest: the innermost package on the plugin's path that has one.

    Raises `InvalidManifest` where it has none, `ImportError` where there is no such package.
    """
    if EntryPoint.pattern.match(entry_point.value) is None:
        raise ImportError(f"{entry_point.value!r} names no module")
    folders: list[Path] = []
    path: list[str] | None = None
    name = ""
    for part in entry_point.module.split("."):
        name = f"{name}.{part}" if name else part
        spec = _spec(name, path)
        if spec is None:
            raise ModuleNotFoundError(f"no module named {name!r}", name=name)
        if spec.submodule_search_locations is None:
            break
        path = list(spec.submodule_search_locations)
        folders[:0] = [Path(folder) for folder in path]
    for folder in folders:
        if (folder / MANIFEST).is_file():
            return folder
    if not folders:
        raise _refusal(f"{entry_point.module!r} is a single module; the manifest needs a package")
    raise _refusal(f"there is no {MANIFEST} in {', '.join(str(folder) for folder in folders)}")


def read_raw_manifest(folder: Path) -> Any:
    """The JSON of a package's manifest, strictly read. Raises `InvalidManifest`."""
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
        if len(content) > MOST_BYTES:
            raise _refusal(f"is larger than {MOST_BYTES // 1024} KiB")
        raw = json.loads(
            content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
        # What no database could keep: NUL, halves of surrogate pairs, numbers past 64 bits.
        if rb"\u0000" in orjson.dumps(raw):
            raise _refusal("holds a NUL character")
    except OSError as error:
        raise _refusal(f"cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise _refusal(
            f"is not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise _refusal("is nested too deep") from None
    except (ValueError, TypeError) as error:
        raise _refusal(f"is not usable JSON: {error}") from None
    return raw


def _ours(distribution: Distribution) -> list[EntryPoint]:
    return [e for e in distribution.entry_points if e.group == GROUP]


def _normalized(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def _spec(name: str, path: list[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        try:
            spec: ModuleSpec | None = find(name, path) if find else None
        except KeyError:
            # A namespace package within another asks that one, which is not imported, where it
            # lies: in all the folders of its name.
            part = name.rpartition(".")[2]
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [
                str(Path(one) / part) for one in path or () if (Path(one) / part).is_dir()
            ]
        if spec is not None:
            return spec
    return None


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands there twice")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refusal(reason: str) -> InvalidManifest:
    return InvalidManifest(f"The manifest {reason}", {"": [reason]})
