// The app's registration in the tenant: what users sign in to, and what the service's token for the webhook is for. It has
// no secret; the app's identity vouches for it. To delete the resource group does not delete it.
extension microsoftGraphV1

param uniqueName string
param displayName string

@description('Where users come back to after signing in. Empty: no sign-in.')
param redirectUri string

@description('Object id of the identity that stands in for a secret.')
param federatedPrincipalId string

resource registration 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  api: { requestedAccessTokenVersion: 2 }
  web: {
    redirectUris: empty(redirectUri) ? [] : [redirectUri]
    implicitGrantSettings: {
      enableAccessTokenIssuance: false
      // The platform's sign-in asks for one.
      enableIdTokenIssuance: !empty(redirectUri)
    }
  }

  resource federation 'federatedIdentityCredentials@v1.0' = {
    name: '${registration.uniqueName}/app'
    description: 'The identity of the function app'
    issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
    subject: federatedPrincipalId
    audiences: ['api://AzureADTokenExchange']
  }
}

// Without it the tenant issues no tokens for the registration, to the service's identity neither.
resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: registration.appId
}

output clientId string = registration.appId
