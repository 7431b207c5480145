//! What keeps an app from starting, and what its binary says then.

use std::process::Stdio;

use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use tokio::process::Command;

use crate::support::{KEY, PATIENCE};

/// Runs the chat's binary with this environment alone; returns its exit code and what it said.
async fn handler(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_handler"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, run).await.unwrap().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
}

#[tokio::test]
async fn a_missing_connection_string_is_named_with_the_remedy() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let (code, said) = handler(&[], &[(Settings::PORT, &port)]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains(Settings::CONNECTION), "{said}");
    assert!(said.contains("local.settings.json"), "{said}");
    let (code, said) = handler(
        &[],
        &[
            (Settings::PORT, &port),
            (Settings::CONNECTION, "Endpoint=http://x;AccesKey=hidden"),
        ],
    )
    .await;
    assert_eq!(code, Some(1));
    assert!(
        said.contains("AccessKey") && !said.contains("hidden"),
        "{said}"
    );
}

#[tokio::test]
async fn a_port_that_is_none_is_named() {
    let (code, said) = handler(&[], &[(Settings::PORT, "http")]).await;
    assert_eq!(code, Some(1));
    assert!(
        said.contains(Settings::PORT) && said.contains("http"),
        "{said}"
    );
}

#[tokio::test]
async fn by_hand_it_says_how_to_run_it() {
    let (code, said) = handler(&[], &[]).await;
    assert_eq!(code, Some(2));
    assert!(said.contains("sio dev"), "{said}");
    let (code, said) = handler(&["serve"], &[]).await;
    assert_eq!(code, Some(2));
    assert!(said.contains("serve"), "{said}");
}

#[tokio::test]
async fn the_manifest_refuses_an_empty_prefix_that_the_start_would_refuse() {
    let root = |prefix: &str| {
        let root = tempfile::tempdir().unwrap();
        let host = format!("{{ 'version': '2.0', 'extensions': {{ 'http': {{ {prefix} }} }} }}");
        std::fs::write(root.path().join("host.json"), host).unwrap();
        root
    };
    // The host takes all of them for an empty one, or does not start.
    let roots = [
        "'routePrefix': ''",
        "'RoutePrefix': null",
        "'routePrefix': '{x}'",
    ]
    .map(root);
    let roots = roots
        .iter()
        .map(|root| (Settings::ROOT, root.path().to_str().unwrap()));
    let with_colons = Settings::ROUTE_PREFIX.replace("__", ":");
    let overrides = [(Settings::ROUTE_PREFIX, ""), (&*with_colons, "")];
    let environments: Vec<(&str, &str)> = roots.chain(overrides).collect();
    for bindings in ["direct", "extension"] {
        for environment in environments.iter().copied() {
            let arguments = ["manifest", "--bindings", bindings];
            let (code, said) = handler(&arguments, &[environment]).await;
            assert_eq!(code, Some(1), "{bindings}: {said}");
            assert!(said.contains("routePrefix"), "{said}");
            let (code, said) = handler(&arguments, &[]).await;
            assert_eq!(code, Some(0), "{bindings}: {said}");
        }
    }
}

#[tokio::test]
async fn an_empty_prefix_with_an_aliasing_route_is_refused() {
    // A timer needs as much care: otherwise a caller of the page could run it.
    let page = || async { "hello" };
    let timer = Route::get("page").path("tick/now");
    for (app, route) in [
        (App::new().get("hello", page), "hello"),
        (
            App::new()
                .http(timer, page)
                .timer("Tick", "* * * * * *", || async {}),
            "tick/now",
        ),
    ] {
        let settings = Settings::new()
            .with(
                Settings::CONNECTION,
                format!("Endpoint=http://localhost;AccessKey={KEY};"),
            )
            .with(Settings::ROUTE_PREFIX, "");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let registry = app.hub(Hub::new("hub")).build(settings).unwrap();
        let served = socketio_functions::serve(registry, listener, std::future::pending()).await;
        let error = served.unwrap_err().to_string();
        assert!(
            error.contains("routePrefix") && error.contains(route),
            "{error}"
        );
    }
}
