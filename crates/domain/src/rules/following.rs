//! Whether somebody may be followed without being asked. No rule of its own: what is allowed, [`super::decisions`] says.

use super::decisions::{Facts, decide};
use crate::catalogue::{Catalogue, CoreAction};

/// Whether the subject has to agree before the viewer follows them.
#[must_use]
pub fn needs_approval(catalogue: &Catalogue, facts: &Facts) -> bool {
    let rule = catalogue.core_action(CoreAction::FollowWithoutApproval);
    !decide(rule, facts, false).allowed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Choices, Cohorts};
    use crate::relationships::exceptions::{Exception, Exceptions};

    #[test]
    fn a_private_account_has_to_agree_unless_an_exception_says_otherwise() {
        let core = Catalogue::core();
        for (is_private, exception, expected) in [
            (false, None, false),
            (true, None, true),
            (true, Some(Exception::Always), false),
            (false, Some(Exception::Never), true),
        ] {
            let mut choices = Choices::default();
            choices.choose("account.is_private", is_private.into());
            let mut facts = Facts::of_stranger(core.in_force(&choices, &Cohorts::default()));
            let exception = exception.map(|it| ("follow_without_approval", it));
            facts.exceptions = Exceptions::of(exception);
            assert_eq!(needs_approval(&core, &facts), expected, "{facts:?}");
        }
        assert!(!needs_approval(
            &core,
            &Facts::of_stranger(core.defaults().clone())
        ));
    }
}
