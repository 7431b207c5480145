//! The published examples, and the error texts that callers match.

use sio_protocol::filter::members;
use sio_protocol::group::Group;

use super::{Filter, Subject};

struct Client(&'static str, Option<&'static str>, &'static [&'static str]);

impl Subject for Client {
    fn connection_id(&self) -> &str {
        self.0
    }
    fn user_id(&self) -> Option<&str> {
        self.1
    }
    fn is_in(&self, group: &str) -> bool {
        self.2.contains(&group)
    }
    fn group_count(&self) -> usize {
        self.2.len()
    }
}

const POPULATION: [Client; 3] = [
    Client("c1", Some("alice"), &["0~Lw~", "0~Lw~c29jazE", "0~Lw~cm0"]),
    Client("c2", Some("Bob"), &["0~Lw~"]),
    Client("c3", None, &[]),
];

fn selected(filter: &str) -> String {
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let ids: Vec<&str> = POPULATION
        .iter()
        .filter(|client| filter.selects(*client))
        .map(|client| client.0)
        .collect();
    ids.join(" ")
}

/// Service contract, "Examples": the 28 rows.
#[test]
fn the_published_examples_select_as_listed() {
    for (filter, expected) in [
        ("", "c1 c2 c3"),
        ("'0~Lw~' in groups", "c1 c2"),
        ("not ('0~Lw~cm0' in groups)", "c2 c3"),
        ("'0~Lw~' in groups and not ('0~Lw~cm0' in groups)", "c2"),
        (
            "'0~Lw~cm0' in groups or '0~Lw~' in groups and not ('0~Lw~c29jazE' in groups)",
            "c1 c2",
        ),
        (
            "('0~Lw~cm0' in groups or '0~Lw~' in groups) and not ('0~Lw~c29jazE' in groups)",
            "c2",
        ),
        ("userId eq 'alice'", "c1"),
        ("userId eq 'ALICE'", ""),
        ("USERID eq 'alice'", "c1"),
        ("tolower(userId) eq 'bob'", "c2"),
        ("userId ne null", "c1 c2"),
        ("userId eq null", "c3"),
        ("userId in ('alice','Bob')", "c1 c2"),
        ("connectionId in ('c1','c3') and userId eq null", "c3"),
        ("startswith(userId,'al')", "c1"),
        ("contains(userId,'o') or endswith(userId,'e')", "c1 c2"),
        ("length(userId) gt 3", "c1"),
        ("length(groups) eq 0", "c3"),
        ("substring(userId,0,2) eq 'al'", "c1"),
        ("concat(userId,'-x') eq 'alice-x'", "c1"),
        ("indexof(userId,'i') eq 2", "c1"),
        ("userId eq 'O''Brien'", ""),
        ("true", "c1 c2 c3"),
    ] {
        assert_eq!(selected(filter), expected, "{filter}");
    }
    for filter in [
        "not '0~Lw~' in groups",
        "userId lt 'b'",
        "groups/any(g: g eq 'x')",
        "length(userId)",
        "userId eq 'open",
    ] {
        assert!(Filter::parse(filter).is_err(), "{filter}");
    }
}

#[test]
fn further_rules_hold() {
    assert_eq!(selected("userId in ('Doe, John','alice')"), "c1");
    assert_eq!(selected("trim(' x ') eq 'x'"), "c1 c2 c3");
    assert_eq!(selected("toupper(userId) eq 'BOB'"), "c2");
    assert_eq!(selected("substring(userId,9) eq null"), "c1 c2 c3");
    assert_eq!(selected("length(userId) lt 100"), "c1 c2");
    assert_eq!(selected("not (true) or not not (userId eq 'Bob')"), "c2");
    assert_eq!(selected("null in groups"), "");
    assert_eq!(selected("null in ('a')"), "");
    assert_eq!(selected(" ( userId  eq\t'Bob' ) "), "c2");
    assert_eq!(selected("indexof(userId,'z') eq -1"), "c1 c2");
    assert_eq!(
        selected("length(groups) ge 1 and length(groups) le 2"),
        "c2"
    );
}

/// Service contract, "Error texts worth matching".
#[test]
fn error_texts_are_those_of_the_service() {
    for (filter, message) in [
        (
            "invalid filter",
            "Invalid syntax for 'invalid filter': Syntax error at position 14 in 'invalid filter'. (Parameter 'filter')",
        ),
        (
            "(not 'a')",
            "Invalid syntax for 'not 'a'': Type 'string', expect 'bool'. (Parameter 'filter')",
        ),
        (
            "userId lt 1",
            "Invalid syntax for 'userId': Type 'string', expect 'int'. (Parameter 'filter')",
        ),
        (
            "ab",
            "Invalid syntax for 'ab': Token 'ab' is not supported. (Parameter 'filter')",
        ),
    ] {
        assert_eq!(Filter::parse(filter).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_hundred_terms_are_accepted() {
    let filter = vec!["'a' in groups"; 100].join(" or ");
    assert!(Filter::parse(&filter).is_ok());
}

#[test]
fn too_deep_a_filter_is_refused() {
    let nested = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&nested(99)).is_ok());
    assert!(Filter::parse(&nested(101)).is_err());
    assert!(Filter::parse(&format!("{}(true)", "not ".repeat(101))).is_err());
    assert!(Filter::parse(&nested(100_000)).is_err());
}

#[test]
fn a_filter_of_any_length_is_answered() {
    let long = |word: &str, operator: &str| vec![word; 100_000].join(operator);
    assert_eq!(selected(&long("true", " and ")), "c1 c2 c3");
    assert_eq!(selected(&long("('x' in groups)", " or ")), "");
    assert!(Filter::parse(&long("true", " eq ")).is_err());
    assert!(Filter::parse(&long("1", " lt ")).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "(\\PC|[() ',]|not |eq |in |and |or |userId|groups|'a'|1|length|null){0,40}") {
        if let Ok(filter) = Filter::parse(&text) {
            let _ = filter.selects(&POPULATION[0]);
        }
    }
}

/// A connection in these rooms of the main namespace.
struct In<'a>(&'a [String]);

impl Subject for In<'_> {
    fn connection_id(&self) -> &str {
        "c"
    }
    fn user_id(&self) -> Option<&str> {
        None
    }
    fn is_in(&self, group: &str) -> bool {
        let mut rooms = self.0.iter();
        rooms.any(|room| Group::encode("/", room).as_str() == group)
    }
    fn group_count(&self) -> usize {
        self.0.len()
    }
}

proptest::proptest! {
    /// A filter that our side writes selects exactly the sockets that it names, with any number of rooms and
    /// exceptions.
    #[test]
    fn a_written_filter_selects_whom_it_names(
        rooms in proptest::collection::vec("[a-d']{1,2}", 0..4),
        except in proptest::collection::vec("[a-d']{1,2}", 0..3),
        own in proptest::collection::vec("[a-d']{1,2}", 0..6),
    ) {
        let groups = |rooms: &[String]| -> Vec<Group> {
            rooms.iter().map(|room| Group::encode("/", room)).collect()
        };
        let text = members(&groups(&rooms), &groups(&except));
        let is_in = |rooms: &[String]| rooms.iter().any(|room| own.contains(room));
        let named = (rooms.is_empty() || is_in(&rooms)) && !is_in(&except);
        let filter = Filter::parse(&text).unwrap();
        proptest::prop_assert_eq!(filter.selects(&In(&own)), named, "{}", text);
    }
}

#[test]
fn a_filter_knows_the_groups_it_is_within() {
    let within = |filter: &str| {
        let filter = Filter::parse(filter).unwrap();
        filter
            .within()
            .map(|groups| groups.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(within("'a' in groups"), Some(vec!["a".to_owned()]));
    assert_eq!(
        within("'a' in groups or 'b' in groups and not ('c' in groups)"),
        Some(vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(within("not ('a' in groups)"), None);
    assert_eq!(within("'a' in groups or userId eq 'x'"), None);
    assert_eq!(within(""), None);
}

#[test]
fn a_filter_is_read_and_applied_in_time_that_grows_with_it() {
    for (begin, end) in [
        ("", ""),
        ("'", "' in groups"),
        ("userId in ('a','", "')"),
        ("userId eq 'a' or ", "true"),
        ("not ", "true"),
        ("length(concat(userId,'", "')) gt 1"),
    ] {
        growth::assert_linear(&format!("{begin}…{end}"), |text| {
            match Filter::parse(&format!("{begin}{text}{end}")) {
                Ok(filter) => {
                    let _ = POPULATION
                        .iter()
                        .filter(|client| filter.selects(*client))
                        .count();
                }
                Err(error) => drop(error.to_string()),
            }
        });
    }
    growth::assert_linear("a list", |text| {
        let items = text.replace(['?', ',', 'a'], "'x','");
        let _ = Filter::parse(&format!("userId in ('{items}')")).is_ok();
    });
}
