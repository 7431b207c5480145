// Everything that the app needs in Azure except its code and the hub's event handler, which `sio deploy` brings afterwards.
// See README.md beside this file.
targetScope = 'subscription'

@description('Names the environment. All other names are made from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of all resources. It must offer the plan and Web PubSub.')
param location string

[[#registration]]
@description('Whether users can sign in with App Service Authentication. Without access keys they must.')
param signIn bool = [[easy-auth]]

@description('Whether the app and the service know each other by an access key instead of by identities.')
param keyBasedAuth bool = [[key]]

@description('Client id of an app registration that exists already. Empty: one is made, which takes the right to do so.')
param registrationClientId string = ''
[[/registration]]
[[^registration]]
// The app knows the service by an access key, and the service signs its requests with it. That takes no app registration.
var keyBasedAuth = true
var signIn = false
var clientId = ''
[[/registration]]

@description('Size of the service.')
@allowed(['Free_F1', 'Standard_S1', 'Premium_P1'])
param sku string = '[[sku]]'

@description('Units of the service. Free_F1 always has one.')
@allowed([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
param units int = 1

@description('Flex Consumption, which scales to zero, or Dedicated: an App Service plan that runs all the time.')
@allowed(['Flex', 'Dedicated'])
param plan string = '[[plan]]'

@description('Size of the Dedicated plan. It must allow Always On.')
@allowed(['B1', 'B2', 'B3', 'S1', 'S2', 'S3', 'P0v3', 'P1v3', 'P2v3', 'P3v3'])
param dedicatedSku string = 'B1'

@description('Instances that wait for HTTP requests in Flex Consumption. They cost money all day.')
@minValue(0)
@maxValue(20)
param alwaysReady int = 0

@description('Concurrent requests to one instance in Flex Consumption before another one starts.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 100

@description('Memory of an instance in Flex Consumption, in megabytes. It also sets the share of processor time.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 512

@description('The most instances in Flex Consumption.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Whether functions of the app use queues or tables of the app\'s own storage account.')
param queuesAndTables bool = false

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var appName = 'func-${token}'
var serviceName = 'wps-${token}'
[[#registration]]
var needsRegistration = signIn || !keyBasedAuth
[[/registration]]

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    appIdentityName: 'id-app-${token}'
    serviceIdentityName: 'id-service-${token}'
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: 'log-${token}'
    insightsName: 'appi-${token}'
    publisherPrincipalId: identities.outputs.appPrincipalId
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    name: 'st${token}'
    ownerPrincipalId: identities.outputs.appPrincipalId
    queuesAndTables: queuesAndTables
  }
}

module service 'modules/service.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    name: serviceName
    sku: sku
    units: units
    keyBasedAuth: keyBasedAuth
    identityId: identities.outputs.serviceId
    ownerPrincipalId: identities.outputs.appPrincipalId
  }
}

module app 'modules/app.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    name: appName
    planName: 'plan-${token}'
    plan: plan
    dedicatedSku: dedicatedSku
    identityId: identities.outputs.appId
    packages: storage.outputs.packages
    alwaysReady: alwaysReady
    httpConcurrency: httpConcurrency
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
  }
}

[[#registration]]
module registration 'modules/registration.bicep' = if (needsRegistration && empty(registrationClientId)) {
  scope: group
  params: {
    uniqueName: '[[name]]-${token}'
    displayName: '[[name]] ${environmentName}'
    redirectUri: signIn ? 'https://${app.outputs.defaultHostName}/.auth/login/aad/callback' : ''
    federatedPrincipalId: identities.outputs.appPrincipalId
  }
}

// Without a registration there is nothing to sign in to, and no audience for tokens.
var clientId = !needsRegistration
  ? ''
  : (empty(registrationClientId) ? registration!.outputs.clientId : registrationClientId)

[[/registration]]
module settings 'modules/settings.bicep' = {
  scope: group
  params: {
    appName: app.outputs.name
    serviceName: service.outputs.name
    storageName: storage.outputs.name
    plan: plan
    insightsConnectionString: monitoring.outputs.connectionString
    identityClientId: identities.outputs.appClientId
    callerClientId: identities.outputs.serviceClientId
    registrationClientId: clientId
    keyBasedAuth: keyBasedAuth
    signIn: signIn
  }
}

// What the steps after this one need. None of it is secret.
output AZURE_RESOURCE_GROUP string = group.name
output APP_NAME string = app.outputs.name
output APP_HOST string = app.outputs.defaultHostName
output SERVICE_NAME string = service.outputs.name
output WEBHOOK_AUDIENCE string = keyBasedAuth ? '' : clientId
