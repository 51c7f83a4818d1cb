//! Pages of lists of follows: parameters (a number or a cursor) and the answer.

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

/// The last item that numbered pages reach, because all items before such a page are read. A page by cursor costs
/// the same at any position.
const ITEMS_BY_NUMBER: u16 = 10_000;
const DEFAULT_SIZE: u16 = 20;
const LARGEST_SIZE: u16 = 100;

/// Query parameters that select a page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// The number of the page, from 1. The first item of the page must be among the first 10,000 of the list; use
    /// `cursor` for later pages.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Option<String>,
    /// The number of items on a page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    size: Option<String>,
    /// The `nextCursor` of the previous page, instead of `page`. An empty value counts as absent.
    #[param(value_type = Option<String>, format = "cursor")]
    cursor: Option<String>,
}

/// A requested page.
#[derive(Debug, Clone, Copy)]
pub struct WantedPage {
    /// The part of the list to read.
    pub query: PageQuery,
    /// The number of the page; `None` if a cursor was given.
    number: Option<u16>,
}

impl PageParameters {
    /// The requested page of the owner's list.
    pub fn parse(&self, list: CountedList, owner: UserId) -> Result<WantedPage, ApiError> {
        let mut parameters = Parameters::default();
        // Read before the size, so that errors are reported in this order.
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

/// The number of a page, if numbered pages reach its first item.
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
    /// The entries, newest first.
    items: Vec<FollowResponse>,
    /// The number of the page, from 1; null if `cursor` was given.
    #[schema(required)]
    page: Option<u16>,
    /// The number of items on a full page.
    size: u32,
    /// The number of items on all pages.
    total_items: u64,
    /// The number of pages.
    total_pages: u64,
    /// The cursor of the next page; null at the end of the list.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl FollowPageResponse {
    /// The result of reading a page.
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
