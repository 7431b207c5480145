"""Checks what `sio azure init` makes: templates, azure.yaml, the script and workflows.

    check.py            prints what is wrong, and fails if anything is; then shows that it would notice

Besides what this repository has of them, the templates for every choice are made and checked; SIO names the tool if it is
not target/debug/sio. It is not a compiler: infra/compile.sh runs one, which in turn does not notice wrong values.
"""

import itertools
import os
import subprocess

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
    ".github", "azure.yaml", "infra", "README.md", "src/settings/connection.rs",
    f"{SAMPLE}/azure.yaml", f"{SAMPLE}/infra", "crates/sio/src/deploy/place.rs",
]


def problems(root):
    sample = root / SAMPLE
    for directory in (root, sample):
        infra = directory / "infra"
        yield from rules.folder(infra, root, infra.relative_to(root))
        yield from around.project(directory, root)
        yield from around.outputs(directory, root, root)
    yield from around.workflows(root / ".github/workflows", root)


def choices():
    """What is wrong with the templates for each choice."""
    tool = os.environ.get("SIO", str(ROOT / "target/debug/sio"))
    manifest = "[package]\nname = \"chat\"\nedition = \"2024\"\n\n[workspace]\n"
    chosen = itertools.product(
        (["--auth", "key"], ["--auth", "identity"]), ([], ["--easy-auth"]), (["--plan", "flex"], ["--plan", "dedicated"]),
        (["--service", "Free_F1"], ["--service", "Standard_S1"], ["--service", "Premium_P1"]),
    )
    for options in (list(itertools.chain(*parts)) for parts in chosen):
        with tempfile.TemporaryDirectory() as directory:
            project = Path(directory)
            (project / "src").mkdir()
            for name, text in {"Cargo.toml": manifest, "host.json": "{}", "src/main.rs": "fn main() {}"}.items():
                (project / name).write_text(text)
            subprocess.run([tool, "azure", "init", *options], cwd=project, check=True, capture_output=True, timeout=60)
            infra = project / "infra"
            where = f"templates with {' '.join(options)}"
            yield from rules.folder(infra, ROOT, where)
            yield from (f"{where}: {found}" for found in around.project(project, project))
            yield from (f"{where}: {found}" for found in around.outputs(project, project, ROOT))
            yield from (f"{where}: {found}" for found in around.generated(project / ".github/workflows/deploy.yml"))
            registration = "--easy-auth" in options or "identity" in options
            if (infra / "modules/registration.bicep").exists() != registration:
                yield f"{where}: a registration is made, or missing"
            for wanted in (f"param sku string = '{options[-1]}'", f"param plan string = '{'Flex' if 'flex' in options else 'Dedicated'}'"):
                if wanted not in (infra / "main.bicep").read_text():
                    yield f"{where}: main.bicep has no {wanted}"


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
    found = [*problems(ROOT), *choices(), *scripts.problems(ROOT)]
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
