"""What must hold around the templates: azure.yaml, workflows, and how they fit the source."""

import re

import yaml

# What azd runs around its own steps, on every system.
HOOKS = {"prepackage": "sio deploy --pack", "postdeploy": "sio deploy --published"}


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
    for name, command in HOOKS.items():
        for system in ("posix", "windows"):
            if hooks.get(name, {}).get(system, {}).get("run") != command:
                yield f"{where}/azure.yaml: {name} must run {command} on {system}"


def outputs(directory, root, source):
    """Whether main.bicep has what `sio deploy` takes from the outputs, and the workflows from variables."""
    has = set(re.findall(r"^output (\w+)", (directory / "infra/main.bicep").read_text(), re.MULTILINE))
    source = (source / "crates/sio/src/deploy/place.rs").read_text().partition("#[cfg(test)]")[0]
    # azd itself knows the subscription.
    for name in set(re.findall(r'"([A-Z]+_[A-Z_]+)"', source)) - has - {"AZURE_SUBSCRIPTION_ID"}:
        yield f"{directory.relative_to(root)}/infra/main.bicep has no output {name}, which sio deploy takes"


def workflows(directory, root):
    for path in sorted(directory.glob("*.y*ml")):
        yield from (f"{path.relative_to(root)}: {found}" for found in one_workflow(path.read_text()))
    for path in directory.glob("deploy*.yml"):
        if yaml.safe_load(path.read_text())["jobs"]["deploy"].get("needs") != "test":
            yield f"{path.relative_to(root)} publishes what was not tested"
    wanted = {path.name: {"infra/compile.sh"} for path in directory.glob("deploy*.yml")}
    wanted["test.yml"] = {"infra/compile.sh", "samples/identity-quickstart/infra/compile.sh"}
    for name, scripts in wanted.items():
        ran = set(re.findall(r"[^\s\"]*compile\.sh", (directory / name).read_text()))
        for script in scripts - ran:
            yield f".github/workflows/{name} does not compile the templates with {script}"


def generated(path):
    """The workflow of a project that `sio azure init` was called in."""
    text = path.read_text()
    yield from one_workflow(text)
    if yaml.safe_load(text)["jobs"]["deploy"].get("needs") != "test":
        yield "it publishes what was not tested"
    if "sh infra/compile.sh" not in text:
        yield "it does not compile the templates"


def one_workflow(text):
    file = yaml.safe_load(text)
    if file.get("permissions") != {"contents": "read"}:
        yield "permissions must be contents: read unless a job needs more"
    if "secrets." in text:
        yield "it uses a secret; sign in by federation"
    for name, job in file["jobs"].items():
        yield from one_job(name, job)


def one_job(name, job):
    if "runs-on" in job and "timeout-minutes" not in job:
        yield f"the job {name} has no time-out"
    if job.get("permissions", {}).get("id-token") == "write" and "environment" not in job:
        yield f"the job {name} may sign in from anywhere; bind it to an environment"
    used = [step["uses"] for step in job.get("steps", []) if "uses" in step] + [job[key] for key in ["uses"] if key in job]
    for action in used:
        if not action.startswith("./") and not re.search(r"@[0-9a-f]{40}$", action):
            yield f"the job {name} uses {action}, which is not pinned to a commit"
