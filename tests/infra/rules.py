"""What must hold of the templates: each rule yields sentences about what does not."""

import json
import re

import models
from bicep import Template

# The functions of Bicep that these templates may use, its decorators among them. A name that is neither declared nor here
# is a slip of the pen.
FUNCTIONS = set(
    "allowed description maxLength maxValue minLength minValue "
    "empty environment guid listKeys max resourceGroup subscription subscriptionResourceId tenant toLower union uniqueString".split()
)

# What each resource must say. A value that a condition chooses must be so on both sides.
MUST = {
    "Microsoft.Storage/storageAccounts": {
        "properties.allowSharedKeyAccess": "false",
        "properties.allowBlobPublicAccess": "false",
        "properties.allowCrossTenantReplication": "false",
        "properties.supportsHttpsTrafficOnly": "true",
        "properties.minimumTlsVersion": "TLS1_2",
    },
    "Microsoft.SignalRService/webPubSub": {
        "kind": "SocketIO",
        "identity.type": "UserAssigned",
        "properties.socketIO.serviceMode": "Serverless",
        "properties.disableLocalAuth": "!keyBasedAuth",
    },
    "Microsoft.SignalRService/webPubSub/hubs": {
        "properties.anonymousConnectPolicy": "deny",
        "properties.eventHandlers.userEventPattern": "*",
        "properties.eventHandlers.auth.managedIdentity.resource": "audience",
    },
    "Microsoft.Web/sites": {
        "identity.type": "UserAssigned",
        "properties.httpsOnly": "true",
        "tags": "union(tags, { 'azd-service-name': 'app' })",
        "properties.siteConfig.minTlsVersion": "1.2",
        "properties.functionAppConfig.runtime.name": "custom",
        "properties.functionAppConfig.runtime.version": "1.0",
        "properties.functionAppConfig.deployment.storage.authentication.type": "UserAssignedIdentity",
    },
    "basicPublishingCredentialsPolicies": {"properties.allow": "false"},
    "Microsoft.Insights/components": {"properties.DisableLocalAuth": "true"},
    "Microsoft.Graph/applications": {
        "signInAudience": "AzureADMyOrg",
        "api.requestedAccessTokenVersion": "2",
        "web.implicitGrantSettings.enableAccessTokenIssuance": "false",
    },
}

# Only in templates that make an app registration.
WITH_REGISTRATION = {"Microsoft.Graph/applications"}

# Roles by their published ids.
ROLES = {
    "service.bicep": ("Web PubSub Service Owner", "12cf5a90-567b-43ae-8102-96cf46c7d9b4"),
    "monitoring.bicep": ("Monitoring Metrics Publisher", "3913510d-42f4-4e42-8a64-420c390055eb"),
    "storage.bicep": ("Storage Blob Data Owner", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"),
}

# Who is who. Exchanged, everything would still deploy, and the wrong one would be let in.
WIRING = {
    ("service", "params.identityId"): "identities.outputs.serviceId",
    ("service", "params.ownerPrincipalId"): "identities.outputs.appPrincipalId",
    ("app", "params.identityId"): "identities.outputs.appId",
    ("storage", "params.ownerPrincipalId"): "identities.outputs.appPrincipalId",
    ("monitoring", "params.publisherPrincipalId"): "identities.outputs.appPrincipalId",
    ("settings", "params.identityClientId"): "identities.outputs.appClientId",
    ("settings", "params.callerClientId"): "identities.outputs.serviceClientId",
}


def folder(infra, root, where):
    """All rules on one folder of templates, which stands in the words as `where`."""
    templates = {path: Template(path) for path in sorted(infra.rglob("*.bicep"))}
    for template in templates.values():
        file = f"{where}/{template.path.relative_to(infra)}"
        for found in [*parses(template), *names(template), *parts(template, templates), *secrets(template), *models.problems(template)]:
            yield f"{file}{found}"
    for found in [*resources(templates), *roles(templates), *wiring(templates), *sign_in(templates)]:
        yield f"{where}: {found}"
    for found in [*settings(templates, root), *parameters(templates, infra), *extensions(templates, infra)]:
        yield f"{where}: {found}"


def parses(template):
    for line, found in template.mistakes():
        yield f":{line}: this does not parse: {found!r}"


def names(template):
    used = set()
    known = template.declared() | FUNCTIONS
    for name, line in template.used():
        used.add(name)
        if name not in known:
            yield f":{line}: {name} is declared nowhere"
    for name in (set(template.params) | template.variables) - used:
        yield f": {name} is declared and never used"


def parts(template, templates):
    files = {}
    for module in template.modules:
        path = template.path.parent / module.kind
        if path not in templates:
            yield f": there is no module {module.kind}"
            continue
        files[module.name] = other = templates[path]
        given = {key.removeprefix("params.") for key in module.values if re.fullmatch(r"params\.\w+", key)}
        for name in given - set(other.params):
            yield f": the module {module.name} has no parameter {name}"
        for name, default in other.params.items():
            if default is None and name not in given:
                yield f": the module {module.name} is not given its parameter {name}"
    for module, output, line in template.asked_of_modules():
        if module in files and output not in files[module].outputs:
            yield f":{line}: the module {module} has no output {output}"


def secrets(template):
    for name, value in template.outputs.items():
        if re.search(r"list\w*Keys|ConnectionString\b.*AccessKey", value, re.IGNORECASE):
            yield f": the output {name} shows a key"
    for value, line in template.strings():
        if re.search(r"azurewebsites\.net|windows\.net|microsoftonline\.com|AccessKey=", value):
            yield f":{line}: {value} belongs to one cloud or is a secret; ask the resource or environment()"


def resources(templates):
    found, versions = {}, {}
    for template in templates.values():
        for resource in template.resources:
            kind, _, version = resource.kind.partition("@")
            if version and versions.setdefault(kind, version) != version:
                yield f"{kind} has two versions, {version} and {versions[kind]}"
            # One that exists already is named and nothing else.
            if set(resource.values) - {"", "name"}:
                found.setdefault(kind, []).append(resource)
    for kind, must in MUST.items():
        if kind not in found and (kind not in WITH_REGISTRATION or has_registration(templates)):
            yield f"there is no {kind}"
        for resource in found.get(kind, []):
            for path, wanted in must.items():
                values = resource.at(path)
                if not values or any(value != wanted for value in values):
                    yield f"{resource.name} ({kind}): {path} is {values or 'missing'}, and must be {wanted}"
    # azd finds the resource of a service by this tag, and stops if it finds two.
    for resource in (resource for all_of_kind in found.values() for resource in all_of_kind):
        if "Microsoft.Web/sites@" not in resource.kind and any("azd-service-name" in tag for tag in resource.at("tags")):
            yield f"{resource.name} has the tag azd-service-name, which only the app may have"
    for hub in found.get("Microsoft.SignalRService/webPubSub/hubs", []):
        events = hub.at("properties.eventHandlers.systemEvents")
        if events != ["connect", "connected", "disconnected"]:
            yield f"the hub's system events are {events}"
        types = hub.at("properties.eventHandlers.auth.type")
        if types != ["None", "ManagedIdentity"]:
            yield f"the hub's types of authentication are {types}"


def roles(templates):
    by_name = {path.name: template for path, template in templates.items()}
    for name, (role, guid) in ROLES.items():
        if name not in by_name or guid not in by_name[name].text.decode():
            yield f"{name} does not assign {role}"
        elif not any("roleAssignments" in resource.kind for resource in by_name[name].resources):
            yield f"{name} assigns no role"


def wiring(templates):
    main = next((template for path, template in templates.items() if path.name == "main.bicep"), None)
    if main is None:
        yield "there is no main.bicep"
        return
    by_name = {module.name: module for module in main.modules}
    for (module, path), wanted in WIRING.items():
        values = by_name[module].at(path) if module in by_name else []
        if values != [wanted]:
            yield f"{module}: {path.removeprefix('params.')} is {values}, and must be {wanted}"
    if not has_registration(templates) and (main.extensions or set(main.params) & {"keyBasedAuth", "signIn"}):
        yield "without a registration there is nothing to choose, and no extension to fetch"


def has_registration(templates):
    return any(path.name == "registration.bicep" for path in templates)


def sign_in(templates):
    for template in templates.values():
        for resource in template.resources:
            if resource.at("name") != ["authsettingsV2"]:
                continue
            if resource.at("properties.globalValidation.requireAuthentication") != ["!keyBasedAuth"]:
                yield "sign-in is not required where nothing signs with a key"
            if "properties.globalValidation.excludedPaths" in resource.values:
                yield "a path is left out of sign-in, where anybody could write the platform's headers"
            allowed = resource.at("properties.identityProviders.azureActiveDirectory.validation.defaultAuthorizationPolicy.allowedApplications")
            if set(allowed) != {"registrationClientId", "callerClientId"}:
                yield f"sign-in lets in {allowed}, and must let in the registration and the caller"
            return
    yield "there is no authsettingsV2"


def settings(templates, root):
    table = (root / "README.md").read_text()
    parts = (root / "src/settings/connection.rs").read_text()
    by_name = {path.name: template for path, template in templates.items()}
    names = re.findall(r"^\s*(?:\{ )?((?:SOCKETIO_FUNCTIONS|WebPubSub)\w*):", by_name["settings.bicep"].text.decode(), re.MULTILINE)
    for name in names + re.findall(r"\{ (WebPubSub\w*):", by_name["settings.bicep"].text.decode()):
        base, _, part = name.partition("__")
        if f"`{base}`" not in table or (part and f'"{part}"' not in parts):
            yield f"{name} is no setting of the runtime"
    for wanted in ("SOCKETIO_FUNCTIONS_WEBHOOK_CALLER", "SOCKETIO_FUNCTIONS_WEBHOOK_AUDIENCE", "SOCKETIO_FUNCTIONS_WEBHOOK_ISSUER"):
        if wanted not in names:
            yield f"{wanted} is not set"


def parameters(templates, infra):
    main = templates.get(infra / "main.bicep")
    given = json.loads((infra / "main.parameters.json").read_text())["parameters"]
    for name in set(given) - set(main.params if main else {}):
        yield f"main.parameters.json gives {name}, which main.bicep does not take"
    for name, default in (main.params if main else {}).items():
        if default is None and name not in given:
            yield f"main.parameters.json does not give {name}"


def extensions(templates, infra):
    known = json.loads((infra / "bicepconfig.json").read_text()).get("extensions", {})
    if known and not has_registration(templates):
        yield "bicepconfig.json fetches extensions that no template uses"
    for template in templates.values():
        for name in template.extensions:
            if name not in known:
                yield f"{template.path.name} uses the extension {name}, which bicepconfig.json does not have"
