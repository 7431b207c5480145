//! Values of local.settings.json, found as the Functions host finds them.

use serde_json::Value;

/// The setting with the service's connection string, or the first part of the names of a connection's parts.
pub(crate) const CONNECTION: &str = "WebPubSubForSocketIOConnectionString";

/// The value of a name, unless it is blank. Case does not count, and `:` is another way to write `__`.
pub(crate) fn value<'a>(settings: &'a Value, wanted: &str) -> Option<&'a str> {
    let mut values = settings["Values"].as_object().into_iter().flatten();
    let (_, found) = values.find(|(name, value)| {
        let named = name.replace(':', "__").eq_ignore_ascii_case(wanted);
        named && value.as_str().is_some_and(|text| !text.trim().is_empty())
    })?;
    found.as_str().map(str::trim)
}

/// The address of the service, where it is given without a connection string: then the connection is by identity.
pub(crate) fn endpoint_by_identity(settings: &Value) -> Option<&str> {
    let endpoint = value(settings, &format!("{CONNECTION}__endpoint"));
    endpoint.filter(|_| value(settings, CONNECTION).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_connection_string_is_by_identity() {
        let of = |text: &str| {
            let settings = serde_json::from_str(&format!(r#"{{ "Values": {{ {text} }} }}"#));
            endpoint_by_identity(&settings.unwrap()).map(str::to_owned)
        };
        let address = Some("http://localhost:8080".to_owned());
        let endpoint = format!(r#""{CONNECTION}__endpoint": " http://localhost:8080""#);
        assert_eq!(of(&endpoint), address);
        assert_eq!(of(&endpoint.replace("__e", ":E")), address);
        assert_eq!(of(&format!(r#"{endpoint}, "{CONNECTION}": "" "#)), address);
        let both = format!(r#"{endpoint}, "{CONNECTION}": "Endpoint=x" "#);
        assert_eq!(of(&both), None);
        assert_eq!(of(&format!(r#""{CONNECTION}": "Endpoint=x""#)), None);
        assert_eq!(of(""), None);
        assert_eq!(endpoint_by_identity(&Value::Null), None);
    }
}
