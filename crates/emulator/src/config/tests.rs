//! Configuration files that are read, and what is said of those that are not.

use super::*;

fn error(text: &str) -> String {
    Config::parse("e.toml", text).unwrap_err().to_string()
}

/// The page for people has every setting, with its default.
#[test]
fn the_documented_files_are_read_and_complete() {
    let page = include_str!("../../../../docs/emulator.md");
    let mut files = page.split("```toml\n").skip(1);
    let mut next = || files.next().unwrap().split("```").next().unwrap();
    let file = Config::parse("first", next()).unwrap();
    assert_eq!(file.port(), Some(8080));
    let second = next();
    let settings = Config::parse("second", second).unwrap().settings;
    let expected = format!("{:#?}", Settings::default());
    assert_eq!(format!("{settings:#?}"), expected);
    for line in expected.lines() {
        if let Some((name, _)) = line.trim().split_once(": ") {
            let starts = [format!("{name} = "), format!("[settings.{name}]")];
            let documented = second.lines().any(|line| {
                let line = line.strip_prefix("# ").unwrap_or(line);
                starts.iter().any(|start| line.starts_with(start))
            });
            assert!(documented, "{name}");
        }
    }
}

#[test]
fn what_is_wrong_is_named_with_line_key_and_what_is_allowed() {
    let cases = [
        (
            "port = 1\nprot = 2",
            "e.toml:2:1: unknown field `prot`, expected one of `listen`, `port`, `endpoint`, `key`, `secondary_key`, \
             `anonymous`, `allow_hosts`, `handlers`, `hubs`, `settings` (prot = 2)",
        ),
        (
            "port = 99999",
            "e.toml:1:8: invalid value: integer `99999`, expected u16 (port = 99999)",
        ),
        (
            "[settings.webhook]\non_event_failure = \"x\"",
            "e.toml:2:20: unknown variant `x`, expected `ignore` or `close` (on_event_failure = \"x\")",
        ),
        (
            "[settings.webhook]\nretries = [\"1\"]",
            "e.toml:2:12: expected a duration such as \"300ms\", \"45s\", \"2m\" or \"1h\" (retries = …)",
        ),
        (
            "# waiting_bytes = 1\n[settings]\n# waiting_bytes: see above\nwaiting_bytes = 0",
            "e.toml:4:1: settings.waiting_bytes must be greater than 0 (waiting_bytes = 0)",
        ),
        (
            "settings = { waiting_bytes = 0 }",
            "e.toml:1:12: settings.waiting_bytes must be greater than 0 (settings = …)",
        ),
        (
            "[settings]\n# max_payload = 1\ntransport = { max_payload = 0 }",
            "e.toml:1:1: settings.transport.max_payload must be greater than 0 ([settings])",
        ),
        (
            "[settings]\n# ping_timeout = 1s\n[settings.transport]\n  ping_timeout = \"0s\"",
            "e.toml:4:3: settings.transport.ping_timeout must be greater than 0 (ping_timeout = \"0s\")",
        ),
        (
            "[[handlers]]\nurl_template = \"htp://x?code=sec;ret\"",
            "e.toml:2:16: the upstream \"htp://x\" is not an http or https URL (url_template = …)",
        ),
        (
            "endpoint = \"ftp://x\"",
            "e.toml:1:12: the endpoint is not an http or https URL such as https://NAME.webpubsub.azure.com (endpoint = …)",
        ),
        (
            "key = \"sec;ret\"",
            "e.toml:1:7: an access key must not be empty and must not contain \";\" (key = …)",
        ),
        (
            "[[handlers]]\nuser_events = \"*\"",
            "e.toml:1:1: missing field `url_template` ([[handlers]])",
        ),
        (
            "[[handlers]]\nurl_template = \"x\"",
            "e.toml:2:16: the upstream \"x\" is not an http or https URL (url_template = \"x\")",
        ),
        (
            "[[handlers]]\nurl_template = \"http://x\"\nsystem_events = [\"connekt\"]",
            "e.toml:3:18: expected one of `connect`, `connected`, `disconnected` (system_events = …)",
        ),
        (
            "[hubs.1bad]\nanonymous = true",
            "e.toml:1:7: hub \"1bad\" does not begin with an ASCII letter ([hubs.1bad])",
        ),
        (
            "[hubs.chat]\nanonymous = true\n[hubs.Chat]",
            "e.toml:3:7: the hub is configured twice; hub names compare ignoring case ([hubs.Chat])",
        ),
        ("port 1", "e.toml:1:6: key with no value, expected `=` (…)"),
    ];
    for (text, expected) in cases {
        assert_eq!(error(text), expected, "{text:?}");
    }
    let found = error("[settings]\non = 1");
    let start = "e.toml:2:1: unknown field `on`, expected one of `transport`, ";
    assert!(
        found.starts_with(start) && found.ends_with("(on = 1)"),
        "{found}"
    );
}

#[test]
fn no_error_shows_a_secret() {
    for text in [
        "key = 123456789",
        "secondary_key = 123456789",
        "\"key\" = 123456789",
        "[settings]\nwebhook.bearer = 123456789",
        "[settings.webhook]\nbearer = 123456789",
        "settings = { webhook = { bearer = 123456789 } }",
    ] {
        let found = error(text);
        assert!(found.contains(": expected a string ("), "{found}");
        assert!(!found.contains("123456789"), "{found}");
    }
}

#[test]
fn no_debug_text_shows_a_secret() {
    let text = r#"
        key = "a secret"
        secondary_key = "another secret"
        [[handlers]]
        url_template = "http://localhost/?code=secret"
        [settings.webhook]
        bearer = "a secret"
    "#;
    let config = Config::parse("e.toml", text).unwrap();
    let shown = format!("{config:?} {:?}", config.settings());
    assert!(shown.contains("bearer: Some(…)"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn targets_are_those_of_all_hubs_then_those_of_single_hubs() {
    let of_a_hub = "[[hubs.chat.handlers]]\nurl_template = \"http://chat\"\n";
    let targets = |text: &str| Config::parse("e.toml", text).unwrap().targets();
    assert_eq!(targets(""), [DEFAULT_UPSTREAM]);
    assert_eq!(targets(of_a_hub), [DEFAULT_UPSTREAM, "http://chat"]);
    assert_eq!(
        targets(&format!(
            "[[handlers]]\nurl_template = \"http://all\"\n{of_a_hub}"
        )),
        ["http://all", "http://chat"]
    );
    assert_eq!(
        targets(&format!("handlers = []\n{of_a_hub}")),
        ["http://chat"]
    );
    assert!(targets("handlers = []").is_empty());
}
