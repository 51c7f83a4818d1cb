//! Import of users: their rows, choices and cohorts.

use privet_domain::settings::user::Choosing;
use privet_domain::transfer::UserLine;

use super::TransferService;
use super::import::{ImportMode, Outcome};
use crate::settings::Imported;
use crate::{Caller, ChangeError, StoreError};

impl TransferService {
    pub(super) async fn import_user(
        &self,
        service: &Caller,
        mode: ImportMode,
        line: UserLine,
    ) -> Result<Outcome, StoreError> {
        let choosing = match mode {
            ImportMode::Fill => Choosing::Filling,
            ImportMode::Overwrite => Choosing::Overwriting,
        };
        let catalogue = self.catalogue.get();
        let imported = self.settings.import(service, &catalogue, choosing, line);
        match imported.await {
            Ok(Imported::Created) => Ok(Outcome::Created),
            Ok(Imported::Changed) => Ok(Outcome::Changed),
            Ok(Imported::Unchanged) => Ok(Outcome::Unchanged),
            Err(ChangeError::Erased) => Ok(Outcome::Skipped),
            Err(ChangeError::Store(error)) => Err(error),
            // Layers and conditions do not count here.
            Err(ChangeError::Locked(_) | ChangeError::PreconditionFailed) => {
                Err(StoreError::internal("an import was refused"))
            }
        }
    }
}
