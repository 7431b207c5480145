//! An HTTP request as the handler gets it in the envelope (docs/contracts/functions-host.md, "HTTP request object").

use std::collections::HashMap;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;

use super::envelope::{BindingData, Envelope, nested};
use super::header_names::Names;
use super::identities::{KeyClaims, identities};
use super::{base64_rule, charset};
use crate::app::Function;
use crate::escapes::{PATH, escaped};
use crate::json::{Json, Members};
use crate::routing::Params;

/// What the host knows about a request besides the request.
pub(crate) struct Caller<'a> {
    pub(crate) parts: &'a Parts,
    /// How the client wrote the names of its headers.
    pub(crate) names: Names,
    pub(crate) params: &'a Params,
    /// Only of a request with a `Content-Length` above 0.
    pub(crate) body: Option<Bytes>,
    /// `WEBSITE_AUTH_ENABLED`
    pub(crate) easy_auth: bool,
    /// The key that the caller has.
    pub(crate) claims: Option<KeyClaims>,
}

/// The envelope for an HTTP-triggered function.
pub(crate) fn for_http(function: &Function, caller: &Caller<'_>, now: OffsetDateTime) -> Envelope {
    let query = query(caller.parts.uri.query().unwrap_or_default());
    let data = function
        .inputs()
        .map(|binding| {
            let value = if binding.is_trigger() {
                request(caller, &query)
            } else {
                nested(&Json::Null)
            };
            (binding.name.clone(), value)
        })
        .collect();
    let trigger = function.trigger().map_or("", |trigger| &trigger.name);
    let mut metadata = metadata(caller, &query, trigger);
    metadata.put_sys(&function.name, now);
    Envelope { data, metadata }
}

fn request(caller: &Caller<'_>, query: &[(String, String)]) -> Json {
    let parts = caller.parts;
    let host = parts
        .headers
        .get(HOST)
        .map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned())
        .unwrap_or_default();
    let path = canonical_path(parts.uri.path());
    let raw_query = parts.uri.query().map(|query| format!("?{query}"));
    let url = format!("http://{host}{path}{}", raw_query.unwrap_or_default());
    let params = caller.params.iter().map(|(name, value)| {
        let value = value.clone().map_or(Json::Null, Json::String);
        (name.clone(), value)
    });
    let joined_query = joined(query).into_iter();
    let joined_query = joined_query.map(|(name, value)| (name, Json::String(value)));
    let mut request = Members::from_iter(
        [
            ("Url", Json::String(url)),
            (
                "Method",
                Json::text(parts.method.as_str().to_ascii_uppercase()),
            ),
            ("Query", Json::Object(joined_query.collect())),
            (
                "Headers",
                headers(caller, |values| {
                    Json::Array(values.into_iter().map(Json::String).collect())
                }),
            ),
            ("Params", Json::Object(params.collect())),
            (
                "Identities",
                identities(&parts.headers, caller.claims.as_ref(), caller.easy_auth),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    if let Some(body) = caller.body.as_ref().filter(|body| !body.is_empty()) {
        request.insert("Body".to_owned(), Json::String(body_text(parts, body)));
    }
    Json::Object(request)
}

/// A path decoded once and escaped anew. What is an escape after that stays one: `%252F` becomes `%2F`.
fn canonical_path(raw: &str) -> String {
    escaped(&sio_routes::decoded(raw), PATH)
}

/// Octet streams and multipart bodies are base64; everything else is taken for text, whatever becomes of it.
fn body_text(parts: &Parts, body: &Bytes) -> String {
    let kind = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let media = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if media == "application/octet-stream" || media.contains("multipart/") {
        base64_rule::encoded(body)
    } else {
        charset::marked(body)
    }
}

fn headers(caller: &Caller<'_>, value: impl Fn(Vec<String>) -> Json) -> Json {
    let headers = &caller.parts.headers;
    Json::Object(
        headers
            .keys()
            .map(|name| {
                let lines = headers.get_all(name).iter();
                let lines = lines
                    .map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
                    .collect();
                (caller.names.of(name).to_owned(), value(lines))
            })
            .collect(),
    )
}

/// The pairs of a query string, decoded.
pub(crate) fn query(raw: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// One pair a name; the values of repeated names joined by commas. Names compare ignoring case.
pub(crate) fn joined(query: &[(String, String)]) -> Vec<(String, String)> {
    let mut groups: Vec<(String, String)> = Vec::new();
    let mut places = HashMap::new();
    for (name, value) in query {
        let place = *places
            .entry(name.to_ascii_lowercase())
            .or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, known)) => {
                known.push(',');
                known.push_str(value);
            }
            None => groups.push((name.clone(), value.clone())),
        }
    }
    groups
}

/// Body, query, route, `Query`, `Headers`: later ones win over earlier ones, the last two only where there is room.
fn metadata(caller: &Caller<'_>, query: &[(String, String)], trigger: &str) -> BindingData {
    let mut data = BindingData::default();
    if let Some(body) = &caller.body {
        data.merge_text(&charset::marked(body), trigger);
    }
    for (name, value) in query
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("code"))
    {
        data.put(name, Json::String(value.clone()));
    }
    for (name, value) in caller.params {
        if let Some(value) = value {
            data.put(name, Json::String(value.clone()));
        }
    }
    let mut last: BindingData = BindingData::default();
    for (name, value) in query {
        last.put(name, Json::String(value.clone()));
    }
    data.put_if_absent("Query", last.into_object());
    data.put_if_absent(
        "Headers",
        headers(caller, |values| Json::String(values.join(","))),
    );
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(
        request: http::Request<()>,
        body: Option<&'static str>,
        params: &Params,
    ) -> (Json, Json) {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("host.json"), "{'version':'2.0'}").unwrap();
        std::fs::create_dir(root.path().join("f")).unwrap();
        std::fs::write(
            root.path().join("f/function.json"),
            "{'bindings':[{'type':'httpTrigger','name':'req','authLevel':'anonymous'}]}",
        )
        .unwrap();
        let app =
            crate::app::App::load(root.path(), &crate::app::Variables::default(), None).unwrap();
        let (parts, ()) = request.into_parts();
        let caller = Caller {
            parts: &parts,
            names: Names::default(),
            params,
            body: body.map(Bytes::from),
            easy_auth: false,
            claims: None,
        };
        let text = for_http(&app.functions[0], &caller, OffsetDateTime::UNIX_EPOCH).text();
        let read = Json::lenient(&text).unwrap();
        (
            read.get("Data").unwrap().get("req").unwrap().clone(),
            read.get("Metadata").unwrap().clone(),
        )
    }

    #[test]
    fn example_g_query_headers_params_and_metadata() {
        let request = http::Request::get(
            "/api/negotiate/lobby?userId=ada&tag=a&tag=b&code=k&name=Ink%20And+Toner",
        )
        .header("host", "localhost:7071")
        .header("accept", "*/*")
        .header("x-custom", "1")
        .header("x-custom", "2")
        .body(())
        .unwrap();
        let params = vec![
            ("room".to_owned(), Some("lobby".to_owned())),
            ("extra".to_owned(), None),
        ];
        let (req, metadata) = envelope(request, None, &params);
        let member = |name: &str| req.get_exact(name).unwrap().compact();
        assert_eq!(
            member("Url"),
            r#""http://localhost:7071/api/negotiate/lobby?userId=ada&tag=a&tag=b&code=k&name=Ink%20And+Toner""#
        );
        assert_eq!(
            member("Query"),
            r#"{"userId":"ada","tag":"a,b","code":"k","name":"Ink And Toner"}"#
        );
        assert_eq!(
            member("Headers"),
            r#"{"Host":["localhost:7071"],"Accept":["*/*"],"x-custom":["1","2"]}"#
        );
        assert_eq!(member("Params"), r#"{"room":"lobby","extra":null}"#);
        assert!(req.get("Body").is_none());
        let meta = |name: &str| metadata.get_exact(name).map(Json::compact);
        assert_eq!(meta("userId").unwrap(), r#""\"ada\"""#);
        assert_eq!(meta("tag").unwrap(), r#""\"b\"""#);
        assert_eq!(meta("room").unwrap(), r#""\"lobby\"""#);
        assert_eq!(meta("code"), None);
        assert_eq!(meta("extra"), None);
        assert_eq!(
            meta("Headers").unwrap(),
            r#"{"Host":"localhost:7071","Accept":"*/*","x-custom":"1,2"}"#
        );
    }

    #[test]
    fn example_h_a_json_body_stays_text_and_its_members_are_metadata() {
        let request = http::Request::post("/api/f")
            .header("content-type", "application/json")
            .body(())
            .unwrap();
        let (req, metadata) = envelope(request, Some(r#"{"item":"pen","count":2}"#), &Vec::new());
        assert_eq!(
            req.get("Body").unwrap().as_str(),
            Some(r#"{"item":"pen","count":2}"#)
        );
        assert_eq!(metadata.get("count").unwrap().compact(), r#""\"2\"""#);
    }

    #[test]
    fn the_path_of_the_url_is_escaped_anew() {
        for (raw, written) in [
            ("/a%252Fb/a%2Fb", "/a%2Fb/a%2Fb"),
            ("/a|b/%7Ba%7D/100%25", "/a%7Cb/%7Ba%7D/100%25"),
            ("/%C3%A9/a;b/a+b/x/../y", "/%C3%A9/a;b/a+b/y"),
        ] {
            assert_eq!(canonical_path(raw), written);
        }
    }

    #[test]
    fn multipart_and_octet_stream_bodies_become_base64() {
        for kind in [
            "multipart/form-data; boundary=x",
            "application/octet-stream",
        ] {
            let request = http::Request::post("/api/f")
                .header("content-type", kind)
                .body(())
                .unwrap();
            let (req, _) = envelope(request, Some("hi"), &Vec::new());
            assert_eq!(req.get("Body").unwrap().as_str(), Some("aGk="));
        }
    }
}
