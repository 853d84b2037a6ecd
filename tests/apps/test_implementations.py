"""The contract check: what a plugin implements against what it says and what hooks want."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from host.apps.implementations import BrokenContract, implementations_of
from host.apps.manifest import Manifest, stored_manifest
from host.hookspecs import BOOT, DELEGATED, OBSERVERS, HookSpecs, hookimpl
from host.permissions import Capability


def declaring(*capabilities: Capability) -> Manifest:
    return stored_manifest({"capabilities": list(capabilities)}, "app")


def plugin(*functions: Any, **named: Any) -> ModuleType:
    """A module with these functions as its hooks."""
    module = ModuleType("a_plugin")
    for function in functions:
        setattr(module, function.__name__, hookimpl(function))
    for name, function in named.items():
        setattr(module, name, function)
    return module


def problems(plugin: object, *capabilities: Capability) -> list[str]:
    with pytest.raises(BrokenContract) as broken:
        implementations_of(plugin, declaring(*capabilities))
    return broken.value.problems


async def test_a_hook_is_called_with_the_arguments_that_it_names_in_any_order() -> None:
    async def select_winner(count: int, entrants: list[str]) -> list[str]:
        return entrants[:count]

    hooks = implementations_of(plugin(select_winner), declaring(Capability.WINNER_SELECTION))
    given = {"ctx": None, "room": None, "entrants": ["a", "b"], "count": 1, "seed": b""}
    assert await hooks["select_winner"].call(given) == ["a"]


async def test_a_plugin_may_be_an_instance_and_its_hook_may_have_another_name() -> None:
    class Plugin:
        @hookimpl
        async def panels(self, place: str) -> list[str]:
            return [place]

        @hookimpl(specname="startup")
        async def begin(self) -> str:
            return "begun"

    hooks = implementations_of(Plugin(), declaring())
    assert await hooks["panels"].call({"place": "screen"}) == ["screen"]
    assert await hooks["startup"].call({}) == "begun"


@pytest.mark.parametrize("capability", Capability)
def test_a_capability_needs_all_of_its_hooks(capability: Capability) -> None:
    needed = {hook for hook, delegated in DELEGATED.items() if delegated.capability is capability}
    found = problems(plugin(), capability)
    assert {problem.split(":")[0] for problem in found} == needed


@pytest.mark.parametrize("hook", DELEGATED)
def test_a_delegated_hook_needs_its_capability(hook: str) -> None:
    async def implementation() -> None: ...

    implementation.__name__ = hook
    (found,) = problems(plugin(implementation))
    assert found.startswith(f"{hook}: belongs to {DELEGATED[hook].capability}")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    @hookimpl(hookwrapper=True)
    def select_winner() -> Any:
        yield

    @hookimpl(trylast=True)
    def winner_selected(champion: str) -> None: ...

    async def routes(**everything: Any) -> None: ...

    async def tasks(ctx: Any, *, speed: int) -> None: ...

    async def startup(ctx: Any = None) -> None: ...

    async def celebrate() -> None: ...

    module = plugin(routes, tasks, startup, celebrate)
    module.select_winner = select_winner  # type: ignore[attr-defined]
    module.winner_selected = winner_selected  # type: ignore[attr-defined]
    assert problems(module, Capability.NOTIFICATIONS) == [
        "celebrate: this host has no such hook",
        "notify: the manifest declares notifications, which needs it",
        "routes: must be a plain function, not async def",
        "routes: takes **everything; name the arguments it uses",
        "select_winner: belongs to winnerSelection, which the manifest does not declare",
        "select_winner: is a wrapper; a hook is answered by one application, "
        "there is nothing to wrap",
        "startup: gives 'ctx' a default, so it would never receive it",
        "tasks: must be a plain function, not async def",
        "tasks: takes 'speed' by keyword only; the host hands it over by position",
        "winner_selected: asks for an order (tryfirst, trylast); there is none between "
        "applications",
        "winner_selected: must be async def",
        "winner_selected: takes 'champion', which the hook does not have (it has: ctx, room, "
        "winner)",
    ]


def test_a_hook_of_a_later_host_may_be_optional() -> None:
    @hookimpl(optionalhook=True)
    async def celebrate() -> None: ...

    assert implementations_of(plugin(celebrate=celebrate), declaring()) == {}


def test_a_hook_is_implemented_once() -> None:
    async def startup() -> None: ...

    @hookimpl(specname="startup")
    async def again() -> None: ...

    (found,) = problems(plugin(startup, again=again))
    assert found == "startup: is implemented 2 times; the host would call only one"


def test_an_async_generator_is_no_answer() -> None:
    async def panels() -> Any:
        yield 1

    (found,) = problems(plugin(panels))
    assert found == "panels: must be async def"


@pytest.mark.parametrize("nothing", [None, SimpleNamespace, type("Plugin", (), {})])
def test_a_plugin_is_a_module_or_an_instance(nothing: object) -> None:
    (found,) = problems(nothing)
    assert "must be a module or an instance" in found


def test_looking_at_a_plugin_runs_no_property_of_it() -> None:
    class Plugin:
        @property
        def startup(self) -> None:
            raise AssertionError("was run")

    assert implementations_of(Plugin(), declaring()) == {}


def test_every_specification_is_of_one_kind() -> None:
    specified = {name for name, value in vars(HookSpecs).items() if hasattr(value, "festoon_spec")}
    assert specified == set(DELEGATED) | OBSERVERS | BOOT
    assert not set(DELEGATED) & OBSERVERS
    assert not BOOT & (set(DELEGATED) | OBSERVERS)
