"""Runs the scripts with stand-ins for the tools that they call, and looks at what was called."""

import os
import subprocess
import tempfile
from pathlib import Path

OUTPUTS = {"AZURE_RESOURCE_GROUP": "rg-x", "APP_NAME": "func-x", "APP_HOST": "x.example", "SERVICE_NAME": "wps-x", "WEBHOOK_AUDIENCE": "a-b"}

# Writes down how it was called, says what SAYS has, and fails the first FAILURES calls that begin with FAILING.
TOOL = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" >> "$CALLS"
[ -z "${SAYS:-}" ] || echo "$SAYS" >&2
case "$(basename "$0") $*" in "$FAILING"*) [ "$(grep -c "^$FAILING" "$CALLS")" -gt "${FAILURES:-0}" ] ;; esac
"""


def run(script, arguments, environment, tools=("az", "sleep"), failures=0, failing="az deployment"):
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
    script = root / "infra/hub.sh"
    if not os.access(script, os.X_OK):
        yield "infra/hub.sh is not executable"
        return
    code, said, calls = run(script, ["chat"], OUTPUTS)
    wanted = ["--resource-group rg-x", "appName=func-x", "serviceName=wps-x", "hubName=chat", "audience=a-b", "webhookKey=false", "hub.bicep"]
    if code or len(calls) != 2 or any(part not in calls[1] for part in wanted):
        yield f"infra/hub.sh chat does not set the hub: {code} {calls} {said}"
    code, said, calls = run(script, ["hub", "--webhook-key"], OUTPUTS | {"WEBHOOK_AUDIENCE": ""})
    if code or "webhookKey=true" not in calls[1] or "audience= " not in calls[1]:
        yield f"infra/hub.sh hub --webhook-key does not ask for the key: {code} {calls} {said}"
    # Without a hub or an output nothing is called.
    for arguments, environment, named in [
        ([], OUTPUTS, "no hub"),
        (["hub", "--other"], OUTPUTS, "--other"),
        (["hub"], OUTPUTS | {"APP_NAME": ""}, "APP_NAME"),
    ]:
        code, said, calls = run(script, arguments, environment)
        if code != 2 or named not in said or calls:
            yield f"infra/hub.sh {arguments} is not refused for {named}: {code} {calls} {said}"
    code, said, calls = run(script, ["hub"], OUTPUTS, failures=2)
    if code or [call.split()[0] for call in calls] != ["az", "az", "sleep", "az", "sleep", "az"]:
        yield f"infra/hub.sh does not try again: {code} {calls} {said}"
    code, said, calls = run(script, ["hub"], OUTPUTS, failures=99)
    if code != 1 or sum(call.startswith("az deployment") for call in calls) != 5:
        yield f"infra/hub.sh does not give up after five attempts: {code}, {len(calls)} calls"

    code, said, calls = run(script, ["hub"], OUTPUTS | {"AZURE_SUBSCRIPTION_ID": "sub-1"})
    if code or any("--subscription sub-1" not in call for call in calls):
        yield f"infra/hub.sh does not keep to azd's subscription: {code} {calls} {said}"
    code, said, calls = run(script, ["hub"], OUTPUTS, failures=1, failing="az account")
    if code != 1 or "run az login" not in said or len(calls) != 1:
        yield f"infra/hub.sh does not say that az is signed out: {code} {calls} {said}"

    # Any output is a failure, and so is an exit code.
    compile = root / "infra/compile.sh"
    code, said, calls = run(compile, [], {}, tools=("bicep",))
    if code or calls != ["bicep build --stdout main.bicep", "bicep build --stdout hub.bicep"]:
        yield f"infra/compile.sh does not compile: {code} {calls} {said}"
    code, said, calls = run(compile, [], {"SAYS": "Warning BCP037"}, tools=("bicep",))
    if code != 1 or "Warning BCP037" not in said or len(calls) != 2:
        yield f"infra/compile.sh lets a warning pass: {code} {calls} {said}"
    code, said, _ = run(compile, [], {}, tools=("bicep",), failures=1, failing="bicep build")
    if code != 1 or "main.bicep does not compile" not in said:
        yield f"infra/compile.sh lets an error pass: {code} {said}"
    code, said, _ = run(compile, [], {}, tools=())
    if code != 1 or "bicep is missing" not in said:
        yield f"infra/compile.sh does not say that the compiler is missing: {code} {said}"

    stage = root / "infra/stage.sh"
    code, said, calls = run(stage, [], {"SIO": "sio --quiet"}, tools=("sio",))
    wanted = "sio --quiet stage --release --target x86_64-unknown-linux-gnu.2.28 --out target/azure --zip target/azure.zip"
    if code or calls != [wanted]:
        yield f"infra/stage.sh does not stage: {code} {calls} {said}"
    code, said, _ = run(stage, [], {}, tools=())
    if code != 1 or "sio is missing" not in said:
        yield f"infra/stage.sh does not say that the tool is missing: {code} {said}"
