//! Who gets a token, and who may come in with it.

use serde::Deserialize;
use serde_json::json;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

/// The longest name, in characters.
const NAME_LENGTH: usize = 24;

/// The role of the keeper in a token.
const KEEPER: &str = "keeper";

/// The word by which the app knows the keeper; without the setting `KEEPERS_WORD` nobody is the keeper.
#[derive(Clone)]
pub(crate) struct KeepersWord(Option<String>);

pub(crate) async fn keepers_word(settings: Settings) -> anyhow::Result<KeepersWord> {
    let word = settings.get("KEEPERS_WORD").filter(|word| !word.is_empty());
    Ok(KeepersWord(word.map(str::to_owned)))
}

/// What the page posts to get a token. Not in the query: addresses are logged on their way, and the word is a secret.
#[derive(Deserialize)]
struct Visitor {
    name: String,
    #[serde(default)]
    word: String,
}

/// Gives everyone a token for the name that they chose, with the keeper's role for those who know the word.
///
/// The token is signed, so the page cannot change it, and `admit_keeper` can believe the role.
pub(crate) async fn token(request: Request, State(word): State<KeepersWord>) -> Identity {
    let Ok(visitor) = serde_json::from_slice::<Visitor>(&request.body) else {
        return Identity::refuse(
            400,
            "post {\"name\": …}, and the keeper's word if there is one",
        );
    };
    let name = visitor.name.trim();
    // The service tells handlers the user in a header, where a line break cannot stand.
    if name.contains(char::is_control) {
        return Identity::refuse(400, "This name contains characters that cannot be seen.");
    }
    let visitor_is_keeper = word.0.is_some_and(|word| word == visitor.word);
    let user = Identity::user(name);
    if visitor_is_keeper {
        user.role(KEEPER)
    } else {
        user
    }
}

/// Decides who may come into the house. The page shows the message; the data tell its code that another try is useless.
pub(crate) async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    let name = user.as_ref().map_or("", UserId::as_str);
    match name.chars().count() {
        0 => Err(Refusal::new("Please say who you are.").data(json!({ "final": true }))),
        1..=NAME_LENGTH => Ok(()),
        _ => Err(Refusal::new("This name is too long for the guest book.")
            .data(json!({ "final": true }))),
    }
}

/// Decides who may sit at the desk. Each namespace is asked for separately, on one and the same connection.
pub(crate) async fn admit_keeper(claims: Claims) -> Result<(), Refusal> {
    if claims.has("role", KEEPER) {
        Ok(())
    } else {
        Err(Refusal::new("The desk is the keeper's."))
    }
}
