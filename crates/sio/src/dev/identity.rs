//! Microsoft Entra's part, for projects that connect by identity: no Azure is needed to try one.
//!
//! Such a project has no connection string: its local.settings.json says `…__endpoint`. Then the app gets a managed
//! identity of a tenant on loopback, the emulator takes that identity's tokens and calls the webhook as an identity of
//! its own, and users sign in under any name. All of it lives in this tool; a deployed handler contains nothing of it.

use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use sio_host::{SignIn, Tenant};

use crate::local_settings::{CONNECTION, endpoint_by_identity};
use crate::project::Bindings;

/// What the webhook's callers must have asked a token for. Principals of users bear it too, as in Azure, where both are
/// the client id of one registration: it is the caller that must differ.
const AUDIENCE: &str = "api://sio-dev";

/// How long the emulator's token holds, in seconds: it gets one, and this tool does not run for a year.
const LIFETIME: i64 = 365 * 24 * 60 * 60;

/// A tenant and its sign-in, or the sign-in alone where something else speaks to the service.
#[derive(Debug)]
pub(super) struct LocalIdentity {
    tenant: Option<Tenant>,
    sign_in: SignIn,
}

/// How the service calls the webhook of such a project.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) audience: String,
    pub(super) token: String,
}

impl LocalIdentity {
    /// Starts one where the settings beside host.json ask for it. `emulated` says that the service is the emulator and
    /// the handler ours to start, so that both can be told.
    pub(super) async fn asked_for(
        script_root: &Path,
        bindings: Bindings,
        emulated: bool,
    ) -> anyhow::Result<Option<Self>> {
        if !by_identity(&script_root.join("local.settings.json"))? {
            return Ok(None);
        }
        if bindings == Bindings::Extension {
            bail!(
                "this project connects by identity, which the stand-in of Microsoft's extension cannot do\nhint: leave --bindings extension out, or put a connection string into local.settings.json"
            );
        }
        let tenant = match emulated {
            true => Some(Tenant::start().await?),
            false => None,
        };
        Ok(Some(Self {
            tenant,
            sign_in: SignIn::new(AUDIENCE),
        }))
    }

    /// Who signs users in.
    pub(super) fn sign_in(&self) -> SignIn {
        self.sign_in.clone()
    }

    /// What the handler is told instead of a connection string.
    pub(super) fn variables(&self, endpoint: &str) -> Vec<(String, String)> {
        let Some(tenant) = &self.tenant else {
            return Vec::new();
        };
        let own = [
            // A key in this shell's environment would come before the identity.
            (CONNECTION.to_owned(), String::new()),
            (format!("{CONNECTION}__endpoint"), endpoint.to_owned()),
            (
                format!("{CONNECTION}__credential"),
                "managedidentity".to_owned(),
            ),
            (
                "SOCKETIO_FUNCTIONS_WEBHOOK_CALLER".to_owned(),
                Tenant::SERVICE.to_owned(),
            ),
            (
                "SOCKETIO_FUNCTIONS_WEBHOOK_AUDIENCE".to_owned(),
                AUDIENCE.to_owned(),
            ),
            (
                "SOCKETIO_FUNCTIONS_WEBHOOK_ISSUER".to_owned(),
                tenant.issuer().to_owned(),
            ),
        ];
        let platform = tenant.variables().into_iter();
        let platform = platform.map(|(name, value)| (name.to_owned(), value));
        own.into_iter().chain(platform).collect()
    }

    /// The identity that the emulator calls with.
    pub(super) fn caller(&self) -> anyhow::Result<Option<Caller>> {
        let Some(tenant) = &self.tenant else {
            return Ok(None);
        };
        let end = time::OffsetDateTime::now_utc().unix_timestamp() + LIFETIME;
        let claims = json!({ "appid": Tenant::SERVICE, "oid": Tenant::SERVICE, "exp": end });
        Ok(Some(Caller {
            audience: AUDIENCE.to_owned(),
            token: tenant.token(AUDIENCE, &claims)?,
        }))
    }

    /// What a person should know, line by line.
    pub(super) fn notes(&self, url: &str, listen: IpAddr) -> Vec<String> {
        let mut notes = vec![format!(
            "this project connects by identity; sign in with any name at {url}/.auth/login/aad"
        )];
        if self.tenant.is_none() {
            notes.push(
                "a handler that you start yourself needs WEBSITE_AUTH_ENABLED=True to see who is signed in"
                    .to_owned(),
            );
        }
        if !listen.is_loopback() {
            notes.push("so can everybody else who reaches this machine".to_owned());
        }
        notes
    }
}

/// Whether local settings name a service's address and no connection string.
fn by_identity(path: &Path) -> anyhow::Result<bool> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    let settings: Value =
        json5::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    Ok(endpoint_by_identity(&settings).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_person_should_know_is_said() {
        let notes = async |emulated: bool, listen: &str| {
            let identity = LocalIdentity {
                tenant: match emulated {
                    true => Some(Tenant::start().await.unwrap()),
                    false => None,
                },
                sign_in: SignIn::new(AUDIENCE),
            };
            assert_eq!(identity.variables("http://x").is_empty(), !emulated);
            assert_eq!(identity.caller().unwrap().is_some(), emulated);
            let notes = identity.notes("http://localhost:1", listen.parse().unwrap());
            notes.join("\n")
        };
        let local = notes(true, "127.0.0.1").await;
        assert!(local.contains("http://localhost:1/.auth/login/aad"));
        assert!(!local.contains("everybody") && !local.contains("WEBSITE_AUTH_ENABLED"));
        assert!(
            notes(true, "0.0.0.0")
                .await
                .contains("so can everybody else")
        );
        let attached = notes(false, "127.0.0.1").await;
        assert!(attached.contains("WEBSITE_AUTH_ENABLED=True"));
    }

    #[tokio::test]
    async fn nothing_starts_unasked_and_the_extension_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let asked = async |bindings| {
            LocalIdentity::asked_for(folder.path(), bindings, true)
                .await
                .map(|found| found.is_some())
        };
        assert!(!asked(Bindings::Direct).await.unwrap());
        let values = format!(r#"{{ "Values": {{ "{CONNECTION}__endpoint": "http://x" }} }}"#);
        std::fs::write(folder.path().join("local.settings.json"), values).unwrap();
        assert!(asked(Bindings::Direct).await.unwrap());
        let error = asked(Bindings::Extension).await.unwrap_err().to_string();
        assert!(error.contains("--bindings extension"), "{error}");
        std::fs::write(folder.path().join("local.settings.json"), "{").unwrap();
        let error = asked(Bindings::Direct).await.unwrap_err().to_string();
        assert!(error.contains("is not JSON"), "{error}");
    }
}
