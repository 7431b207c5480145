//! The command lines that the documentation shows, given to the tool itself: each must name a command and options that
//! there are.
//!
//! Commands in `sh` blocks are run with `--help` behind them. The tool reads arguments from left to right, so a wrong
//! one in front of it is refused. Commands inside of sentences have placeholders such as `DIR`; of these the command and
//! the names of the options are compared with the command's help.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::collections::HashMap;
use std::process::Command;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use source_rules::pages;

/// What stands in front of the tool's arguments: as it is installed, and in this repository.
const TOOL: [&[&str]; 3] = [
    &["sio"],
    &["cargo", "run", "--"],
    &["npx", "socketio-functions-cli"],
];

/// The shell scripts of a page, and the code inside of its sentences.
fn code(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut scripts, mut spans) = (Vec::new(), Vec::new());
    let mut script: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language)))
                if ["sh", "bash", "console"].contains(&&*language) =>
            {
                script = Some(String::new());
            }
            Event::End(TagEnd::CodeBlock) => scripts.extend(script.take()),
            Event::Text(text) => {
                if let Some(script) = &mut script {
                    script.push_str(&text);
                }
            }
            Event::Code(code) => spans.push(code.into_string()),
            _ => {}
        }
    }
    (scripts, spans)
}

/// The commands of a script as words, by the shell's rules as far as documentation uses them.
fn commands(script: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut letters = script.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'\n') => {
                letters.next();
            }
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                word.extend(letters.by_ref().take_while(|next| *next != letter));
            }
            '#' if word.is_none() => while letters.next_if(|next| *next != '\n').is_some() {},
            ' ' => commands.last_mut().unwrap().extend(word.take()),
            '\n' | ';' | '|' | '&' => {
                commands.last_mut().unwrap().extend(word.take());
                commands.push(Vec::new());
            }
            letter => word.get_or_insert_default().push(letter),
        }
    }
    commands.last_mut().unwrap().extend(word);
    commands.retain(|command| !command.is_empty());
    commands
}

/// The tool's arguments, if a command runs the tool. Variables may be set in front of it.
fn arguments(command: &[String]) -> Option<&[String]> {
    let is_variable = |word: &&String| word.contains('=') && !word.starts_with('-');
    let set = command.iter().take_while(is_variable).count();
    let command = &command[set..];
    let fits = |tool: &&&[&str]| {
        let words = command.iter().take(tool.len());
        words.eq(tool.iter())
    };
    let tool = TOOL.iter().find(fits)?;
    Some(&command[tool.len()..])
}

/// What the tool says against these arguments, if anything.
fn refusal(arguments: &[String]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_sio"))
        .args(arguments)
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (!output.status.success()).then_some(said)
}

/// The help of each command, asked for once.
#[derive(Default)]
struct Help(HashMap<String, Option<String>>);

impl Help {
    fn of(&mut self, command: &str) -> Option<&str> {
        let ask = || {
            let output = Command::new(env!("CARGO_BIN_EXE_sio"))
                .args(command.split(' '))
                .arg("--help")
                .env_clear()
                .output()
                .unwrap();
            let help = String::from_utf8(output.stdout).unwrap();
            output.status.success().then_some(help)
        };
        self.0
            .entry(command.to_owned())
            .or_insert_with(ask)
            .as_deref()
    }

    /// What is wrong with a command inside of a sentence, if anything.
    fn problem(&mut self, span: &str) -> Option<String> {
        let words: Vec<String> = span.split_whitespace().map(str::to_owned).collect();
        let arguments = arguments(&words)?;
        let command = arguments.first()?;
        if !command.starts_with(|c: char| c.is_ascii_lowercase()) {
            // `COMMAND`, `…`, or an option of all commands.
            return None;
        }
        // `azure` has commands of its own.
        let command = match arguments.get(1) {
            Some(inner) if command == "azure" => &format!("{command} {inner}"),
            _ => command,
        };
        let Some(help) = self.of(command) else {
            return Some(format!("sio has no command {command:?}"));
        };
        let options = arguments.iter().filter(|word| word.starts_with("--"));
        let unknown = |option: &&String| {
            let name = option.split('=').next().unwrap_or_default();
            !help.split([' ', '\n', ',']).any(|known| known == name)
        };
        let unknown: Vec<_> = options.filter(unknown).collect();
        (!unknown.is_empty()).then(|| format!("sio {command} has no {unknown:?}"))
    }
}

#[test]
fn every_command_that_is_shown_exists() {
    let mut help = Help::default();
    let mut checked = 0;
    let mut problems = Vec::new();
    for page in pages() {
        let (scripts, spans) = code(&std::fs::read_to_string(&page).unwrap());
        for command in scripts.iter().flat_map(|script| commands(script)) {
            if let Some(arguments) = arguments(&command) {
                checked += 1;
                let refused = refusal(arguments);
                problems.extend(refused.map(|said| format!("{}: {said}", page.display())));
            }
        }
        for span in spans {
            let problem = help.problem(&span);
            problems
                .extend(problem.map(|problem| format!("{}: `{span}`: {problem}", page.display())));
        }
    }
    assert!(checked > 5, "{checked} commands are not all of them");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_wrong_command_is_found() {
    let checked = |script: &str| -> Vec<bool> {
        let commands = commands(script);
        let ours = commands.iter().filter_map(|command| arguments(command));
        ours.map(|arguments| refusal(arguments).is_none()).collect()
    };
    let page = "```sh\ncargo build && sio dev --port 0 # sio nothing\nA=1 sio dev --prot 0\nsio \\\n  publish\n\
                cargo run -- send --hub h 'new message' '[\"a b\"]'\nsio emulator --port x\n```\n\
                ```text\nsio nothing\n```\nSay `sio dev --port N`, not `sio dev --prot N` or `sio publish`; `sio COMMAND --x`.";
    let (scripts, spans) = code(page);
    assert_eq!(scripts.len(), 1);
    assert_eq!(checked(&scripts[0]), [true, false, false, true, false]);
    let mut help = Help::default();
    let found: Vec<bool> = spans
        .iter()
        .map(|span| help.problem(span).is_none())
        .collect();
    assert_eq!(found, [true, false, false, true]);
}
