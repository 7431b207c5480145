//! Ready-made HTTP handlers that answer with files of the script root.

use std::panic::Location;
use std::path::{Component, Path, PathBuf};

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};

use crate::arguments::Bytes;
use crate::handler::{
    Context, Extract, Function, Http, IntoFunction, Ready, Rejection, Request, Response,
};

/// One file as a page.
///
/// ```
/// # use socketio_functions::prelude::*;
/// App::new().get("index", Page::file("public/index.html"));
/// ```
#[derive(Debug, Clone)]
pub struct Page(PathBuf);

impl Page {
    /// The file at a path below the script root, the folder with host.json. It is read at each request, so that a
    /// changed page shows without a restart.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

/// The files of a folder, for a route that ends in `{*path}`.
///
/// ```
/// # use socketio_functions::prelude::*;
/// App::new().http(Route::get("assets").path("assets/{*path}"), Files::directory("public"));
/// ```
#[derive(Debug, Clone)]
pub struct Files(PathBuf);

impl Files {
    /// The folder at a path below the script root. Names that begin with a dot are not served.
    #[must_use]
    pub fn directory(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl IntoFunction<Http, Ready> for Page {
    type Future = std::future::Ready<()>;

    fn into_function(self, place: &'static Location<'static>) -> Function<Http> {
        let handler = move |root: Root| {
            let path = root.0.join(&self.0);
            async move { read(&path).await }
        };
        Function::new(handler, place)
    }
}

impl IntoFunction<Http, Ready> for Files {
    type Future = std::future::Ready<()>;

    fn into_function(self, place: &'static Location<'static>) -> Function<Http> {
        let handler = move |root: Root, request: Request| {
            let below = request.param("path").and_then(safe);
            let path = below.map(|below| root.0.join(&self.0).join(below));
            async move {
                match path {
                    Some(path) => read(&path).await,
                    None => Response::status(StatusCode::NOT_FOUND),
                }
            }
        };
        Function::new(handler, place)
    }
}

/// The script root, as an argument of the handlers above.
struct Root(PathBuf);

impl Extract<Http> for Root {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Http>) -> Result<Self, Rejection> {
        Ok(Self(context.shared.settings.root()))
    }
}

/// A path that cannot leave its folder and names nothing hidden.
fn safe(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let plain = |part: Component<'_>| match part {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        _ => false,
    };
    (path.components().all(plain) && !path.as_os_str().is_empty()).then(|| path.to_owned())
}

async fn read(path: &Path) -> Response {
    match tokio::fs::read(path).await {
        Ok(content) => file(path, content.into()),
        Err(error) => {
            // The path is a stranger's text, hence quoted and escaped; and a missing page is not worth a warning.
            tracing::debug!("{path:?} cannot be read: {error}");
            Response::status(StatusCode::NOT_FOUND)
        }
    }
}

fn file(path: &Path, body: Bytes) -> Response {
    let media_type = mime_guess::from_path(path).first_or_octet_stream();
    let media_type = match media_type.type_() {
        mime_guess::mime::TEXT => format!("{media_type}; charset=utf-8"),
        _ => media_type.to_string(),
    };
    let set = [
        (CONTENT_TYPE, media_type.as_str()),
        // A page that is asked for again is asked for at its source: these files change with each deployment.
        (CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in set {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    Response {
        headers,
        body,
        ..Response::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_in_its_folder() {
        assert_eq!(safe("a/b.css"), Some(PathBuf::from("a/b.css")));
        for path in ["", "../x", "a/../../x", "/etc/passwd", ".env", "a/.git/x"] {
            assert_eq!(safe(path), None, "{path}");
        }
    }

    #[tokio::test]
    async fn a_file_says_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.js");
        std::fs::write(&path, "1").unwrap();
        let response = read(&path).await;
        assert_eq!(
            response.headers[CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
        assert_eq!(response.body, "1");
        let missing = read(&folder.path().join("none")).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
    }
}
