//! Verdicts that no further attempt changes. A test that judges time may be tried again by nextest; what was lost once,
//! or shown older than it was, stays so: the attempts that follow in the same run fail because of it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

/// Asserts what must hold however busy the machine is. Where it does not, the whole run has failed.
pub fn for_good<T>(asserted: impl FnOnce() -> T) -> T {
    hold(mark().as_deref(), asserted)
}

/// Fails where an earlier attempt has already found something that no further attempt changes. Every server under
/// test asks before it starts.
pub fn stand() {
    look(mark().as_deref());
}

fn hold<T>(mark: Option<&Path>, asserted: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(asserted)).unwrap_or_else(|why| {
        if let Some(mark) = mark {
            fs::create_dir_all(mark.parent().unwrap()).unwrap();
            fs::write(mark, []).unwrap();
        }
        resume_unwind(why)
    })
}

fn look(mark: Option<&Path>) {
    assert!(
        !mark.is_some_and(Path::exists),
        "an earlier attempt of this run found something lost, or older than it may be: its output says what"
    );
}

/// Where a test that nextest runs would leave its mark. It is named in the arguments of its process.
fn mark() -> Option<PathBuf> {
    let run = std::env::var("NEXTEST_RUN_ID").ok()?;
    let test = std::env::args()
        .skip_while(|argument| argument != "--exact")
        .nth(1)?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("verdicts")
        .join(run);
    Some(folder.join(test.replace("::", ".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_stays_lost_in_the_attempts_that_follow() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("run").join("a.test");
        look(Some(&mark));
        assert_eq!(hold(Some(&mark), || 7), 7);
        look(Some(&mark));
        let lost = || hold(Some(&mark), || panic!("something is lost"));
        catch_unwind(lost).unwrap_err();
        catch_unwind(|| look(Some(&mark))).unwrap_err();
    }

    #[test]
    fn a_test_knows_its_own_name() {
        let name = "support.privet.verdicts.tests.a_test_knows_its_own_name";
        if std::env::var_os("NEXTEST_RUN_ID").is_some() {
            assert!(mark().unwrap().ends_with(name));
        }
    }
}
