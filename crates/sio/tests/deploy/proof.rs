//! What proves a deployment: a token from wherever it comes, and a client that the app knows.

use super::*;

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
