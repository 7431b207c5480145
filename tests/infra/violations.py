"""Mistakes that a check must notice: file, what stands there, what is put in its place, and what must be said."""

SAMPLE = "samples/identity-quickstart"

VIOLATIONS = [
    # Syntax and names.
    ("infra/main.bicep", "module storage 'modules/storage.bicep' = {", "module storage 'modules/storage.bicep' {", "does not parse"),
    ("infra/modules/app.bicep", "max(alwaysReady, 1)", "max(alwaysRaedy, 1)", "alwaysRaedy is declared nowhere"),
    ("infra/hub.bicep", "param hubName string", "param hubName string\nparam spare string = ''", "spare is declared and never used"),
    ("infra/main.bicep", "    sku: sku\n", "", "is not given its parameter sku"),
    ("infra/main.bicep", "    sku: sku\n", "    sku: sku\n    size: sku\n", "has no parameter size"),
    ("infra/main.bicep", "app.outputs.defaultHostName", "app.outputs.hostName", "has no output hostName"),
    ("infra/modules/registration.bicep", "extension microsoftGraphV1", "extension microsoftGraph", "bicepconfig.json does not have"),
    ("infra/modules/settings.bicep", "webPubSub@2024-03-01", "webPubSub@2023-02-01", "has two versions"),
    # Keys and doors.
    ("infra/modules/storage.bicep", "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "allowSharedKeyAccess is ['true']"),
    ("infra/modules/storage.bicep", "minimumTlsVersion: 'TLS1_2'", "minimumTlsVersion: 'TLS1_0'", "minimumTlsVersion"),
    ("infra/modules/service.bicep", "disableLocalAuth: !keyBasedAuth", "disableLocalAuth: keyBasedAuth", "disableLocalAuth"),
    ("infra/modules/service.bicep", "serviceMode: 'Serverless'", "serviceMode: 'Default'", "serviceMode"),
    ("infra/modules/service.bicep", "12cf5a90", "12cf5a91", "does not assign Web PubSub Service Owner"),
    ("infra/modules/monitoring.bicep", "    DisableLocalAuth: true\n", "", "DisableLocalAuth is missing"),
    ("infra/modules/app.bicep", "    httpsOnly: true\n", "", "httpsOnly is missing"),
    ("infra/modules/app.bicep", "minTlsVersion: '1.2'\n          ftpsState", "minTlsVersion: '1.0'\n          ftpsState", "minTlsVersion"),
    ("infra/modules/app.bicep", "properties: { allow: false }", "properties: { allow: true }", "properties.allow"),
    ("infra/main.bicep", "param keyBasedAuth bool = false", "param keyBasedAuth bool = true", "keyBasedAuth must be false"),
    ("infra/main.bicep", "output APP_NAME string = app.outputs.name", "output APP_NAME string = listKeys(appName, '2024-04-01').x", "shows a key"),
    ("infra/hub.bicep", "app.properties.defaultHostName}", "appName}.azurewebsites.net", "belongs to one cloud"),
    ("infra/hub.bicep", "anonymousConnectPolicy: 'deny'", "anonymousConnectPolicy: 'allow'", "anonymousConnectPolicy"),
    ("infra/hub.bicep", "'connected', ", "", "the hub's system events"),
    # Who is who.
    ("infra/main.bicep", "callerClientId: identities.outputs.serviceClientId", "callerClientId: identities.outputs.appClientId", "callerClientId"),
    ("infra/main.bicep", "identityId: identities.outputs.serviceId", "identityId: identities.outputs.appId", "identityId"),
    ("infra/modules/settings.bicep", "      requireAuthentication: !keyBasedAuth\n", "      requireAuthentication: false\n", "sign-in is not required"),
    ("infra/modules/settings.bicep", "      redirectToProvider: 'azureActiveDirectory'\n", "      redirectToProvider: 'azureActiveDirectory'\n      excludedPaths: ['/api/socketio']\n", "left out of sign-in"),
    ("infra/modules/settings.bicep", "SOCKETIO_FUNCTIONS_WEBHOOK_ISSUER", "SOCKETIO_FUNCTIONS_WEBHOOK_ISSUERS", "is no setting of the runtime"),
    ("infra/modules/settings.bicep", "ConnectionString__clientId", "ConnectionString__clientid", "is no setting of the runtime"),
    ("infra/main.parameters.json", '"signIn"', '"signin"', "which main.bicep does not take"),
    # What is around.
    ("azure.yaml", "language: custom", "language: rust", "language is 'rust'"),
    ("azure.yaml", "infra/hub.sh hub --webhook-key", "infra/hub.sh hub", "contradict each other"),
    ("azure.yaml", "./infra/stage.sh", "./infra/build.sh", "prepackage runs no script"),
    (f"{SAMPLE}/azure.yaml", "infra/hub.sh chat", "infra/hub.sh hub", "has no such hub"),
    (f"{SAMPLE}/infra/stage.sh", "--out target/azure ", "--out target/other ", "does not stage into"),
    (f"{SAMPLE}/infra/hub.bicep", "'*'", "'**'", "is not the same as"),
    ("infra/main.bicep", "output SERVICE_NAME", "output SERVICENAME", "takes SERVICE_NAME"),
    (".github/workflows/deploy.yml", "azure/login@a457da9ea143d694b1b9c7c869ebb04ebe844ef5 # v2.3.0", "azure/login@v2", "not pinned"),
    (".github/workflows/deploy.yml", "    needs: test\n", "", "publishes what was not tested"),
    (".github/workflows/deploy.yml", "${{ vars.AZURE_CLIENT_ID }}", "${{ secrets.AZURE_CLIENT_ID }}", "uses a secret"),
    (".github/workflows/test.yml", "  contents: read", "  contents: write", "permissions must be"),
    (".github/workflows/test.yml", "    timeout-minutes: 60\n", "", "has no time-out"),
]
