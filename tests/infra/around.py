"""What must hold around the templates: azure.yaml, scripts, workflows, and how they fit the source."""

import filecmp
import json
import os
import re

import yaml

# What the copies of the templates may have of their own.
OWN = {"README.md", "main.parameters.json"}


def project(directory, root):
    """A project that azd deploys."""
    where = directory.relative_to(root)
    file = yaml.safe_load((directory / "azure.yaml").read_text())
    if file.get("infra") != {"provider": "bicep", "path": "infra", "module": "main"}:
        yield f"{where}/azure.yaml: infra does not lead to infra/main.bicep"
    service = file.get("services", {}).get("app", {})
    for key, wanted in {"project": ".", "host": "function", "language": "custom", "dist": "target/azure.zip"}.items():
        if service.get(key) != wanted:
            yield f"{where}/azure.yaml: {key} is {service.get(key)!r}, and must be {wanted!r}"
    if file.get("requiredVersions") != {"azd": ">= 1.23.4"}:
        yield f"{where}/azure.yaml: requiredVersions must ask for azd 1.23.4, which knows the language custom"
    readme = (directory / "infra/README.md").read_text()
    for command in ("azd config set alpha.language.custom on", "az login"):
        if command not in readme:
            yield f"{where}/infra/README.md does not say {command!r}, without which azd up stops"
    hooks = service.get("hooks", {})
    for name in ("prepackage", "postdeploy"):
        words = hooks.get(name, {}).get("run", "").split()
        script = directory / words[0] if words else None
        if script is None or not script.is_file() or not os.access(script, os.X_OK):
            yield f"{where}/azure.yaml: {name} runs no script that is there and executable"
    stage = (directory / "infra/stage.sh").read_text()
    if "--out target/azure " not in stage or "--zip target/azure.zip" not in stage:
        yield f"{where}/infra/stage.sh does not stage into what azure.yaml calls dist"
    yield from hub(directory, where, hooks.get("postdeploy", {}).get("run", ""))


def hub(directory, where, command):
    """Whether the hub that is set is the app's, and goes by its door."""
    words = command.split()
    name = words[1] if len(words) > 1 else ""
    source = "\n".join(path.read_text() for path in sorted(directory.glob("src/**/*.rs")))
    if not name or not re.search(rf'Hub::new\("{re.escape(name)}"\)|HUB: &str = "{re.escape(name)}"', source):
        yield f"{where}/azure.yaml: postdeploy sets the hub {name!r}, and the app has no such hub"
    function = json.loads((directory / "function-app/socketio/function.json").read_text())
    keyed = function["bindings"][0]["authLevel"] == "function"
    if keyed != ("--webhook-key" in words):
        yield f"{where}/azure.yaml: postdeploy and the level of the function socketio contradict each other about a key"


def outputs(directory, root):
    """Whether main.bicep has what the scripts take from the environment."""
    has = set(re.findall(r"^output (\w+)", (directory / "infra/main.bicep").read_text(), re.MULTILINE))
    script = (directory / "infra/hub.sh").read_text()
    for name in set(re.findall(r"\$\{?([A-Z][A-Z_]+)", script)) | set(re.findall(r"\b(AZURE_RESOURCE_GROUP|APP_NAME|SERVICE_NAME)\b", script)):
        # azd itself sets the subscription.
        if name not in has | {"AZURE_SUBSCRIPTION_ID"}:
            yield f"{directory.relative_to(root)}/infra/hub.sh takes {name}, which is no output of main.bicep"


def copies(original, copy, root):
    """Whether two folders have the same files, but for what may differ."""
    def files(directory):
        return {path.relative_to(directory) for path in directory.rglob("*") if path.is_file()}

    for path in sorted(files(original) | files(copy)):
        if path.name in OWN:
            continue
        if not ((original / path).is_file() and (copy / path).is_file() and filecmp.cmp(original / path, copy / path, shallow=False)):
            yield f"{(copy / path).relative_to(root)} is not the same as {(original / path).relative_to(root)}; copy the one over the other"


def workflows(directory, root):
    for path in sorted(directory.glob("*.y*ml")):
        text = path.read_text()
        where = path.relative_to(root)
        file = yaml.safe_load(text)
        if file.get("permissions") != {"contents": "read"}:
            yield f"{where}: permissions must be contents: read unless a job needs more"
        if "secrets." in text:
            yield f"{where} uses a secret; sign in by federation"
        for name, job in file["jobs"].items():
            yield from (f"{where}: {found}" for found in one_job(name, job))
    deploy = yaml.safe_load((directory / "deploy.yml").read_text())["jobs"]["deploy"]
    if deploy.get("needs") != "test":
        yield ".github/workflows/deploy.yml publishes what was not tested"
    for name, scripts in {"deploy.yml": ["$PROJECT/infra/compile.sh"], "test.yml": ["infra/compile.sh", "samples/identity-quickstart/infra/compile.sh"]}.items():
        ran = set(re.findall(r"[^\s\"]*compile\.sh", (directory / name).read_text()))
        for script in set(scripts) - ran:
            yield f".github/workflows/{name} does not compile the templates with {script}"


def one_job(name, job):
    if "runs-on" in job and "timeout-minutes" not in job:
        yield f"the job {name} has no time-out"
    if job.get("permissions", {}).get("id-token") == "write" and "environment" not in job:
        yield f"the job {name} may sign in from anywhere; bind it to an environment"
    used = [step["uses"] for step in job.get("steps", []) if "uses" in step] + [job[key] for key in ["uses"] if key in job]
    for action in used:
        if not action.startswith("./") and not re.search(r"@[0-9a-f]{40}$", action):
            yield f"the job {name} uses {action}, which is not pinned to a commit"
