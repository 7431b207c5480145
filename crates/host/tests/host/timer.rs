//! Timer triggers, with the clock in the test's hands.

use std::time::Duration;

use serde_json::{Value, json};
use sio_host::{Clock, Hop};

use crate::kit::{App, Running};

fn app(schedule: &str, more: Value) -> App {
    let mut trigger =
        json!({"type": "timerTrigger", "direction": "in", "name": "tick", "schedule": schedule});
    for (name, value) in more.as_object().unwrap() {
        trigger[name] = value.clone();
    }
    App::node(json!({})).function("timer", json!([trigger]))
}

async fn start(app: &App, clock: &Clock) -> Running {
    app.start_with(|builder| builder.clock(clock.clone()))
        .await
        .unwrap()
}

/// The next envelope that the handler got.
async fn fired(running: &mut Running) -> Value {
    let text = running.hop(|hop| match hop {
        Hop::Log { text, .. } => Some(text.clone()),
        _ => None,
    });
    serde_json::from_str(&text.await).unwrap()
}

async fn ended(running: &mut Running) {
    let answered = |hop: &Hop| matches!(hop, Hop::Answered { status: 200, .. }).then_some(());
    running.hop(answered).await;
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_timer_fires_when_its_time_comes_and_says_when_the_next_one_is() {
    let clock = Clock::default();
    let app = app("0 30 * * * *", json!({}));
    let mut running = start(&app, &clock).await;
    for round in 0..2 {
        clock.advance(HOUR);
        let envelope = fired(&mut running).await;
        let tick = &envelope["Data"]["tick"];
        assert_eq!(tick["Schedule"], json!({"AdjustForDST": true}));
        assert_eq!(tick["IsPastDue"], false);
        let status = &tick["ScheduleStatus"];
        assert!(status["Next"].as_str().unwrap().contains(":30:00"));
        assert_eq!(
            status["Last"] == "0001-01-01T00:00:00+00:00",
            round == 0,
            "{status}"
        );
        assert_eq!(envelope["Metadata"]["sys"]["MethodName"], "timer");
        assert_eq!(envelope["Metadata"].as_object().unwrap().len(), 1);
        ended(&mut running).await;
    }
}

#[tokio::test]
async fn an_interval_counts_from_the_start_and_often_is_not_remembered() {
    let clock = Clock::default();
    let app = app("00:00:30", json!({}));
    let mut running = start(&app, &clock).await;
    clock.advance(Duration::from_secs(31));
    let envelope = fired(&mut running).await;
    assert_eq!(
        envelope["Data"]["tick"],
        json!({"Schedule": {"AdjustForDST": false}, "ScheduleStatus": null, "IsPastDue": false})
    );
}

#[tokio::test]
async fn run_on_startup_does_not_wait() {
    let app = app("0 0 0 1 1 *", json!({"runOnStartup": true}));
    let mut running = start(&app, &Clock::default()).await;
    assert_eq!(
        fired(&mut running).await["Data"]["tick"]["IsPastDue"],
        false
    );
}

#[tokio::test]
async fn what_was_missed_while_the_host_was_down_is_past_due() {
    let clock = Clock::default();
    let app = app("0 0 */2 * * *", json!({}));
    let file = app.path().join("timers.json");
    let start = async |clock: &Clock| {
        app.start_with(|builder| builder.clock(clock.clone()).timer_statuses(&file))
            .await
            .unwrap()
    };
    let mut running = start(&clock).await;
    clock.advance(2 * HOUR);
    assert_eq!(
        fired(&mut running).await["Data"]["tick"]["IsPastDue"],
        false
    );
    ended(&mut running).await;
    // Written right after; a start too early would find nothing and fire nothing.
    while !file.exists() {
        tokio::task::yield_now().await;
    }
    running.host.stop().await;
    clock.advance(5 * HOUR);
    let mut running = start(&clock).await;
    assert_eq!(fired(&mut running).await["Data"]["tick"]["IsPastDue"], true);
}

#[tokio::test]
async fn a_wrong_schedule_is_named() {
    let started = app("5 * * *", json!({}))
        .start_with(|builder| builder)
        .await;
    let error = started.err().unwrap().to_string();
    assert!(error.contains("The schedule expression was not recognized as a valid cron expression or timespan string."), "{error}");
    assert!(error.contains("4 fields where six are needed"), "{error}");
    assert!(error.contains("hint: "), "{error}");
}

#[tokio::test]
async fn a_disabled_timer_does_not_fire() {
    let clock = Clock::default();
    let disabled = json!({
        "type": "timerTrigger", "direction": "in", "name": "tick", "schedule": "0 * * * * *",
        "runOnStartup": true,
    });
    let app = app("0 30 * * * *", json!({})).function("disabled", json!([disabled]));
    let mut running = app
        .start_with(|builder| {
            builder
                .clock(clock.clone())
                .variable("AzureWebJobs.disabled.Disabled", "true")
        })
        .await
        .unwrap();
    // The other one is all that is heard of, however often it fires.
    for _ in 0..2 {
        clock.advance(HOUR);
        let envelope = fired(&mut running).await;
        assert_eq!(envelope["Metadata"]["sys"]["MethodName"], "timer");
        ended(&mut running).await;
    }
}

#[tokio::test]
async fn a_time_zone_moves_the_timer_and_is_shown() {
    let clock = Clock::default();
    let app = app("0 0 12 * * *", json!({}));
    // Nine hours ahead of UTC the whole year.
    let zone = "Asia/Tokyo";
    let mut running = app
        .start_with(|builder| {
            builder
                .clock(clock.clone())
                .variable("WEBSITE_TIME_ZONE", zone)
        })
        .await
        .unwrap();
    running
        .line("timers go by WEBSITE_TIME_ZONE (Asia/Tokyo)")
        .await;
    clock.advance(24 * HOUR);
    let envelope = fired(&mut running).await;
    let next = envelope["Data"]["tick"]["ScheduleStatus"]["Next"].clone();
    assert!(
        next.as_str().unwrap().ends_with("T12:00:00+09:00"),
        "{next}"
    );
}

#[tokio::test]
async fn a_wrong_time_zone_is_named() {
    let started = app("0 0 12 * * *", json!({}))
        .start_with(|builder| builder.variable("WEBSITE_TIME_ZONE", "Berlin"))
        .await;
    let error = started.err().unwrap().to_string();
    assert!(error.contains("WEBSITE_TIME_ZONE is \"Berlin\""), "{error}");
    assert!(error.contains("hint: "), "{error}");
}

#[tokio::test]
async fn doubtful_intervals_are_warned_of() {
    let app = app("24:00:00", json!({}));
    let mut running = app.start().await;
    running.line("an interval of 24 days").await;
}
