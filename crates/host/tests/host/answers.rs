//! What a handler's answer becomes: the published cases of docs/contracts/functions-host.md, "Answer of the handler".

use base64::Engine as _;
use serde::Deserialize;
use serde_json::json;

use crate::kit::{App, Running, http};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    id: String,
    outputs: Vec<String>,
    worker: Worker,
    caller: Caller,
}

#[derive(Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Worker {
    status: u16,
    content_type: Option<String>,
    body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Caller {
    status: Option<u16>,
    content_type: Option<String>,
    body: Option<String>,
}

const CASES: &str = include_str!("responses.json");

fn app(timeout: &str) -> App {
    let mut returned = http("", "");
    returned[1]["name"] = json!("$return");
    App::handled(
        "node",
        "node.mjs",
        json!({}),
        json!({"functionTimeout": timeout}),
    )
    .function("res", http("", ""))
    .function("return", returned)
}

fn question(running: &Running, case: &Case) -> reqwest::RequestBuilder {
    let function = match case.outputs.as_slice() {
        [only] if only == "http:res" => "res",
        [only] if only == "http:$return" => "return",
        other => panic!("{}: no function has the outputs {other:?}", case.id),
    };
    let answer = serde_json::to_string(&case.worker).unwrap();
    let answer = base64::engine::general_purpose::URL_SAFE.encode(answer);
    running.request("GET", &format!("/api/{function}?answer={answer}"))
}

async fn ask(running: &Running, case: &Case) -> reqwest::Response {
    question(running, case).send().await.unwrap()
}

#[tokio::test]
async fn every_case_that_gets_a_response_holds() {
    let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    let app = app("00:05:00");
    let running = app.start().await;
    let mut checked = 0;
    for case in cases.iter().filter(|case| case.caller.status.is_some()) {
        let response = ask(&running, case).await;
        assert_eq!(
            Some(response.status().as_u16()),
            case.caller.status,
            "{}",
            case.id
        );
        let content_type = response
            .headers()
            .get("content-type")
            .map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(content_type, case.caller.content_type, "{}", case.id);
        assert_eq!(
            Some(response.text().await.unwrap()),
            case.caller.body,
            "{}",
            case.id
        );
        checked += 1;
    }
    assert_eq!(checked, 20, "a case is missing");
}

fn hanging() -> Vec<Case> {
    let mut cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    cases.retain(|case| case.caller.status.is_none());
    assert_eq!(cases.len(), 2);
    cases
}

#[tokio::test]
async fn empty_and_null_answers_hang_until_function_timeout() {
    let app = app("00:00:02");
    let mut running = app.start().await;
    for case in hanging() {
        let response = ask(&running, &case).await;
        assert_eq!(response.status(), 500, "{}", case.id);
        running.line("empty body or null").await;
        running.line("A function timeout has occurred").await;
        running.line("handler ready").await;
    }
}

#[tokio::test]
async fn empty_and_null_answers_are_reported_at_once() {
    let app = app("00:05:00");
    for case in hanging() {
        let mut running = app.start().await;
        let request = tokio::spawn(question(&running, &case).send());
        running.line("empty body or null").await;
        assert!(!request.is_finished(), "{}", case.id);
        request.abort();
    }
}

#[tokio::test]
async fn traps_in_an_answer_are_pointed_out() {
    let bindings = json!([
        {"type": "httpTrigger", "direction": "in", "name": "req"},
        {"type": "http", "direction": "out", "name": "res"},
        {"type": "queue", "direction": "out", "name": "q"}
    ]);
    let app = App::node(json!({})).function("res", bindings);
    let case = Case {
        id: "advice".to_owned(),
        outputs: vec!["http:res".to_owned()],
        worker: Worker {
            status: 200,
            content_type: Some("application/json".to_owned()),
            body: r#"{"Outputs":{"q":"test","res":{"status":201,"body":"x"}}}"#.to_owned(),
        },
        caller: Caller {
            status: None,
            content_type: None,
            body: None,
        },
    };
    let mut running = app.start().await;
    assert_eq!(ask(&running, &case).await.status(), 200);
    running.line("\"status\" in res is ignored").await;
    running.line("happens to be valid base64").await;
    let line = running.line("output q (queue, 3 bytes").await;
    assert!(line.ends_with(": no text"), "{line}");
}

#[tokio::test]
async fn a_redirect_in_a_payloads_answer_is_followed() {
    let app = App::node(json!({})).function("moved", http("", ""));
    let mut running = app.start().await;
    let seen = running.json("/api/moved").await;
    assert_eq!(seen["request"]["url"], "/target");
    assert_eq!(seen["request"]["method"], "POST");
    assert_eq!(seen["envelope"]["Metadata"]["sys"]["MethodName"], "moved");
    running.line("which the host follows itself").await;
}

#[tokio::test]
async fn a_redirect_is_an_answer_when_requests_are_forwarded() {
    let app = App::node(json!({"enableForwardingHttpRequest": true})).function(
        "moved",
        json!([{"type": "queueTrigger", "direction": "in", "name": "job"}]),
    );
    let mut running = app.start().await;
    let invoked = running.request("POST", "/admin/functions/moved");
    let invoked = invoked.json(&json!({"input": ""})).send();
    assert_eq!(invoked.await.unwrap().status(), 202);
    running.line("the handler answered 307").await;
}

#[tokio::test]
async fn logs_of_a_failed_invocation_are_shown_as_lost() {
    let app = App::node(json!({})).function("lost", http("", ""));
    let mut running = app.start().await;
    assert_eq!(running.status("GET", "/api/lost").await, 500);
    running.line("the host drops this line of Logs").await;
}
