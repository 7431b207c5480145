//! Cookies that a function app set for one connection.

use std::collections::BTreeMap;

use http::{HeaderMap, header};

/// Names and values. Paths and domains do not matter: a connection has one handler.
#[derive(Debug, Default)]
pub(super) struct Jar(BTreeMap<String, String>);

impl Jar {
    /// Takes what an answer sets.
    pub(super) fn take(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let Some((pair, attributes)) = cookie
                .to_str()
                .ok()
                .map(|text| text.split_once(';').unwrap_or((text, "")))
            else {
                continue;
            };
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let expired = attributes
                .split(';')
                .any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0"));
            if expired {
                self.0.remove(name.trim());
            } else {
                self.0
                    .insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }

    /// The value of the `Cookie` header, if there is anything to say.
    pub(super) fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_replaced_and_removed() {
        let mut jar = Jar::default();
        let set = |jar: &mut Jar, cookie: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(header::SET_COOKIE, header::HeaderValue::from_static(cookie));
            jar.take(&headers);
        };
        assert_eq!(jar.header(), None);
        set(&mut jar, "a=1; Path=/; HttpOnly");
        set(&mut jar, "b=2");
        set(&mut jar, "a=3");
        assert_eq!(jar.header().unwrap(), "a=3; b=2");
        set(&mut jar, "b=; Max-Age=0");
        assert_eq!(jar.header().unwrap(), "a=3");
    }
}
