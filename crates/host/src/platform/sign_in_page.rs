//! The page on which a developer says who they are.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, Response};
use sio_net::Body;

const HEAD: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #888; --accent: #2f6fde; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 16vh auto 4rem; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } p { color: var(--soft); margin: 0 0 1.5rem; }
label { display: block; margin-bottom: .25rem; } .wrong { color: #c33; margin: .5rem 0 0; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem; }
button { font: inherit; margin-top: 1rem; padding: .5rem 1.25rem; border: 0; border-radius: .5rem; background: var(--accent); color: #fff; cursor: pointer; }
</style></head><body>
<h1>Sign in</h1>
<p>This stands in for App Service Authentication on your machine: every name is accepted. In Azure your organization's sign-in is here.</p>
"#;

/// The page; its form goes to `action`, and from there to `back`.
pub(super) fn answer(action: &str, back: &str, problem: Option<&str>) -> Response<Body> {
    let back = back.replace('&', "&amp;").replace('"', "&quot;");
    let problem = problem.map_or(String::new(), |text| {
        format!("<p class=\"wrong\">{text}</p>\n")
    });
    let page = format!(
        "{HEAD}<form method=\"post\" action=\"{action}\">\n<input type=\"hidden\" name=\"back\" value=\"{back}\">\n\
         <label for=\"name\">Name</label>\n<input id=\"name\" name=\"name\" maxlength=\"100\" required autofocus autocomplete=\"username\">\n\
         {problem}<button>Sign in</button>\n</form>\n</body></html>\n"
    );
    let mut response = Response::new(sio_net::full(page));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"),
    );
    response
}
