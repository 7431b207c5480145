//! Who has signed in, for the page to show.

use socketio_functions::prelude::*;

/// `GET me`: the caller's name, as JSON. Without a sign-in the argument is refused, and the answer is 401.
pub(crate) async fn me(principal: Principal) -> Json<Option<String>> {
    Json(principal.name)
}
