//! Who may use the inspector: whoever reaches the port, but no web page of another origin in that person's browser.

use std::net::IpAddr;

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{Method, Request};
use hyper::body::Incoming;

use crate::service::Service;

/// Checks a request.
pub(super) fn check(service: &Service, request: &Request<Incoming>) -> Result<(), &'static str> {
    let header = |name| {
        let value = request.headers().get(name);
        value.and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    // A name of another site that was made to lead here stands in Host as it is.
    let host = header(HOST).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default();
    let known = name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case(&service.endpoint_host);
    if !known {
        return Err("the host is not one of the emulator's");
    }
    if let Some(origin) = header(ORIGIN)
        && origin.split_once("://").is_none_or(|(_, own)| own != host)
    {
        return Err("the request comes from a page of another origin");
    }
    // A form of another site cannot send this type, and a script has to ask first.
    let json = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
    if request.method() == Method::POST && !json {
        return Err("the body must be of type application/json");
    }
    Ok(())
}
