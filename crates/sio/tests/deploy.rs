//! `sio deploy` and `sio azure rotate-keys` with stand-ins for `az`, `azd` and `cargo-zigbuild`: what is asked of them, and
//! what a person reads. The app behind them is real, between both stand-ins of Azure.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod azure;

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
async fn a_refusal_in_the_apps_words_proves_the_webhook() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    let said = azure
        .run("deploy", &NAMES)
        .arg("--published")
        .args(negotiating_at(&world))
        .succeeds();
    assert!(
        said.contains(
            "refused a client in its own words, so the webhook works: Please choose a name."
        ),
        "{said}"
    );
    let said = azure
        .run("deploy", &NAMES)
        .args(["--published", "--probe", "echo"])
        .args(negotiating_at(&world))
        .fails();
    assert!(
        said.contains("step prove failed") && said.contains("--negotiate"),
        "{said}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_the_app_does_not_know_proves_nothing() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    fs::write(azure.at("listed"), "").unwrap();
    let said = azure
        .run("deploy", &NAMES)
        .args(["--published", "--namespace", "/nowhere", "--patience", "1"])
        .args(negotiating_at(&world))
        .fails();
    assert!(
        said.contains("the app does not know the namespace /nowhere of hub hub")
            && said.contains("older version"),
        "{said}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_negotiation_takes_more_than_a_get_the_token_comes_from_the_key() {
    let app = App::new().hub(
        Hub::new("hub")
            .negotiate("negotiate", azure::by_label)
            .on_connect(azure::admit)
            .on("echo", azure::echo),
    );
    let world = World::start(app).await.unwrap();
    let azure = Azure::new(&world);
    // The time is for what may yet come; a 400 is final.
    let begun = Instant::now();
    let said = azure
        .run("deploy", &NAMES)
        .args(["--published", "--probe", "echo", "[\"hello\"]"])
        .args(negotiating_at(&world))
        .succeeds();
    assert!(begun.elapsed() < Duration::from_secs(200));
    for part in [
        "negotiation answers 400 Bad Request: it takes more than a GET of this path; using a token by access key, for user sio-deploy",
        "echo was acknowledged",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Its keys can be replaced, too. The emulator's own key stays, so that of the function comes first.
    for (only, expected) in [
        (
            "function",
            &["the key of the function socketio is a new one"][..],
        ),
        (
            "service",
            &[
                "negotiation answers 400 Bad Request, so the key that the app uses cannot be seen",
                "waiting 1 seconds for the app to restart",
                "the secondary key of wps-x is a new one",
            ],
        ),
    ] {
        let said = azure
            .run("azure", &["rotate-keys", "--only", only, "--settle", "0"])
            .args(NAMES)
            .args(["--patience", "1"])
            .args(negotiating_at(&world))
            .succeeds();
        for part in expected {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_without_negotiation_gets_its_token_from_the_key_at_once() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    for (name, value, why) in [
        (
            "SIO_DEPLOY_NEGOTIATE",
            "",
            "the app has no function that answers GET /api/negotiate",
        ),
        ("SIO_DEPLOY_NO_NEGOTIATE", "true", "--no-negotiate"),
    ] {
        let said = azure
            .run("deploy", &NAMES)
            .args(["--published", "--user", "Ada", "--probe", "echo", "[\"x\"]"])
            .env(name, value)
            .args(at(&world))
            .succeeds();
        let expected = format!("{why}; using a token by access key, for user Ada");
        for part in [&expected, "echo was acknowledged"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    let said = azure
        .run("deploy", &NAMES)
        .args(["--published", "--patience", "1", "--negotiate", "nowhere"])
        .args(at(&world))
        .fails();
    assert!(
        said.contains("404 Not Found") && said.contains("--no-negotiate"),
        "{said}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_stay_if_the_app_does_not_answer_before_the_first_change() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    for (only, arguments) in [
        ("service", ["--negotiate", "nowhere"]),
        ("function", ["--negotiate", "nowhere"]),
        ("function", ["--namespace", "/nowhere"]),
    ] {
        let said = azure
            .run("azure", &["rotate-keys", "--only", only])
            .args(NAMES)
            .args(["--patience", "1"])
            .args(arguments)
            .args(at(&world))
            .fails();
        assert!(
            said.contains("no key and no setting was changed")
                && !said.contains("run the same command again"),
            "{said}"
        );
    }
    let changes = ["set", "regenerate", "create", "delete"];
    for call in azure.calls() {
        assert!(
            !call.split(' ').any(|word| changes.contains(&word)),
            "{call}"
        );
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_users_sign_in_the_token_comes_from_the_key() {
    let app = app().hub(
        Hub::new("closed")
            .negotiate("enter", Identity::easy_auth())
            .on_connect(azure::admit)
            .on("echo", azure::echo),
    );
    let world = World::start(app).await.unwrap();
    let azure = Azure::new(&world);
    let said = azure
        .run("deploy", &NAMES)
        .args([
            "--published",
            "--hub",
            "closed",
            "--negotiate",
            "enter",
            "--user",
            "Ada",
        ])
        .args(["--probe", "echo", "[\"hello\"]"])
        .args(at(&world))
        .succeeds();
    for part in [
        "using a token by access key, for user Ada",
        "echo was acknowledged",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains(&azure.key("primary")), "{said}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_identities_the_token_comes_from_the_service_for_the_signed_in_person() {
    let app = App::new().hub(
        Hub::new("hub")
            .negotiate("negotiate", Identity::easy_auth())
            .on_connect(azure::admit),
    );
    let world = World::start(app).await.unwrap();
    let azure = Azure::new(&world);
    azure::service_for_identities(&azure, world.negotiate("Ada").unwrap().token);
    let identities = [
        "--published",
        "--audience",
        "id-1",
        "--negotiate",
        "negotiate",
    ];
    // The token is the service's answer; the proof goes on with it, at the address that the service has.
    let said = azure
        .run("deploy", &NAMES)
        .args(identities)
        .args(["--user", "Eve"])
        .args(at(&world))
        .fails();
    assert!(
        said.contains("az role assignment create")
            && said.contains("--role \"Web PubSub Service Owner\""),
        "{said}"
    );
    let said = azure
        .run("deploy", &NAMES)
        .args(identities)
        .args(["--user", "Ada", "--patience", "1"])
        .args(at(&world))
        .fails();
    assert!(
        said.contains("using a token by your signed-in identity, for user Ada"),
        "{said}"
    );
    assert!(
        said.contains("answered 403 Forbidden to a client's connection"),
        "{said}"
    );
    assert!(!said.contains("an-entra-token"), "{said}");
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
async fn the_functions_key_is_replaced_by_way_of_a_second_one() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    let said = azure
        .run(
            "azure",
            &["rotate-keys", "--only", "function", "--settle", "0"],
        )
        .args(NAMES)
        .args(negotiating_at(&world))
        .succeeds();
    assert!(
        said.contains("the key of the function socketio is a new one"),
        "{said}"
    );
    let calls = azure.calls();
    let keys = |call: &&String| call.contains("keyName=") || call.contains("--key-name");
    let order: Vec<_> = calls
        .iter()
        .filter(keys)
        .map(|call| azure::key_step(call))
        .collect();
    assert_eq!(
        order,
        [
            "set interim",
            "register interim",
            "set default",
            "register default",
            "delete interim"
        ]
    );
    assert!(
        !calls.iter().any(|call| call.contains("--key-value")),
        "{calls:?}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_services_keys_are_replaced_while_one_of_them_always_works() {
    let world = World::start(app()).await.unwrap();
    let azure = Azure::new(&world);
    let (url, old) = azure.negotiation_by_setting();
    let said = azure
        .run(
            "azure",
            &["rotate-keys", "--only", "service", "--settle", "0"],
        )
        .args(NAMES)
        .args(["--url", &url, "--negotiate", "negotiate"])
        .succeeds();
    // A key is replaced only after the app has shown that it works with the other.
    let told = said
        .lines()
        .filter_map(|line| line.trim().strip_prefix("rotate  "));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "the app uses the secondary key",
            "the primary key of wps-x is a new one",
            "the app uses the primary key",
            "the secondary key of wps-x is a new one",
        ]
    );
    let changes = azure.calls().into_iter().filter_map(|call| {
        if call.contains("webpubsub key regenerate") {
            let key = call.split("--key-type ").nth(1)?.split(' ').next()?;
            Some(format!("regenerate {key}"))
        } else {
            let shown = call.contains("appsettings set") && call.contains("--settings @/");
            shown.then(|| "set".to_owned())
        }
    });
    assert_eq!(
        changes.collect::<Vec<_>>(),
        ["set", "regenerate primary", "set", "regenerate secondary"]
    );
    // Both are new, the app has the primary one, and no key was an argument or was shown.
    for which in ["primary", "secondary"] {
        let key = azure.key(which);
        assert!(!old.contains(&key), "the {which} key is the old one");
        assert!(!said.contains(&key), "{said}");
        assert!(!azure.calls().join("\n").contains(&key));
    }
    assert!(azure.setting().contains(&azure.key("primary")));
    assert!(azure.setting_files_are_gone());
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
