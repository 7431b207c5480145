// Everything that the app needs in Azure, but for its code and the hub: those come after it, in this order.
// See README.md beside this file.
targetScope = 'subscription'

@description('Names the environment. All other names are made from it.')
@minLength(1)
@maxLength(32)
param environmentName string

@description('Region of all resources. It must offer the plan and Web PubSub.')
param location string

@description('Whether App Service Authentication signs users in before they reach the app.')
param signIn bool = false

@description('Whether the app and the service know each other by an access key instead of by identities.')
param keyBasedAuth bool = false

@description('Client id of an app registration that exists already. Empty: one is made, which takes the right to do so.')
param registrationClientId string = ''

@description('Size of the service.')
@allowed(['Free_F1', 'Standard_S1', 'Premium_P1'])
param sku string = 'Standard_S1'

@description('Units of the service. Free has one.')
@minValue(1)
@maxValue(100)
param units int = 1

@description('Flex Consumption, which goes down to nothing, or Premium, which is always there.')
@allowed(['Flex', 'Premium'])
param plan string = 'Flex'

@description('Instances for HTTP that are up even when nobody comes. With Premium at least one always is.')
@minValue(0)
@maxValue(20)
param alwaysReady int = 0

@description('Requests that one instance takes at a time in Flex Consumption; 0 leaves it to the platform.')
@minValue(0)
@maxValue(1000)
param httpConcurrency int = 0

@description('Memory of an instance in Flex Consumption, in megabytes. It decides about processor time, too.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 512

@description('The most instances in Flex Consumption.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Whether functions of the app use queues or tables of the app\'s own storage account.')
param queuesAndTables bool = false

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var appName = 'func-${token}'
var serviceName = 'wps-${token}'
var needsRegistration = signIn || !keyBasedAuth

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
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
    tags: union(tags, { 'azd-service-name': 'app' })
    name: appName
    planName: 'plan-${token}'
    plan: plan
    identityId: identities.outputs.appId
    packages: storage.outputs.packages
    alwaysReady: alwaysReady
    httpConcurrency: httpConcurrency
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
  }
}

module registration 'modules/registration.bicep' = if (needsRegistration && empty(registrationClientId)) {
  scope: group
  params: {
    uniqueName: 'socketio-functions-${token}'
    displayName: 'socketio-functions ${environmentName}'
    redirectUri: signIn ? 'https://${app.outputs.defaultHostName}/.auth/login/aad/callback' : ''
    federatedPrincipalId: identities.outputs.appPrincipalId
  }
}

// Without a registration there is nothing to sign in to, and no audience for tokens.
var clientId = !needsRegistration
  ? ''
  : (empty(registrationClientId) ? registration!.outputs.clientId : registrationClientId)

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
