//! Cases of actions: said with our words, sent to a recorder.

use serde_json::{Map, Value, json};
use socketio_functions::Client;
use socketio_functions::extract::Variadic;
use socketio_functions::settings::Settings;

use super::Ours;
use crate::service::Service;
use crate::support::KEY;

/// The members of an action, by names that compare ignoring case.
struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        let mut all = self.0.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Result<&'a str, &'static str> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err("a name that is not a text"),
        }
    }

    fn list(&self, name: &str) -> Result<Vec<Value>, &'static str> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(list.clone()),
            Some(_) => Err("not a list"),
        }
    }

    fn names(&self, name: &str) -> Result<Vec<String>, &'static str> {
        let name_of = |value: Value| match value {
            Value::String(text) => Ok(text),
            _ => Err("a name that is not a text"),
        };
        self.list(name)?.into_iter().map(name_of).collect()
    }
}

pub(crate) async fn run(given: &Value) -> Ours {
    let service = Service::start().await;
    let connection = format!("Endpoint={};AccessKey={KEY};", service.endpoint);
    let settings = Settings::new().with(Settings::CONNECTION, connection);
    let client = Client::new(&settings, "chat").unwrap();
    match said(&client, given) {
        Err(why) => return Ours::Untypable(why),
        Ok(sending) => {
            if let Err(error) = sending.await {
                return Ours::Refused(error.to_string());
            }
        }
    }
    let calls = service.calls();
    let [call] = calls.as_slice() else {
        return Ours::Value(json!(format!("{} calls", calls.len())));
    };
    Ours::Value(json!({
        "method": "POST",
        "url": format!("https://abc{}?{}", call.path, call.query),
        "contentType": call.content_type,
        "body": call.body,
    }))
}

fn said(client: &Client, given: &Value) -> Result<socketio_functions::Sending, &'static str> {
    let members = Members(given.as_object().ok_or("an action that is not an object")?);
    let client = match members.get("namespace") {
        None => client.clone(),
        Some(_) => client.namespace(members.text("namespace")?),
    };
    let name = members.text("actionName")?.to_ascii_lowercase();
    let event = members.text("eventName")?;
    let parameters = Variadic(members.list("parameters")?);
    let except = members.names("exceptRooms")?;
    let (socket, room) = (members.text("socketId")?, members.text("room")?);
    let rooms = members.names("rooms")?;
    Ok(match name.as_str() {
        "sendtonamespace" => client.except(except).emit(event, parameters),
        "sendtorooms" => client.to(rooms).except(except).emit(event, parameters),
        "sendtosocket" => client.socket(socket).emit(event, parameters),
        "addsockettoroom" => client.socket(socket).join(room),
        "removesocketfromroom" => client.socket(socket).leave(room),
        "disconnectsockets" => {
            let receivers = if rooms.is_empty() {
                client.all()
            } else {
                client.to(rooms)
            };
            match members.get("closeUnderlyingConnection") {
                Some(Value::Bool(true)) => receivers.close(),
                None | Some(Value::Bool(false)) => receivers.disconnect(),
                Some(_) => return Err("not a flag"),
            }
        }
        _ => return Err("an action that there is not"),
    })
}
