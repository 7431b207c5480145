//! Asking the app for an address and a token, as a page does.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use http::header::LOCATION;
use reqwest::{Response, StatusCode, Url};

use crate::client::Negotiation;
use crate::deploy::patience::Patience;
use crate::terminal::without_query;

/// A start from nothing takes seconds; the platform gives up after 230.
const LONGEST_ANSWER: Duration = Duration::from_secs(60);

/// What the app answered.
#[derive(Debug)]
pub(crate) enum Negotiated {
    /// An address and a token.
    Given(Negotiation),
    /// No token for an unknown user: users must sign in, or the app's own rule refuses, or it wants another request.
    Refused(StatusCode),
}

/// Whether the app answered, and would answer the same again. A 404 may be of a host that is still starting.
fn is_final(status: StatusCode) -> bool {
    let again = [
        StatusCode::NOT_FOUND,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    status.is_redirection() || status.is_client_error() && !again.contains(&status)
}

/// Asks, and asks again while the app is starting.
pub(crate) async fn negotiate(url: &str, time: Duration) -> anyhow::Result<Negotiated> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(LONGEST_ANSWER)
        .build()
        .context("cannot create an HTTP client")?;
    let mut patience = Patience::new(time);
    loop {
        let problem = match client.get(url).send().await {
            Err(error) => format!("cannot reach it: {}", error.without_url()),
            Ok(response) => match response.status() {
                StatusCode::OK => match response.bytes().await {
                    Ok(body) => return given(url, &body).map(Negotiated::Given),
                    Err(error) => format!("its response broke off: {}", error.without_url()),
                },
                status if status.is_redirection() && needs_https(&response) => bail!(
                    "{} redirects to https\nhint: give the address with https://, as --url",
                    without_query(url)
                ),
                status if is_final(status) => return Ok(Negotiated::Refused(status)),
                status => format!("it answers {status}{}", hint(status)),
            },
        };
        if !patience.once_more().await {
            bail!("{} gives no token: {problem}", without_query(url));
        }
    }
}

/// Reads a successful answer.
fn given(url: &str, body: &[u8]) -> anyhow::Result<Negotiation> {
    serde_json::from_slice(body).map_err(|error| {
        anyhow!(
            "{} answered 200 without an address and a token: {error}\nhint: is it the negotiation function? --negotiate names another path, and --no-negotiate does without",
            without_query(url)
        )
    })
}

/// Whether a redirect leads to the same address by https. One to anywhere else is a sign-in.
fn needs_https(response: &Response) -> bool {
    let url = response.url();
    let target = response.headers().get(LOCATION);
    let target = target.and_then(|target| url.join(target.to_str().ok()?).ok());
    let same = |target: &Url| target.host() == url.host() && target.path() == url.path();
    url.scheme() == "http"
        && target.is_some_and(|target| target.scheme() == "https" && same(&target))
}

fn hint(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 => {
            "\nhint: no function has this path: check the route prefix in host.json, and whether the host has started; --negotiate names another path, and --no-negotiate does without"
        }
        500 => "\nhint: the handler failed; its log says why",
        502 => {
            "\nhint: the host got no valid response from the handler, which may have crashed; its log in Application Insights says why"
        }
        503 | 504 => {
            "\nhint: the handler does not start: architecture, glibc, execute bit; sio deploy refuses such packages, other tools do not"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that gives these responses one after the other and the last one again; its address, and how many it
    /// gave.
    async fn server(responses: &'static [&'static str]) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let address = host.clone();
        let count = Arc::new(AtomicUsize::new(0));
        let given = count.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 1024];
                let _ = stream.read(&mut head).await;
                let index = given.fetch_add(1, Ordering::SeqCst);
                let response = responses[index.min(responses.len() - 1)].replace("HOST", &host);
                let _ = stream.write_all(response.as_bytes()).await;
            }
        });
        (format!("http://{address}/api/negotiate?code=secret"), count)
    }

    const GIVEN: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"endpoint\":\"https://x.example\",\"path\":\"/clients/socketio/hubs/hub\",\"token\":\"t\"}";

    /// Time for one answer and none to ask again.
    const ONCE: Duration = Duration::ZERO;

    async fn refused(response: &'static [&'static str]) -> String {
        let (url, _) = server(response).await;
        let error = negotiate(&url, ONCE).await.unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        error
    }

    #[tokio::test]
    async fn a_response_that_breaks_off_is_asked_for_again() {
        let (url, count) = server(&[
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{",
            GIVEN,
        ])
        .await;
        let negotiated = negotiate(&url, Duration::from_secs(10)).await.unwrap();
        assert!(matches!(negotiated, Negotiated::Given(_)), "{negotiated:?}");
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_response_without_a_token_is_final() {
        let (url, count) =
            server(&["HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<html>", GIVEN]).await;
        let error = negotiate(&url, Duration::from_secs(10)).await.unwrap_err();
        assert!(error.to_string().contains("--negotiate"), "{error}");
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_refusal_is_final_and_what_may_yet_come_is_not() {
        for (status, asked) in [
            ("400 Bad Request", 1),
            ("405 Method Not Allowed", 1),
            ("422 Unprocessable Entity", 1),
            ("404 Not Found", 2),
            ("408 Request Timeout", 2),
            ("429 Too Many Requests", 2),
            ("500 Internal Server Error", 2),
        ] {
            let response =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let (url, count) = server(Box::leak(Box::new([response.leak(), GIVEN]))).await;
            let negotiated = negotiate(&url, Duration::from_secs(10)).await.unwrap();
            let refused = matches!(negotiated, Negotiated::Refused(_));
            assert_eq!(refused, asked == 1, "{status}: {negotiated:?}");
            assert_eq!(count.load(Ordering::SeqCst), asked, "{status}");
        }
    }

    #[tokio::test]
    async fn a_redirect_to_https_is_an_error_and_one_to_a_sign_in_is_a_refusal() {
        let error = refused(&["HTTP/1.1 307 Temporary Redirect\r\nlocation: https://HOST/api/negotiate?code=secret\r\ncontent-length: 0\r\n\r\n"]).await;
        assert!(
            error.contains("hint: give the address with https://"),
            "{error}"
        );
        let (url, _) = server(&["HTTP/1.1 302 Found\r\nlocation: https://login.example/authorize\r\ncontent-length: 0\r\n\r\n"]).await;
        let negotiated = negotiate(&url, ONCE).await.unwrap();
        assert!(
            matches!(negotiated, Negotiated::Refused(StatusCode::FOUND)),
            "{negotiated:?}"
        );
    }

    #[tokio::test]
    async fn what_an_answer_may_mean_is_hinted() {
        for (response, part) in [
            (
                "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
                "route prefix",
            ),
            (
                "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
                "Application Insights",
            ),
            (
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
                "execute bit",
            ),
        ] {
            let (url, _) = server(Box::leak(Box::new([response]))).await;
            let error = negotiate(&url, ONCE).await.unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
