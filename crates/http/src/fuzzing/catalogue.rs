//! Catalogues of operators, with cohorts and layers. They come from a file, and at SIGHUP into a running server.

use privet_domain::catalogue::{Catalogue, Choices, Cohorts, Family};

/// A catalogue is either accepted, and then every user has a value of every setting that the layers allow or the innermost
/// of them demands; or refused, with a path and a reason for each error.
pub fn catalogue(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let catalogue = match Catalogue::parse(text) {
        Ok(catalogue) => catalogue,
        Err(invalid) => {
            assert!(!invalid.faults().is_empty());
            return;
        }
    };
    let nothing = Choices::default();
    let every = catalogue.cohorts().iter().map(|it| it.name().to_owned());
    for cohorts in [Cohorts::default(), Cohorts::of(every)] {
        for family in Family::ALL {
            let shown = catalogue.shown(family, &nothing, &cohorts);
            for (index, setting) in catalogue.family(family) {
                let state = catalogue.state(index, &nothing, &cohorts);
                let state = state.expect("it is a setting of the catalogue");
                assert!(setting.values().contains(state.value));
                let is_shown =
                    |(name, value): &(&str, _)| *name == setting.key() && *value == state.value;
                assert!(shown.iter().any(is_shown), "{}", setting.key());
            }
        }
    }
}
