// Azure Web PubSub for Socket.IO in serverless mode. Its hub comes later: the service asks the webhook whether it may post
// at the moment when the hub is set, so the code must be there by then.
param location string
param tags { *: string }
param name string
param sku string
param units int
param keyBasedAuth bool
param identityId string
param ownerPrincipalId string

// Web PubSub Service Owner: making tokens, sending, rooms.
var owner = '12cf5a90-567b-43ae-8102-96cf46c7d9b4'

resource service 'Microsoft.SignalRService/webPubSub@2024-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'SocketIO'
  sku: {
    name: sku
    capacity: sku == 'Free_F1' ? 1 : units
  }
  // Its identity in requests to the webhook.
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    disableLocalAuth: !keyBasedAuth
    // Clients are everywhere.
    publicNetworkAccess: 'Enabled'
    socketIO: { serviceMode: 'Serverless' }
  }
}

resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, ownerPrincipalId, owner)
  scope: service
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', owner)
    principalId: ownerPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output name string = service.name
