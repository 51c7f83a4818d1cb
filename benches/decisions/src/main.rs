//! How long one decision takes by `privet_domain::rules::decisions::decide`, and by Cedar on the same policy and
//! the same facts. Both must agree on every case before the clock runs.

use std::collections::HashMap;
use std::hint::black_box;
use std::str::FromStr;
use std::time::Instant;

use anyhow::ensure;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression,
};
use privet_domain::catalogue::audience::Audience;
use privet_domain::catalogue::{ActionRule, Catalogue, Choices};
use privet_domain::rules::decisions::{Facts, Relationship, decide};
use serde_json::{Map, Value, json};

const ROUNDS: usize = 21;
/// Enough of ours for a millisecond or more.
const REPEATS_OF_OURS: usize = 200;

/// A question put to both.
struct Case<'a> {
    rule: &'a ActionRule,
    facts: Facts,
    viewer_is_admin: bool,
    request: Request,
    entities: Entities,
}

fn main() -> anyhow::Result<()> {
    let policies = PolicySet::from_str(include_str!("../policy.cedar"))?;
    let authorizer = Authorizer::new();
    let catalogue = Catalogue::core();
    let cases = cases(&catalogue)?;
    for case in &cases {
        let ours = decide(case.rule, &case.facts, case.viewer_is_admin).allowed;
        let answer = authorizer.is_authorized(&case.request, &policies, &case.entities);
        let theirs = answer.decision() == Decision::Allow;
        ensure!(
            ours == theirs,
            "{} {:?}: {ours}",
            case.rule.name(),
            case.facts
        );
    }
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..ROUNDS {
        ours.push(nanoseconds(cases.len() * REPEATS_OF_OURS, || {
            for _ in 0..REPEATS_OF_OURS {
                for case in &cases {
                    let case = black_box(case);
                    black_box(decide(case.rule, &case.facts, case.viewer_is_admin));
                }
            }
        }));
        theirs.push(nanoseconds(cases.len(), || {
            for case in &cases {
                let case = black_box(case);
                black_box(authorizer.is_authorized(&case.request, &policies, &case.entities));
            }
        }));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("\n| | ns a decision | ratio |");
    println!("|---|--:|--:|");
    println!("| the rule | {ours:.1} | 1 |");
    println!(
        "| Cedar, the same policy and facts | {theirs:.0} | {:.0} |",
        theirs / ours
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn nanoseconds(decisions: usize, work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_nanos() as f64 / decisions as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Every action with settings and relationships of all kinds.
fn cases(catalogue: &Catalogue) -> anyhow::Result<Vec<Case<'_>>> {
    let mut cases = Vec::new();
    for rule in catalogue.actions() {
        for profile in Audience::ALL {
            for bits in 0..64_u32 {
                cases.push(case(catalogue, rule, profile, bits)?);
            }
        }
    }
    Ok(cases)
}

fn case<'a>(
    catalogue: &Catalogue,
    rule: &'a ActionRule,
    audience: Audience,
    bits: u32,
) -> anyhow::Result<Case<'a>> {
    let bit = |place: u32| bits >> place & 1 == 1;
    let chosen = [
        ("account.is_private", json!(bit(0))),
        ("email.allow_email_contact", json!(bit(1))),
        ("messaging.show_read_receipts", json!(bit(1))),
        ("messaging.show_last_seen", json!(bit(0))),
        ("messaging.show_typing_indicator", json!(bit(1))),
        ("messaging.who_can_see_profile", json!(audience.as_str())),
        ("messaging.who_can_add_to_groups", json!(audience.as_str())),
    ];
    let chosen: Map<String, Value> = chosen
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let choices = Choices::from_stored(chosen.clone());
    let relationship = Relationship {
        is_oneself: false,
        is_erased: bit(2) && bit(3),
        is_blocked: bit(2) && !bit(3),
        are_mutual_contacts: bit(4),
        is_accepted_follower: bit(4),
    };
    let facts = Facts {
        settings: catalogue.in_force(&choices),
        relationship,
    };
    let viewer_is_admin = bit(5);
    let viewer = uid("User", "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d")?;
    let subject = uid("User", "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c")?;
    let request = Request::new(
        viewer,
        uid("Action", rule.name())?,
        subject.clone(),
        context(relationship, viewer_is_admin)?,
        None,
    )?;
    Ok(Case {
        rule,
        facts,
        viewer_is_admin,
        request,
        entities: Entities::from_entities([entity(subject, &chosen)?], None)?,
    })
}

fn uid(kind: &str, id: &str) -> anyhow::Result<EntityUid> {
    let kind = EntityTypeName::from_str(kind)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn context(relationship: Relationship, viewer_is_admin: bool) -> anyhow::Result<Context> {
    let flags = [
        ("is_erased", relationship.is_erased),
        ("is_blocked", relationship.is_blocked),
        ("are_mutual_contacts", relationship.are_mutual_contacts),
        ("is_accepted_follower", relationship.is_accepted_follower),
        ("viewer_is_admin", viewer_is_admin),
    ];
    let pairs = flags.map(|(name, value)| (name.to_owned(), RestrictedExpression::new_bool(value)));
    Ok(Context::from_pairs(pairs)?)
}

/// The attributes of the user in Cedar: the settings by their names without the family.
fn entity(uid: EntityUid, chosen: &Map<String, Value>) -> anyhow::Result<Entity> {
    let attribute = |(name, value): (&String, &Value)| {
        let name = name.split_once('.').map_or(name.as_str(), |(_, key)| key);
        let value = match value {
            Value::Bool(flag) => RestrictedExpression::new_bool(*flag),
            other => {
                RestrictedExpression::new_string(other.as_str().unwrap_or_default().to_owned())
            }
        };
        (name.to_owned(), value)
    };
    let attributes: HashMap<_, _> = chosen.iter().map(attribute).collect();
    Ok(Entity::new(uid, attributes, [].into())?)
}
