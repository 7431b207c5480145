//! What has to be set up before webhooks arrive: hubs whose events lead to the listener.
//!
//! Source: docs/contracts/service.md, "Configuration and matching" and "URL template".

use super::bench::Hubs;

/// The path of the webhooks. The listener takes any.
const PATH: &str = "/verify";

/// What a hub's handler takes, as `az` is told.
fn events(hubs: &Hubs) -> [(&str, &'static str, &'static [&'static str]); 3] {
    [
        (
            hubs.all.as_str(),
            "*",
            &["connect", "connected", "disconnected"],
        ),
        (hubs.open.as_str(), "*", &["connected", "disconnected"]),
        (hubs.few.as_str(), "taken", &["connect"]),
    ]
}

/// The steps; `url` is where the service reaches the listener, if not through the tunnel tool.
pub(super) fn steps(hubs: &Hubs, url: Option<&str>, port: u16) -> Vec<String> {
    let template = match url {
        Some(url) => format!("{url}{PATH}"),
        None => format!("tunnel://{PATH}"),
    };
    let mut steps = vec![
        "the hubs are not set up, or their events do not reach the listener; once:".to_owned(),
    ];
    for (hub, pattern, system) in events(hubs) {
        let system: String = system
            .iter()
            .map(|event| format!(" system-event=\"{event}\""))
            .collect();
        steps.push(format!(
            "  az webpubsub hub create -n NAME -g GROUP --hub-name {hub} --event-handler url-template=\"{template}\" user-event-pattern=\"{pattern}\"{system}"
        ));
    }
    if url.is_none() {
        steps.push(
            "and run Microsoft's tunnel tool (Node.js 16 or newer) for each, with the service's connection string in WebPubSubConnectionString:"
                .to_owned(),
        );
        steps.push("  npm install -g @azure/web-pubsub-tunnel-tool".to_owned());
        for (hub, ..) in events(hubs) {
            steps.push(format!(
                "  awps-tunnel run --hub {hub} --upstream http://localhost:{port}"
            ));
        }
    }
    steps.push("then run this command again; afterwards:".to_owned());
    for (hub, ..) in events(hubs) {
        steps.push(format!(
            "  az webpubsub hub delete -n NAME -g GROUP --hub-name {hub}"
        ));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hub_gets_its_events_through_the_tunnel_or_at_a_url() {
        let hubs = Hubs::new("v").unwrap();
        let tunnel = steps(&hubs, None, 7080).join("\n");
        for part in [
            "--hub-name v --event-handler url-template=\"tunnel:///verify\" user-event-pattern=\"*\" system-event=\"connect\"",
            "--hub-name v_open --event-handler url-template=\"tunnel:///verify\" user-event-pattern=\"*\" system-event=\"connected\"",
            "--hub-name v_few --event-handler url-template=\"tunnel:///verify\" user-event-pattern=\"taken\"",
            "awps-tunnel run --hub v_few --upstream http://localhost:7080",
        ] {
            assert!(tunnel.contains(part), "{part} is missing in {tunnel}");
        }
        let public = steps(&hubs, Some("https://probe.example"), 7080).join("\n");
        assert!(public.contains("url-template=\"https://probe.example/verify\""));
        assert!(!public.contains("awps-tunnel"), "{public}");
    }
}
