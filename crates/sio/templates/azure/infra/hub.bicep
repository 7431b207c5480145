// Tells the service where the webhook is. After the code is deployed: the service asks the webhook whether it may post, and
// the key of a function exists only where there is one.
param appName string
param serviceName string

@description('Name of the hub, as in the app\'s source.')
param hubName string

@description('Client id of the app\'s registration, for which the service\'s identity asks a token. Empty: it signs by key.')
param audience string = ''

@description('Whether the function asks for a key (authLevel function in its function.json), which then stands in the address.')
param webhookKey bool = false

@description('Name of the function\'s key in the address.')
param keyName string = 'default'

@description('What stands before routes: extensions.http.routePrefix of host.json.')
param routePrefix string = 'api'

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

resource service 'Microsoft.SignalRService/webPubSub@2024-03-01' existing = {
  name: serviceName
}

var webhook = 'https://${app.properties.defaultHostName}/${empty(routePrefix) ? '' : '${routePrefix}/'}socketio'

resource hub 'Microsoft.SignalRService/webPubSub/hubs@2024-03-01' = {
  parent: service
  name: hubName
  properties: {
    anonymousConnectPolicy: 'deny'
    eventHandlers: [
      {
        urlTemplate: webhookKey
          ? '${webhook}?code=${listKeys('${app.id}/functions/socketio', '2025-03-01')[keyName]}'
          : webhook
        userEventPattern: '*'
        systemEvents: ['connect', 'connected', 'disconnected']
        auth: {
          type: empty(audience) ? 'None' : 'ManagedIdentity'
          managedIdentity: empty(audience) ? null : { resource: audience }
        }
      }
    ]
  }
}
