//! Who draws: a label that the page has made up, from which every page derives the same colour.

use socketio_functions::prelude::*;

/// How long a label is, in letters and digits.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=40;

/// Takes the label as it comes. It proves nothing: everyone who knows a label can draw in its colour.
pub(crate) async fn by_label(request: Request) -> Identity {
    let label = request.query("guest").unwrap_or_default();
    let plain = label.chars().all(|letter| letter.is_ascii_alphanumeric());
    if plain && LENGTH.contains(&label.len()) {
        Identity::user(label)
    } else {
        Identity::refuse(400, "guest must be 8 to 40 letters and digits")
    }
}
