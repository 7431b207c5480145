//! What is there, as JSON.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use crate::connection::SocketState;
use crate::hub::Hub;
use crate::service::Service;

/// Everything: hubs with at most so many connections each, faults and clock. No key and no token.
pub(super) fn snapshot(service: &Service, most: usize) -> Value {
    let mut hubs = service.all_hubs();
    hubs.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
    let now = service.core.clock.now().duration_since(UNIX_EPOCH);
    json!({
        "endpoint": service.endpoint,
        "app": service.recorder.links(),
        "clock": {
            "now": u64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(u64::MAX),
            "speed": service.core.clock.speed(),
        },
        "faults": service.core.faults.left(),
        "hubs": hubs.iter().map(|hub| of_hub(hub, most)).collect::<Vec<_>>(),
    })
}

fn of_hub(hub: &Hub, most: usize) -> Value {
    // The lock of the roster is let go before those of the connections are taken.
    let present = hub.roster().present();
    let connections: Vec<Value> = present
        .iter()
        .take(most)
        .map(|(connection, groups)| {
            let sockets: Vec<Value> = connection
                .present()
                .iter()
                .map(|socket| {
                    json!({
                        "id": socket.id.as_str(),
                        "namespace": socket.namespace.as_str(),
                        "live": socket.state() == SocketState::Live,
                    })
                })
                .collect();
            json!({
                "id": connection.session.id().as_str(),
                "user": connection.user(),
                "transport": connection.session.transport(),
                "sockets": sockets,
                "groups": groups,
            })
        })
        .collect();
    let mut value = json!({ "name": hub.name.as_str(), "connections": connections });
    if present.len() > most {
        value["more"] = json!(present.len() - most);
    }
    value
}
