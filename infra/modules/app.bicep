// The function app and its plan: what the code runs on. Its settings are in settings.bicep.
param location string
param tags { *: string }
param name string
param planName string

@allowed(['Flex', 'Dedicated'])
param plan string

param dedicatedSku string

param identityId string

@description('The container for the package with the code.')
param packages string

param alwaysReady int
param httpConcurrency int
param instanceMemoryMB int
param maximumInstanceCount int

var flex = plan == 'Flex'
var none = []

resource farm 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: flex ? 'functionapp' : 'linux'
  sku: {
    name: flex ? 'FC1' : dedicatedSku
    tier: flex ? 'FlexConsumption' : null
  }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd finds the app by this tag, so only the app has it.
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: farm.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    siteConfig: flex
      ? { minTlsVersion: '1.2' }
      : {
          minTlsVersion: '1.2'
          ftpsState: 'Disabled'
          http20Enabled: true
          linuxFxVersion: ''
          // Without it the platform stops an idle app, and its timers.
          alwaysOn: true
        }
    functionAppConfig: flex
      ? {
          runtime: { name: 'custom', version: '1.0' }
          deployment: {
            storage: {
              type: 'blobContainer'
              value: packages
              authentication: {
                type: 'UserAssignedIdentity'
                userAssignedIdentityResourceId: identityId
              }
            }
          }
          scaleAndConcurrency: {
            instanceMemoryMB: instanceMemoryMB
            maximumInstanceCount: maximumInstanceCount
            alwaysReady: alwaysReady == 0 ? none : [{ name: 'http', instanceCount: alwaysReady }]
            triggers: { http: { perInstanceConcurrency: httpConcurrency } }
          }
        }
      : null
  }

  // Publishing goes by identity: no user name and no password for it.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output name string = app.name
output defaultHostName string = app.properties.defaultHostName
