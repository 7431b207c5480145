//! Tokens of Microsoft Entra for connections by identity.
//!
//! Source: extension contract, "Authorization of REST calls" and "Identity settings". The credential is built at the
//! first call: nothing of it delays a cold start. Its token is kept, and replaced five minutes before it expires.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::{ClientMethodOptions, ClientOptions};
use azure_identity::{
    AzurePipelinesCredential, ClientAssertion, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use tokio::sync::RwLock;

use super::SendError;
use crate::settings::{Assigned, Cloud, Connection, Credential, Settings};

/// What a token of ours is for.
const SCOPE: &str = "https://webpubsub.azure.com/.default";

/// How long before its end a token is replaced.
const EARLY: Duration = Duration::from_secs(300);

/// How long a token may take. `azure_identity` tries for longer than an event may last, and what failed would then be
/// blamed on the service.
const PATIENCE: Duration = Duration::from_secs(15);

/// An identity, and the token that was last issued for it.
#[derive(Debug)]
pub(super) struct Entra {
    settings: Credential,
    kept: RwLock<Kept>,
}

#[derive(Default)]
struct Kept {
    credential: Option<Arc<dyn TokenCredential>>,
    token: Option<(Arc<str>, SystemTime)>,
}

impl std::fmt::Debug for Kept {
    /// The token is not shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl Kept {
    /// The token, if it holds for longer than `margin`.
    fn token(&self, margin: Duration) -> Option<Arc<str>> {
        let (token, end) = self.token.as_ref()?;
        (SystemTime::now() + margin < *end).then(|| token.clone())
    }
}

impl Entra {
    pub(super) fn new(settings: Credential) -> Self {
        Self {
            settings,
            kept: RwLock::default(),
        }
    }

    /// A token that holds now. One caller at a time asks for a new one, the others wait for it.
    ///
    /// # Errors
    /// None was to be had.
    pub(super) async fn token(&self) -> Result<Arc<str>, SendError> {
        if let Some(token) = self.kept.read().await.token(EARLY) {
            return Ok(token);
        }
        let mut kept = self.kept.write().await;
        if let Some(token) = kept.token(EARLY) {
            return Ok(token);
        }
        let credential = match &kept.credential {
            Some(credential) => credential.clone(),
            None => {
                let credential = build(&self.settings).map_err(|error| refused(&error))?;
                kept.credential.insert(credential).clone()
            }
        };
        let asked = tokio::time::timeout(PATIENCE, credential.get_token(&[SCOPE], None)).await;
        let asked = asked.unwrap_or_else(|_| {
            let problem = format!("there was no answer within {PATIENCE:?}");
            Err(azure_core::Error::with_message(
                ErrorKind::Credential,
                problem,
            ))
        });
        match asked {
            Ok(token) => {
                let text: Arc<str> = token.token.secret().into();
                kept.token = Some((text.clone(), token.expires_on.into()));
                Ok(text)
            }
            Err(error) => match kept.token(Duration::ZERO) {
                Some(token) => {
                    tracing::warn!(
                        "a new Entra token was not to be had, the old one still holds: {error}"
                    );
                    Ok(token)
                }
                None => Err(refused(&error)),
            },
        }
    }
}

/// Tokens of one connection by identity, for programs beside an app that have to ask the same service: the tool lets the
/// host stand-in use it.
#[doc(hidden)]
#[derive(Debug)]
pub struct IdentityTokens(Entra);

impl IdentityTokens {
    /// For the connection whose settings begin with this name. The credential is built at the first call.
    ///
    /// # Errors
    /// The settings are wrong, or name a connection with an access key.
    pub fn of(settings: &Settings, connection: &str) -> Result<Self, SendError> {
        let found = settings.connection(connection);
        match found.map_err(|error| SendError::Credential(error.to_string()))? {
            Connection::Identity { credential, .. } => Ok(Self(Entra::new(credential))),
            Connection::Key(_) => Err(SendError::Credential(format!(
                "the connection {connection} has an access key"
            ))),
        }
    }

    /// A token that holds now.
    ///
    /// # Errors
    /// None was to be had.
    pub async fn token(&self) -> Result<Arc<str>, SendError> {
        self.0.token().await
    }
}

fn refused(error: &azure_core::Error) -> SendError {
    SendError::Credential(error.to_string())
}

fn build(settings: &Credential) -> azure_core::Result<Arc<dyn TokenCredential>> {
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
            development,
        } => {
            // These variables describe the machine, not the app; azure_identity reads them from there too.
            let given = |name: &str| std::env::var_os(name).is_some();
            if given("AZURE_FEDERATED_TOKEN_FILE") {
                WorkloadIdentityCredential::new(None)?
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
