//! Keys that are replaced.

use super::*;

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
