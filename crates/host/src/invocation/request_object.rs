//! An HTTP request as the handler gets it in the envelope (host contract, "HTTP request object").

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;

use super::base64_rule;
use super::envelope::{BindingData, Envelope, nested};
use super::header_names::canonical;
use super::identities::{KeyClaims, identities};
use crate::app::Function;
use crate::json::Json;
use crate::routing::Params;

/// What the host knows about a request besides the request.
pub(crate) struct Caller<'a> {
    pub(crate) parts: &'a Parts,
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
    let mut metadata = metadata(caller, &query);
    metadata.put_sys(&function.name, now);
    Envelope { data, metadata }
}

fn request(caller: &Caller<'_>, query: &[(String, String)]) -> Json {
    let parts = caller.parts;
    let text = |text: String| Json::String(text);
    let host = parts
        .headers
        .get(HOST)
        .map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let mut members = vec![
        (
            "Url".to_owned(),
            text(format!("http://{}{target}", host.unwrap_or_default())),
        ),
        (
            "Method".to_owned(),
            text(parts.method.as_str().to_ascii_uppercase()),
        ),
        ("Query".to_owned(), joined(query)),
        (
            "Headers".to_owned(),
            headers(caller, |values| {
                Json::Array(values.into_iter().map(Json::String).collect())
            }),
        ),
        (
            "Params".to_owned(),
            Json::Object(
                caller
                    .params
                    .iter()
                    .map(|(name, value)| {
                        (name.clone(), value.clone().map_or(Json::Null, Json::String))
                    })
                    .collect(),
            ),
        ),
        (
            "Identities".to_owned(),
            identities(&parts.headers, caller.claims.as_ref(), caller.easy_auth),
        ),
    ];
    if let Some(body) = caller.body.as_ref().filter(|body| !body.is_empty()) {
        members.push(("Body".to_owned(), text(body_text(parts, body))));
    }
    Json::Object(members)
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
        String::from_utf8_lossy(body).into_owned()
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
                (canonical(name).to_owned(), value(lines))
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

/// One member a name; the values of repeated names joined by commas. Names compare ignoring case.
fn joined(query: &[(String, String)]) -> Json {
    let mut members: Vec<(String, Json)> = Vec::new();
    for (name, value) in query {
        match members
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            Some((_, Json::String(known))) => {
                known.push(',');
                known.push_str(value);
            }
            _ => members.push((name.clone(), Json::String(value.clone()))),
        }
    }
    Json::Object(members)
}

/// Body, query, route, `Query`, `Headers`: later ones win over earlier ones, the last two only where there is room.
fn metadata(caller: &Caller<'_>, query: &[(String, String)]) -> BindingData {
    let mut data = BindingData::default();
    if let Some(text) = caller
        .body
        .as_ref()
        .and_then(|body| std::str::from_utf8(body).ok())
    {
        data.merge_text(text);
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
    fn v044_multipart_and_octet_streams_are_base64() {
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
