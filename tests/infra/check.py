"""Checks the way into Azure: templates, azure.yaml, scripts and workflows.

    check.py            prints what is wrong, and fails if anything is; then shows that it would notice

It is no compiler: types and versions of resources are Azure's to judge.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import around
import rules
import scripts
from violations import VIOLATIONS

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = "samples/identity-quickstart"
# Everything that is looked at.
FILES = [
    ".github", "azure.yaml", "infra", "README.md", "src/settings/connection.rs", "src/bin/handler",
    "function-app/socketio", f"{SAMPLE}/azure.yaml", f"{SAMPLE}/infra", f"{SAMPLE}/src", f"{SAMPLE}/function-app/socketio",
]


def problems(root):
    sample = root / SAMPLE
    for directory in (root, sample):
        yield from rules.folder(directory / "infra", root)
        yield from around.project(directory, root)
        yield from around.outputs(directory, root)
    yield from around.copies(root / "infra", sample / "infra", root)
    yield from around.workflows(root / ".github/workflows", root)


def scripted(root):
    """What is wrong about the scripts. They run in a copy, for they make and remove files."""
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(root / "infra", Path(directory) / "infra")
        yield from scripts.problems(Path(directory))


def unnoticed(violations):
    """Violations that go unnoticed in a copy."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory)
        for name in FILES:
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy2)(ROOT / name, target)
        for file, before, after, expected in violations:
            path = copy / file
            original = path.read_text()
            if before not in original:
                yield f"{file} has no {before!r}, so the violation cannot be planted"
                continue
            path.write_text(original.replace(before, after, 1))
            found = list(problems(copy))
            path.write_text(original)
            if not any(expected in problem for problem in found):
                yield f"{file} with {after!r} in the place of {before!r}: nothing says {expected!r}, only {found}"
        yield from (f"a copy that nobody changed: {problem}" for problem in problems(copy))


def main():
    found = [*problems(ROOT), *scripted(ROOT)]
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        return 1
    missed = list(unnoticed(VIOLATIONS))
    for problem in missed:
        print(f"unnoticed: {problem}", file=sys.stderr)
    if not missed:
        print(f"templates, scripts and workflows fit; {len(VIOLATIONS)} planted violations were noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
