//! How to reach a service: with an access key, or by an identity of Microsoft Entra.
//!
//! Source: docs/contracts/socketio-extension.md, "Settings" and "Identity settings". A connection is a setting, or a
//! group of settings that share its name: `NAME__endpoint`, `NAME__credential` and so on.

use sio_protocol::connection_string::{ConnectionString, Endpoint};

use super::credential::{Credential, credential};
use super::{Settings, SettingsError};

/// A service, and how an app proves that it may use it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub(crate) enum Connection {
    /// With one of the service's access keys.
    Key(ConnectionString),
    /// With a token for an identity that has the role "Web PubSub Service Owner".
    Identity {
        /// Where the service is.
        endpoint: Endpoint,
        /// Whose token.
        credential: Credential,
    },
}

impl Connection {
    /// Where the service is.
    #[must_use]
    pub(crate) fn endpoint(&self) -> &Endpoint {
        match self {
            Self::Key(connection) => connection.endpoint(),
            Self::Identity { endpoint, .. } => endpoint,
        }
    }
}

/// Every part that a connection by identity may have. One of them alone makes it one.
const PARTS: [&str; 14] = [
    "endpoint",
    "credential",
    "clientId",
    "tenantId",
    "tenant",
    "clientSecret",
    "tokenFilePath",
    "managedIdentityClientId",
    "managedIdentityObjectId",
    "managedIdentityResourceId",
    "clientCertificate",
    "serviceConnectionId",
    "systemAccessToken",
    "azureCloud",
];

/// Where the host's extensions look for a connection of this name, in their order.
fn sections(name: &str) -> [String; 4] {
    [
        format!("ConnectionStrings__AzureWebJobs{name}"),
        format!("AzureWebJobs{name}"),
        format!("ConnectionStrings__{name}"),
        name.to_owned(),
    ]
}

/// Reads the connection `name`.
pub(super) fn read(settings: &Settings, name: &str) -> Result<Connection, SettingsError> {
    for section in sections(name) {
        if let Some(text) = settings.get(&section) {
            return ConnectionString::parse(text)
                .map(Connection::Key)
                .map_err(|problem| SettingsError::Connection {
                    name: section.clone(),
                    problem,
                });
        }
        let part = |part: &str| settings.part(&section, part);
        if PARTS.into_iter().any(|known| part(known).is_some()) {
            return identity(settings, &part).map_err(|problem| SettingsError::Identity {
                name: section.clone(),
                problem,
            });
        }
    }
    Err(SettingsError::NoConnection {
        name: name.to_owned(),
    })
}

fn identity<'a>(
    settings: &Settings,
    part: &impl Fn(&str) -> Option<&'a str>,
) -> Result<Connection, String> {
    if !cfg!(feature = "entra") {
        return Err("this build has no connections by identity: switch on the feature \"entra\", or set a connection string with an access key".to_owned());
    }
    let endpoint = part("endpoint").ok_or("its part __endpoint is missing: put the service's address there, such as https://name.webpubsub.azure.com")?;
    let endpoint = Endpoint::parse(endpoint).map_err(|error| format!("__endpoint: {error}"))?;
    if !endpoint.to_string().starts_with("https://") && !endpoint.is_loopback() {
        return Err(format!(
            "__endpoint is {endpoint}, and a token must not travel over plain http: use https"
        ));
    }
    Ok(Connection::Identity {
        credential: credential(settings, part)?,
        endpoint,
    })
}

#[cfg(all(test, feature = "entra"))]
mod tests {
    use super::*;
    use crate::settings::{Assigned, Cloud, Settings};

    fn read(parts: &[(&str, &str)]) -> Result<Credential, String> {
        let mut settings = Settings::new().with(
            format!("{}__endpoint", Settings::CONNECTION),
            "https://a.example/",
        );
        for (part, value) in parts {
            settings = settings.with(
                format!("{connection}__{part}", connection = Settings::CONNECTION),
                *value,
            );
        }
        match settings.connection(Settings::CONNECTION) {
            Ok(Connection::Identity { credential, .. }) => Ok(credential),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn each_form_of_identity_is_read() {
        let managed = |id| Ok(Credential::ManagedIdentity(id));
        let text = str::to_owned;
        assert_eq!(read(&[("credential", "ManagedIdentity")]), managed(None));
        assert_eq!(
            read(&[("credential", "managedidentity"), ("CLIENTID", "c")]),
            managed(Some(Assigned::Client(text("c"))))
        );
        assert_eq!(
            read(&[
                ("credential", "managedidentity"),
                ("managedIdentityObjectId", "o")
            ]),
            managed(Some(Assigned::Object(text("o"))))
        );
        assert_eq!(
            read(&[("credential", "workloadidentity"), ("tenant", "t")]),
            Ok(Credential::WorkloadIdentity {
                tenant: Some(text("t")),
                client: None,
                token_file: None
            })
        );
        assert_eq!(
            read(&[("tenantId", "t"), ("clientId", "c"), ("clientSecret", "s")]),
            Ok(Credential::ClientSecret {
                tenant: text("t"),
                client: text("c"),
                secret: text("s")
            })
        );
        let federated = [
            ("credential", "managedidentityasfederatedidentity"),
            ("tenantId", "t"),
            ("clientId", "c"),
            ("azureCloud", "USGov"),
            ("managedIdentityResourceId", "r"),
        ];
        assert_eq!(
            read(&federated),
            Ok(Credential::Federated {
                tenant: text("t"),
                client: text("c"),
                cloud: Cloud::UsGovernment,
                assigned: Assigned::Resource(text("r")),
            })
        );
        let pipelines = [
            ("credential", "azurepipelines"),
            ("tenantId", "t"),
            ("clientId", "c"),
            ("serviceConnectionId", "s"),
            ("systemAccessToken", "hidden"),
        ];
        assert_eq!(
            read(&pipelines),
            Ok(Credential::Pipelines {
                tenant: text("t"),
                client: text("c"),
                service_connection: text("s"),
                token: text("hidden"),
            })
        );
        // No part of either can be missing.
        for parts in [&federated, &pipelines] {
            for left_out in 1..parts.len() {
                let mut parts = parts.to_vec();
                let (name, _) = parts.remove(left_out);
                let error = read(&parts).unwrap_err();
                let named = name.replace("ResourceId", "ClientId");
                assert!(error.contains(&format!("__{named}")), "{error}");
                assert!(!error.contains("hidden"), "{error}");
            }
        }
        assert_eq!(
            read(&[]),
            Ok(Credential::Surroundings {
                assigned: None,
                tenant: None,
                client: None,
                development: false
            })
        );
        assert_eq!(
            read(&[("tenantId", "t"), ("clientId", "c")]),
            Ok(Credential::Surroundings {
                assigned: Some(Assigned::Client(text("c"))),
                tenant: Some(text("t")),
                client: Some(text("c")),
                development: false
            })
        );
        // Where a managed identity is named, the client is an application beside it.
        let both = [("clientId", "c"), ("managedIdentityObjectId", "o")];
        let read = read(&both).unwrap();
        assert!(
            matches!(&read, Credential::Surroundings { assigned: Some(Assigned::Object(id)), .. } if id == "o"),
            "{read:?}"
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (parts, name) in [
            (&[("credential", "other")][..], "__credential"),
            (&[("clientSecret", "hidden")], "__tenantId"),
            (&[("clientCertificate", "x")], "__clientCertificate"),
            (
                &[
                    ("credential", "managedidentity"),
                    ("clientId", "a"),
                    ("managedIdentityObjectId", "b"),
                ],
                "more than one",
            ),
            (
                &[
                    ("credential", "managedidentityasfederatedidentity"),
                    ("tenantId", "t"),
                    ("clientId", "c"),
                    ("azureCloud", "moon"),
                ],
                "__azureCloud",
            ),
            (&[("endpoint", "http://a.example")], "https"),
            (&[("endpoint", "")], "__endpoint"),
        ] {
            let mut parts = parts.to_vec();
            parts.push(("tokenFilePath", "x"));
            let error = read(&parts).unwrap_err();
            assert!(error.contains(name), "{error}");
            assert!(
                error.contains(Settings::CONNECTION) && !error.contains("hidden"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_connection_is_found_under_every_name_of_the_host() {
        let text = "Endpoint=https://a;AccessKey=k;";
        for name in sections("Mine") {
            let settings = Settings::new().with(name, text);
            assert!(settings.connection("Mine").is_ok());
        }
        let settings = Settings::new().with("AzureWebJobsMine:endpoint", "https://a");
        assert!(settings.connection("Mine").is_ok());
    }

    #[test]
    fn a_secret_is_not_in_debug_output() {
        let parts = [
            ("tenantId", "t"),
            ("clientId", "c"),
            ("clientSecret", "hidden"),
        ];
        assert!(!format!("{:?}", read(&parts)).contains("hidden"));
    }
}
