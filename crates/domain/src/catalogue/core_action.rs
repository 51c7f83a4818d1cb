//! The actions that the program itself uses.

/// A built-in action that enforcement or a list uses. Every catalogue has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreAction {
    /// See the profile.
    ViewProfile,
    /// See whether the subject is online.
    ViewOnlineStatus,
    /// See when the subject was last online.
    ViewLastSeen,
    /// See that the subject has read a message.
    ViewReadReceipts,
    /// See that the subject is typing.
    ViewTyping,
    /// Add the subject to a group.
    AddToGroup,
    /// See the subject's posts.
    ViewContent,
    /// Follow the subject without approval.
    FollowWithoutApproval,
}

impl CoreAction {
    /// All of them.
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
