// Two identities, since they must be distinguishable: the app calls the service, and the service calls the app. With one for
// both, whatever runs as the app could post events in any user's name.
param location string
param tags { *: string }
param appIdentityName string
param serviceIdentityName string

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: appIdentityName
  location: location
  tags: tags
}

resource service 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: serviceIdentityName
  location: location
  tags: tags
}

output appId string = app.id
output appClientId string = app.properties.clientId
output appPrincipalId string = app.properties.principalId
output serviceId string = service.id
output serviceClientId string = service.properties.clientId
