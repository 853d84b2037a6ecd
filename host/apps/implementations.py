"""What a plugin implements, held against its manifest and the hooks' specifications.

Both ways: a capability that is declared must be implemented, all its hooks, since the host asks
only whom the room delegated to; and what is implemented must be declared. All findings are told
at once. pluggy finds the implementations and verifies them a second time.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pluggy import HookImpl, PluginManager, PluginValidationError

from host.apps.manifest import Manifest
from host.hookspecs import BOOT, DELEGATED, OBSERVERS, PROJECT, SYNC, HookSpecs, specification

KNOWN = frozenset(DELEGATED) | OBSERVERS | BOOT


@dataclass(frozen=True)
class Implementation:
    """One hook as one application implements it; called with only the arguments it names."""

    function: Any
    arguments: tuple[str, ...]

    def call(self, given: Mapping[str, Any]) -> Any:
        """What the function returns: a coroutine, except for `host.hookspecs.SYNC`."""
        return self.function(*(given[name] for name in self.arguments))


def implementations_of(plugin: object, manifest: Manifest) -> dict[str, Implementation]:
    """The plugin's hooks by name. Raises `BrokenContract` with everything that is wrong."""
    if plugin is None or isinstance(plugin, type):
        raise BrokenContract([f"the plugin is {plugin!r}; it must be a module or an instance"])
    manager = PluginManager(PROJECT)
    # Before the specifications: pluggy stops at the first finding, and all are wanted.
    manager.register(plugin, manifest.id)
    found = {
        caller.name: caller.get_hookimpls() for caller in manager.get_hookcallers(plugin) or ()
    }
    problems = [problem for hook, impls in found.items() for problem in _problems(hook, impls)]
    problems += _unbalanced(plugin, manifest, found)
    if not problems:
        try:
            manager.add_hookspecs(HookSpecs)
            manager.check_pending()
        except PluginValidationError as error:
            problems.append(" ".join(str(error).split()))
    if problems:
        raise BrokenContract(sorted(problems))
    return {
        hook: Implementation(impls[0].function, tuple(impls[0].argnames))
        for hook, impls in found.items()
        if hook in KNOWN
    }


class BrokenContract(Exception):
    """The plugin's code is not what its manifest or the hooks say."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


def _problems(hook: str, impls: Sequence[HookImpl]) -> Iterator[str]:
    """What is wrong with one hook's implementations, looked at by themselves."""
    if hook not in KNOWN:
        # `optionalhook` is pluggy's word for: fine where the host does not know it yet.
        if not all(impl.optionalhook for impl in impls):
            yield f"{hook}: this host has no such hook"
        return
    if len(impls) > 1:
        yield f"{hook}: is implemented {len(impls)} times; the host would call only one"
    for impl in impls:
        yield from (f"{hook}: {problem}" for problem in _impl_problems(hook, impl))


def _impl_problems(hook: str, impl: HookImpl) -> Iterator[str]:
    if impl.wrapper or impl.hookwrapper:
        yield "is a wrapper; a hook is answered by one application, there is nothing to wrap"
        return
    if impl.tryfirst or impl.trylast:
        yield "asks for an order (tryfirst, trylast); there is none between applications"
    is_async = inspect.iscoroutinefunction(impl.function)
    if hook in SYNC and (is_async or inspect.isasyncgenfunction(impl.function)):
        yield "must be a plain function, not async def"
    if hook not in SYNC and not is_async:
        yield "must be async def"
    yield from _signature_problems(hook, impl.function)


def _signature_problems(hook: str, function: Any) -> Iterator[str]:
    """Arguments are handed over by name and in the order in which the function names them."""
    known = inspect.signature(specification(hook)).parameters.keys() - {"self"}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            yield f"takes {stars}{name}; name the arguments it uses"
        elif parameter.kind is parameter.KEYWORD_ONLY:
            yield f"takes {name!r} by keyword only; the host hands it over by position"
        elif name not in known:
            given = ", ".join(sorted(known)) or "none"
            yield f"takes {name!r}, which the hook does not have (it has: {given})"
        elif parameter.default is not parameter.empty:
            yield f"gives {name!r} a default, so it would never receive it"


def _unbalanced(
    plugin: object, manifest: Manifest, found: Mapping[str, Sequence[HookImpl]]
) -> Iterator[str]:
    for hook, delegated in DELEGATED.items():
        declared = delegated.capability in manifest.capabilities
        if declared and hook not in found:
            unmarked = callable(inspect.getattr_static(plugin, hook, None))
            hint = "; a function of that name lacks @hookimpl" if unmarked else ""
            yield f"{hook}: the manifest declares {delegated.capability}, which needs it{hint}"
        if hook in found and not declared:
            yield f"{hook}: belongs to {delegated.capability}, which the manifest does not declare"
