//! What a distributed database (Citus) refuses, or answers wrongly, as far as the text of a statement shows it.

use std::collections::BTreeMap;

/// Which tables are distributed, and by which column.
const LAYOUT: &str = include_str!("../../../../migrations/distributed.sql");

/// Tables that only the coordinator has.
const OF_COORDINATOR: [&str; 3] = ["cache_epoch", "changes", "feed"];

const CHANGES: [&str; 4] = ["insert", "update", "delete", "merge"];
const ROW_LOCKS: [&str; 4] = [
    " for update",
    " for no key update",
    " for share",
    " for key share",
];

/// The condition that the rows of users are shown, as statements for one node have it.
const IS_NOT_BEING_ERASED: &str = "(select 1 where not exists (select 1 from erasures_under_way";

/// Fails if one of the statements would be refused.
pub fn assert_none_is_refused(statements: &[String]) {
    let layout = Layout::read();
    for statement in statements {
        for sql in statement.split(';') {
            let refusal = layout.refusal(sql);
            assert_eq!(refusal, None, "{sql}");
        }
    }
}

struct Layout {
    keys: BTreeMap<&'static str, &'static str>,
}

impl Layout {
    fn read() -> Self {
        let key = |line: &'static str| {
            let rest = line.strip_prefix("SELECT create_distributed_table('")?;
            let mut parts = rest.split('\'');
            Some((parts.next()?, parts.nth(1)?))
        };
        Self {
            keys: LAYOUT.lines().filter_map(key).collect(),
        }
    }

    /// Why this statement is refused.
    fn refusal(&self, sql: &str) -> Option<&'static str> {
        let sql = normalized(sql);
        if sql.contains("force_generic_plan") {
            return Some("a generic plan, which is not sent to the one node that has the rows");
        }
        let mut verbs = ["select", "with"].iter().chain(&CHANGES);
        if !verbs.any(|verb| sql.starts_with(*verb)) {
            return None;
        }
        if changes_in_a_cte(&sql) {
            Some("a change in a common table expression")
        } else if self.sets_key(&sql) {
            Some("a change of the column by which the table is distributed")
        } else if self.locks_rows_of_many(&sql) {
            Some("row locks without the column by which the table is distributed")
        } else if self.joins_coordinator(&sql) {
            Some("a table of the coordinator with one of all nodes")
        } else if sql.contains(" lateral (") && self.names_distributed(&sql) {
            Some("a lateral join")
        } else if self.joins_rows_of_arrays(&sql) {
            Some("rows of arrays without an ordinality")
        } else if sql.contains(IS_NOT_BEING_ERASED) && self.is_of_many(&sql) {
            Some("a subquery without a table, for several nodes")
        } else {
            None
        }
    }

    fn key_of(&self, table: &str) -> Option<&str> {
        self.keys.get(table).copied()
    }

    fn sets_key(&self, sql: &str) -> bool {
        sql.match_indices(" set ").any(|(place, set)| {
            let (before, rest) = sql.split_at(place);
            let key = updated(before).and_then(|table| self.key_of(table));
            let assignments = rest.strip_prefix(set).unwrap_or_default();
            key.is_some_and(|key| assigned(assignments).contains(&key))
        })
    }

    fn locks_rows_of_many(&self, sql: &str) -> bool {
        ROW_LOCKS.iter().any(|lock| sql.contains(lock)) && self.is_of_many(sql)
    }

    /// Whether several nodes may have the rows. A statement for one node compares with the id of one user.
    fn is_of_many(&self, sql: &str) -> bool {
        let is_one =
            |key: &str| sql.contains(&format!("{key} = $")) || sql.contains(&format!("{key} = '"));
        let mut keys = words(sql).filter_map(|word| self.key_of(word)).peekable();
        keys.peek().is_some() && !keys.any(is_one)
    }

    /// Nodes execute a function in FROM only if its rows are numbered. An INSERT takes its rows from the coordinator.
    fn joins_rows_of_arrays(&self, sql: &str) -> bool {
        let is_numbered = |(_, after): (&str, &str)| after.starts_with(" with ordinality");
        let mut functions = sql.split(" unnest(").skip(1);
        !sql.starts_with("insert")
            && self.names_distributed(sql)
            && functions.any(|rest| !rest.split_once(')').is_some_and(is_numbered))
    }

    fn joins_coordinator(&self, sql: &str) -> bool {
        let names = |table: &str| words(sql).any(|word| word == table);
        OF_COORDINATOR.iter().any(|table| names(table)) && self.names_distributed(sql)
    }

    fn names_distributed(&self, sql: &str) -> bool {
        words(sql).any(|word| self.keys.contains_key(word))
    }
}

/// In lower case, without quotes of names, with empty texts and with single spaces. The groups of a UUID are no names:
/// one of them may be `feed`.
fn normalized(sql: &str) -> String {
    let outside_of_texts: Vec<_> = sql.split('\'').step_by(2).collect();
    let sql = outside_of_texts.join("''").to_lowercase().replace('"', "");
    let words: Vec<_> = sql.split_whitespace().collect();
    words.join(" ").replace("( ", "(").replace("as(", "as (")
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
}

fn changes_in_a_cte(sql: &str) -> bool {
    CHANGES.iter().any(|verb| {
        sql.contains(&format!("as ({verb} ")) || sql.contains(&format!("materialized ({verb} "))
    })
}

/// The table whose columns are set; `before` is what stands before SET.
fn updated(before: &str) -> Option<&str> {
    let verb = if before.ends_with(" do update") {
        "insert into "
    } else {
        "update "
    };
    let (_, named) = before.rsplit_once(verb)?;
    named.split([' ', '(']).next()
}

/// The columns that these assignments set.
fn assigned(assignments: &str) -> Vec<&str> {
    let mut columns = Vec::new();
    let mut rest = Some(assignments);
    while let Some((set, value)) = rest.and_then(|rest| rest.split_once('=')) {
        let names = set.trim_matches([' ', '(', ')']);
        columns.extend(names.split(',').map(str::trim));
        rest = after_value(value);
    }
    columns
}

/// What follows the comma after a value; `None` after the last one.
fn after_value(text: &str) -> Option<&str> {
    const ENDS: [&str; 3] = [" from ", " where ", " returning "];
    let mut depth = 0;
    for (place, letter) in text.char_indices() {
        let (_, rest) = text.split_at(place);
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' if depth == 0 => return None,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => return rest.strip_prefix(','),
            ' ' if depth == 0 && ENDS.iter().any(|end| rest.starts_with(end)) => return None,
            _ => {}
        }
    }
    None
}

#[test]
fn what_is_refused_is_found() {
    let layout = Layout::read();
    assert_eq!(layout.key_of("follows"), Some("following_id"));
    assert_eq!(layout.keys.len(), 10);
    for (refused, sql) in [
        ("generic", "SET plan_cache_mode = force_generic_plan"),
        (
            "expression",
            "WITH x AS (\n  INSERT INTO users VALUES ($1) RETURNING 1) SELECT 1 FROM x",
        ),
        (
            "expression",
            "WITH x AS MATERIALIZED (DELETE FROM blocks) SELECT 1",
        ),
        (
            "change of the column",
            "UPDATE \"users\" SET \"revision\" = f($1, 2), \"user_id\" = $2 WHERE TRUE",
        ),
        (
            "change of the column",
            "UPDATE follows SET (status, following_id) = ($1, $2)",
        ),
        (
            "change of the column",
            "INSERT INTO contacts (owner_id) VALUES ($1) ON CONFLICT (owner_id) DO UPDATE SET owner_id = $1",
        ),
        (
            "row locks",
            "SELECT 1 FROM follow_counts WHERE user_id = ANY($1) ORDER BY user_id FOR UPDATE",
        ),
        (
            "row locks",
            "SELECT 1 FROM contacts WHERE contact_id = $1 LIMIT 9 FOR UPDATE SKIP LOCKED",
        ),
        (
            "lateral",
            "SELECT 1 FROM unnest($1) AS asked (id) JOIN LATERAL (SELECT 1 FROM users) AS u ON true",
        ),
        (
            "ordinality",
            "SELECT 1 FROM unnest($1, $2) AS asked (id, other) JOIN users ON users.user_id = asked.id",
        ),
        (
            "without a table",
            "SELECT 1 FROM follows WHERE follower_id = $1 AND \
             ((SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM erasures_under_way)) IS NOT NULL)",
        ),
        (
            "coordinator",
            "INSERT INTO changes (at, user_id) SELECT now(), user_id FROM users",
        ),
    ] {
        let found = layout.refusal(sql).unwrap_or_default();
        assert!(found.contains(refused), "{sql}: {found}");
    }
}

#[test]
fn what_is_not_refused_is_not_found() {
    let layout = Layout::read();
    for sql in [
        "SET lock_timeout = 0",
        "SELECT 1 FROM unnest($1, $2) WITH ORDINALITY AS asked (id, other, place) JOIN users ON user_id = id",
        "INSERT INTO follows SELECT line.* FROM unnest($1, $2) AS line (id, follower_id)",
        "WITH x AS (SELECT 1) INSERT INTO users SELECT 1 FROM x",
        "UPDATE follows SET status = 'accepted', decided_at = $1 WHERE following_id = $2 AND id = $3",
        "INSERT INTO list_counts VALUES ($1) ON CONFLICT (user_id) DO UPDATE SET contacts = list_counts.contacts + 1",
        "SELECT 1 FROM \"follow_counts\" WHERE (\"follow_counts\".\"user_id\" = $1) FOR NO KEY UPDATE",
        "SELECT 1 FROM erasures_under_way WHERE user_id = ANY($1) FOR UPDATE SKIP LOCKED",
        "INSERT INTO changes (at, user_id, kinds) VALUES ($1, $2, $3)",
        "SELECT 1 FROM (SELECT count(*) FROM users WHERE user_id = 'f836cd42-feed-474a-932c-eb64f947ebce') AS held",
        "CREATE TABLE feed (users bigint)",
    ] {
        assert_eq!(layout.refusal(sql), None, "{sql}");
    }
}
