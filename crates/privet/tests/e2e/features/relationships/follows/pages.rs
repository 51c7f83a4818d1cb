//! The pages of the three lists: their shape and their bounds.

use serde_json::{Value, json};

use crate::support::acting::{set, unfollow};
use crate::support::follows::{FOLLOWS, data, made, stats};
use crate::support::settings::id;
use crate::support::shapes::assert_error_type;
use crate::support::{Answer, Client, Database, Server, new_user_id};

in_one_setup![
    a_list_without_anybody_is_an_empty_page,
    twenty_come_where_no_size_is_named,
    pages_have_the_wanted_size_and_say_how_many_there_are,
    a_page_behind_the_last_is_empty,
    the_largest_page_has_a_hundred,
    a_page_or_a_size_out_of_bounds_is_refused,
    every_mistake_in_the_query_is_told_at_once,
    a_parameter_that_is_given_twice_is_refused_by_its_name,
    somebody_who_leaves_is_counted_no_more,
];

/// The lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Followers,
    Following,
    Pending,
}

impl List {
    pub const ALL: [Self; 3] = [Self::Followers, Self::Following, Self::Pending];

    pub fn path(self, owner: &Client) -> String {
        match self {
            Self::Followers => format!("{FOLLOWS}/followers/{}", owner.id()),
            Self::Following => format!("{FOLLOWS}/following/{}", owner.id()),
            Self::Pending => format!("{FOLLOWS}/requests/pending"),
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Followers => "Followers retrieved successfully",
            Self::Following => "Following retrieved successfully",
            Self::Pending => "Pending requests retrieved successfully",
        }
    }

    /// Puts so many on the owner's list, and answers them, newest first.
    pub async fn fill(self, server: &Server, owner: &Client, count: usize) -> Vec<Value> {
        set(owner, "isPrivate", self == Self::Pending).await;
        let mut follows = Vec::new();
        for _ in 0..count {
            let other = server.user(new_user_id());
            let follow = match self {
                Self::Following => made(owner, &other).await,
                Self::Followers | Self::Pending => made(&other, owner).await,
            };
            follows.insert(0, follow);
        }
        follows
    }

    /// A page, which must be in the shape of the contract.
    pub async fn answered(self, owner: &Client, query: &str) -> Value {
        let answer = owner.get(&format!("{}{query}", self.path(owner))).await;
        let page = data(&answer, self.message());
        let whole = json!({"items": page["items"], "page": page["page"], "size": page["size"],
            "totalItems": page["totalItems"], "totalPages": page["totalPages"],
            "nextCursor": page["nextCursor"]});
        assert_eq!(page, whole);
        page
    }

    /// A numbered page without its cursor, which it must have unless it is the last.
    async fn page(self, owner: &Client, query: &str) -> Value {
        let mut page = self.answered(owner, query).await;
        let is_last = page["page"].as_u64() >= page["totalPages"].as_u64();
        assert_eq!(page["nextCursor"].is_null(), is_last, "{page}");
        page.as_object_mut().unwrap().remove("nextCursor");
        page
    }
}

async fn a_list_without_anybody_is_an_empty_page(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for list in List::ALL {
        let empty = json!({"items": [], "page": 1, "size": 20, "totalItems": 0, "totalPages": 0});
        assert_eq!(list.page(&alice, "").await, empty, "{list:?}");
    }
}

async fn twenty_come_where_no_size_is_named(database: Database) {
    let server = Server::start(&database).await;
    for list in List::ALL {
        let alice = server.new_user();
        let follows = list.fill(&server, &alice, 21).await;
        let first = json!({"items": follows[..20], "page": 1, "size": 20, "totalItems": 21,
            "totalPages": 2});
        let second = json!({"items": follows[20..], "page": 2, "size": 20, "totalItems": 21,
            "totalPages": 2});
        for query in ["", "?page=1"] {
            assert_eq!(list.page(&alice, query).await, first, "{list:?} {query}");
        }
        assert_eq!(list.page(&alice, "?page=2").await, second, "{list:?}");
    }
}

async fn pages_have_the_wanted_size_and_say_how_many_there_are(database: Database) {
    let server = Server::start(&database).await;
    for list in List::ALL {
        let alice = server.new_user();
        let follows = list.fill(&server, &alice, 7).await;
        for size in [1, 2, 3, 6, 7, 8, 100] {
            let mut found = Vec::new();
            for number in 1..=7_usize.div_ceil(size) {
                let query = format!("?page={number}&size={size}");
                let page = list.page(&alice, &query).await;
                let items = page["items"].as_array().unwrap().clone();
                let expected = json!({"items": items, "page": number, "size": size,
                    "totalItems": 7, "totalPages": 7_usize.div_ceil(size)});
                assert_eq!(page, expected, "{list:?} {query}");
                found.extend(items);
            }
            assert_eq!(found, follows, "{list:?} by {size}");
        }
    }
}

async fn a_page_behind_the_last_is_empty(database: Database) {
    let server = Server::start(&database).await;
    for list in List::ALL {
        let alice = server.new_user();
        list.fill(&server, &alice, 3).await;
        for (size, numbers) in [(2, [3_u64, 4, 5_000]), (100, [2, 3, 100])] {
            for number in numbers {
                let query = format!("?page={number}&size={size}");
                let expected = json!({"items": [], "page": number, "size": size,
                    "totalItems": 3, "totalPages": 3_u64.div_ceil(size)});
                assert_eq!(list.page(&alice, &query).await, expected, "{list:?}");
            }
        }
    }
}

async fn the_largest_page_has_a_hundred(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let follows = List::Followers.fill(&server, &alice, 101).await;
    let page = List::Followers.page(&alice, "?size=100").await;
    assert_eq!(page["items"], json!(follows[..100]));
    assert_eq!(page["totalPages"], 2);
}

/// Which parameters an answer, which must be a refusal in the envelope, complains of.
pub fn refused(answer: &Answer, path: &str) -> Vec<String> {
    assert_eq!(answer.status, 400, "{answer}");
    assert_error_type(answer, path);
    let body = answer.json();
    let whole = json!({"success": false, "httpStatus": "BAD_REQUEST", "message": body["message"],
        "action_time": body["action_time"], "data": body["data"]});
    assert_eq!(body, whole, "{answer}");
    crate::support::settings::names(&body["data"])
}

async fn a_page_or_a_size_out_of_bounds_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for list in List::ALL {
        let path = list.path(&alice);
        for wrong in [
            "0",
            "-1",
            "%2B1",
            "1.5",
            "1e1",
            "abc",
            "%20",
            "10001",
            "9007199254740992",
            "99999999999999999999",
        ] {
            for parameter in ["page", "size"] {
                let answer = alice.get(&format!("{path}?{parameter}={wrong}")).await;
                assert_eq!(refused(&answer, &path), [parameter], "{wrong}");
            }
        }
        let answer = alice.get(&format!("{path}?size=101")).await;
        assert_eq!(refused(&answer, &path), ["size"]);
        let message = &answer.json()["data"]["size"];
        assert_eq!(message, "must be a whole number from 1 to 100");
    }
}

async fn every_mistake_in_the_query_is_told_at_once(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for list in List::ALL {
        let path = list.path(&alice);
        let answer = alice.get(&format!("{path}?page=0&size=0")).await;
        assert_eq!(refused(&answer, &path), ["page", "size"]);
        let told = "page: must be a whole number from 1 to 500; cursor leads beyond the first 10000 \
            items; size: must be a whole number from 1 to 100";
        assert_eq!(answer.json()["message"], told);
    }
}

async fn a_parameter_that_is_given_twice_is_refused_by_its_name(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let path = List::Followers.path(&alice);
    let answer = alice
        .get(&format!("{path}?x=1&x=2&size=1&page=1&page=1"))
        .await;
    assert_eq!(refused(&answer, &path), ["page"]);
    assert_eq!(answer.json()["message"], "page: may be given only once");
    let answer = alice.get("/api/v1/contacts?limit=1&limit=2").await;
    assert_eq!(answer.status, 400, "{answer}");
    assert_eq!(answer.json()["errors"][0]["field"], "limit", "{answer}");
}

async fn somebody_who_leaves_is_counted_no_more(database: Database) {
    let server = Server::start(&database).await;
    for list in [List::Followers, List::Pending] {
        let alice = server.new_user();
        let mut follows = list.fill(&server, &alice, 3).await;
        let gone = follows.remove(1);
        unfollow(&server.user(id(&gone["followerId"])), &alice).await;
        let page = list.page(&alice, "?size=2").await;
        let expected = json!({"items": follows, "page": 1, "size": 2, "totalItems": 2,
            "totalPages": 1});
        assert_eq!(page, expected, "{list:?}");
        let counted = &stats(&alice, &alice).await;
        let number = match list {
            List::Pending => &counted["pendingRequestsCount"],
            List::Followers | List::Following => &counted["followersCount"],
        };
        assert_eq!(number, 2);
    }
}
