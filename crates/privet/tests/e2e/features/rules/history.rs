//! Whatever four users do to each other, in whatever order: every decision afterwards is the one that a
//! model of the contract makes, which keeps plain tables and knows nothing of Privet's code. What fails
//! is shrunk to the shortest list of steps that still does.

mod model;
mod steps;

use std::collections::BTreeMap;

use proptest::prop_assert_eq;
use proptest::test_runner::{Config, TestCaseResult, TestError, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{
    accept_path, block_path, contact_path, exceptions_path, follow_path, try_set,
};
use crate::support::asking::{ACTIONS, Decision, admin_check, check, decide, service, with_scope};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::{Answer, Client, Database, Server, new_user_id};

use model::Model;
use steps::{Step, User};

in_every_setup![every_decision_after_any_history_is_the_models];

/// How many histories, unless `PROPTEST_CASES` says.
const CASES: u32 = 40;

/// The actions that are asked about: those of the contract, and two of the catalogue `messenger`.
const ASKED: [&str; 11] = {
    let mut asked = ["call"; 11];
    let mut place = 0;
    while place < ACTIONS.len() {
        asked[place] = ACTIONS[place];
        place += 1;
    }
    asked[10] = "view_stories";
    asked
};

/// The catalogue `messenger`, and a layer for minors.
fn catalogue() -> Value {
    json!({
        "extends": "messenger",
        "cohorts": {"minor": {"description": "Under 18."}},
        "layers": [{"name": "minors", "cohort": "minor",
            "defaults": {"account.is_private": true, "messaging.who_can_call": "contacts"},
            "allowed": {"account.is_private": [true],
                "messaging.who_can_call": ["contacts", "close_friends", "nobody"]}}],
    })
}

async fn every_decision_after_any_history_is_the_models(database: Database) {
    let file = catalogue_file(&catalogue());
    let server = start_with_catalogue(&database, &file).await;
    let cases = std::env::var("PROPTEST_CASES").ok();
    let mut runner = TestRunner::new(Config {
        cases: cases.map_or(CASES, |cases| cases.parse().unwrap()),
        failure_persistence: None,
        max_shrink_iters: 500,
        ..Config::default()
    });
    let runtime = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        let play = |steps: Vec<Step>| runtime.block_on(play(&server, &steps));
        runner.run(&steps::history(), play)
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, steps)) => panic!("{steps:?}: {why}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

/// Plays one history with users of its own, comparing after each step, and in the end what blocks and
/// open settings may have hidden.
async fn play(server: &Server, steps: &[Step]) -> TestCaseResult {
    let mut world = World::new(server);
    let mut model = Model::default();
    for step in steps {
        compare_answers(*step, &mut world, &mut model).await?;
        compare_decisions(&format!("after {step:?}"), &world, &model).await?;
    }
    compare_explanations(&world, &model).await?;
    for step in steps::uncovering() {
        compare_answers(step, &mut world, &mut model).await?;
    }
    compare_decisions("in the end, uncovered", &world, &model).await
}

async fn compare_answers(step: Step, world: &mut World, model: &mut Model) -> TestCaseResult {
    let told = world.take(step).await;
    let expected = model.take(step);
    prop_assert_eq!(told, expected, "the answer to {:?}, and the model's", step);
    Ok(())
}

async fn compare_decisions(when: &str, world: &World, model: &Model) -> TestCaseResult {
    for ((question, told), expected) in world.decisions().await.into_iter().zip(model.decisions()) {
        prop_assert_eq!(told, expected, "{}, {}, and the model's", when, question);
    }
    Ok(())
}

/// What each owner is told about each viewer: the same that a service is told, and nothing about and to the erased.
async fn compare_explanations(world: &World, model: &Model) -> TestCaseResult {
    for owner in User::ALL {
        for viewer in User::ALL {
            let told = world.explanation(owner, viewer).await;
            let expected = model.explanation(owner, viewer);
            prop_assert_eq!(told, expected, "what {:?} is told of {:?}", owner, viewer);
        }
    }
    Ok(())
}

/// What is asked after each step: every viewer, subject and action, as administrator and not.
fn questions() -> impl Iterator<Item = (User, User, &'static str, bool)> {
    let pairs = User::ALL
        .into_iter()
        .flat_map(|viewer| User::ALL.map(|subject| (viewer, subject)));
    pairs.flat_map(|(viewer, subject)| {
        let actions = ASKED.into_iter();
        actions.flat_map(move |action| {
            [false, true].map(|is_admin| (viewer, subject, action, is_admin))
        })
    })
}

/// What an answer says: its status, and what became of a wish to follow.
type Told = (u16, Option<String>);

/// The users as the server knows them.
struct World {
    users: BTreeMap<User, Client>,
    service: Client,
    eraser: Client,
    classifier: Client,
    /// The last follow of one by the other, whether or not it still stands.
    follows: BTreeMap<(User, User), String>,
}

impl World {
    fn new(server: &Server) -> Self {
        Self {
            users: User::ALL.map(|user| (user, server.new_user())).into(),
            service: service(server),
            eraser: with_scope(server, "users:erase"),
            classifier: with_scope(server, "users:classify"),
            follows: BTreeMap::new(),
        }
    }

    async fn take(&mut self, step: Step) -> Told {
        match step {
            Step::Contact(owner, other) => self.call(owner, Method::PUT, other, contact_path).await,
            Step::Uncontact(owner, other) => {
                self.call(owner, Method::DELETE, other, contact_path).await
            }
            Step::Block(owner, other) => self.call(owner, Method::PUT, other, block_path).await,
            Step::Unblock(owner, other) => {
                self.call(owner, Method::DELETE, other, block_path).await
            }
            Step::Follow(follower, other) => self.follow(follower, other).await,
            Step::Unfollow(follower, other) => {
                self.call(follower, Method::DELETE, other, follow_path)
                    .await
            }
            Step::RemoveFollower(owner, follower) => {
                let path = |id| follow_path(id).replace("/follows/", "/follows/followers/");
                self.call(owner, Method::DELETE, follower, path).await
            }
            Step::Accept(asked, by) => self.decide_request(asked, by, true).await,
            Step::Decline(asked, by) => self.decide_request(asked, by, false).await,
            Step::Mark(owner, other, close_friend) => {
                let path = contact_path(self.users[&other].id());
                let body = json!({"close_friend": close_friend});
                told(&self.users[&owner].patch(&path, body).await)
            }
            Step::Except(owner, other, exceptions) => {
                let named = |always| json!(if always { "always" } else { "never" });
                let exceptions = exceptions.map(|(action, it)| (action.to_owned(), named(it)));
                let exceptions: Value = exceptions.into_iter().collect();
                let body = json!({"exceptions": exceptions});
                let path = exceptions_path(self.users[&other].id());
                told(&self.users[&owner].put(&path, body).await)
            }
            Step::Unexcept(owner, other) => {
                self.call(owner, Method::DELETE, other, exceptions_path)
                    .await
            }
            Step::Classify(user, is_minor) => {
                let cohorts = if is_minor {
                    json!(["minor"])
                } else {
                    json!([])
                };
                let path = format!("/api/v1/admin/users/{}/cohorts", self.users[&user].id());
                let body = json!({"cohorts": cohorts});
                told(&self.classifier.put(&path, body).await)
            }
            Step::Set(user, setting) => {
                let (name, value) = setting.named();
                told(&try_set(&self.users[&user], name, value).await)
            }
            Step::Leave(user) => {
                let leaving = self.users[&user].request(Method::DELETE, "/api/v1/users/me");
                told(&leaving.send().await)
            }
            Step::Erase(user) => {
                let path = format!("/api/v1/users/{}", self.users[&user].id());
                told(&self.eraser.request(Method::DELETE, &path).send().await)
            }
        }
    }

    async fn call(
        &self,
        actor: User,
        method: Method,
        other: User,
        path: impl Fn(Uuid) -> String,
    ) -> Told {
        let path = path(self.users[&other].id());
        told(&self.users[&actor].request(method, &path).send().await)
    }

    async fn follow(&mut self, follower: User, other: User) -> Told {
        let path = follow_path(self.users[&other].id());
        let request = self.users[&follower].request(Method::POST, &path);
        let answer = request.send().await;
        if answer.status != 200 {
            return told(&answer);
        }
        let mut data = answer.json()["data"].take();
        let text = |value: Value| value.as_str().unwrap().to_owned();
        self.follows
            .insert((follower, other), text(data["id"].take()));
        (200, Some(text(data["status"].take())))
    }

    async fn decide_request(&self, asked: User, by: User, accepts: bool) -> Told {
        let id = self.follows.get(&(by, asked)).cloned();
        let path = accept_path(&id.unwrap_or_else(|| new_user_id().to_string()));
        let (method, path) = if accepts {
            (Method::POST, path)
        } else {
            (Method::DELETE, path.replace("/accept", "/decline"))
        };
        told(&self.users[&asked].request(method, &path).send().await)
    }

    /// The decisions for the viewer on [`ASKED`], as the owner is told them; else the status.
    async fn explanation(&self, owner: User, viewer: User) -> Result<Vec<Decision>, u16> {
        let path = format!(
            "/api/v1/privacy/explain?viewer={}",
            self.users[&viewer].id()
        );
        let answer = self.users[&owner].get(&path).await;
        if answer.status != 200 {
            return Err(answer.status);
        }
        let explained = answer.json()["decisions"].take();
        let decision = |action: &str| {
            let reason = explained[action]["reason"].as_str().unwrap();
            let allowed = explained[action]["allowed"].as_bool().unwrap();
            (allowed, reason.to_owned())
        };
        Ok(ASKED.map(decision).into())
    }

    /// Every decision, with the question in words.
    async fn decisions(&self) -> Vec<(String, Decision)> {
        let checks = questions().map(|(viewer, subject, action, is_admin)| {
            let (viewer, subject) = (self.users[&viewer].id(), self.users[&subject].id());
            if is_admin {
                admin_check(viewer, subject, action)
            } else {
                check(viewer, subject, action)
            }
        });
        let words = questions().map(|(viewer, subject, action, is_admin)| {
            let who = if is_admin { ", an administrator," } else { "" };
            format!("whether {viewer:?}{who} may {action} of {subject:?}")
        });
        let decisions = decide(&self.service, checks.collect()).await;
        words.zip(decisions).collect()
    }
}

fn told(answer: &Answer) -> Told {
    (answer.status, None)
}
