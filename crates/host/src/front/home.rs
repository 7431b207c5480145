//! The page at `/`: what this app serves, with links.

use super::context::Context;
use crate::app::Function;

const HEAD: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Your function app is running</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8889; --accent: #2f6fde; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 12vh auto 4rem; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } p { color: var(--soft); margin: 0 0 1.5rem; }
.open { display: inline-block; margin: 0 .5rem .5rem 0; padding: .5rem 1rem; border-radius: .5rem; background: var(--accent); color: #fff; text-decoration: none; }
table { width: 100%; border-collapse: collapse; margin-top: 1.5rem; } td { padding: .5rem .25rem; border-top: 1px solid var(--line); vertical-align: top; }
td:nth-child(2) { color: var(--soft); white-space: nowrap; } code { font-size: .9em; overflow-wrap: anywhere; } .off { opacity: .5; }
</style></head><body>
<h1>Your function app is running</h1>
"#;

/// The page.
pub(super) fn page(context: &Context) -> String {
    let functions = &context.app.functions;
    let mut out = HEAD.to_owned();
    out.push_str(&format!(
        "<p>{} function{}, answered by a custom handler.</p>\n",
        functions.len(),
        if functions.len() == 1 { "" } else { "s" }
    ));
    for function in functions {
        if let Some(path) = link(function) {
            let path = escaped(&path);
            out.push_str(&format!("<a class=\"open\" href=\"{path}\">{path}</a>\n"));
        }
    }
    out.push_str("<table>\n");
    for function in functions {
        let class = if function.disabled {
            " class=\"off\""
        } else {
            ""
        };
        let (methods, place) = match &function.http {
            Some(http) => {
                let methods = if http.methods.is_all() {
                    "any method".to_owned()
                } else {
                    http.methods.names().join(", ")
                };
                (methods, format!("<code>{}</code>", escaped(&http.path())))
            }
            None => (
                String::new(),
                escaped(
                    function
                        .trigger()
                        .map_or("", |trigger| trigger.kind.as_str()),
                ),
            ),
        };
        out.push_str(&format!(
            "<tr{class}><td>{}</td><td>{}</td><td>{place}</td></tr>\n",
            escaped(&function.name),
            escaped(&methods)
        ));
    }
    out.push_str("</table>\n</body></html>\n");
    out
}

/// Where a click leads: routes that answer GET and need nothing filled in.
fn link(function: &Function) -> Option<String> {
    let http = function.http.as_ref()?;
    let open = !function.disabled
        && http.methods.contains("GET")
        && !http.template.has_required_parameter();
    open.then(|| format!("/{}", http.template.literal_path()))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
