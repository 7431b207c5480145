//! What a client showed when it connected: claims, query, headers, certificates. HTTP requests have some of them too.

use std::any::type_name;
use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use sio_protocol::cloud_events::{ClientCertificate, ConnectBody};
use url::form_urlencoded;

use crate::arguments::short;
use crate::handler::{Connect, Context, Detail, Extract, Http, Negotiate, Rejection};

/// The claims of the client's token, under the token's own names.
#[derive(Debug, Clone, Default)]
pub struct Claims(BTreeMap<String, Vec<String>>);

impl Claims {
    /// All values of a claim; none if the token does not have it.
    #[must_use]
    pub fn get(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a claim has this value, alone or among others.
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.get(name).iter().any(|found| found == value)
    }

    /// All claims with all their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        let pairs = self.0.iter();
        pairs.map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

impl Extract<Connect> for Claims {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Connect>) -> Result<Self, Rejection> {
        Ok(Self(
            body(context).map_or_else(BTreeMap::new, |body| body.claims.clone()),
        ))
    }
}

/// The query of the client's handshake, or of an HTTP request, as a `T`: a struct with a field for each parameter, a map,
/// or a `Vec` of pairs. In structs and maps each parameter may come once; the service leaves the token out.
///
/// ```
/// # use socketio_functions::prelude::*;
/// use socketio_functions::extract::Query;
///
/// #[derive(serde::Deserialize)]
/// struct Page { number: Option<u32> }
///
/// async fn history(Query(page): Query<Page>) -> String {
///     format!("page {}", page.number.unwrap_or(1))
/// }
/// # let _ = App::new().get("history", history);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send + 'static> Extract<Connect> for Query<T> {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Connect>) -> Result<Self, Rejection> {
        let mut text = form_urlencoded::Serializer::new(String::new());
        for (name, values) in body(context).into_iter().flat_map(|body| &body.query) {
            for value in values {
                text.append_pair(name, value);
            }
        }
        query(&text.finish()).map_err(|problem| {
            let expected = short(type_name::<T>());
            Rejection::new(format_args!("the query: expected {expected}, {problem}"))
        })
    }
}

fn query<T: DeserializeOwned>(text: &str) -> Result<Query<T>, String> {
    let read = serde_urlencoded::from_str(text);
    read.map(Query).map_err(|error| error.to_string())
}

/// The headers of the client's handshake, or of an HTTP request. The service leaves credentials out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub HeaderMap);

impl Headers {
    /// The first value of a header, if it is text.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}

impl Extract<Connect> for Headers {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Connect>) -> Result<Self, Rejection> {
        let mut headers = HeaderMap::new();
        for (name, values) in body(context).into_iter().flat_map(|body| &body.headers) {
            for value in values {
                // An invalid header cannot have been one.
                if let (Ok(name), Ok(value)) = (
                    HeaderName::from_bytes(name.as_bytes()),
                    HeaderValue::from_bytes(value.as_bytes()),
                ) {
                    headers.append(name, value);
                }
            }
        }
        Ok(Self(headers))
    }
}

/// The certificates that the client showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientCertificates(pub Vec<ClientCertificate>);

impl Extract<Connect> for ClientCertificates {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Connect>) -> Result<Self, Rejection> {
        let body = body(context);
        Ok(Self(body.map_or_else(Vec::new, |body| {
            body.client_certificates.clone()
        })))
    }
}

fn body(context: &Context<Connect>) -> Option<&ConnectBody> {
    match &context.input.detail {
        Detail::Connect(body) => Some(body),
        _ => None,
    }
}

macro_rules! of_requests {
    ($($kind:ty),*) => {$(
        impl<T: DeserializeOwned + Send + 'static> Extract<$kind> for Query<T> {
            type Rejection = Rejection;

            async fn extract(context: &mut Context<$kind>) -> Result<Self, Rejection> {
                query(&context.input.query).map_err(|problem| {
                    Rejection::request(StatusCode::BAD_REQUEST, format_args!("query: {problem}"))
                })
            }
        }

        impl Extract<$kind> for Headers {
            type Rejection = Rejection;

            async fn extract(context: &mut Context<$kind>) -> Result<Self, Rejection> {
                Ok(Self(context.input.headers.clone()))
            }
        }
    )*};
}

of_requests!(Http, Negotiate);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, PartialEq)]
    struct Page {
        name: String,
        number: Option<u32>,
    }

    #[test]
    fn a_query_is_read_by_type() {
        let page = query::<Page>("name=Zo%C3%AB+B&number=7&other=x").unwrap().0;
        assert_eq!((page.name.as_str(), page.number), ("Zoë B", Some(7)));
        assert_eq!(query::<Page>("name=a").unwrap().0.number, None);
        let error = query::<Page>("number=7").unwrap_err();
        assert!(error.contains("name"), "{error}");
        assert!(query::<Page>("name=a&number=x").is_err());
        let pairs = query::<Vec<(String, String)>>("a=1&a=2").unwrap().0;
        assert_eq!(pairs.len(), 2);
    }
}
