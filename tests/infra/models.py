"""Holds resources against the models in Azure's published SDKs: whether a property exists, and may have its value.

They are of the SDK's version of the API, which need not be the template's; a property that came later than the template's
version goes unnoticed.
"""

import enum
import functools
import importlib
import re

from bicep import Literal

# The model of each type of resource; where the name decides, type and name.
MODELS = {
    "Microsoft.Web/sites": ("web", "Site"),
    "Microsoft.Web/serverfarms": ("web", "AppServicePlan"),
    "Microsoft.Web/sites/config appsettings": ("web", "StringDictionary"),
    "Microsoft.Web/sites/config authsettingsV2": ("web", "SiteAuthSettingsV2"),
    "basicPublishingCredentialsPolicies": ("web", "CsmPublishingCredentialsPoliciesEntity"),
    "Microsoft.SignalRService/webPubSub": ("webpubsub", "WebPubSubResource"),
    "Microsoft.SignalRService/webPubSub/hubs": ("webpubsub", "WebPubSubHub"),
    "Microsoft.Storage/storageAccounts": ("storage", "StorageAccountCreateParameters"),
    "blobServices": ("storage", "BlobServiceProperties"),
    "containers": ("storage", "BlobContainer"),
    "Microsoft.OperationalInsights/workspaces": ("loganalytics", "Workspace"),
    "Microsoft.Insights/components": ("applicationinsights.v2020_02_02", "ApplicationInsightsComponent"),
    "Microsoft.ManagedIdentity/userAssignedIdentities": ("msi", "Identity"),
    "Microsoft.Authorization/roleAssignments": ("authorization", "RoleAssignmentCreateParameters"),
}

# Resources whose models no such package has: Microsoft Graph's, and a group that has a name and a place.
WITHOUT = {
    "Microsoft.Graph/applications", "Microsoft.Graph/servicePrincipals", "federatedIdentityCredentials",
    "Microsoft.Resources/resourceGroups",
}

# Bicep's own words, and what every resource has.
OWN = {"name", "location", "tags", "parent", "scope", "dependsOn", "", "properties"}


def problems(template):
    for resource in template.resources:
        kind = resource.kind.partition("@")[0]
        if kind in WITHOUT or not set(resource.values) - {"", "name"}:
            continue
        model = MODELS.get(kind) or MODELS.get(f"{kind} {' '.join(resource.at('name'))}")
        if model is None:
            yield f": there is no model of {kind} to hold {resource.name} against"
            continue
        models = importlib.import_module(f"azure.mgmt.{model[0]}.models")
        for path, values in resource.values.items():
            if path.partition(".")[0] in OWN - {"properties"} or path in OWN:
                continue
            problem = unknown(getattr(models, model[1]), path.split("."), values, models)
            if problem:
                yield f": {resource.name}: {path} {problem}, says Azure's model {model[1]}"


def unknown(cls, parts, values, models):
    """What is wrong about a property, if anything is."""
    known = fields(cls, models)
    # Older models give a property's whole path.
    for length in range(len(parts), 0, -1):
        found = known.get(".".join(parts[:length]))
        if found is None:
            continue
        kind, rest = found, parts[length:]
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            allowed = {str(member.value).lower() for member in kind}
            wrong = [value for value in values if isinstance(value, Literal) and value.lower() not in allowed]
            return f"cannot be {wrong}" if wrong else None
        if not rest or not isinstance(kind, type):
            # The end, or a map whose keys are the author's.
            return None if not rest or kind == "map" else "has no properties"
        return unknown(kind, rest, values, models)
    # The path of an object, of which older models know the properties alone.
    if any(path.startswith(".".join(parts) + ".") for path in known):
        return None
    return "is unknown"


@functools.cache
def fields(cls, models):
    """A model's properties by their names on the wire: a class, "map" or "value"."""
    found = {}
    for name, described in (getattr(cls, "_attribute_map", None) or {}).items():
        found[described["key"].replace("\\\\.", ".")] = kind_of(described["type"], models)
    for base in cls.__mro__:
        for name, field in vars(base).items():
            if type(field).__name__ == "_RestField":
                wire = field._rest_name_input or name
                annotation = str(base.__annotations__.get(name, ""))
                found.setdefault(wire, kind_of(annotation, models))
    return found


def kind_of(described, models):
    """From `[EventHandler]`, `{str}`, or an annotation with `_models.Name` in it."""
    if described.startswith("{") or re.search(r"\b[Dd]ict\[", described):
        return "map"
    for name in re.findall(r"\w+", described.replace("_models.", "")):
        cls = getattr(models, name, None)
        if isinstance(cls, type):
            return cls
    return "value"
