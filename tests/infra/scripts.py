"""Runs the script with a stand-in for the compiler that it calls, and looks at what was called."""

import os
import subprocess
import tempfile
from pathlib import Path

# Writes down how it was called, says what SAYS has, and fails the first FAILURES calls that begin with FAILING.
TOOL = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" >> "$CALLS"
[ -z "${SAYS:-}" ] || echo "$SAYS" >&2
case "$(basename "$0") $*" in "$FAILING"*) [ "$(grep -c "^$FAILING" "$CALLS")" -gt "${FAILURES:-0}" ] ;; esac
"""


def run(script, arguments, environment, tools, failures=0, failing="bicep build"):
    """Exit code, what was said, and the calls of tools, a line each."""
    with tempfile.TemporaryDirectory() as directory:
        calls = Path(directory) / "calls"
        calls.touch()
        for name in tools:
            tool = Path(directory) / name
            tool.write_text(TOOL)
            tool.chmod(0o755)
        surroundings = {"PATH": f"{directory}:/usr/bin:/bin", "CALLS": str(calls), "FAILURES": str(failures), "FAILING": failing}
        ended = subprocess.run(
            [script, *arguments], env=surroundings | environment, capture_output=True, text=True, timeout=30, check=False
        )
        return ended.returncode, ended.stderr, calls.read_text().splitlines()


def problems(root):
    # Any output is a failure, and so is an exit code.
    compile = root / "infra/compile.sh"
    code, said, calls = run(compile, [], {}, ("bicep",))
    if code or calls != ["bicep build --stdout main.bicep", "bicep build --stdout hub.bicep"]:
        yield f"infra/compile.sh does not compile: {code} {calls} {said}"
    code, said, calls = run(compile, [], {"SAYS": "Warning BCP037"}, ("bicep",))
    if code != 1 or "Warning BCP037" not in said or len(calls) != 2:
        yield f"infra/compile.sh lets a warning pass: {code} {calls} {said}"
    code, said, _ = run(compile, [], {}, ("bicep",), failures=1)
    if code != 1 or "main.bicep does not compile" not in said:
        yield f"infra/compile.sh lets an error pass: {code} {said}"
    code, said, _ = run(compile, [], {}, ())
    if code != 1 or "bicep is missing" not in said:
        yield f"infra/compile.sh does not say that the compiler is missing: {code} {said}"
