//! The actions that the program itself asks about.

/// An action of the built-in catalogue that enforcement or a list depends on. Every catalogue has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreAction {
    /// See the profile.
    ViewProfile,
    /// See whether the subject is there now.
    ViewOnlineStatus,
    /// See when the subject was last there.
    ViewLastSeen,
    /// Learn that the subject read a message.
    ViewReadReceipts,
    /// Learn that the subject is typing.
    ViewTyping,
    /// Add the subject to a group.
    AddToGroup,
    /// See what the subject posts.
    ViewContent,
    /// Follow the subject without asking.
    FollowWithoutApproval,
}

impl CoreAction {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::ViewProfile,
        Self::ViewOnlineStatus,
        Self::ViewLastSeen,
        Self::ViewReadReceipts,
        Self::ViewTyping,
        Self::AddToGroup,
        Self::ViewContent,
        Self::FollowWithoutApproval,
    ];

    /// The name in the catalogue.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ViewProfile => "view_profile",
            Self::ViewOnlineStatus => "view_online_status",
            Self::ViewLastSeen => "view_last_seen",
            Self::ViewReadReceipts => "view_read_receipts",
            Self::ViewTyping => "view_typing",
            Self::AddToGroup => "add_to_group",
            Self::ViewContent => "view_content",
            Self::FollowWithoutApproval => "follow_without_approval",
        }
    }
}
