//! App settings that override host.json: `AzureFunctionsJobHost__extensions__http__routePrefix=v1`.

use crate::json::Json;

/// The prefix of such a setting (docs/contracts/functions-host.md, "customHandler schema").
const PREFIX: &str = "AzureFunctionsJobHost";

/// Lays the overriding settings over a document. Names compare ignoring case; every value is text.
pub(crate) fn apply<'a>(
    document: &mut Json,
    settings: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    let mut found: Vec<_> = settings
        .into_iter()
        .filter_map(|(name, value)| Some((path(name)?, value)))
        .collect();
    // Items of a list come in the order of their numbers: 10 after 9.
    found.sort_by_key(|(path, _)| {
        let parts = path.iter();
        let parts = parts.map(|part| (part.parse::<usize>().ok(), part.to_ascii_lowercase()));
        parts.collect::<Vec<_>>()
    });
    for (path, value) in found {
        // A list may be given at once, as JSON text; only the two argument lists are read so.
        let value = match path.last() {
            Some(last)
                if last.eq_ignore_ascii_case("arguments")
                    || last.eq_ignore_ascii_case("workerArguments") =>
            {
                match Json::lenient(value) {
                    Ok(list @ Json::Array(_)) => list,
                    _ => Json::String(value.to_owned()),
                }
            }
            _ => Json::String(value.to_owned()),
        };
        set(document, &path, value);
    }
}

fn path(name: &str) -> Option<Vec<&str>> {
    let head = name.get(..PREFIX.len())?;
    if !head.eq_ignore_ascii_case(PREFIX) {
        return None;
    }
    let rest = &name[PREFIX.len()..];
    let rest = rest.strip_prefix("__").or_else(|| rest.strip_prefix(':'))?;
    let parts: Vec<&str> = rest.split("__").flat_map(|part| part.split(':')).collect();
    (!parts.iter().any(|part| part.is_empty())).then_some(parts)
}

fn set(target: &mut Json, path: &[&str], value: Json) {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    if let (Json::Array(items), Ok(index)) = (&mut *target, first.parse::<usize>()) {
        // A list has no holes: a value beyond the end comes next.
        if index > items.len() && rest.is_empty() {
            items.push(value);
            return;
        }
        if index == items.len() {
            items.push(Json::Null);
        }
        if let Some(item) = items.get_mut(index) {
            set(item, rest, value);
        }
        return;
    }
    if !matches!(target, Json::Object(_)) {
        *target = if first.parse::<usize>() == Ok(0) {
            Json::Array(vec![Json::Null])
        } else {
            Json::empty()
        };
        if matches!(target, Json::Array(_)) {
            return set(target, path, value);
        }
    }
    if let Json::Object(members) = target {
        let known = members.keys().find(|name| name.eq_ignore_ascii_case(first));
        let name = known.map_or_else(|| (*first).to_owned(), String::clone);
        set(members.entry(name).or_insert(Json::Null), rest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(document: &str, settings: &[(&str, &str)]) -> String {
        let mut document = Json::lenient(document).unwrap();
        apply(&mut document, settings.iter().copied());
        document.compact()
    }

    #[test]
    fn a_setting_wins_over_the_file_whatever_its_case() {
        assert_eq!(
            with(
                r#"{"extensions":{"http":{"routePrefix":"api"}}}"#,
                &[("AzureFunctionsJobHost__Extensions__Http__RoutePrefix", "")]
            ),
            r#"{"extensions":{"http":{"routePrefix":""}}}"#
        );
    }

    #[test]
    fn arguments_may_be_given_as_json_text() {
        assert_eq!(
            with(
                r#"{"customHandler":{"description":{"arguments":["x"],"workerArguments":["y"]}}}"#,
                &[(
                    "AzureFunctionsJobHost__customHandler__description__arguments",
                    r#"["--a","--b","--c"]"#
                )]
            ),
            r#"{"customHandler":{"description":{"arguments":["--a","--b","--c"],"workerArguments":["y"]}}}"#
        );
    }

    #[test]
    fn list_elements_are_set_by_index() {
        assert_eq!(
            with(
                r#"{"a":["x"]}"#,
                &[
                    ("azurefunctionsjobhost:a:0", "y"),
                    ("AzureFunctionsJobHost__b__0", "z")
                ]
            ),
            r#"{"a":["y"],"b":["z"]}"#
        );
    }

    #[test]
    fn items_of_a_list_keep_the_order_of_their_numbers() {
        let name = |number: usize| format!("AzureFunctionsJobHost__a__{number}");
        let names: Vec<String> = (0..12).map(name).collect();
        let mut settings: Vec<(&str, &str)> =
            names.iter().map(|name| (&**name, &name[26..])).collect();
        settings.sort_unstable();
        let numbers: Vec<String> = (0..12).map(|number| format!("\"{number}\"")).collect();
        assert_eq!(
            with("{}", &settings),
            format!("{{\"a\":[{}]}}", numbers.join(","))
        );
    }
}
