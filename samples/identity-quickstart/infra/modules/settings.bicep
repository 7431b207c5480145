// What the app is told, and who gets in. Apart from the app itself, since the registration needs the app's address and the
// settings need the registration.
param appName string
param serviceName string
param storageName string

@allowed(['Flex', 'Dedicated'])
param plan string

param insightsConnectionString string
param identityClientId string

@description('Client id of the service\'s identity: the one caller of the webhook.')
param callerClientId string

@description('Client id of the app\'s registration; empty without one.')
param registrationClientId string

param keyBasedAuth bool
param signIn bool

var issuer = '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

resource service 'Microsoft.SignalRService/webPubSub@2024-03-01' existing = {
  name: serviceName
}

// Flex Consumption has these in the app itself and refuses them as settings.
var runtime = plan == 'Flex'
  ? {}
  : {
      FUNCTIONS_EXTENSION_VERSION: '~4'
      FUNCTIONS_WORKER_RUNTIME: 'custom'
      // The package stays in the plan's shared storage, which all instances mount.
      WEBSITE_RUN_FROM_PACKAGE: '1'
    }

var host = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
}

var connection = keyBasedAuth
  ? { WebPubSubForSocketIOConnectionString: service.listKeys().primaryConnectionString }
  : {
      WebPubSubForSocketIOConnectionString__endpoint: 'https://${service.properties.hostName}'
      WebPubSubForSocketIOConnectionString__credential: 'managedidentity'
      WebPubSubForSocketIOConnectionString__clientId: identityClientId
      SOCKETIO_FUNCTIONS_WEBHOOK_CALLER: callerClientId
      SOCKETIO_FUNCTIONS_WEBHOOK_AUDIENCE: registrationClientId
      SOCKETIO_FUNCTIONS_WEBHOOK_ISSUER: issuer
    }

// The app's identity in the place of a client secret.
var federation = signIn ? { OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId } : {}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(runtime, host, connection, federation)
}

resource authentication 'Microsoft.Web/sites/config@2025-03-01' = if (signIn) {
  parent: app
  name: 'authsettingsV2'
  dependsOn: [settings]
  properties: {
    platform: { enabled: true }
    httpSettings: { requireHttps: true }
    globalValidation: {
      // A service that signs with a key has no token, so sign-in is required only without keys. No path is excluded: on
      // an excluded path a caller could set the headers with the principal itself.
      requireAuthentication: !keyBasedAuth
      unauthenticatedClientAction: keyBasedAuth ? 'AllowAnonymous' : 'RedirectToLoginPage'
      redirectToProvider: 'azureActiveDirectory'
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: registrationClientId
          openIdIssuer: issuer
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
        }
        validation: {
          allowedAudiences: [registrationClientId]
          defaultAuthorizationPolicy: {
            allowedApplications: keyBasedAuth ? [registrationClientId] : [registrationClientId, callerClientId]
          }
        }
      }
    }
    login: {
      tokenStore: { enabled: false }
      cookieExpiration: {
        convention: 'FixedTime'
        timeToExpiration: '08:00:00'
      }
    }
  }
}
