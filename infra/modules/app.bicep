// The function app and its plan: what the code runs on. What it is told stands in settings.bicep.
param location string
param tags object
param name string
param planName string

@allowed(['Flex', 'Premium'])
param plan string

param identityId string

@description('The container for the package with the code.')
param packages string

param alwaysReady int
param httpConcurrency int
param instanceMemoryMB int
param maximumInstanceCount int

var flex = plan == 'Flex'
var none = []

resource farm 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: flex ? 'functionapp' : 'elastic'
  sku: flex ? { name: 'FC1', tier: 'FlexConsumption' } : { name: 'EP1', tier: 'ElasticPremium' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
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
          minimumElasticInstanceCount: max(alwaysReady, 1)
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
            triggers: httpConcurrency == 0 ? null : { http: { perInstanceConcurrency: httpConcurrency } }
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
