//! What HTTP functions can answer, each as it is and inside a `Result`.

use http::header::{HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde_json::json;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::support::{Answer, Running};

fn app() -> App {
    App::new()
        .get("text", || async { "plain" })
        .get("html", || async { Response::html("<p>") })
        .get("json", || async { Json(json!({ "a": [1] })) })
        .get("bytes", || async {
            Response::bytes("image/png", vec![0x89, 0xff])
        })
        .get("redirect", || async { Response::redirect("/elsewhere") })
        .get("status", || async { StatusCode::IM_A_TEAPOT })
        .get("nothing", || async {})
        .get("headers", || async {
            let name = HeaderName::from_static("x-test");
            Response::text("x")
                .with_status(StatusCode::CREATED)
                .with_header(name, HeaderValue::from_static("1"))
        })
        .get("result", || async { Ok::<_, std::fmt::Error>(Json(7)) })
        .get("panics", |request: Request| async move {
            assert!(request.query("no").is_some(), "on purpose");
        })
        .get("page", Page::file("page.html"))
        .http(
            Route::new("any", [Method::PUT, Method::DELETE]).path("things/{id}"),
            |request: Request| async move {
                format!(
                    "{} {} {}",
                    request.method,
                    request.param("id").unwrap_or_default(),
                    request.body.len()
                )
            },
        )
}

async fn get(app: &Running, path: &str) -> Answer {
    let sent = app.http.get(format!("{}/api/{path}", app.base));
    Answer::of(sent.send().await.unwrap()).await
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_given_up() {
    let app = App::new().get("hangs", || async { std::future::pending::<&str>().await });
    let limit = |settings: Settings| settings.with(Settings::FUNCTION_TIMEOUT, "00:00:00.2");
    let app = Running::with(app, limit).await;
    let answer = get(&app, "hangs").await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("invocation"), "{answer:?}");
}

#[tokio::test]
async fn each_reply_becomes_its_response() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("page.html"), "<h1>").unwrap();
    let path = root.path().to_str().unwrap().to_owned();
    let app = Running::with(app(), |settings| settings.with(Settings::ROOT, path)).await;
    for (path, status, media_type, body) in [
        ("text", 200, "text/plain; charset=utf-8", "plain"),
        ("html", 200, "text/html; charset=utf-8", "<p>"),
        (
            "json",
            200,
            "application/json; charset=utf-8",
            r#"{"a":[1]}"#,
        ),
        ("result", 200, "application/json; charset=utf-8", "7"),
        ("page", 200, "text/html; charset=utf-8", "<h1>"),
        ("headers", 201, "text/plain; charset=utf-8", "x"),
    ] {
        let answer = get(&app, path).await;
        assert_eq!(answer.parts(), (status, body), "{path}");
        assert_eq!(answer.headers["content-type"], media_type, "{path}");
    }
    assert_eq!(get(&app, "headers").await.headers["x-test"], "1");
    assert_eq!(get(&app, "status").await.status, 418);
    assert_eq!(get(&app, "nothing").await.parts(), (204, ""));
    assert_eq!(get(&app, "panics").await.status, 500);
    let sent = app.http.get(format!("{}/api/bytes", app.base));
    let bytes = sent.send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, [0x89, 0xff].as_slice());
}

#[tokio::test]
async fn a_redirect_is_passed_on() {
    let app = Running::start(app()).await;
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let sent = client.unwrap().get(format!("{}/api/redirect", app.base));
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "/elsewhere");
}

#[tokio::test]
async fn a_function_may_have_several_methods() {
    let app = Running::start(app()).await;
    let url = format!("{}/api/things/a%20b", app.base);
    for (method, status) in [
        (Method::PUT, 200),
        (Method::DELETE, 200),
        (Method::GET, 404),
    ] {
        let sent = app.http.request(method.clone(), &url).body("xyz");
        let answer = Answer::of(sent.send().await.unwrap()).await;
        assert_eq!(answer.status, status, "{method}");
        if status == 200 {
            assert_eq!(answer.body, format!("{method} a b 3"));
        }
    }
}
