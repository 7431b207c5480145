//! Stand-ins for the tools of Azure, a project to deploy, and an app that answers in Azure's place.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::token::{self, NewClaims};
use socketio_functions::prelude::*;
use socketio_functions::testing::World;
use tempfile::TempDir;

/// Writes down how it was called and does what Azure would, with the folder's files as its memory.
const AZ: &str = r#"#!/bin/sh
cd "$HERE" || exit 1
name=$(basename "$0")
printf '%s\n' "$name $*" >> calls
refused=$(cat refused 2>/dev/null)
if [ -n "$refused" ]; then
  case "$*" in "$refused"*) echo "az said no" >&2; exit 1 ;; esac
fi
which() { case "$*" in *secondary*) echo secondary ;; *) echo primary ;; esac; }
case "$name $*" in
  "az deployment sub show"*)
    echo '{"azurE_RESOURCE_GROUP":{"value":"rg-x"},"apP_NAME":{"value":"func-x"},"apP_HOST":{"value":"func-x.example"},"servicE_NAME":{"value":"wps-x"},"webhooK_AUDIENCE":{"value":""}}' ;;
  "azd env get-values"*)
    echo '{"AZURE_SUBSCRIPTION_ID":"sub-1","AZURE_RESOURCE_GROUP":"rg-x","APP_NAME":"func-x","SERVICE_NAME":"wps-x","APP_HOST":"func-x.example"}' ;;
  "az functionapp deployment source config-zip"*)
    test -f project/target/azure.zip ;;
  "az functionapp function list"*)
    echo func-x/socketio
    if [ -e listed ]; then echo func-x/version; fi
    touch listed ;;
  "az webpubsub show"*)
    cat service ;;
  "az account get-access-token"*)
    echo an-entra-token ;;
  "az webpubsub key show"*)
    cat "$(which "$*")" ;;
  "az webpubsub key regenerate"*)
    which=$(which "$*")
    sed 's/AccessKey=[^;]*/&X/' "$which" > fresh && mv fresh "$which" ;;
  "az functionapp config appsettings set"*)
    file=$(printf '%s' "$*" | sed 's/.*--settings @\([^ ]*\).*/\1/')
    stat -c %a "$file" > mode; echo "$file" > file; cp "$file" setting ;;
esac
"#;

pub(crate) struct Azure {
    folder: TempDir,
}

pub(crate) async fn by_name(request: Request) -> Identity {
    Identity::user(request.query("name").unwrap_or_default())
}

/// A negotiation that a request without a label does not fit.
pub(crate) async fn by_label(request: Request) -> Result<Identity, Refusal> {
    match request.query("label") {
        Some(label) => Ok(Identity::user(label)),
        None => Err(Refusal::new("Which label?").status(400)),
    }
}

pub(crate) async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    match user {
        Some(_) => Ok(()),
        None => Err(Refusal::new("Please choose a name.")),
    }
}

pub(crate) async fn echo(Data(text): Data<String>) -> Ack<String> {
    Ack(text)
}

/// What answers in the place of the app that is deployed.
pub(crate) fn app() -> App {
    App::new().hub(
        Hub::new("hub")
            .negotiate("negotiate", by_name)
            .on_connect(admit)
            .on("echo", echo),
    )
}

impl Azure {
    /// A project of one file, tools that are stand-ins, and the service's keys.
    pub(crate) fn new(world: &World) -> Self {
        let azure = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let fixture = repository().join("tests/fixtures/tiny/main.rs");
        for directory in [
            "project/src",
            "project/infra",
            "project/function-app/socketio",
            "bin",
        ] {
            fs::create_dir_all(azure.at(directory)).unwrap();
        }
        fs::copy(fixture, azure.at("project/src/main.rs")).unwrap();
        let host = json!({ "version": "2.0", "customHandler": { "description": { "defaultExecutablePath": "handler" } } });
        let webhook = r#"{"bindings":[{"authLevel":"function"}]}"#;
        for (name, text) in [
            (
                "project/Cargo.toml",
                "[package]\nname = \"tiny\"\nedition = \"2024\"\n\n[workspace]\n",
            ),
            ("project/host.json", &host.to_string()),
            ("project/infra/hub.bicep", ""),
            ("project/function-app/host.json", &host.to_string()),
            ("project/function-app/socketio/function.json", webhook),
            ("primary", &world.emulator().connection_string()),
            (
                "secondary",
                "Endpoint=https://wps-x.example;AccessKey=c2Vjb25kYXJ5;Version=1.0;",
            ),
        ] {
            fs::write(azure.at(name), text).unwrap();
        }
        let mut elf = vec![0; 64];
        elf[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1]);
        elf[16..20].copy_from_slice(&[3, 0, 62, 0]);
        elf[20] = 1;
        elf[52] = 64;
        fs::write(azure.at("foreign"), elf).unwrap();
        let message = json!({
            "reason": "compiler-artifact",
            "target": { "name": "tiny" },
            "executable": azure.at("foreign"),
        });
        azure.tool(
            "cargo-zigbuild",
            &format!("#!/bin/sh\ntouch \"$HERE/asked\"\necho '{message}'\n"),
        );
        azure.tool("zig", "#!/bin/sh\n");
        azure.tool("az", AZ);
        azure.tool("azd", AZ);
        azure
    }

    fn tool(&self, name: &str, text: &str) {
        let path = self.at("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command of the tool, in the project's folder.
    pub(crate) fn run(&self, command: &str, arguments: &[&str]) -> Run {
        let path = std::env::var("PATH").unwrap();
        let mut run = Command::new(env!("CARGO_BIN_EXE_sio"));
        run.arg(command)
            .args(arguments)
            .current_dir(self.at("project"))
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .env("HERE", self.folder.path())
            .env("CARGO_TARGET_DIR", self.at("target"))
            .env("NO_COLOR", "1");
        for name in [
            "AZURE_RESOURCE_GROUP",
            "APP_NAME",
            "SERVICE_NAME",
            "WEBHOOK_AUDIENCE",
            "AZURE_SUBSCRIPTION_ID",
            "SIO_DEPLOY_NEGOTIATE",
            "SIO_DEPLOY_NO_NEGOTIATE",
        ] {
            run.env_remove(name);
        }
        Run(run)
    }

    /// Makes `az` fail for what begins so.
    pub(crate) fn refuse(&self, beginning: &str) {
        fs::write(self.at("refused"), beginning).unwrap();
    }

    /// What was called, a line each.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.at("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// One of the service's keys as it is now.
    pub(crate) fn key(&self, which: &str) -> String {
        let text = fs::read_to_string(self.at(which)).unwrap();
        ConnectionString::parse(text.trim())
            .unwrap()
            .access_key()
            .to_owned()
    }

    /// What the app's settings have.
    pub(crate) fn setting(&self) -> String {
        fs::read_to_string(self.at("setting")).unwrap()
    }

    /// Whether only their owner could read the files with settings, and none is left.
    pub(crate) fn setting_files_are_gone(&self) -> bool {
        let mode = fs::read_to_string(self.at("mode")).unwrap();
        let file = fs::read_to_string(self.at("file")).unwrap();
        mode.trim() == "600" && !Path::new(file.trim()).exists()
    }

    /// A negotiation function that signs with the key in the app's settings; its address, and all keys as they are now.
    pub(crate) fn negotiation_by_setting(&self) -> (String, Vec<String>) {
        let old = vec![self.key("primary"), self.key("secondary")];
        let first = json!({ "WebPubSubForSocketIOConnectionString": fs::read_to_string(self.at("primary")).unwrap() });
        fs::write(self.at("setting"), first.to_string()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let setting = self.at("setting");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &setting);
            }
        });
        (url, old)
    }
}

/// A service that gives tokens to a caller with the token of the signed-in person, and its address.
pub(crate) fn service_for_identities(azure: &Azure, token: String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    fs::write(azure.at("service"), url).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let allowed = head[0].starts_with("POST /api/hubs/hub/:generateToken?")
                && head[0].contains("userId=Ada")
                && head
                    .iter()
                    .any(|line| line.eq_ignore_ascii_case("authorization: Bearer an-entra-token"));
            let (status, body) = match allowed {
                true => ("200 OK", json!({ "token": token }).to_string()),
                false => ("403 Forbidden", String::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).unwrap();
        }
    });
}

/// Answers one request for a token.
fn answer(mut stream: TcpStream, setting: &Path) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    while lines
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let text = fs::read_to_string(setting).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&text).unwrap();
    let connection = settings["WebPubSubForSocketIOConnectionString"]
        .as_str()
        .unwrap();
    let connection = ConnectionString::parse(connection.trim()).unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let claims = NewClaims::new("x", i64::try_from(now.as_secs()).unwrap(), 60);
    let token = token::sign(connection.access_key(), &claims).unwrap();
    let body = json!({ "endpoint": "https://x.example", "path": "/clients/socketio/hubs/hub", "token": token }).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
}

/// A command of the tool.
pub(crate) struct Run(Command);

impl Run {
    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.0.arg(argument);
        self
    }

    pub(crate) fn args<S: AsRef<std::ffi::OsStr>>(
        mut self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it to its good end, and returns what it said.
    pub(crate) fn succeeds(self) -> String {
        self.ends(0)
    }

    /// Runs it to its bad end.
    pub(crate) fn fails(self) -> String {
        self.ends(1)
    }

    fn ends(mut self, code: i32) -> String {
        let output = self.0.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(output.stdout.is_empty(), "stdout is for data");
        said
    }
}

/// What the tool itself said, without cargo's lines, and without what is another each time.
pub(crate) fn own_lines(said: &str, url: &str) -> String {
    let mut text = String::new();
    for line in said.lines() {
        let cargo = ["Blocking", "Compiling", "Finished"];
        if cargo.iter().any(|word| line.trim_start().starts_with(word)) {
            continue;
        }
        let line = match line.split_once(": socket ") {
            Some((before, _)) => format!("{before}: socket ID"),
            None => line.replace(url, "https://func-x.example"),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// What a call did to a key of the function.
pub(crate) fn key_step(call: &str) -> String {
    let words: Vec<&str> = call.split(' ').collect();
    let after = |name: &str| {
        let place = words.iter().position(|word| *word == name);
        place.map(|place| words[place + 1])
    };
    let named = words.iter().find_map(|word| word.strip_prefix("keyName="));
    match (named, after("keys"), after("--key-name")) {
        (Some(key), _, _) => format!("register {key}"),
        (None, Some(verb), Some(key)) => format!("{verb} {key}"),
        _ => call.to_owned(),
    }
}

/// Arguments as a person types them.
pub(crate) fn typed(arguments: &[&str]) -> String {
    let quoted = |argument: &&str| match argument.contains(['[', '?']) {
        true => format!("'{argument}'"),
        false => (*argument).to_owned(),
    };
    arguments.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// Compares a text with the block of a page behind `<!-- golden: NAME -->`; `UPDATE=1` rewrites it.
pub(crate) fn golden(page: &str, name: &str, text: &str) {
    // Tests run side by side, and a page has several blocks.
    static PAGES: Mutex<()> = Mutex::new(());
    let _one_at_a_time = PAGES.lock().unwrap_or_else(PoisonError::into_inner);
    let path = repository().join(page);
    let whole = fs::read_to_string(&path).unwrap();
    let mark = format!("<!-- golden: {name} -->\n\n```text\n");
    let start = whole.find(&mark).unwrap() + mark.len();
    let end = start + whole[start..].find("```").unwrap();
    if std::env::var_os("UPDATE").is_some() {
        let fresh = format!("{}{text}{}", &whole[..start], &whole[end..]);
        fs::write(&path, fresh).unwrap();
        return;
    }
    assert_eq!(
        &whole[start..end],
        text,
        "{page} is out of date; UPDATE=1 rewrites it"
    );
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
