//! `sio deploy` and `sio azure rotate-keys` with stand-ins for `az`, `azd` and `cargo-zigbuild`: what is asked of them, and
//! what a person reads. The app behind them is real, between both stand-ins of Azure.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

#[path = "../azure/mod.rs"]
mod azure;
mod proof;
mod rotate;

use std::fs;
use std::time::{Duration, Instant};

use azure::{Azure, app};
use socketio_functions::prelude::*;
use socketio_functions::testing::World;

const NAMES: [&str; 6] = [
    "--resource-group",
    "rg-x",
    "--app",
    "func-x",
    "--service",
    "wps-x",
];

fn at(world: &World) -> Vec<String> {
    vec!["--url".to_owned(), world.url()]
}

/// The project that is deployed has no negotiation function, the app in its place has one.
fn negotiating_at(world: &World) -> Vec<String> {
    let mut arguments = at(world);
    arguments.extend(["--negotiate", "negotiate"].map(str::to_owned));
    arguments
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_goes_from_the_build_to_an_acknowledged_event() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    let said = azure
        .run("deploy", &["--deployment", "chat"])
        .args(at(&world))
        .args([
            "--negotiate",
            "negotiate?name=Ada",
            "--probe",
            "echo",
            "[\"hello\"]",
        ])
        .succeeds();
    for part in [
        "builds for x86_64-unknown-linux-gnu.2.28",
        "app func-x, service wps-x, resource group rg-x",
        "4 files into target/azure.zip",
        "2 functions are listed",
        "hub hub posts to",
        "?code=***",
        "the app accepted a client",
        "echo was acknowledged: [\"hello\"]",
        "deployed: http://",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let calls = azure.calls();
    let shown: Vec<_> = calls
        .iter()
        .map(|call| call.split(" --").next().unwrap())
        .collect();
    assert_eq!(
        shown,
        [
            "az account show",
            "az deployment sub show",
            "az functionapp deployment source config-zip",
            // The first answer lacks a function.
            "az functionapp function list",
            "az functionapp function list",
            "az deployment group create",
        ]
    );
    let registration = calls.last().unwrap();
    for part in [
        "--template-file infra/hub.bicep",
        "appName=func-x",
        "serviceName=wps-x",
        "hubName=hub",
        "audience= ",
        "webhookKey=true",
        "keyName=default",
        "routePrefix=api",
    ] {
        assert!(registration.contains(part), "{part}: {registration}");
    }
    assert!(azure.at("project/target/azure.zip").is_file());
    azure::golden(
        "docs/azure.md",
        "deploy",
        &azure::own_lines(&said, &world.url()),
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_step_that_failed_is_named_with_what_the_tool_said() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    // All functions are listed at once.
    fs::write(azure.at("listed"), "").unwrap();
    for (fails, step, part) in [
        ("account", "check", "run az login"),
        ("functionapp deployment", "publish", "az said no"),
        ("functionapp function list", "wait", "az said no"),
        ("deployment group", "register", "asks it with OPTIONS"),
    ] {
        azure.refuse(fails);
        let said = azure
            .run("deploy", &NAMES)
            .args(["--patience", "1"])
            .args(at(&world))
            .fails();
        let expected = format!("step {step} failed");
        assert!(
            said.contains(&expected) && said.contains(part),
            "{fails}: {said}"
        );
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_before_the_build() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    let said = azure
        .run("deploy", &["--target", "aarch64-unknown-linux-gnu"])
        .fails();
    assert!(said.contains("function apps run on x86-64 Linux"), "{said}");
    let said = azure.run("deploy", &[]).fails();
    assert!(said.contains("no resources are named"), "{said}");
    let good = fs::read_to_string(azure.at("project/host.json")).unwrap();
    let with = |part: &str| good.replacen('{', &format!("{{{part},"), 1);
    let bundle = |kind: &str| {
        with(&format!(
            r#""extensionBundle":{{"id":"Microsoft.Azure.Functions.ExtensionBundle{kind}","version":"[4.*, 5.0.0)"}}"#
        ))
    };
    for (host, part) in [
        ("{", "is not JSON"),
        ("{}", "host.json names no executable"),
        (
            &bundle(".Preview"),
            "this command knows direct bindings only",
        ),
    ] {
        fs::write(azure.at("project/host.json"), host).unwrap();
        for arguments in [&["deploy", "--pack"][..], &["azure", "rotate-keys"]] {
            let said = azure
                .run(arguments[0], &arguments[1..])
                .args(
                    arguments
                        .contains(&"azure")
                        .then_some(NAMES)
                        .into_iter()
                        .flatten(),
                )
                .fails();
            assert!(
                said.contains(part) && !said.contains("Compiling"),
                "{part}: {said}"
            );
        }
    }
    assert!(azure.calls().is_empty());
    // What only the handler knows is said before the build for Azure.
    for (host, arguments, part) in [
        (
            with(r#""functions":["socketio"]"#),
            &[][..],
            "version does not run",
        ),
        (
            bundle(""),
            &["--target", "aarch64-unknown-linux-gnu"],
            "x86-64 Linux",
        ),
    ] {
        fs::write(azure.at("project/host.json"), host).unwrap();
        let said = azure.run("deploy", &["--pack"]).args(arguments).fails();
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!azure.at("asked").exists());
    // A bundle for other bindings is good.
    azure.run("deploy", &["--pack"]).succeeds();
    assert!(azure.at("asked").exists());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn azds_environment_names_the_resources_and_the_subscription() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    fs::create_dir(azure.at("project/.azure")).unwrap();
    azure
        .run("deploy", &["--published"])
        .args(negotiating_at(&world))
        .succeeds();
    let calls = azure.calls();
    assert!(calls[0].starts_with("azd env get-values"), "{calls:?}");
    let az: Vec<_> = calls
        .iter()
        .filter(|call| call.starts_with("az "))
        .collect();
    let listed = az.iter().find(|call| call.contains("function list"));
    let listed = listed.unwrap_or_else(|| panic!("{calls:?}"));
    assert!(
        listed.contains("--resource-group rg-x") && listed.contains("--name func-x"),
        "{listed}"
    );
    let registered = az.iter().find(|call| call.contains("deployment group"));
    let registered = registered.unwrap_or_else(|| panic!("{calls:?}"));
    for part in [
        "--resource-group rg-x",
        "appName=func-x",
        "serviceName=wps-x",
    ] {
        assert!(registered.contains(part), "{part}: {registered}");
    }
    for call in az {
        assert!(call.contains("--subscription sub-1"), "{call}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_exist_and_cost_is_said_before_it_is_written() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    // The stand-in's template is another than the one that is written.
    for arguments in [&["init", "--dry-run"][..], &["init"]] {
        let said = azure.run("azure", arguments).fails();
        assert!(
            said.contains("other content") && !said.contains("would write"),
            "{said}"
        );
    }
    fs::remove_file(azure.at("project/infra/hub.bicep")).unwrap();
    let dry = azure.run("azure", &["init", "--dry-run"]).succeeds();
    assert!(dry.contains("would write azure.yaml"), "{dry}");
    assert!(!azure.at("project/azure.yaml").exists());
    let said = azure.run("azure", &["init"]).succeeds();
    for name in [
        "azure.yaml",
        "infra/modules/settings.bicep",
        ".github/workflows/deploy.yml",
    ] {
        assert!(azure.at("project").join(name).is_file(), "{name}");
    }
    azure::golden("docs/azure.md", "init", &said.replace("tiny", "chat"));
    assert!(azure.calls().is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_every_command_and_runs_none() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    let mut transcript = String::new();
    for arguments in [
        &[
            "deploy",
            "--deployment",
            "chat",
            "--hub",
            "hub",
            "--negotiate",
            "negotiate?name=Ada",
            "--probe",
            "echo",
            "[\"hello\"]",
            "--dry-run",
        ][..],
        &[
            "azure",
            "rotate-keys",
            "--deployment",
            "chat",
            "--hub",
            "hub",
            "--negotiate",
            "negotiate?name=Ada",
            "--dry-run",
        ],
    ] {
        let said = azure.run(arguments[0], &arguments[1..]).succeeds();
        transcript.push_str(&format!("$ sio {}\n{said}", azure::typed(arguments)));
    }
    // A machine that cannot build yet shows the rest all the same.
    let target = "aarch64-unknown-linux-gnu";
    let said = azure
        .run("deploy", &["--deployment", "chat", "--dry-run"])
        .args(["--hub", "hub", "--target", target])
        .succeeds();
    for part in [
        "check  cannot build for aarch64-unknown-linux-gnu",
        "cargo build --release --target aarch64-unknown-linux-gnu",
        "config-zip",
        "the app has no function that answers GET /api/negotiate:",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // A new project has no generated files yet.
    fs::remove_dir_all(azure.at("project/function-app")).unwrap();
    let said = azure
        .run("deploy", &["--deployment", "chat", "--dry-run"])
        .succeeds();
    assert!(
        said.contains("hubName=HUB") && said.contains("webhookKey=true"),
        "{said}"
    );
    assert!(azure.calls().is_empty() && !azure.at("asked").exists());
    azure::golden("docs/azure.md", "dry run", &transcript);
    world.stop().await;
}
