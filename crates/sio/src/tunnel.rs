//! How a real service reaches this machine: Microsoft's tunnel tool, in words for people.
//!
//! Source: docs/contracts/service.md, "URL template"; the tool's own documentation. The
//! service calls `tunnel:///PATH`, and the tool hands the call to the same path of its upstream.

/// The steps, for a webhook such as `http://localhost:7071/api/socketio`.
pub(crate) fn steps(webhook: &str) -> Vec<String> {
    let (upstream, path) = match webhook.match_indices('/').nth(2) {
        Some((at, _)) => webhook.split_at(at),
        None => (webhook, ""),
    };
    // The host on this machine asks for no key.
    let path = path.split('?').next().unwrap_or_default();
    vec![
        "a real service cannot call this machine by itself; Microsoft's tunnel tool does it (Node.js 16 or newer):".to_owned(),
        "  npm install -g @azure/web-pubsub-tunnel-tool".to_owned(),
        "  export WebPubSubConnectionString='…'     the service's connection string".to_owned(),
        format!("  awps-tunnel run --hub HUB --upstream {upstream}"),
        "and once, so that the hub's events go into the tunnel:".to_owned(),
        format!(
            "  az webpubsub hub create -n NAME -g GROUP --hub-name HUB --event-handler url-template=\"tunnel://{path}\" user-event-pattern=\"*\" system-event=\"connect\" system-event=\"connected\" system-event=\"disconnected\""
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstream_and_path_are_those_of_the_webhook() {
        for (webhook, upstream, path) in [
            (
                "http://localhost:7071/api/socketio",
                "--upstream http://localhost:7071",
                "\"tunnel:///api/socketio\"",
            ),
            (
                "http://localhost:7099/runtime/webhooks/socketio?code=s3cret",
                "--upstream http://localhost:7099",
                "\"tunnel:///runtime/webhooks/socketio\"",
            ),
        ] {
            let text = steps(webhook).join("\n");
            assert!(text.contains(upstream) && text.contains(path), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
}
