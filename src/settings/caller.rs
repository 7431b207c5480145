//! Who may post to the webhook where no access key signs its requests.
//!
//! The service then calls with a token of its own managed identity: the caller's client or object id and the token's
//! audience stand in settings, and an issuer vouches for it, or the platform in front of the app does.

use super::{Settings, SettingsError};

/// The one caller that is let in without a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct WebhookCaller {
    /// Its client or object id.
    pub id: String,
    /// The audience of its tokens.
    pub audience: String,
    /// The issuer of its tokens, without trailing slash, if tokens are checked here.
    pub issuer: Option<String>,
    /// Whether the platform checks tokens and names the caller in headers, which counts only without an issuer.
    pub platform: bool,
}

impl Settings {
    /// The caller that may post to the webhook without a signature, if one is configured.
    ///
    /// # Errors
    /// A part of it is missing.
    pub(crate) fn webhook_caller(&self) -> Result<Option<WebhookCaller>, SettingsError> {
        let Some(id) = self.get(Settings::WEBHOOK_CALLER) else {
            return Ok(None);
        };
        let wrong = |name, problem| SettingsError::Caller { name, problem };
        let audience = self.get(Settings::WEBHOOK_AUDIENCE).ok_or(wrong(
            Settings::WEBHOOK_AUDIENCE,
            "is missing: put the audience of the service's tokens there, the auth-resource of the hub's settings",
        ))?;
        let issuer = match self.get(Settings::WEBHOOK_ISSUER) {
            Some(issuer) => Some(issuer.trim_end_matches('/').to_owned()),
            None => self
                .part(Settings::CONNECTION, "tenantId")
                .map(|tenant| format!("https://login.microsoftonline.com/{tenant}/v2.0")),
        };
        let platform = self.is_auth_enabled();
        match &issuer {
            None if !platform => Err(wrong(
                Settings::WEBHOOK_ISSUER,
                "is missing, and App Service Authentication is off: put https://login.microsoftonline.com/TENANT-ID/v2.0 there",
            )),
            Some(issuer) if !is_safe(issuer) => Err(wrong(
                Settings::WEBHOOK_ISSUER,
                "is not an https address: the keys that it gives could not be trusted",
            )),
            _ => Ok(Some(WebhookCaller {
                id: id.to_owned(),
                audience: audience.to_owned(),
                issuer,
                platform,
            })),
        }
    }
}

/// Whether what is read from an address is what its owner wrote: over TLS, or on this machine.
pub(crate) fn is_safe(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else {
        return false;
    };
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn caller(pairs: &[(&str, &str)]) -> Result<Option<WebhookCaller>, String> {
        let settings = pairs.iter().fold(Settings::new(), |all, (name, value)| {
            all.with(*name, *value)
        });
        settings.webhook_caller().map_err(|error| error.to_string())
    }

    #[test]
    fn a_caller_needs_an_audience_and_somebody_who_vouches() {
        assert_eq!(caller(&[]), Ok(None));
        let id = (Settings::WEBHOOK_CALLER, "c");
        let audience = (Settings::WEBHOOK_AUDIENCE, "a");
        assert!(
            caller(&[id])
                .unwrap_err()
                .contains(Settings::WEBHOOK_AUDIENCE)
        );
        assert!(
            caller(&[id, audience])
                .unwrap_err()
                .contains(Settings::WEBHOOK_ISSUER)
        );
        let platform = caller(&[id, audience, (Settings::AUTH_ENABLED, "True")])
            .unwrap()
            .unwrap();
        assert!(platform.platform && platform.issuer.is_none());
        let tenant = format!("{}__tenantId", Settings::CONNECTION);
        let by_tenant = caller(&[id, audience, (&tenant, "t")]).unwrap().unwrap();
        assert_eq!(
            by_tenant.issuer.as_deref(),
            Some("https://login.microsoftonline.com/t/v2.0")
        );
        assert!(!by_tenant.platform);
    }

    #[test]
    fn an_issuer_must_be_whom_it_says_it_is() {
        let issued = |issuer| {
            caller(&[
                (Settings::WEBHOOK_CALLER, "c"),
                (Settings::WEBHOOK_AUDIENCE, "a"),
                (Settings::WEBHOOK_ISSUER, issuer),
            ])
        };
        assert!(issued("https://issuer.example/").is_ok());
        assert!(issued("http://127.0.0.1:1").is_ok());
        assert!(issued("http://issuer.example").is_err());
        assert!(issued("issuer").is_err());
    }
}
