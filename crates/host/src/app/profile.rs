//! Host configuration profiles (host contract, "`configurationProfile`").

use super::error::{FileError, Source};
use super::overrides;
use crate::json::Json;

/// `configurationProfile` fills in what a web server behind a proxy needs; what host.json says itself stays.
pub(super) fn apply(document: &mut Json, source: &Source) -> Result<(), FileError> {
    let name = document
        .get("configurationProfile")
        .map(Json::dotnet_text)
        .unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "" | "default" => Ok(()),
        "mcp-custom-handler" | "web-app-custom-handler" => {
            let mut filled = Json::empty();
            overrides::apply(&mut filled, [
                ("AzureFunctionsJobHost__customHandler__enableProxyingHttpRequest", "true"),
                ("AzureFunctionsJobHost__extensions__http__routePrefix", ""),
                ("AzureFunctionsJobHost__customHandler__http__routes__0__route", "{*route}"),
            ]);
            merge(document, filled);
            Ok(())
        }
        _ => Err(source.about(
            "configurationProfile",
            format!("the configuration profile '{name}' is not supported. Supported values are '', 'default', 'mcp-custom-handler', 'web-app-custom-handler'"),
        )),
    }
}

/// Adds what is missing.
fn merge(document: &mut Json, filled: Json) {
    let Json::Object(additions) = filled else {
        return;
    };
    let Json::Object(members) = document else {
        return;
    };
    for (name, value) in additions {
        match members
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(&name))
        {
            Some((_, known)) => merge(known, value),
            None => {
                members.insert(name, value);
            }
        }
    }
}
