//! Timers, queues and other triggers, as the host invokes them.

use serde_json::{Value, json};
use socketio_functions::extract::{Deadline, Inputs, InvocationId, Metadata};
use socketio_functions::prelude::*;
use socketio_functions::reply::Outputs;

use crate::support::{Answer, Running};

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: u32,
}

fn app() -> App {
    App::new()
        .hub(Hub::new("hub"))
        .timer(
            "Tick",
            "* * * * * *",
            |timer: TimerInfo, io: Io| async move {
                io.emit("tick", timer.is_past_due);
            },
        )
        .queue(
            "OnJob",
            "jobs",
            "AzureWebJobsStorage",
            |Data(order): Data<Order>, metadata: Metadata, io: Io| async move {
                let tries: u32 = metadata.get("DequeueCount")?;
                io.emit("order", (order.order_id, tries));
                anyhow::Ok(())
            },
        )
        .timer("fails", "* * * * * *", |io: Io| async move {
            io.emit("never", ());
            Err::<(), _>(std::io::Error::other("secret"))
        })
        .timer("panics", "* * * * * *", |timer: TimerInfo| async move {
            assert!(!timer.is_past_due, "on purpose");
        })
        .timer("hangs", "* * * * * *", || async {
            std::future::pending::<()>().await;
        })
        .raw(
            "copy",
            json!([
                { "type": "blobTrigger", "path": "in/{name}", "name": "blob" },
                { "type": "blob", "path": "out/{name}", "name": "archive", "direction": "out" },
            ]),
            |data: Inputs, id: InvocationId, deadline: Deadline| async move {
                let text: String = data.get("blob")?;
                assert!(deadline.remaining().as_secs() > 200);
                anyhow::Ok(
                    Outputs::new()
                        .text("archive", text)
                        .returning(json!({ "by": id.as_str() })),
                )
            },
        )
}

async fn invoke(app: &Running, function: &str, body: &Value) -> Answer {
    let sent = app
        .http
        .post(format!("{}/{function}", app.base))
        .header("X-Azure-Functions-InvocationId", "id-1")
        .json(body);
    Answer::of(sent.send().await.unwrap()).await
}

fn timer() -> Value {
    json!({
        "Data": { "timer": { "Schedule": { "AdjustForDST": true }, "ScheduleStatus": null, "IsPastDue": true } },
        "Metadata": { "sys": { "MethodName": "Tick" } },
    })
}

#[tokio::test]
async fn a_timer_sends_through_the_only_hub() {
    let app = Running::start(app()).await;
    let answer = invoke(&app, "Tick", &timer()).await;
    assert_eq!(
        answer.parts(),
        (200, r#"{"Logs":[],"Outputs":{},"ReturnValue":null}"#)
    );
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(app.service.calls()[0].body, r#"42["tick",true]"#);
    // What an older or a newer host may leave out is not worth a missed run.
    assert_eq!(invoke(&app, "Tick", &json!({})).await.status, 200);
}

#[tokio::test]
async fn a_message_is_read_by_its_type() {
    let app = Running::start(app()).await;
    let text = r#"{"orderId":42,"customer":{"name":"Ada"}}"#;
    let body = json!({
        "Data": { "message": json!(text).to_string() },
        "Metadata": { "DequeueCount": "1", "orderId": "\"42\"", "sys": {} },
    });
    assert_eq!(invoke(&app, "OnJob", &body).await.status, 200);
    assert_eq!(app.service.calls()[0].body, r#"42["order",42,1]"#);
}

#[tokio::test]
async fn a_failure_is_the_hosts_to_repeat_and_sends_nothing() {
    let app = Running::with(app(), |settings| {
        settings.with(
            socketio_functions::settings::Settings::FUNCTION_TIMEOUT,
            "00:00:00.2",
        )
    })
    .await;
    for function in ["fails", "panics", "hangs"] {
        let answer = invoke(&app, function, &timer()).await;
        assert_eq!(answer.status, 500, "{function}");
        assert!(answer.body.contains("id-1"), "{answer:?}");
        assert!(!answer.body.contains("secret"), "{answer:?}");
    }
    let wrong = json!({ "Data": { "message": "\"hello\"" } });
    assert_eq!(invoke(&app, "OnJob", &wrong).await.status, 500);
    assert_eq!(invoke(&app, "OnJob", &json!("x")).await.status, 500);
    assert!(app.service.calls().is_empty());
}

#[tokio::test]
async fn outputs_that_the_service_refuses_fail_the_function() {
    let app = Running::start(app()).await;
    app.service.script(&[500]);
    assert_eq!(invoke(&app, "Tick", &timer()).await.status, 500);
}

#[tokio::test]
async fn a_raw_function_gets_its_data_and_sets_its_outputs() {
    let app = Running::start(app()).await;
    let body = json!({ "Data": { "blob": "\"test\"" }, "Metadata": {} });
    let answer = invoke(&app, "copy", &body).await;
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    // `test` is valid base64, and the host would decode it.
    assert_eq!(answer["Outputs"]["archive"], "dGVzdA==");
    assert_eq!(answer["ReturnValue"]["by"], "id-1");
}

#[test]
fn each_trigger_has_its_function_json() {
    let registry = app()
        .build(socketio_functions::settings::Settings::new())
        .unwrap();
    let files = socketio_functions::app::manifest::files(
        &registry,
        socketio_functions::app::Bindings::Direct,
    );
    let files = files.unwrap();
    let binding = |name: &str| -> Value {
        let file: Value = serde_json::from_str(&files[&format!("{name}/function.json")]).unwrap();
        file["bindings"][0].clone()
    };
    assert_eq!(
        binding("Tick"),
        json!({ "type": "timerTrigger", "direction": "in", "name": "timer", "schedule": "* * * * * *" })
    );
    assert_eq!(
        binding("OnJob"),
        json!({
            "type": "queueTrigger", "direction": "in", "name": "message",
            "queueName": "jobs", "connection": "AzureWebJobsStorage",
        })
    );
    assert_eq!(binding("copy")["type"], "blobTrigger");
}
