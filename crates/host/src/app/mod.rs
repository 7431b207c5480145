//! A function app as it lies on disk: host.json, function folders, local.settings.json.

mod bindings;
mod error;
mod function;
mod handler_json;
mod host_json;
mod http_route;
mod log_levels;
mod overrides;
mod queue_settings;
mod reader;
mod retry;
mod settings;
mod socketio_binding;
mod unsupported;
mod variables;

use std::path::{Path, PathBuf};

pub(crate) use bindings::Binding;
pub use error::FileError;
pub(crate) use function::Function;
pub(crate) use handler_json::HandlerConfig;
pub(crate) use host_json::HostConfig;
pub(crate) use log_levels::{LogLevel, LogLevels};
pub(crate) use retry::RetryPolicy;
pub(crate) use settings::Settings;
pub(crate) use variables::{LocalSettings, Unknown, Variables, local_settings};

use crate::timer::{ZONE_SETTING, Zone};

/// A loaded app.
#[derive(Debug)]
pub(crate) struct App {
    /// The script root, absolute.
    pub(crate) root: PathBuf,
    pub(crate) config: HostConfig,
    pub(crate) settings: Settings,
    /// Sorted by name, as the host tries them.
    pub(crate) functions: Vec<Function>,
    /// Functions that were not loaded, and why.
    pub(crate) problems: Vec<FileError>,
}

impl App {
    /// Loads the app of a script root.
    ///
    /// A broken host.json is an error; a broken function only leaves that function out, as in the host.
    pub(crate) fn load(
        root: &Path,
        variables: &Variables,
        held: Option<u16>,
    ) -> Result<Self, FileError> {
        let config = host_json::read(root, variables, held)?;
        let zone = zone(root, variables)?;
        let mut problems = Vec::new();
        let mut functions = Vec::new();
        for folder in folders(root)? {
            let name = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let listed = config.functions.as_ref().is_none_or(|listed| {
                listed
                    .iter()
                    .any(|wanted| wanted.eq_ignore_ascii_case(&name))
            });
            if !listed {
                continue;
            }
            match function::read(&folder, &name, variables, &zone, &config.route_prefix) {
                Ok(function) => functions.push(function),
                Err(problem) => problems.push(problem),
            }
        }
        let routes = config
            .handler
            .as_ref()
            .map(|handler| handler.routes.as_slice())
            .unwrap_or_default();
        if !routes.is_empty() {
            let file = root.join("host.json");
            if !functions.is_empty() || !problems.is_empty() {
                return Err(FileError::new(&file, "customHandler.http.routes and function.json files were both detected")
                    .hint("describe the functions in one place: remove the routes, or the function folders"));
            }
            for (index, route) in routes.iter().enumerate() {
                match function::from_route(index, route, &config.route_prefix, &file) {
                    Ok(function) => functions.push(function),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        functions.sort_by_key(|function| function.name.to_ascii_uppercase());
        refuse_conflicts(&mut functions, &mut problems, root);
        Ok(Self {
            root: root.to_owned(),
            config,
            settings: Settings::read(variables),
            functions,
            problems,
        })
    }
}

/// The zone that timers go by.
fn zone(root: &Path, variables: &Variables) -> Result<Zone, FileError> {
    let Some(name) = variables.get(ZONE_SETTING).filter(|name| !name.is_empty()) else {
        return Ok(Zone::default());
    };
    Zone::named(name).ok_or_else(|| {
        let found = format!("the app setting {ZONE_SETTING} is \"{name}\", which is not a time zone");
        FileError::new(root, found).hint(
            "write a name as in \"Europe/Berlin\" or, for Windows, as in \"W. Europe Standard Time\"",
        )
    })
}

/// Folders directly under the root that hold a function.json.
fn folders(root: &Path) -> Result<Vec<PathBuf>, FileError> {
    let unreadable =
        |error: std::io::Error| FileError::new(root, format!("cannot be read: {error}"));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.join("function.json").is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The same route text with a method in common: the later function is not loaded (docs/contracts/functions-host.md,
/// "Routing").
fn refuse_conflicts(functions: &mut Vec<Function>, problems: &mut Vec<FileError>, root: &Path) {
    let mut kept: Vec<Function> = Vec::new();
    for function in functions.drain(..) {
        let rival = function.http.as_ref().and_then(|http| {
            kept.iter().find(|other| {
                other.http.as_ref().is_some_and(|taken| {
                    taken.route.eq_ignore_ascii_case(&http.route)
                        && taken.methods.intersects(&http.methods)
                })
            })
        });
        match rival {
            Some(rival) => {
                let found = format!(
                    "The route specified conflicts with the route defined by function '{}'.",
                    rival.name
                );
                let file = function
                    .file
                    .clone()
                    .unwrap_or_else(|| root.join("host.json"));
                problems.push(
                    FileError::new(file, found)
                        .hint("give one of them another route or other methods"),
                );
            }
            None => kept.push(function),
        }
    }
    *functions = kept;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(routes: &[(&str, &str, &str)]) -> App {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("host.json"), "{'version':'2.0'}").unwrap();
        for (name, route, methods) in routes {
            std::fs::create_dir(root.path().join(name)).unwrap();
            let text = format!(
                "{{'bindings':[{{'type':'httpTrigger','name':'req','route':'{route}'{methods}}}]}}"
            );
            std::fs::write(root.path().join(name).join("function.json"), text).unwrap();
        }
        App::load(root.path(), &Variables::default(), None).unwrap()
    }

    #[test]
    fn the_same_route_with_a_common_method_conflicts() {
        let loaded = app(&[
            ("test1", "products/{category}/{id?}", ""),
            ("test2", "/foo/bar/baz/", ",'methods':['get']"),
            ("test3", "/foo/bar/baz/", ",'methods':['put','POST']"),
            ("test4", "foo/bar/baz", ""),
            ("test5", "foo/bar", ""),
        ]);
        let names: Vec<&str> = loaded
            .functions
            .iter()
            .map(|function| function.name.as_str())
            .collect();
        assert_eq!(names, ["test1", "test2", "test3", "test5"]);
        assert_eq!(loaded.problems.len(), 1);
        assert_eq!(
            loaded.problems[0].found,
            "The route specified conflicts with the route defined by function 'test2'."
        );
    }

    #[test]
    fn functions_are_sorted_ignoring_case_and_v134_their_name_is_their_route() {
        let loaded = app(&[("b", "", ""), ("A", "", ""), ("C", "", "")]);
        let routes: Vec<&str> = loaded
            .functions
            .iter()
            .map(|function| function.http.as_ref().unwrap().route.as_str())
            .collect();
        assert_eq!(routes, ["A", "b", "C"]);
    }
}
