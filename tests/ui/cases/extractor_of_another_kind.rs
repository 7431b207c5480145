//! An extractor of the author's own that is for requests alone.

use socketio_functions::extract::{Context, Extract, Rejection, RequestKind};
use socketio_functions::prelude::*;

struct Language(String);

impl<K: RequestKind> Extract<K> for Language {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let header = context.request().header("accept-language");
        Ok(Self(header.unwrap_or("en").to_owned()))
    }
}

async fn chat(Language(language): Language) {
    println!("{language}");
}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
