//! Cursors: the first byte selects the list, the rest is the text of a client.

use privet_application::relationships::Position;
use privet_domain::{Timestamp, UserId};
use privet_http_core::request::cursor::{
    List, decode_id, decode_position, encode_id, encode_position,
};
use uuid::Uuid;

const OWNER: UserId = UserId::from_uuid(Uuid::from_u128(1));
const LISTS: [List; 7] = [
    List::Audit,
    List::Contacts,
    List::Blocks,
    List::Followers(OWNER),
    List::Followers(UserId::from_uuid(Uuid::from_u128(2))),
    List::Following(OWNER),
    List::FollowRequests(OWNER),
];

/// An accepted cursor is exactly one that was created for that list. A created cursor decodes to its position.
pub fn cursor(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let list = LISTS.into_iter().cycle().nth(usize::from(*first));
    let list = list.expect("it goes round");
    if let Ok(text) = str::from_utf8(rest) {
        assert_is_one_of_ours(list, text);
    }
    if let Some((id, rest)) = rest.split_first_chunk::<16>() {
        let micros = rest.first_chunk().copied().map_or(0, i64::from_be_bytes);
        assert_leads_back(list, Uuid::from_bytes(*id), micros);
    }
}

fn assert_is_one_of_ours(list: List, text: &str) {
    let (id, position) = (decode_id(list, text), decode_position(list, text));
    if let Some(id) = id {
        assert_eq!(encode_id(list, id), text);
    }
    if let Some(position) = position {
        assert_eq!(encode_position(list, position), text);
        let years = position.at.to_string();
        assert!(("1970"..="9999").contains(&&years[..4]), "{years}");
    }
    assert!(id.is_none() || position.is_none(), "{text} is two cursors");
    if id.is_some() || position.is_some() {
        for other in LISTS.into_iter().filter(|other| *other != list) {
            assert_eq!(decode_id(other, text), None);
            assert_eq!(decode_position(other, text), None);
        }
    }
}

fn assert_leads_back(list: List, id: Uuid, micros: i64) {
    assert_eq!(decode_id(list, &encode_id(list, id)), Some(id));
    let micros = micros.unsigned_abs() % 253_402_300_800_000_000;
    let at = Timestamp::from_micros(i64::try_from(micros).expect("below the year 10000"));
    let at = at.expect("within the years that can be written");
    let position = Position { at, id };
    let cursor = encode_position(list, position);
    assert_eq!(decode_position(list, &cursor), Some(position));
}
