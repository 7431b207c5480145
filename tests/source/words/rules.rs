//! The constructions that a reader has to read twice, and what to write instead.

use std::sync::LazyLock;

use regex_lite::Regex;

/// A construction that is not used.
pub(crate) struct Rule {
    pattern: Regex,
    /// In lower case, one of which stands in every match: they are found sooner than the pattern.
    needs: &'static [&'static str],
    /// What may follow or stand in the match although the pattern finds it.
    except: &'static [&'static str],
    /// Allowed for people, in the places that `main.rs` lists.
    pub(crate) people: bool,
    pub(crate) instead: &'static str,
}

impl Rule {
    /// Where it is found; `lower` is the text in lower case.
    pub(crate) fn find<'a>(
        &'a self,
        text: &'a str,
        lower: &str,
    ) -> impl Iterator<Item = (usize, &'a str)> {
        let possible = self.needs.iter().any(|word| lower.contains(word));
        let text = if possible { text } else { "" };
        self.pattern
            .find_iter(text)
            .map(|found| (found.start(), found.as_str()))
            .filter(|(_, found)| {
                let found = found.to_lowercase();
                !self.except.iter().any(|except| found.contains(except))
            })
    }
}

pub(crate) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rule = |needs, pattern: &str, except, people, instead| Rule {
        needs,
        pattern: Regex::new(&format!("(?i){pattern}"))
            .unwrap_or_else(|error| panic!("{pattern}: {error}")),
        except,
        people,
        instead,
    };
    vec![
        rule(
            &[" none"],
            r"\b(is|are|was|were|be|been|has|have) none\b",
            &[],
            false,
            "say what is missing",
        ),
        rule(
            &[" no "],
            r"\b(\w+ )?(is|are|was|were|be) no \w+",
            &[
                "there ",
                " no longer",
                " no more",
                " no less",
                " no better",
                " no worse",
                " no different",
            ],
            false,
            "\"is not a …\"",
        ),
        rule(
            &["who"],
            r"\b(whoever|whomever|whom)\b",
            &[],
            false,
            "name the actor: a client, the caller, the user",
        ),
        rule(
            &["body"],
            r"\b(nobody|somebody|anybody)\b",
            &[],
            true,
            "name the actor: a client, the caller, a process",
        ),
        rule(
            &[" told"],
            r"\b(unless|where|if|when|until|than)( it is| they are| it was)? told\b",
            &[],
            false,
            "\"… by default\", \"unless X is given\"",
        ),
        rule(
            &["shall"],
            r"\bshall\b",
            &[],
            false,
            "\"must\", \"can\", or the present tense",
        ),
        rule(
            &["neither ", "nor ", "so "],
            r"\b((neither|nor) (does|is|do|are|can|has|have|did|was|were|may|must|will)|so (does|is|has|are|can) (it|he|she|they|the|this|that|a))\b",
            &[],
            false,
            "the subject before the verb",
        ),
        rule(
            &["hand-over", "surroundings", "way into"],
            r"\b(hand-over|surroundings|way into azure)\b",
            &[],
            false,
            "the field's word",
        ),
        rule(
            &["carr"],
            r"\b(carried out|carries out|carry out)\b",
            &[],
            false,
            "runs, sends, finishes, executes",
        ),
        rule(
            &["be had"],
            r"\b(could|can|cannot) (not )?be had\b",
            &[],
            false,
            "what failed: create, find, install",
        ),
    ]
});
