//! App settings that are for the host itself.

use super::variables::Variables;

/// Longest body of a request unless `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` is set. Unconfirmed that a longer one is answered
/// with 413.
const BODY_LIMIT: usize = 104_857_600;

/// What app settings say about the host.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Longest body of a request, in bytes.
    pub(crate) body_limit: usize,
    /// `WEBSITE_AUTH_ENABLED`
    pub(crate) easy_auth: bool,
    /// Not `AzureWebJobsDisableHomepage`.
    pub(crate) home_page: bool,
}

impl Settings {
    pub(super) fn read(variables: &Variables) -> Self {
        let limit = variables.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT");
        Self {
            body_limit: limit
                .and_then(|limit| limit.trim().parse().ok())
                .unwrap_or(BODY_LIMIT),
            easy_auth: variables.is_on("WEBSITE_AUTH_ENABLED"),
            home_page: !variables.is_on("AzureWebJobsDisableHomepage"),
        }
    }
}
