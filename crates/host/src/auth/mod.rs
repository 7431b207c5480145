//! Who may do what: keys, and what the key of a request allows (docs/contracts/functions-host.md, "Authorisation").

mod access;
mod authority;
mod keys;

use http::HeaderMap;

use crate::invocation::query;

pub(crate) use access::Access;
pub(crate) use authority::Authority;
pub(crate) use keys::Keys;
pub use keys::{Key, KeyScope};

/// Where a key stands in a request, before the query's `code`.
const KEY_HEADER: &str = "x-functions-key";

/// The key in a request: the header's, else the query's.
fn presented(headers: &HeaderMap, raw_query: Option<&str>) -> Option<String> {
    if let Some(key) = headers.get(KEY_HEADER).and_then(|key| key.to_str().ok()) {
        return Some(key.to_owned());
    }
    query(raw_query.unwrap_or_default())
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("code"))
        .map(|(_, key)| key)
}
