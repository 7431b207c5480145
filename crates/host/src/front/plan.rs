//! What is done about a request, decided from its head and the app alone.

use http::request::Parts;
use http::{Method, StatusCode};

use super::context::Context;
use crate::app::{App, Function};
use crate::auth::{Access, Authority};
use crate::call::Mode;
use crate::routes;
use crate::routing::Params;

/// Where the Socket.IO client is served, when the host was given one.
pub(super) const CLIENT_SCRIPT: &str = "/_sio/socket.io.min.js";

/// The script that reloads pages, and where it asks for a change.
pub(super) const RELOAD: [&str; 2] = ["/_sio/reload.js", "/_sio/reload"];

/// Below it, an extension's name.
const WEBHOOKS: &str = "/runtime/webhooks/";

/// What is done about a request.
#[derive(Debug, PartialEq)]
pub(super) enum Plan {
    /// The page with the app's functions, or nothing where it is switched off.
    Home,
    /// The Socket.IO client.
    ClientScript,
    /// What makes pages reload themselves.
    Reload,
    /// The management API.
    Admin(Admin),
    /// The extension's webhook.
    Webhook,
    /// A function runs.
    Function(Invocation),
    /// The key is missing or wrong.
    Refuse(StatusCode),
    /// The same, with the scheme that the host's own paths ask for.
    Challenge(StatusCode),
    /// There is nothing at this path.
    NotFound,
}

/// A function's run for a request.
#[derive(Debug, PartialEq)]
pub(super) struct Invocation {
    /// The function's place in the app.
    pub(super) function: usize,
    pub(super) mode: Mode,
    pub(super) params: Params,
    pub(super) authority: Authority,
}

/// The management API, as far as it helps on a developer's machine (docs/contracts/functions-host.md, "Admin API").
#[derive(Debug, PartialEq)]
pub(super) enum Admin {
    Ping,
    Warmup,
    Status,
    Functions,
    Function(usize),
    FunctionStatus,
    /// Runs a function by hand.
    Run(usize),
}

/// What a plan depends on besides the request.
pub(super) struct Site<'a> {
    pub(super) app: &'a App,
    pub(super) access: &'a Access,
    /// The extension's name.
    pub(super) extension: Option<&'a str>,
    pub(super) client_script: bool,
    pub(super) reload: bool,
}

impl Context {
    /// What plans are made from.
    pub(super) fn site(&self) -> Site<'_> {
        Site {
            app: &self.app,
            access: &self.access,
            extension: self.extension.as_ref().map(|extension| extension.name()),
            client_script: self.config.client_script.is_some(),
            reload: self.config.reload.is_some(),
        }
    }
}

impl Site<'_> {
    /// Decides about a request.
    pub(super) fn plan(&self, head: &Parts) -> Plan {
        let path = head.uri.path();
        if path.eq_ignore_ascii_case("/admin") || below(path, "/admin/").is_some() {
            return self.admin(head);
        }
        // The webhooks of extensions are the host's own, whatever routes there are.
        if let Some(rest) = below(path, WEBHOOKS) {
            return self.webhook(head, rest);
        }
        if path == CLIENT_SCRIPT && self.client_script {
            return Plan::ClientScript;
        }
        if RELOAD.contains(&path) && self.reload {
            return Plan::Reload;
        }
        // A disabled function can be tried with the master key, where keys are asked for.
        let tester = self.access.is_checked() && self.access.of(head, None) == Authority::Admin;
        let found = routes::find(&self.app.functions, &head.method, path, tester);
        match found {
            Some((index, params)) => self.function(head, index, params),
            None if path == "/" => Plan::Home,
            None => Plan::NotFound,
        }
    }

    fn function(&self, head: &Parts, index: usize, params: Params) -> Plan {
        let function = &self.app.functions[index];
        let level = function.http.as_ref().map(|http| http.level.as_str());
        let authority = self.access.of(head, Some(&function.name));
        if !authority.satisfies(level.unwrap_or("function")) {
            return Plan::Refuse(StatusCode::UNAUTHORIZED);
        }
        Plan::Function(Invocation {
            function: index,
            mode: self.mode(function),
            params,
            authority,
        })
    }

    /// How a function is asked for a request: only one that is nothing but HTTP gets the request itself.
    fn mode(&self, function: &Function) -> Mode {
        let Some(handler) = &self.app.config.handler else {
            return Mode::Envelope;
        };
        match function.is_plain_http() {
            true if handler.proxying => Mode::Proxied,
            true if handler.forwarding => Mode::Forwarded,
            _ => Mode::Envelope,
        }
    }

    /// Every path but two needs the master key, and only those that there are say so.
    fn admin(&self, head: &Parts) -> Plan {
        let path = head.uri.path().trim_matches('/').to_ascii_lowercase();
        let method = &head.method;
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let functions = &self.app.functions;
        let find = |name: &str| {
            let mut names = functions.iter().map(|function| &function.name);
            names.position(|known| known.eq_ignore_ascii_case(name))
        };
        let found = match (parts.as_slice(), method) {
            (["host", "ping"], &Method::GET | &Method::POST) => return Plan::Admin(Admin::Ping),
            (["warmup"], &Method::GET | &Method::POST) => return Plan::Admin(Admin::Warmup),
            (["host", "status"], &Method::GET) => Some(Admin::Status),
            (["functions"], &Method::GET) => Some(Admin::Functions),
            (["functions", name], &Method::GET) => find(name).map(Admin::Function),
            (["functions", name], &Method::POST) => find(name).map(Admin::Run),
            (["functions", name, "status"], &Method::GET) => {
                find(name).map(|_| Admin::FunctionStatus)
            }
            // The original manages keys here; this host makes them at each start and prints them.
            (
                ["host", "keys" | "functionkeys" | "systemkeys", ..] | ["functions", _, "keys", ..],
                _,
            ) => None,
            // There are no files to manage either.
            (["vfs", ..], _) if self.access.of(head, None) != Authority::Admin => {
                return Plan::Refuse(StatusCode::UNAUTHORIZED);
            }
            _ => return Plan::NotFound,
        };
        if self.access.of(head, None) != Authority::Admin {
            return Plan::Challenge(StatusCode::UNAUTHORIZED);
        }
        found.map_or(Plan::NotFound, Plan::Admin)
    }

    /// The caller of a webhook needs the extension's system key or the master key (docs/contracts/functions-host.md,
    /// "Extension webhooks").
    fn webhook(&self, head: &Parts, rest: &str) -> Plan {
        let name = rest.split('/').next().unwrap_or_default();
        if name.is_empty() {
            return Plan::NotFound;
        }
        let key = format!("{name}_extension");
        match self.access.of(head, None) {
            Authority::Admin => {}
            Authority::System(known) if known.eq_ignore_ascii_case(&key) => {}
            Authority::System(_) | Authority::Function(_) => {
                return Plan::Refuse(StatusCode::FORBIDDEN);
            }
            Authority::None => return Plan::Challenge(StatusCode::UNAUTHORIZED),
        }
        let verbs = [
            Method::GET,
            Method::PUT,
            Method::POST,
            Method::DELETE,
            Method::OPTIONS,
        ];
        let known = self
            .extension
            .is_some_and(|extension| extension.eq_ignore_ascii_case(name));
        match known && verbs.contains(&head.method) {
            true => Plan::Webhook,
            false => Plan::NotFound,
        }
    }
}

/// What follows a prefix, in any case.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let head = path.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &path[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Request;

    use super::*;
    use crate::app::Variables;
    use crate::auth::{KeyScope, Keys};

    fn app(handler: &str) -> App {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let file = root.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        write("host.json", &format!("{{'version':'2.0'{handler}}}"));
        write(
            "hello/function.json",
            "{'bindings':[{'type':'httpTrigger','name':'req','authLevel':'anonymous','route':'hello/{name?}'},{'type':'http','direction':'out','name':'res'}]}",
        );
        write(
            "secret/function.json",
            "{'bindings':[{'type':'httpTrigger','name':'req','methods':['get']},{'type':'queue','direction':'out','name':'q','queueName':'q'}]}",
        );
        App::load(root.path(), &Variables::default(), None).unwrap()
    }

    fn plan(app: &App, access: &Access, method: &str, target: &str) -> Plan {
        let request = Request::builder().method(method).uri(target).body(());
        let site = Site {
            app,
            access,
            extension: Some("socketio"),
            client_script: true,
            reload: true,
        };
        site.plan(&request.unwrap().into_parts().0)
    }

    #[test]
    fn plain_functions_get_the_request_itself_and_others_an_envelope() {
        let open = Access::new(None);
        let section = |switch: &str| {
            format!(",'customHandler':{{'description':{{'defaultExecutablePath':'x'}}{switch}}}")
        };
        for (handler, mode) in [
            (section(""), Mode::Envelope),
            (
                section(",'enableForwardingHttpRequest':true"),
                Mode::Forwarded,
            ),
            (
                section(",'enableForwardingHttpRequest':true,'enableProxyingHttpRequest':true"),
                Mode::Proxied,
            ),
            (
                ",'httpWorker':{'description':{'defaultExecutablePath':'x'}}".to_owned(),
                Mode::Forwarded,
            ),
        ] {
            let app = app(&handler);
            let mode_of = |target: &str| match plan(&app, &open, "GET", target) {
                Plan::Function(invocation) => invocation.mode,
                other => panic!("{other:?}"),
            };
            assert_eq!(mode_of("/api/hello/ada"), mode, "{handler}");
            assert_eq!(mode_of("/api/secret"), Mode::Envelope, "{handler}");
        }
    }

    #[test]
    fn keys_open_what_they_are_for() {
        let keys = Arc::new(Keys::new());
        keys.provide(["hello", "secret"].into_iter(), Some("socketio"));
        let access = Access::new(Some(keys.clone()));
        let app = app("");
        let key = |scope: KeyScope| {
            let mut all = keys.all().into_iter();
            all.find(|key| key.scope == scope).unwrap().value
        };
        let asks = |method: &str, path: &str, key: Option<&str>| {
            let target = match key {
                Some(key) => format!("{path}?code={key}"),
                None => path.to_owned(),
            };
            plan(&app, &access, method, &target)
        };
        let (master, system, own) = (
            key(KeyScope::Master),
            key(KeyScope::System),
            key(KeyScope::Function("secret".to_owned())),
        );
        let refused = Plan::Challenge(StatusCode::UNAUTHORIZED);
        assert_eq!(
            asks("GET", "/api/secret", None),
            Plan::Refuse(StatusCode::UNAUTHORIZED)
        );
        assert!(matches!(
            asks("GET", "/api/secret", Some(&own)),
            Plan::Function(_)
        ));
        assert_eq!(asks("GET", "/admin/host/status", None), refused);
        assert_eq!(asks("GET", "/admin/host/status", Some(&own)), refused);
        let status = Plan::Admin(Admin::Status);
        assert_eq!(asks("GET", "/Admin/Host/Status/", Some(&master)), status);
        let run = Plan::Admin(Admin::Run(1));
        assert_eq!(asks("POST", "/admin/functions/SECRET", Some(&master)), run);
        // Only what exists asks for a key.
        for path in ["/admin", "/admin/", "/admin/host", "/admin/host/log"] {
            assert_eq!(asks("GET", path, None), Plan::NotFound, "{path}");
        }
        assert_eq!(asks("HEAD", "/admin/host/ping", None), Plan::NotFound);
        for path in ["/admin/host/ping", "/admin/warmup"] {
            assert!(matches!(asks("GET", path, None), Plan::Admin(_)), "{path}");
        }
        let hook = "/runtime/webhooks/socketio";
        assert_eq!(asks("POST", hook, None), refused);
        let of_host = key(KeyScope::Host);
        assert_eq!(
            asks("POST", hook, Some(&of_host)),
            Plan::Refuse(StatusCode::FORBIDDEN)
        );
        assert_eq!(asks("POST", hook, Some(&system)), Plan::Webhook);
        assert_eq!(
            asks("POST", "/runtime/webhooks/", Some(&master)),
            Plan::NotFound
        );
    }

    #[test]
    fn paths_of_the_host_come_before_and_after_those_of_the_app() {
        let (app, open) = (app(""), Access::new(None));
        assert_eq!(plan(&app, &open, "GET", "/"), Plan::Home);
        assert_eq!(plan(&app, &open, "GET", CLIENT_SCRIPT), Plan::ClientScript);
        assert_eq!(plan(&app, &open, "GET", RELOAD[1]), Plan::Reload);
        assert_eq!(plan(&app, &open, "POST", "/api/secret"), Plan::NotFound);
        assert_eq!(plan(&app, &open, "GET", "/nothing"), Plan::NotFound);
    }
}
