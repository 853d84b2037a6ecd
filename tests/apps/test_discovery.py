"""Applications are found, and their manifests read, without running a line of theirs."""

from __future__ import annotations

import importlib.util
import json
import site
import sys
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

import pytest

from host.apps.discovery import (
    GROUP,
    host_version,
    installed,
    is_editable,
    origin,
    package_folder,
    read_raw_manifest,
)
from host.errors import InvalidManifest

NOT_RUN = "raise AssertionError('a manifest was read by running code')\n"


def package(folder: Path, name: str, *, manifest: bool = True, code: str = NOT_RUN) -> Path:
    """A package that must not be imported."""
    made = folder.joinpath(*name.split("."))
    made.mkdir(parents=True)
    (made / "__init__.py").write_text(code)
    if manifest:
        (made / "manifest.json").write_text(json.dumps({"from": name}))
    return made


def distribution(folder: Path, name: str, entry_points: str, version: str = "1.0") -> Path:
    """The metadata that an installer writes."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry_points}\n")
    return info


def at(value: str) -> EntryPoint:
    return EntryPoint("app", value, GROUP)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which imports would work."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "value", ["a_package", "a_package:plugin", "a_package.inner.module:plugin"]
)
def test_the_manifest_lies_in_the_package(place: Path, value: str) -> None:
    folder = package(place, "a_package")
    package(place, "a_package.inner", manifest=False)
    (folder / "inner" / "module.py").write_text(NOT_RUN)
    assert package_folder(at(value)) == folder
    assert read_raw_manifest(folder) == {"from": "a_package"}
    assert "a_package" not in sys.modules


def test_the_innermost_manifest_counts(place: Path) -> None:
    package(place, "a_suite")
    inner = package(place, "a_suite.quiz")
    assert package_folder(at("a_suite.quiz:plugin")) == inner


def test_a_namespace_package_may_be_spread_over_folders(
    place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    monkeypatch.syspath_prepend(str(other))
    (place / "a_namespace" / "events").mkdir(parents=True)
    folder = package(other, "a_namespace.events.quiz")
    assert package_folder(at("a_namespace.events.quiz")) == folder
    assert "a_namespace" not in sys.modules


def test_an_editable_install_by_pth_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", sys.path[:])
    folder = package(tmp_path / "checkout", "an_editable")
    packages = tmp_path / "site-packages"
    info = distribution(packages, "an-editable", "editable = an_editable")
    (info / "direct_url.json").write_text(
        json.dumps({"url": "file:///checkout", "dir_info": {"editable": True}})
    )
    (packages / "an_editable.pth").write_text(f"{tmp_path / 'checkout'}\n")
    site.addsitedir(str(packages))
    (found,) = installed([str(packages)])
    assert package_folder(found) == folder
    assert is_editable(found.dist)
    assert "an_editable" not in sys.modules


def test_an_editable_install_by_a_finder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = package(tmp_path / "checkout" / "src", "a_mapped")

    class Finder:
        """What build backends install: one top-level name, mapped to a folder."""

        @classmethod
        def find_spec(
            cls, name: str, path: object = None, target: object = None
        ) -> ModuleSpec | None:
            if name != "a_mapped":
                return None
            return importlib.util.spec_from_file_location(name, folder / "__init__.py")

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert package_folder(at("a_mapped:plugin")) == folder


def test_what_is_read_belongs_to_the_code_that_an_import_would_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    package(far, "a_shadowed")
    wanted = package(near, "a_shadowed")
    distribution(far, "a-shadowed", "shadowed = a_shadowed")
    monkeypatch.setattr(sys, "path", [str(near), str(far), *sys.path])
    (found,) = installed([str(far)])
    assert package_folder(found) == wanted


def test_a_package_that_is_not_there_is_an_import_error(place: Path) -> None:
    package(place, "a_package")
    for value in ("no_package", "a_package.missing.deep", "not a name", ""):
        with pytest.raises(ImportError):
            package_folder(at(value))


def test_a_package_needs_a_manifest_and_a_manifest_a_package(place: Path) -> None:
    package(place, "a_bare", manifest=False)
    (place / "a_module.py").write_text(NOT_RUN)
    for value in ("a_bare", "a_module:plugin"):
        with pytest.raises(InvalidManifest):
            package_folder(at(value))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"meta": {,}', "line 1, column"),
        (b'{"a": 1, "a": 2}', "'a' stands there twice"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"a": "\\ud800"}', "not usable"),
        (b'{"a": 123456789012345678901234567890}', "not usable"),
        (b"\xff\xfe", "not usable"),
        (b"[" * 100_000, "nested too deep"),
        (b'"' + b"x" * 300_000 + b'"', "larger than 256 KiB"),
    ],
)
def test_a_manifest_that_is_no_json_says_where(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(InvalidManifest) as refused:
        read_raw_manifest(tmp_path)
    assert said in refused.value.fields[""][0]


def test_entry_points_come_sorted_by_id_and_then_by_distribution(tmp_path: Path) -> None:
    distribution(tmp_path, "zebra", "beta = z\nalpha = z")
    distribution(tmp_path, "ant", "beta = a")
    found = [(one.name, one.value) for one in installed([str(tmp_path)])]
    assert found == [("alpha", "z"), ("beta", "a"), ("beta", "z")]


def test_a_distribution_that_is_found_twice_counts_once(tmp_path: Path) -> None:
    distribution(tmp_path / "one", "An.App", "app = first")
    distribution(tmp_path / "two", "an-app", "app = second", version="0.9")
    (found,) = installed([str(tmp_path / "one"), str(tmp_path / "two")])
    assert found.value == "first"
    assert origin(found) == "An.App 1.0 (first)"


def test_metadata_that_cannot_be_read_hides_no_other_application(tmp_path: Path) -> None:
    distribution(tmp_path, "good", "good = good")
    (tmp_path / "nameless-1.dist-info").mkdir()
    bad = distribution(tmp_path, "bad", "")
    (bad / "entry_points.txt").write_bytes(b"[festoon.apps]\nx = \xff\xfe\n")
    assert [one.name for one in installed([str(tmp_path)])] == ["good"]


def test_the_platform_is_there_also_without_an_installation() -> None:
    assert [one.value for one in installed() if one.name == "platform"] == ["host.defaults"]
    assert package_folder(EntryPoint("platform", "host.defaults", GROUP)).name == "defaults"


def test_an_ordinary_install_is_not_editable(tmp_path: Path) -> None:
    info = distribution(tmp_path, "plain", "plain = plain")
    (found,) = distributions(path=[str(tmp_path)])
    assert not is_editable(found)
    (info / "direct_url.json").write_text("not JSON")
    assert not is_editable(found)
    assert not is_editable(None)


def test_the_host_has_a_version() -> None:
    assert host_version()[0].isdigit()
