//! Which page of a list of follows is wanted, by its number or by a cursor, and the page as it is answered.

use std::num::NonZeroU16;

use privet_application::relationships::follows::{
    CountedList, FollowListPage, PageQuery, PageStart,
};
use privet_domain::UserId;
use privet_http_core::errors::ApiError;
use privet_http_core::request::cursor::{self, List};
use privet_http_core::request::parameters::{Parameters, whole_number};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::FollowResponse;

/// What comes before a numbered page is read, so numbers end here. A cursor costs the same everywhere.
const ITEMS_BY_NUMBER: u16 = 10_000;
const DEFAULT_SIZE: u16 = 20;
const LARGEST_SIZE: u16 = 100;

/// Which page is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// From 1. The first item of the page must be among the first 10,000 of the list; `cursor` leads beyond.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Option<String>,
    /// Items on a page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    size: Option<String>,
    /// Where to go on, in place of `page`: the `nextCursor` of the page before. Empty counts as left out.
    #[param(value_type = Option<String>, format = "cursor")]
    cursor: Option<String>,
}

/// A page that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct WantedPage {
    /// What is to be read.
    pub query: PageQuery,
    /// The page's number; `None` where a cursor says where it begins.
    number: Option<u16>,
}

impl PageParameters {
    /// The wanted page of the owner's list.
    pub fn parse(&self, list: CountedList, owner: UserId) -> Result<WantedPage, ApiError> {
        let mut parameters = Parameters::default();
        // Read before the size, which bounds it, so that mistakes are told in this order.
        let size = self.size.as_deref().unwrap_or_default();
        let bound = whole_number(size, 1..=LARGEST_SIZE).unwrap_or(DEFAULT_SIZE);
        let page = parameters.read("page", self.page.as_ref(), |text| page_number(text, bound));
        let size = parameters.read("size", self.size.as_ref(), |text| {
            whole_number(text, 1..=LARGEST_SIZE)
        });
        let size = size.unwrap_or(DEFAULT_SIZE);
        let cursors = cursors_of(list, owner);
        let behind = parameters.read_cursor(self.cursor.as_ref(), |text| {
            cursor::decode_position(cursors, text)
        });
        if behind.is_some() && self.page.is_some() {
            parameters.refuse("cursor", "cannot be combined with page");
        }
        let (start, number) = match behind {
            Some(position) => (PageStart::Behind(position), None),
            None => start_of(page.unwrap_or(1), size),
        };
        let query = PageQuery {
            owner,
            list,
            start,
            limit: size.into(),
        };
        parameters.finish(WantedPage { query, number })
    }
}

/// A page's number, if its first item is among those that numbers reach.
fn page_number(text: &str, size: u16) -> Result<u16, String> {
    whole_number(text, 1..=ITEMS_BY_NUMBER.div_ceil(size)).map_err(|message| {
        format!("{message}; cursor leads beyond the first {ITEMS_BY_NUMBER} items")
    })
}

fn start_of(page: u16, size: u16) -> (PageStart, Option<u16>) {
    let items_before = page.saturating_sub(1).saturating_mul(size);
    let start = NonZeroU16::new(items_before).map_or(PageStart::First, PageStart::BehindItem);
    (start, Some(page))
}

const fn cursors_of(list: CountedList, owner: UserId) -> List {
    match list {
        CountedList::Followers => List::Followers(owner),
        CountedList::Following => List::Following(owner),
        CountedList::RequestsReceived => List::FollowRequests(owner),
    }
}

/// A page of follows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowPageResponse {
    /// Newest first.
    items: Vec<FollowResponse>,
    /// The page's number, from 1; null where the page was asked for by `cursor`.
    #[schema(required)]
    page: Option<u16>,
    /// How many items a full page has.
    size: u32,
    /// How many items there are on all pages.
    total_items: u64,
    /// How many pages there are.
    total_pages: u64,
    /// Where to go on; null at the end of the list.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl FollowPageResponse {
    /// What was found of a wanted page.
    pub fn new(wanted: WantedPage, found: FollowListPage) -> Self {
        let PageQuery {
            owner, list, limit, ..
        } = wanted.query;
        let next = found.part.next;
        let items = found.part.items.into_iter();
        Self {
            items: items.map(FollowResponse::from).collect(),
            page: wanted.number,
            size: limit,
            total_items: found.total,
            total_pages: found.total.div_ceil(limit.into()),
            next_cursor: next.map(|next| cursor::encode_position(cursors_of(list, owner), next)),
        }
    }
}
