//! The time that answers take does not tell a block from a closed account.

use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::acting::{block, call, close_everything, follow_path};
use crate::support::follows::FOLLOWS;
use crate::support::{Client, Database, Server};

// The number of statements is compared on each store, without HTTP.
in_one_setup![the_time_it_takes_does_not_tell_a_block_from_a_closed_account];

/// Samples of each question. More say no more: what is looked for would be a query.
const SAMPLES: usize = 60;

/// The questions whose handling differs behind a block, in an order that leaves nothing.
const QUESTIONS: [&str; 4] = ["follow", "check", "followers", "unfollow"];

async fn ask(viewer: &Client, owner: &Client, question: &str) -> Duration {
    let id = owner.id();
    let (method, path, status) = match question {
        "follow" => (Method::POST, follow_path(id), 200),
        "unfollow" => (Method::DELETE, follow_path(id), 200),
        "check" => (Method::GET, format!("{FOLLOWS}/check/{id}"), 200),
        _ => (Method::GET, format!("{FOLLOWS}/followers/{id}"), 403),
    };
    let begun = Instant::now();
    let answer = call(viewer, method, &path).await;
    assert_eq!(answer.status, status, "{answer}");
    begun.elapsed()
}

/// For each question the median about each of the two.
async fn medians(viewer: &Client, owners: [&Client; 2]) -> [[Duration; 2]; QUESTIONS.len()] {
    let mut times = QUESTIONS.map(|_| [(); 2].map(|()| Vec::with_capacity(SAMPLES)));
    // In turns, so that whatever else the machine does hits both.
    for _ in 0..SAMPLES {
        for (place, owner) in owners.into_iter().enumerate() {
            for (question, times) in QUESTIONS.into_iter().zip(&mut times) {
                times[place].push(ask(viewer, owner, question).await);
            }
        }
    }
    times.map(|of_question| {
        of_question.map(|mut times| {
            times.sort();
            times[times.len() / 2]
        })
    })
}

async fn the_time_it_takes_does_not_tell_a_block_from_a_closed_account(database: Database) {
    let server = Server::start(&database).await;
    let (alice, closed, blocking) = (server.new_user(), server.new_user(), server.new_user());
    close_everything(&closed).await;
    block(&blocking, &alice).await;
    let mut told = Vec::new();
    // What else the machine does may hit one of them once, but not again and again.
    for _ in 0..5 {
        let medians = medians(&alice, [&closed, &blocking]).await;
        let ratio = |[of_closed, of_blocking]: &[Duration; 2]| {
            of_blocking.as_secs_f64() / of_closed.as_secs_f64()
        };
        let is_noise = |it: &[Duration; 2]| (1.0 / 1.5..1.5).contains(&ratio(it));
        if medians.iter().all(is_noise) {
            return;
        }
        told.push(medians);
    }
    panic!("{QUESTIONS:?}: {told:?}");
}
