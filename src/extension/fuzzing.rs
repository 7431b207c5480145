//! Documents of Microsoft's trigger, of any text.

use std::sync::OnceLock;

use crate::app::{App, EventFunction, Hub};
use crate::settings::Settings;

/// Reads an invocation of a trigger, whatever it is.
pub(crate) fn event(body: &[u8]) {
    static TRIGGER: OnceLock<EventFunction> = OnceLock::new();
    let trigger = TRIGGER.get_or_init(|| {
        let app = App::new().hub(Hub::new("hub").on("e", || async {}));
        let functions = app.build(Settings::new()).map(|app| app.event_functions());
        let Some(trigger) = functions.ok().and_then(|mut all| all.pop()) else {
            unreachable!("the app has one event");
        };
        trigger
    });
    if let Some(Err(unread)) = super::trigger::read(body, trigger) {
        assert!(!unread.problem.is_empty());
    }
}
