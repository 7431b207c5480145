"""Runs the scripts with stand-ins for the tools that they call, and looks at what was called."""

import os
import subprocess
import tempfile
from pathlib import Path

OUTPUTS = {"AZURE_RESOURCE_GROUP": "rg-x", "APP_NAME": "func-x", "APP_HOST": "x.example", "SERVICE_NAME": "wps-x", "WEBHOOK_AUDIENCE": "a-b"}

# Writes down how it was called, and fails as often as FAILURES says, unless it is `sleep`.
TOOL = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" >> "$CALLS"
[ "$(basename "$0")" = sleep ] || [ "$(grep -c "^$(basename "$0") " "$CALLS")" -gt "${FAILURES:-0}" ]
"""


def run(script, arguments, environment, tools=("az", "sleep"), failures=0):
    """Exit code, what was said, and the calls of tools, a line each."""
    with tempfile.TemporaryDirectory() as directory:
        calls = Path(directory) / "calls"
        calls.touch()
        for name in tools:
            tool = Path(directory) / name
            tool.write_text(TOOL)
            tool.chmod(0o755)
        surroundings = {"PATH": f"{directory}:/usr/bin:/bin", "CALLS": str(calls), "FAILURES": str(failures)}
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
    if code or len(calls) != 1 or any(part not in calls[0] for part in wanted):
        yield f"infra/hub.sh chat does not set the hub: {code} {calls} {said}"
    code, said, calls = run(script, ["hub", "--webhook-key"], OUTPUTS | {"WEBHOOK_AUDIENCE": ""})
    if code or "webhookKey=true" not in calls[0] or "audience= " not in calls[0]:
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
    if code or [call.split()[0] for call in calls] != ["az", "sleep", "az", "sleep", "az"]:
        yield f"infra/hub.sh does not try again: {code} {calls} {said}"
    code, said, calls = run(script, ["hub"], OUTPUTS, failures=99)
    if code != 1 or sum(call.startswith("az ") for call in calls) != 5:
        yield f"infra/hub.sh does not give up after five attempts: {code}, {len(calls)} calls"

    stage = root / "infra/stage.sh"
    code, said, calls = run(stage, [], {"SIO": "sio --quiet"}, tools=("sio",))
    wanted = "sio --quiet stage --release --target x86_64-unknown-linux-gnu.2.28 --out target/azure --zip target/azure.zip"
    if code or calls != [wanted]:
        yield f"infra/stage.sh does not stage: {code} {calls} {said}"
    code, said, _ = run(stage, [], {}, tools=())
    if code != 1 or "sio is missing" not in said:
        yield f"infra/stage.sh does not say that the tool is missing: {code} {said}"
