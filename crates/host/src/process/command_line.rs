//! What is started: program, arguments, folder, environment (docs/contracts/functions-host.md, "Process launch").

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

use crate::app::{HandlerConfig, Unknown, Variables};

/// A handler, ready to be started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// An absolute path, or a bare name that the system looks for in `PATH`.
    pub(crate) program: PathBuf,
    /// The name as host.json has it, for messages.
    pub(crate) configured: String,
    /// Where a file of that name would have been taken from.
    pub(crate) candidate: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) directory: PathBuf,
    pub(crate) variables: Variables,
}

impl Launch {
    /// Works out what to start for one incarnation of the handler.
    pub(crate) fn new(
        config: &HandlerConfig,
        root: &Path,
        host: &Variables,
        port: u16,
        id: &str,
    ) -> Self {
        let mut variables = host.clone();
        let port = port.to_string();
        for name in ["FUNCTIONS_CUSTOMHANDLER_PORT", "FUNCTIONS_HTTPWORKER_PORT"] {
            variables.set(name, port.as_str());
        }
        for name in [
            "FUNCTIONS_CUSTOMHANDLER_WORKER_ID",
            "FUNCTIONS_HTTPWORKER_ID",
        ] {
            variables.set(name, id);
        }
        variables.set("FUNCTIONS_APP_ROOT_PATH", root.to_string_lossy());

        let configured = host.expand(&config.executable, Unknown::Kept);
        let below_root = |directory: &Option<String>| match directory {
            Some(directory) => root.join(directory),
            None => root.to_owned(),
        };
        let candidate = below_root(&config.worker_directory).join(&configured);
        // Only a file that is there is taken from the app; any other name is left to the system.
        let program = match file_of(&candidate, EXE_SUFFIX) {
            Some(file) => file,
            None if Path::new(&configured).is_absolute() => candidate.clone(),
            None => PathBuf::from(&configured),
        };
        let mut line = String::new();
        let expanded = |line: &mut String, words: &[String]| {
            for word in words {
                line.push(' ');
                line.push_str(&variables.expand(word, Unknown::Dropped));
            }
        };
        expanded(&mut line, &config.arguments);
        if let Some(path) = config
            .worker_path
            .as_deref()
            .filter(|path| !path.is_empty())
        {
            line.push_str(" \"");
            line.push_str(&host.expand(path, Unknown::Kept));
            line.push('"');
        }
        expanded(&mut line, &config.worker_arguments);
        Self {
            program,
            configured,
            candidate,
            arguments: split(&line),
            directory: below_root(&config.working_directory),
            variables,
        }
    }
}

/// Splits a command line as .NET does on every system: at white space, with double quotes and backslashes before them.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    loop {
        while chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        if chars.peek().is_none() {
            return words;
        }
        let mut word = String::new();
        let mut quoted = false;
        while let Some(&c) = chars.peek() {
            if matches!(c, ' ' | '\t') && !quoted {
                break;
            }
            chars.next();
            match c {
                '\\' => {
                    let mut slashes = 1;
                    while chars.next_if_eq(&'\\').is_some() {
                        slashes += 1;
                    }
                    if chars.peek() == Some(&'"') {
                        word.extend(std::iter::repeat_n('\\', slashes / 2));
                        if slashes % 2 == 1 {
                            chars.next();
                            word.push('"');
                        }
                    } else {
                        word.extend(std::iter::repeat_n('\\', slashes));
                    }
                }
                // Two quotes inside quotes are one.
                '"' if quoted && chars.next_if_eq(&'"').is_some() => word.push('"'),
                '"' => quoted = !quoted,
                c => word.push(c),
            }
        }
        words.push(word);
    }
}

/// A program's file as the system finds it: under its own name or, where programs have a suffix, with that behind it. So one
/// host.json can name `handler` for every system.
pub(super) fn file_of(path: &Path, suffix: &str) -> Option<PathBuf> {
    let mut suffixed = path.as_os_str().to_owned();
    suffixed.push(suffix);
    [path.to_owned(), PathBuf::from(suffixed)]
        .into_iter()
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn config(executable: &str) -> HandlerConfig {
        HandlerConfig {
            executable: executable.to_owned(),
            worker_path: None,
            worker_directory: None,
            working_directory: None,
            arguments: Vec::new(),
            worker_arguments: Vec::new(),
            stderr_is_error: true,
            forwarding: false,
            proxying: false,
            initialization_timeout: Duration::from_secs(30),
            port: None,
            legacy: false,
            routes: Vec::new(),
        }
    }

    fn launch(config: &HandlerConfig, root: &Path) -> Launch {
        let mut host = Variables::default();
        host.set("httpkey1", "httpvalue1");
        host.set("httpkey2", "httpvalue2");
        host.set("TestEnv", "TestVal");
        host.set("FUNCTIONS_HTTPWORKER_PORT", "9000");
        Launch::new(config, root, &host, 4321, "id")
    }

    #[test]
    fn where_the_program_is_found() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        std::fs::create_dir(root.join("workers")).unwrap();
        std::fs::write(root.join("testExe"), "").unwrap();
        std::fs::write(root.join("workers/node"), "").unwrap();
        assert_eq!(
            launch(&config("testExe"), root).program,
            root.join("testExe")
        );
        assert_eq!(launch(&config("node"), root).program, Path::new("node"));
        assert_eq!(launch(&config("/opt/x"), root).program, Path::new("/opt/x"));
        let mut below = config("node");
        below.worker_directory = Some("workers".to_owned());
        assert_eq!(launch(&below, root).program, root.join("workers/node"));
    }

    #[test]
    fn relative_folders_are_below_the_root() {
        let mut config = config("x");
        config.working_directory = Some("sub".to_owned());
        assert_eq!(
            launch(&config, Path::new("/app")).directory,
            Path::new("/app/sub")
        );
        config.working_directory = Some("/sub".to_owned());
        assert_eq!(
            launch(&config, Path::new("/app")).directory,
            Path::new("/sub")
        );
    }

    #[test]
    fn arguments_are_expanded_and_split() {
        let mut config = config("x");
        config.arguments = vec![
            "%httpkey1%".to_owned(),
            "%TestEnv% %FUNCTIONS_CUSTOMHANDLER_PORT%".to_owned(),
        ];
        config.worker_path = Some("a b.js".to_owned());
        config.worker_arguments = vec!["%httpkey2%".to_owned(), "\"c d\"".to_owned()];
        assert_eq!(
            launch(&config, Path::new("/app")).arguments,
            [
                "httpvalue1",
                "TestVal",
                "4321",
                "a b.js",
                "httpvalue2",
                "c d"
            ]
        );
    }

    #[test]
    fn the_port_replaces_what_was_set() {
        let launch = launch(&config("x"), Path::new("/app"));
        for (name, value) in [
            ("FUNCTIONS_CUSTOMHANDLER_PORT", "4321"),
            ("FUNCTIONS_HTTPWORKER_PORT", "4321"),
            ("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", "id"),
            ("FUNCTIONS_HTTPWORKER_ID", "id"),
            ("FUNCTIONS_APP_ROOT_PATH", "/app"),
        ] {
            assert_eq!(launch.variables.get(name), Some(value));
        }
    }

    #[test]
    fn quotes_and_backslashes_are_read_as_in_dotnet() {
        assert_eq!(
            split(r#" a\\b "c\"d" e""f "g""h" "#),
            [r"a\\b", "c\"d", "ef", "g\"h"]
        );
    }
}
