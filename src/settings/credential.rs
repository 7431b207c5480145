//! Whose token stands for an app that has no access key.
//!
//! Source: docs/contracts/socketio-extension.md, "Identity settings".

use std::fmt;

use super::Settings;

/// Whose token stands for the app, and where it comes from.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Credential {
    /// The identity that the platform gives to the app: the app's own, or one assigned by a user.
    ManagedIdentity(Option<Assigned>),
    /// A token file that the platform writes, as in Kubernetes. What is not given comes from the `AZURE_` variables.
    WorkloadIdentity {
        /// `__tenantId`.
        tenant: Option<String>,
        /// `__clientId`.
        client: Option<String>,
        /// `__tokenFilePath`.
        token_file: Option<String>,
    },
    /// An application with a secret.
    ClientSecret {
        /// `__tenantId`.
        tenant: String,
        /// `__clientId`.
        client: String,
        /// `__clientSecret`.
        secret: String,
    },
    /// An application that trusts a managed identity: the identity's token stands for the application's secret.
    Federated {
        /// `__tenantId`.
        tenant: String,
        /// `__clientId`, the application's.
        client: String,
        /// `__azureCloud`.
        cloud: Cloud,
        /// The identity.
        assigned: Assigned,
    },
    /// A service connection of Azure Pipelines, inside a build.
    Pipelines {
        /// `__tenantId`.
        tenant: String,
        /// `__clientId`.
        client: String,
        /// `__serviceConnectionId`.
        service_connection: String,
        /// `__systemAccessToken`.
        token: String,
    },
    /// Nothing configured: uses the environment's default credential. A workload's token file, else the platform's
    /// identity, else, on a developer's machine, the user that is signed in to the Azure CLI.
    Surroundings {
        /// An identity assigned by a user, if one is named: `__clientId` names one too.
        assigned: Option<Assigned>,
        /// `__tenantId`, for a workload's token.
        tenant: Option<String>,
        /// `__clientId`, for a workload's token.
        client: Option<String>,
        /// Whether this is a developer's machine.
        development: bool,
    },
}

/// Which of Microsoft's clouds issues tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Cloud {
    /// `public`.
    Public,
    /// `usgov`.
    UsGovernment,
    /// `china`.
    China,
}

/// An identity assigned by a user, by one of its three names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Assigned {
    /// `__clientId` or `__managedIdentityClientId`.
    Client(String),
    /// `__managedIdentityObjectId`.
    Object(String),
    /// `__managedIdentityResourceId`.
    Resource(String),
}

impl fmt::Debug for Credential {
    /// The secret is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManagedIdentity(assigned) => write!(f, "ManagedIdentity({assigned:?})"),
            Self::WorkloadIdentity { client, .. } => write!(f, "WorkloadIdentity({client:?})"),
            Self::ClientSecret { client, .. } => write!(f, "ClientSecret({client:?}, …)"),
            Self::Federated { client, .. } => write!(f, "Federated({client:?})"),
            Self::Pipelines { client, .. } => write!(f, "Pipelines({client:?}, …)"),
            Self::Surroundings { assigned, .. } => write!(f, "Surroundings({assigned:?})"),
        }
    }
}

/// Reads whose token it is.
///
/// # Errors
/// What is missing, contradictory or unknown.
pub(super) fn credential<'a>(
    settings: &Settings,
    part: &impl Fn(&str) -> Option<&'a str>,
) -> Result<Credential, String> {
    let owned = |name: &str| part(name).map(str::to_owned);
    // Microsoft's documentation says `tenant` where its code reads `tenantId`.
    let tenant = || owned("tenantId").or_else(|| owned("tenant"));
    let kind = part("credential").map(str::to_ascii_lowercase);
    let missing = |name: &str| {
        let kind = kind.as_deref().unwrap_or_default();
        format!("__credential {kind:?} needs __{name} beside it")
    };
    match kind.as_deref() {
        Some("managedidentity") => Ok(Credential::ManagedIdentity(assigned(part, true)?)),
        Some("workloadidentity") => Ok(Credential::WorkloadIdentity {
            tenant: tenant(),
            client: owned("clientId"),
            token_file: owned("tokenFilePath"),
        }),
        Some("managedidentityasfederatedidentity") => Ok(Credential::Federated {
            tenant: tenant().ok_or_else(|| missing("tenantId"))?,
            client: owned("clientId").ok_or_else(|| missing("clientId"))?,
            cloud: cloud(part("azureCloud").ok_or_else(|| missing("azureCloud"))?)?,
            assigned: assigned(part, false)?.ok_or_else(|| missing("managedIdentityClientId"))?,
        }),
        Some("azurepipelines") => Ok(Credential::Pipelines {
            tenant: tenant().ok_or_else(|| missing("tenantId"))?,
            client: owned("clientId").ok_or_else(|| missing("clientId"))?,
            service_connection: owned("serviceConnectionId")
                .ok_or_else(|| missing("serviceConnectionId"))?,
            token: owned("systemAccessToken").ok_or_else(|| missing("systemAccessToken"))?,
        }),
        Some(other) => Err(format!(
            "__credential is {other:?}; offered are \"managedidentity\", \"workloadidentity\", \"managedidentityasfederatedidentity\" and \"azurepipelines\", or leave it out and give __tenantId, __clientId and __clientSecret"
        )),
        None if part("clientCertificate").is_some() => Err(
            "__clientCertificate is not offered: give __clientSecret, or use a managed identity"
                .to_owned(),
        ),
        None => match (tenant(), owned("clientId"), owned("clientSecret")) {
            (Some(tenant), Some(client), Some(secret)) => Ok(Credential::ClientSecret {
                tenant,
                client,
                secret,
            }),
            (_, _, Some(_)) => {
                Err("__clientSecret needs __tenantId and __clientId beside it".to_owned())
            }
            (tenant, client, None) => Ok(Credential::Surroundings {
                assigned: assigned(part, false)?.or_else(|| client.clone().map(Assigned::Client)),
                tenant,
                client,
                development: settings.is_development(),
            }),
        },
    }
}

fn cloud(name: &str) -> Result<Cloud, String> {
    match name.to_ascii_lowercase().as_str() {
        "public" => Ok(Cloud::Public),
        "usgov" => Ok(Cloud::UsGovernment),
        "china" => Ok(Cloud::China),
        _ => Err(format!(
            "__azureCloud is {name:?}; it is \"public\", \"usgov\" or \"china\""
        )),
    }
}

/// The one managed identity that is named; `plain` is whether the client id names one.
fn assigned<'a>(
    part: &impl Fn(&str) -> Option<&'a str>,
    plain: bool,
) -> Result<Option<Assigned>, String> {
    let named = |name: &str| part(name).map(str::to_owned);
    let mut found = vec![
        named("managedIdentityClientId").map(Assigned::Client),
        named("managedIdentityObjectId").map(Assigned::Object),
        named("managedIdentityResourceId").map(Assigned::Resource),
    ];
    if plain {
        found.push(named("clientId").map(Assigned::Client));
    }
    let mut found = found.into_iter().flatten();
    match (found.next(), found.next()) {
        (_, Some(_)) => Err("more than one managed identity is named: give one of __clientId, __managedIdentityClientId, __managedIdentityObjectId and __managedIdentityResourceId".to_owned()),
        (found, None) => Ok(found),
    }
}
