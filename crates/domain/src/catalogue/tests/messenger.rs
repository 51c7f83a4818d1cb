//! What the built-in catalogue `messenger` holds.

use super::*;
use crate::catalogue::audience::Audience;

#[test]
fn messenger_holds_core_and_what_messengers_have_besides() {
    let (core, messenger) = (Catalogue::core(), Catalogue::messenger());
    let names = |catalogue: &Catalogue| -> Vec<String> {
        let settings = catalogue.settings().iter();
        settings.map(|it| it.name().to_owned()).collect()
    };
    let (of_core, all) = (names(&core), names(&messenger));
    assert_eq!(all[..of_core.len()], of_core);
    let defaults = messenger.defaults();
    let shown = all[of_core.len()..].iter().map(|name| {
        let (index, _) = messenger.find(name).unwrap();
        (
            name.strip_prefix("messaging.").unwrap(),
            defaults.value(&messenger, index),
        )
    });
    let expected = [
        ("who_can_message", json!("everyone")),
        ("who_can_call", json!("everyone")),
        ("who_can_send_voice_messages", json!("everyone")),
        ("who_can_mention", json!("everyone")),
        ("who_can_see_profile_photo", json!("everyone")),
        ("who_can_see_about", json!("everyone")),
        ("who_can_see_birthday", json!("contacts")),
        ("who_can_see_phone_number", json!("contacts")),
        ("who_can_see_stories", json!("contacts")),
        ("who_can_find_by_phone", json!("everyone")),
        ("who_can_find_by_email", json!("everyone")),
        ("who_can_link_forwards", json!("everyone")),
        ("show_in_search", json!(true)),
    ];
    assert!(shown.eq(expected));
}

#[test]
fn every_audience_of_messenger_takes_all_eight() {
    let messenger = Catalogue::messenger();
    let audiences = Audience::ALL.map(|it| json!(it.as_str()));
    let settings = messenger.settings().iter();
    let of_kind = settings.filter(|it| it.kind() == SettingType::Audience);
    assert_eq!(of_kind.clone().count(), 14);
    for setting in of_kind {
        assert_eq!(setting.values(), audiences, "{}", setting.name());
    }
}

#[test]
fn messenger_adds_an_action_for_each_setting_and_makes_four_reciprocal() {
    let (core, messenger) = (Catalogue::core(), Catalogue::messenger());
    let actions = messenger.actions().iter();
    let reciprocal: Vec<_> = actions
        .filter(|it| it.is_reciprocal())
        .map(ActionRule::name)
        .collect();
    assert_eq!(
        reciprocal,
        [
            "view_online_status",
            "view_last_seen",
            "view_read_receipts",
            "view_typing"
        ]
    );
    let document = messenger.to_document();
    let besides = messenger.actions().iter().skip(core.actions().len());
    let needs: Vec<_> = besides
        .map(|action| {
            (
                action.name(),
                document["actions"][action.name()]["needs"].clone(),
            )
        })
        .collect();
    assert_eq!(
        needs,
        [
            ("send_message", json!(["who_can_message"])),
            ("call", json!(["who_can_call"])),
            ("send_voice_message", json!(["who_can_send_voice_messages"])),
            ("mention", json!(["who_can_mention"])),
            ("view_profile_photo", json!(["who_can_see_profile_photo"])),
            ("view_about", json!(["who_can_see_about"])),
            ("view_birthday", json!(["who_can_see_birthday"])),
            ("view_phone_number", json!(["who_can_see_phone_number"])),
            ("view_stories", json!(["who_can_see_stories"])),
            ("find_by_phone", json!(["who_can_find_by_phone"])),
            ("find_by_email", json!(["who_can_find_by_email"])),
            ("link_forward", json!(["who_can_link_forwards"])),
            ("find_in_search", json!(["show_in_search"])),
        ]
    );
}

#[test]
fn an_operators_catalogue_may_extend_messenger() {
    let catalogue = parse(&json!({
        "extends": "messenger",
        "settings": {"who_can_call": {"values": ["everyone", "nobody"]}},
        "actions": {"call": {"reciprocal": true}},
    }))
    .unwrap();
    let (_, call) = catalogue.find("messaging.who_can_call").unwrap();
    assert_eq!(call.values(), [json!("everyone"), json!("nobody")]);
    assert!(catalogue.find_action("call").unwrap().1.is_reciprocal());
    let told = faults(
        &json!({"extends": "messenger", "settings": {"who_can_call": {"default": "nobody"}}}),
    );
    let expected = "settings.who_can_call.default: a built-in setting may be given other values, title and description only";
    assert_eq!(told, [expected]);
}

#[test]
fn an_action_asks_for_what_its_audiences_may_need() {
    let asks = |catalogue: &Catalogue, name: &str| {
        let (_, rule) = catalogue.find_action(name).unwrap();
        [
            rule.asks_for_contacts(),
            rule.asks_for_follows(),
            rule.asks_for_followed(),
        ]
    };
    assert_eq!(
        asks(&Catalogue::core(), "view_profile"),
        [true, false, false]
    );
    assert_eq!(
        asks(&Catalogue::core(), "view_content"),
        [false, true, false]
    );
    assert_eq!(
        asks(&Catalogue::messenger(), "view_profile"),
        [true, true, true]
    );
    assert_eq!(
        asks(&Catalogue::messenger(), "view_typing"),
        [false, false, false]
    );
}
