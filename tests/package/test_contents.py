"""The published files: all that are needed, no others, and valid metadata."""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.metadata import Metadata

from .conftest import ROOT, run

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

INSTALLED_AS = {
    "pytest_providercalls": "pytest_providercalls",
    "contracts": "pytest_providercalls/contracts",
    "fake_server": "pytest_providercalls/fake_server",
}
"""The folder of each package in the wheel."""
METADATA_FILES = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt", "licenses/LICENSE"}
HOST_FILES = (".ci/", ".github/", ".gitignore")
SETUPTOOLS_FILES = re.compile(r"PKG-INFO|setup\.cfg|pytest_providercalls\.egg-info/.*")


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    project: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return project


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Metadata:
    (name,) = (name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".dist-info/METADATA"))
    # Raises an exception for fields that an index would refuse.
    return Metadata.from_email(zipfile.ZipFile(wheel).read(name), validate=True)


def test_the_wheel_contains_the_three_packages(wheel: Path, tracked: list[str]) -> None:
    assert set(INSTALLED_AS) <= {name.partition("/")[0] for name in tracked}
    expected = {
        f"{INSTALLED_AS[package]}/{rest}"
        for package, _, rest in (name.partition("/") for name in tracked)
        if package in INSTALLED_AS
    }
    names = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    metadata_files = {name for name in names if name.partition("/")[0].endswith(".dist-info")}
    assert names - metadata_files == expected
    assert {name.partition("/")[2] for name in metadata_files} == METADATA_FILES


def test_the_sdist_contains_the_repository(sdist: Path, tracked: list[str]) -> None:
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    names = {name for name in names if not SETUPTOOLS_FILES.fullmatch(name)}
    assert names == {name for name in tracked if not name.startswith(HOST_FILES)}


def test_the_metadata_can_be_searched(metadata: Metadata) -> None:
    assert metadata.license_expression == "MIT"
    assert metadata.license_files == ["LICENSE"]
    assert metadata.description_content_type == "text/markdown"
    assert metadata.summary and len(metadata.summary) <= 160
    assert metadata.keywords and {"pytest", "voipbin"} <= set(metadata.keywords)
    assert metadata.classifiers and {"Framework :: Pytest", "Typing :: Typed"} <= set(metadata.classifiers)
    # An index refuses a licence classifier next to a licence expression.
    assert not [one for one in metadata.classifiers if one.startswith("License ::")]


def test_every_python_in_the_classifiers_can_install_it(metadata: Metadata) -> None:
    pythons = [one.rpartition(" ")[2] for one in metadata.classifiers or [] if re.search(r":: 3\.\d+$", one)]
    assert metadata.requires_python and all(python in metadata.requires_python for python in pythons)
    assert str(metadata.requires_python) == f">={pythons[0]}"


def test_every_dependency_has_only_a_lower_bound(metadata: Metadata) -> None:
    dependencies = [one for one in metadata.requires_dist or [] if one.name != "pytest-providercalls"]
    assert [str(one) for one in dependencies if [each.operator for each in one.specifier] != [">="]] == []


def test_the_version_is_written_once(metadata: Metadata, project: dict[str, object], tracked: list[str]) -> None:
    assert str(metadata.version) == version("pytest-providercalls") == project["version"]
    code = [name for name in tracked if name.partition("/")[0] in INSTALLED_AS and name.endswith(".py")]
    assert [name for name in code if f'"{metadata.version}"' in (ROOT / name).read_text("utf-8")] == []


def test_the_changelog_starts_with_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\S+)", text, re.MULTILINE)
    assert newest is not None and newest[1] in (version("pytest-providercalls"), "Unreleased")


def test_the_same_sources_build_the_same_wheel(wheel: Path, source: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(source))
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()
