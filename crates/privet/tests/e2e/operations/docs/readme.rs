//! Sends the requests of README.md and compares the answers with the page.

use std::path::Path;

use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Answer, Backend, Client, Database, SECRET, Server, Token};

const FIRST_REQUESTS: &str = "## First five requests";
const ENFORCING: &str = "## Enforcing settings from your services";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_requests_of_the_readme_get_the_printed_answers() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let commands = commands(&readme);
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start(&database).await;
    // One after the other: the second section uses the settings of the first one.
    for (heading, variable, scope, promised) in [
        (FIRST_REQUESTS, "$TOKEN", None, 5),
        (ENFORCING, "$SERVICE", Some("privacy:decide"), 5),
    ] {
        let section = section(&readme, heading);
        let user = user(section);
        let token = scope.into_iter().fold(Token::of(user), |token, scope| {
            assert!(section.contains(&format!("--scope {scope}")), "{heading}");
            token.claim("scope", scope)
        });
        let client = server.bearer(&token.sign(SECRET));
        let examples = examples(section);
        assert_eq!(examples.len(), promised, "{heading}");
        for (command, printed) in examples {
            let answer = send(&client, &command, variable).await;
            assert!(!answer.text.contains('\n'), "{command}\n{answer}");
            let text = if command.contains("/api/v1/privacy/settings ") {
                as_far_as_printed(&answer.text, &printed)
            } else {
                answer.text
            };
            assert_eq!(
                without_chance(&text, &commands),
                without_chance(&printed, &commands),
                "{command}"
            );
        }
    }
}

/// The page from the heading to the next one.
fn section<'a>(readme: &'a str, heading: &str) -> &'a str {
    let (_, section) = readme.split_once(heading).expect("the section is there");
    section
        .split_once("\n## ")
        .map_or(section, |(section, _)| section)
}

/// The commands that the reader enters.
fn commands(readme: &str) -> String {
    let lines = readme.lines();
    lines
        .filter(|line| line.starts_with("$ curl") || line.contains("privet token --user"))
        .collect()
}

/// The user of the page's token.
fn user(section: &str) -> Uuid {
    let (_, rest) = section.split_once("privet token --user ").unwrap();
    rest[..36].parse().unwrap()
}

/// Commands that send a request, each with its printed answer.
fn examples(section: &str) -> Vec<(String, String)> {
    let blocks = section.split("```console\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("\n```").next());
    let example = |block: &str| {
        let (command, printed) = block.strip_prefix("$ ")?.split_once('\n').unwrap();
        Some((command.to_owned(), printed.to_owned()))
    };
    blocks.filter_map(example).collect()
}

/// Does the same as `curl` with these arguments, with the server under test.
async fn send(client: &Client, command: &str, variable: &str) -> Answer {
    let mut words = words(command).into_iter();
    assert_eq!(words.next().unwrap(), "curl");
    let (mut method, mut path, mut body) = (Method::GET, None, None);
    let mut fields = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = words.next().unwrap().parse().unwrap(),
            "-H" => fields.push(words.next().unwrap()),
            "-d" => body = Some(words.next().unwrap()),
            url => {
                let known = url.strip_prefix("http://127.0.0.1:8080");
                let known = known.unwrap_or_else(|| panic!("{url} in {command}"));
                assert!(
                    path.replace(known.to_owned()).is_none(),
                    "two URLs in {command}"
                );
            }
        }
    }
    // The client already has the user's token.
    let token = format!("Authorization: Bearer {variable}");
    let token = fields.iter().position(|field| *field == token);
    fields.remove(token.unwrap_or_else(|| panic!("no token in {command}")));
    // curl sends a body by POST.
    if body.is_some() && method == Method::GET {
        method = Method::POST;
    }
    let mut request = client.request(method, &path.unwrap());
    for field in &fields {
        let (name, value) = field.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    if let Some(body) = body {
        request = request.body(body);
    }
    request.send().await
}

/// Splits a command like a shell that knows two kinds of quotes and no variables.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None, None);
    for character in command.chars() {
        match (quote, character) {
            (None, ' ') => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_with(String::new);
            }
            (Some(open), close) if open == close => quote = None,
            (_, other) => word.get_or_insert_with(String::new).push(other),
        }
    }
    assert_eq!(quote, None, "a quote is open: {command}");
    words.extend(word);
    words
}

/// The answer without members that the page does not show, such as settings that were added later.
fn as_far_as_printed(answer: &str, printed: &str) -> String {
    let [answer, printed] = [answer, printed].map(|text| serde_json::from_str(text).unwrap());
    let (Value::Object(mut answer), Value::Object(printed)) = (answer, printed) else {
        panic!("not two objects");
    };
    answer.retain(|name, _| printed.contains_key(name));
    Value::Object(answer).to_string()
}

/// The text with times and new ids replaced, because they differ in each run.
fn without_chance(text: &str, commands: &str) -> String {
    let body: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut replaced = text.to_owned();
    for value in texts(&body) {
        if value.parse::<Uuid>().is_ok() && !commands.contains(value) {
            replaced = replaced.replace(value, "an id");
        } else if chrono::DateTime::parse_from_rfc3339(value).is_ok() {
            let form: String = value
                .chars()
                .map(|c| if c.is_ascii_digit() { '0' } else { c })
                .collect();
            replaced = replaced.replace(value, &form);
        }
    }
    replaced
}

/// All texts in the value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
