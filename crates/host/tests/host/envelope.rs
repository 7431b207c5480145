//! Default mode, as handlers in other languages get it.

use serde_json::{Value, json};
use sio_host::{Framing, Hop, Mode};

use crate::kit::{App, http};

#[tokio::test]
async fn the_payload_is_posted_to_the_functions_name() {
    let app = App::node(json!({})).function("Orders", http("orders/{id:int?}", ""));
    let running = app.start().await;
    let seen = running.json("/api/orders/7?x=1&code=secret").await;
    let request = &seen["request"];
    assert_eq!(request["method"], "POST");
    assert_eq!(request["url"], "/Orders");
    assert_eq!(
        request["headers"]["user-agent"],
        "Azure-Functions-Host/4.1037.0.0"
    );
    assert_eq!(
        request["headers"]["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(
        request["headers"]["x-azure-functions-hostversion"],
        "4.1037.0.0"
    );
    let id = request["headers"]["x-azure-functions-invocationid"]
        .as_str()
        .unwrap();
    assert!(id.len() == 36 && id == id.to_lowercase(), "{id}");

    let envelope = &seen["envelope"];
    assert_eq!(envelope.as_object().unwrap().len(), 2);
    let req = &envelope["Data"]["req"];
    assert_eq!(req["Method"], "GET");
    assert_eq!(req["Params"], json!({"id": "7"}));
    assert_eq!(req["Query"], json!({"x": "1", "code": "secret"}));
    assert!(
        req["Url"]
            .as_str()
            .unwrap()
            .ends_with("/api/orders/7?x=1&code=secret")
    );
    assert_eq!(envelope["Metadata"]["id"], "\"7\"");
    assert_eq!(envelope["Metadata"]["sys"]["MethodName"], "Orders");
    assert!(envelope["Metadata"]["code"].is_null());
}

#[tokio::test]
async fn both_framings_reach_handlers_in_node_and_python() {
    for framing in [Framing::ContentLength, Framing::Chunked] {
        let app = App::python(json!({})).function("f", http("", ""));
        let running = app
            .start_with(|builder| builder.framing(framing))
            .await
            .unwrap();
        let response = running
            .request("PUT", "/api/f")
            .body("hello")
            .send()
            .await
            .unwrap();
        let seen: Value = response.json().await.unwrap();
        assert_eq!(seen["chunked"], framing == Framing::Chunked);
        let envelope: Value = serde_json::from_str(seen["body"].as_str().unwrap()).unwrap();
        assert_eq!(envelope["Data"]["req"]["Body"], "hello");
        assert_eq!(envelope["Data"]["req"]["Method"], "PUT");

        let app = App::node(json!({})).function("f", http("", ""));
        let running = app
            .start_with(|builder| builder.framing(framing))
            .await
            .unwrap();
        let seen: Value = running
            .request("POST", "/api/f")
            .body("hello")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(seen["envelope"]["Data"]["req"]["Body"], "hello");
        assert_eq!(
            seen["request"]["headers"]["content-length"].is_null(),
            framing == Framing::Chunked
        );
    }
}

#[tokio::test]
async fn a_chunked_body_is_lost_with_a_warning() {
    let app = App::node(json!({})).function("f", http("", ""));
    let mut running = app.start().await;
    let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>("hel"), Ok("lo")]);
    let body = reqwest::Body::wrap_stream(pieces);
    let response = running
        .request("POST", "/api/f")
        .body(body)
        .send()
        .await
        .unwrap();
    let seen: Value = response.json().await.unwrap();
    assert!(seen["envelope"]["Data"]["req"].get("Body").is_none());
    running.line("body came in chunks").await;
}

#[tokio::test]
async fn a_function_with_a_further_output_gets_a_payload_even_where_requests_are_proxied() {
    let mut bindings = http("", "");
    bindings
        .as_array_mut()
        .unwrap()
        .push(json!({"type": "queue", "direction": "out", "name": "q"}));
    let app = App::node(json!({"enableProxyingHttpRequest": true})).function("f", bindings);
    let mut running = app.start().await;
    assert_eq!(running.json("/api/f").await["request"]["url"], "/f");
    let call = running
        .hop(|hop| match hop {
            Hop::Answered {
                call, status: 200, ..
            } => Some(call.clone()),
            _ => None,
        })
        .await;
    assert_eq!(
        (call.mode, call.function.as_str(), call.path.as_str()),
        (Mode::Envelope, "f", "/api/f")
    );
}

#[tokio::test]
async fn a_function_without_a_caller_is_run_through_the_admin_endpoint() {
    let app = App::node(json!({}))
        .function("timer", json!([{"type": "timerTrigger", "direction": "in", "name": "tick", "schedule": "* * * * * *"}]))
        .function("job", json!([{"type": "queueTrigger", "direction": "in", "name": "job", "queueName": "q"}]));
    let mut running = app.start().await;
    let response = running
        .request("POST", "/admin/functions/timer")
        .json(&json!({"input": ""}))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(response.text().await.unwrap(), "");
    let log = running
        .hop(|hop| match hop {
            Hop::Log { text, .. } => Some(text.clone()),
            _ => None,
        })
        .await;
    let envelope: Value = serde_json::from_str(&log).unwrap();
    assert_eq!(envelope["Data"]["tick"]["IsPastDue"], false);
    assert_eq!(envelope["Metadata"]["sys"]["MethodName"], "timer");
    assert_eq!(running.status("POST", "/admin/functions/nope").await, 404);
    assert_eq!(running.status("POST", "/admin/functions/timer").await, 415);
    for wrong in ["", "{", "[]", "{\"input\":{}}"] {
        let request = running.request("POST", "/admin/functions/timer");
        let request = request.header("content-type", "application/json");
        let answer = request.body(wrong).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{wrong}");
    }
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let whole = utf16("{\"input\":\"\"}");
    for (charset, body, status) in [
        ("utf-16", whole.clone(), 202),
        ("utf-16", [whole.as_slice(), &[0x20]].concat(), 202),
        ("utf-16", b"{}".to_vec(), 400),
        ("utf-8", b"{\"input\":\"\xff\"}".to_vec(), 500),
        ("utf-16be", whole.clone(), 415),
        ("iso-8859-1", b"{}".to_vec(), 415),
        ("nonsense", b"{}".to_vec(), 415),
    ] {
        let request = running.request("POST", "/admin/functions/timer");
        let kind = format!("application/json; charset={charset}");
        let request = request.header("content-type", kind).body(body);
        assert_eq!(request.send().await.unwrap().status(), status, "{charset}");
    }
    running
        .request("POST", "/admin/functions/job")
        .json(&json!({"input": "hello"}))
        .send()
        .await
        .unwrap();
    running.line("← 200 job").await;
}

#[tokio::test]
async fn query_strings_and_keys_never_show_in_the_timeline() {
    let app = App::node(json!({})).function("f", http("", ""));
    let mut running = app.start().await;
    running
        .request("GET", "/api/f?code=s3cret")
        .header("x-functions-key", "s3cret")
        .send()
        .await
        .unwrap();
    running.get("/nowhere?code=s3cret").await;
    loop {
        let line = running.hop(|hop| Some(format!("{hop} {hop:?}"))).await;
        assert!(!line.contains("s3cret"), "{line}");
        if line.contains("/nowhere") {
            break;
        }
    }
}
