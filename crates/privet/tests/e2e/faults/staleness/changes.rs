//! Changes, and the decision that each of them must lead to at once.

use crate::support::acting::{
    accept, add_contact, block, erase, follow, remove_contact, set, unblock, unfollow,
};
use crate::support::{Client, Server};

/// Somebody whose settings change, and somebody who would see something.
pub struct Pair {
    /// Who would see something.
    pub viewer: Client,
    /// Whose settings change.
    pub subject: Client,
}

impl Pair {
    /// Two new users, between whom every change shows: the subject is private and in groups for contacts
    /// only, and the viewer has added them already.
    pub async fn prepare(server: &Server) -> Self {
        let (viewer, subject) = (server.new_user(), server.new_user());
        set(&subject, "isPrivate", true).await;
        set(&subject, "who_can_add_to_groups", "contacts").await;
        add_contact(&viewer, &subject).await;
        Self { viewer, subject }
    }
}

/// A change.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    HideLastSeen,
    ShowLastSeen,
    CloseProfile,
    OpenProfile,
    HideReceipts,
    ShowReceipts,
    RefuseEmail,
    TakeEmail,
    AddContact,
    RemoveContact,
    AcceptFollow,
    EndFollow,
    GoPublic,
    GoPrivate,
    Block,
    Unblock,
    Erase,
}

/// Every change there is: first forth and then back, in the end for good.
pub fn everything() -> [&'static [Step]; 8] {
    use Step::{
        AcceptFollow, AddContact, Block, CloseProfile, EndFollow, Erase, GoPrivate, GoPublic,
        HideLastSeen, HideReceipts, OpenProfile, RefuseEmail, RemoveContact, ShowLastSeen,
        ShowReceipts, TakeEmail, Unblock,
    };
    [
        &[HideLastSeen, ShowLastSeen],
        &[CloseProfile, OpenProfile],
        &[HideReceipts, ShowReceipts],
        &[RefuseEmail, TakeEmail],
        &[AddContact, RemoveContact],
        &[AcceptFollow, EndFollow],
        &[GoPublic, GoPrivate],
        &[Block, Unblock, Erase],
    ]
}

impl Step {
    /// Makes the change and waits for its answer.
    pub async fn make(self, Pair { viewer, subject }: &Pair) {
        match self {
            Self::HideLastSeen => set(subject, "show_last_seen", false).await,
            Self::ShowLastSeen => set(subject, "show_last_seen", true).await,
            Self::CloseProfile => set(subject, "who_can_see_profile", "nobody").await,
            Self::OpenProfile => set(subject, "who_can_see_profile", "everyone").await,
            Self::HideReceipts => set(subject, "show_read_receipts", false).await,
            Self::ShowReceipts => set(subject, "show_read_receipts", true).await,
            Self::RefuseEmail => set(subject, "allow_email_contact", false).await,
            Self::TakeEmail => set(subject, "allow_email_contact", true).await,
            Self::AddContact => add_contact(subject, viewer).await,
            Self::RemoveContact => remove_contact(subject, viewer).await,
            Self::AcceptFollow => {
                let request = follow(viewer, subject).await;
                accept(subject, &request).await;
            }
            Self::EndFollow => unfollow(viewer, subject).await,
            Self::GoPublic => set(subject, "isPrivate", false).await,
            Self::GoPrivate => set(subject, "isPrivate", true).await,
            Self::Block => block(subject, viewer).await,
            Self::Unblock => unblock(subject, viewer).await,
            Self::Erase => erase(subject).await,
        }
    }

    /// An action that the change decides, whether it is allowed from then on, and why.
    pub const fn expected(self) -> (&'static str, bool, &'static str) {
        match self {
            Self::HideLastSeen => ("view_last_seen", false, "setting_off"),
            Self::ShowLastSeen => ("view_last_seen", true, "everyone"),
            Self::CloseProfile => ("view_profile", false, "nobody"),
            Self::OpenProfile => ("view_profile", true, "everyone"),
            Self::HideReceipts => ("view_read_receipts", false, "setting_off"),
            Self::ShowReceipts => ("view_read_receipts", true, "setting_on"),
            Self::RefuseEmail => ("send_email", false, "setting_off"),
            Self::TakeEmail => ("send_email", true, "setting_on"),
            Self::AddContact => ("add_to_group", true, "mutual_contact"),
            Self::RemoveContact => ("add_to_group", false, "not_a_contact"),
            Self::AcceptFollow => ("view_content", true, "accepted_follower"),
            Self::EndFollow => ("view_content", false, "private_account"),
            Self::GoPublic => ("follow_without_approval", true, "public_account"),
            Self::GoPrivate => ("follow_without_approval", false, "private_account"),
            Self::Block => ("view_typing", false, "blocked"),
            Self::Unblock => ("view_typing", true, "setting_on"),
            Self::Erase => ("view_typing", false, "erased"),
        }
    }
}
