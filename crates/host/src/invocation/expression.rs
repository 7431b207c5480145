//! `{query.userId}` and the like in a binding's properties: values out of the invocation's binding data.

use super::BindingData;
use crate::json::Json;

/// Replaces each `{path}` in a text.
pub(crate) fn resolve(text: &str, data: &BindingData) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (path, remaining) = after
            .split_once('}')
            .ok_or_else(|| format!("\"{text}\" has no closing brace"))?;
        out.push_str(&value(path.trim(), data)?);
        rest = remaining;
    }
    out.push_str(rest);
    Ok(out)
}

fn value(path: &str, data: &BindingData) -> Result<String, String> {
    let mut parts = path.split('.');
    let first = parts.next().unwrap_or_default();
    if first.eq_ignore_ascii_case("rand-guid") {
        return Ok(uuid::Uuid::new_v4().to_string());
    }
    let mut found = data
        .get(first)
        .ok_or_else(|| format!("No value for named parameter '{first}'."))?;
    for part in parts {
        found = found
            .get(part)
            .ok_or_else(|| format!("Error while accessing '{part}': property doesn't exist."))?;
    }
    match found {
        // One line of a header or of a query is meant, where there is only one.
        Json::Array(list) if list.len() == 1 => Ok(list[0].dotnet_text()),
        other => Ok(other.dotnet_text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_ignoring_case_and_missing_ones_are_errors() {
        let mut data = BindingData::default();
        data.put("Query", Json::object([("userId", Json::text("ada"))]));
        assert_eq!(resolve("u-{query.userid}!", &data), Ok("u-ada!".to_owned()));
        assert_eq!(resolve("plain", &data), Ok("plain".to_owned()));
        assert!(
            resolve("{query.other}", &data)
                .unwrap_err()
                .contains("property doesn't exist.")
        );
        assert_eq!(
            resolve("{UserId}", &data),
            Err("No value for named parameter 'UserId'.".to_owned())
        );
    }
}
