//! Credentials of `azure_identity`, as the settings name them.
//!
//! Source: docs/contracts/socketio-extension.md, "Identity settings".

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientMethodOptions, ClientOptions};
use azure_identity::{
    AzurePipelinesCredential, ClientAssertion, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use crate::settings::{Assigned, Cloud, Credential};

/// Makes the credential. Nothing is requested yet.
///
/// # Errors
/// It cannot be made of these settings on this machine.
pub(super) fn build(settings: &Credential) -> azure_core::Result<Arc<dyn TokenCredential>> {
    Ok(match settings {
        Credential::ManagedIdentity(assigned) => managed(assigned.as_ref())?,
        Credential::WorkloadIdentity {
            tenant,
            client,
            token_file,
        } => WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
            tenant_id: tenant.clone(),
            client_id: client.clone(),
            token_file_path: token_file.as_ref().map(Into::into),
            ..Default::default()
        }))?,
        Credential::ClientSecret {
            tenant,
            client,
            secret,
        } => {
            let secret = Secret::new(secret.clone());
            ClientSecretCredential::new(tenant, client.clone(), secret, None)?
        }
        Credential::Federated {
            tenant,
            client,
            cloud,
            assigned,
        } => {
            let assertion = IdentityToken {
                identity: managed(Some(assigned))?,
                scope: exchange_scope(*cloud),
            };
            ClientAssertionCredential::new(
                tenant.clone(),
                client.clone(),
                assertion,
                Some(ClientAssertionCredentialOptions {
                    client_options: ClientOptions {
                        cloud: configuration(*cloud).map(Arc::new),
                        ..Default::default()
                    },
                }),
            )?
        }
        Credential::Pipelines {
            tenant,
            client,
            service_connection,
            token,
        } => AzurePipelinesCredential::new(
            tenant.clone(),
            client.clone(),
            service_connection,
            token.clone(),
            None,
        )?,
        Credential::Surroundings {
            assigned,
            tenant,
            client,
            development,
        } => {
            // These variables describe the machine, not the app; azure_identity reads them from there too.
            let given = |name: &str| std::env::var_os(name).is_some();
            if given("AZURE_FEDERATED_TOKEN_FILE") {
                // What is not given comes from variables of the machine, too.
                WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                    tenant_id: tenant.clone(),
                    client_id: client.clone(),
                    ..Default::default()
                }))?
            } else if *development && !given("IDENTITY_ENDPOINT") {
                DeveloperToolsCredential::new(None)?
            } else {
                managed(assigned.as_ref())?
            }
        }
    })
}

/// The token of a managed identity, in the place of an application's secret.
#[derive(Debug)]
struct IdentityToken {
    identity: Arc<dyn TokenCredential>,
    scope: &'static str,
}

#[async_trait]
impl ClientAssertion for IdentityToken {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let token = self.identity.get_token(&[self.scope], None).await?;
        Ok(token.token.secret().to_owned())
    }
}

/// What an identity's token must be for, so that the cloud takes it for an application's. Source: "Configure an
/// application to trust a managed identity" of Microsoft's identity platform.
fn exchange_scope(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Public => "api://AzureADTokenExchange/.default",
        Cloud::UsGovernment => "api://AzureADTokenExchangeUSGov/.default",
        Cloud::China => "api://AzureADTokenExchangeChina/.default",
    }
}

/// The cloud for `azure_identity`, whose own choice is the public one and can be changed by AZURE_AUTHORITY_HOST.
fn configuration(cloud: Cloud) -> Option<CloudConfiguration> {
    match cloud {
        Cloud::Public => None,
        Cloud::UsGovernment => Some(CloudConfiguration::AzureGovernment),
        Cloud::China => Some(CloudConfiguration::AzureChina),
    }
}

fn managed(assigned: Option<&Assigned>) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let id = assigned.map(|assigned| match assigned {
        Assigned::Client(id) => UserAssignedId::ClientId(id.clone()),
        Assigned::Object(id) => UserAssignedId::ObjectId(id.clone()),
        Assigned::Resource(id) => UserAssignedId::ResourceId(id.clone()),
    });
    Ok(ManagedIdentityCredential::new(Some(
        ManagedIdentityCredentialOptions {
            user_assigned_id: id,
            ..Default::default()
        },
    ))?)
}
